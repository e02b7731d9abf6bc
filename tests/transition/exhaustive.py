"""Exhaustive search over the parser's states: the simple, slow truth that the oracle is held to."""

from functools import cache
from itertools import product

import numpy as np

from nlpcore.transition import ArcEager

SHIFT, REDUCE, BREAK, LEFT, RIGHT = 0, 1, 2, 3, 4  # of the system made by `unlabelled`


def unlabelled(nonmonotonic):
    """One label each way; the forced label is another, so that attachments by force can be told apart."""
    return ArcEager(("a",), ("a",), nonmonotonic=nonmonotonic, forced_label="f", context=())


def is_projective(heads):
    arcs = [(min(i, h), max(i, h)) for i, h in enumerate(heads) if h != i]
    roots = [i for i, h in enumerate(heads) if h == i]
    crossing = any(a < c < b < d for a, b in arcs for c, d in arcs)
    return not crossing and not any(a < r < b for a, b in arcs for r in roots)


@cache
def projective_trees(n):
    """Heads of all projective trees over n words (one root each)."""
    found = []
    for heads in product(range(n), repeat=n):
        if sum(h == i for i, h in enumerate(heads)) != 1 or not is_projective(heads):
            continue
        reach = list(heads)
        for _ in range(n):
            reach = [heads[r] for r in reach]
        if all(heads[r] == r for r in reach):
            found.append(heads)
    return found


def gold_structures(n):
    """All (heads, starts) over n words: the text cut into sentences, a projective tree over each."""
    if n == 0:
        return [((), ())]
    found = []
    for size in range(1, n + 1):
        for tree in projective_trees(size):
            for heads, starts in gold_structures(n - size):
                rest = tuple(h + size for h in heads)
                found.append((tree + rest, (1,) + (-1,) * (size - 1) + starts))
    return found


class Search:
    """All reachable states, and for each gold structure what can still be had from each of them.

    loss: wrong heads plus wrong sentence starts of a final state, a head given by force counting as wrong.
    value: 1000 * least loss + the fewest further moves on the ways to it, a replaced head counting as a move.
    """

    def __init__(self, n, nonmonotonic, golds=None, preset=None, start=None):
        self.n = n
        self.system = unlabelled(nonmonotonic)
        golds = gold_structures(n) if golds is None else golds
        self.heads = np.array([g[0] for g in golds], dtype=np.int32).reshape(len(golds), n)
        self.starts = np.array([g[1] for g in golds], dtype=np.int8).reshape(len(golds), n)
        self.labels = np.full_like(self.heads, -1)
        self.values = {}
        self.states = {}
        self.edges = {}
        self._visit(start if start is not None else self.system.state(n, preset))

    @staticmethod
    def key(state):
        return (state.key, tuple(label == "f" for label in state.labels))

    def _final_loss(self, state):
        forced = np.array([label == "f" for label in state.labels], dtype=bool)
        wrong = (state.heads != self.heads) | forced
        loss = (wrong & (self.heads != -2)).sum(axis=1)
        starts = (state.sent_starts != self.starts) & (self.starts != 0)
        return loss + starts[:, 1:].sum(axis=1)

    def _visit(self, state):
        todo = [(state, False)]
        while todo:
            state, done = todo.pop()
            key = self.key(state)
            if not done:
                if key in self.values:
                    continue
                if state.is_final:
                    self.values[key] = self._final_loss(state) * 1000
                    continue
                edges = []
                todo.append((state, True))
                for move in np.flatnonzero(state.valid_moves()[:5]):
                    after = state.copy()
                    after.apply(int(move))
                    replaced = move == LEFT and state.heads[state.stack[-1]] >= 0
                    edges.append((int(move), self.key(after), after.steps - state.steps + int(replaced)))
                    todo.append((after, False))
                self.states[key] = state
                self.edges[key] = edges
            else:
                self.values[key] = np.min([self.values[k] + c for _, k, c in self.edges[key]], axis=0)

    def truth(self, key):
        """(moves, true costs (g, moves), lengths (g, moves)): a length counts only where the cost is 0."""
        edges = self.edges[key]
        values = np.stack([self.values[k] + c for _, k, c in edges], axis=1)
        loss = values // 1000
        return [m for m, _, _ in edges], loss - loss.min(axis=1, keepdims=True), values % 1000

    def compare(self, choose=False):
        """Yield (key, moves, oracle (g, moves), true costs, true gold moves (g, moves))."""
        for key, state in self.states.items():
            moves, cost, length = self.truth(key)
            oracle = state.costs_many(self.heads, self.labels, self.starts, choose=choose)[:, moves]
            best = np.where(cost == 0, length, 10**6).min(axis=1, keepdims=True)
            yield key, moves, oracle, cost, (cost == 0) & (length == best)
