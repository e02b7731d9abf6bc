"""The best tree of a sentence whose arcs each have a score of their own, for graph-based parsers."""

from __future__ import annotations

import numpy as np

from ..errors import TransitionInputError


def maximum_spanning_tree(scores: np.ndarray) -> np.ndarray:
    """The heads of the tree whose arcs have the highest sum, among all trees with exactly one root.

    scores (n, n), scores[d, h]: of the arc to token d from its head h; on the diagonal, of d as the root.
    Returns heads (n,) int32; the root is its own head. Of equally good trees it is always the same one.

    By Chu & Liu (1965) and Edmonds (1967), with cycles contracted on the whole matrix: O(n²) for each cycle,
    so that sentences whose best heads are a tree already, most of them, cost one look.

    Raises TransitionInputError (a ValueError) where the scores are no square of finite numbers.
    """
    scores = np.asarray(scores)
    wanted = "a square (n, n) of finite arc scores"
    if scores.ndim != 2 or scores.shape[0] != scores.shape[1]:
        raise TransitionInputError(name="scores", wanted=wanted, got=f"of shape {scores.shape}")
    if scores.dtype.kind not in "fiu":
        raise TransitionInputError(name="scores", wanted=wanted, got=f"of type {scores.dtype}")
    scores = scores.astype("float64")
    if not np.isfinite(scores).all():
        raise TransitionInputError(name="scores", wanted=wanted, got="with others among them")
    n = len(scores)
    if n == 0:
        return np.zeros(0, dtype="int32")
    tokens = np.arange(n)
    heads = scores.argmax(axis=1)
    roots = heads == tokens
    if roots.sum() == 1 and not find_cycle(np.where(roots, n, heads), ~roots):
        return heads.astype("int32")
    # Scaled by a power of two, which rounds nothing, so that no sum of scores is too large for a number.
    exponent = np.frexp(np.abs(scores).max())[1]
    heads = best_arborescence(with_dear_roots(np.ldexp(scores, -exponent)))
    return np.where(heads == n, tokens, heads).astype("int32")


def with_dear_roots(scores: np.ndarray) -> np.ndarray:
    """The arcs (n + 1, n) from n tokens, and from an artificial root as the last row, to each token.

    An arc from the root costs more than any choice of the other arcs can bring, so that the best
    arborescence has one of them only.
    """
    roots = scores.diagonal().copy()
    weights = np.vstack([scores.T, roots])
    np.fill_diagonal(weights[:-1], -np.inf)
    weights[-1] -= (len(scores) + 1) * (np.ptp(scores) + 1.0)
    return weights


def best_arborescence(weights: np.ndarray) -> np.ndarray:
    """weights (n + 1, n): of the arc from each node to each but the last, which is the root. Returns the head
    (n,) of each. ``weights`` is changed.
    """
    n = weights.shape[1]
    # The arc of the sentence that stands for the best one between two contracted nodes: head · n + dependent.
    arcs = np.arange(n + 1)[:, None] * n + np.arange(n)
    alive = np.ones(n, dtype=bool)
    members = [[node] for node in range(n)]
    chosen = np.zeros(n, dtype="int64")
    contracted: list[tuple[list[int], list[int], list[list[int]]]] = []
    while True:
        best = weights.argmax(axis=0)
        cycle = find_cycle(best, alive)
        if not cycle:
            break
        contracted.append((cycle, [int(arcs[best[v], v]) for v in cycle], [members[v] for v in cycle]))
        contract(weights, arcs, best, cycle)
        first, *others = cycle
        members[first] = [node for v in cycle for node in members[v]]
        alive[others] = False
    chosen[alive] = arcs[best[alive], np.flatnonzero(alive)]
    for cycle, inner, parts in reversed(contracted):
        entering = int(chosen[cycle[0]])
        broken = next(i for i, part in enumerate(parts) if entering % n in part)
        chosen[cycle] = inner
        chosen[cycle[broken]] = entering
    return chosen // n


def find_cycle(heads: np.ndarray, alive: np.ndarray) -> list[int]:
    """The nodes of a cycle among the living nodes; empty where there is none."""
    root = len(heads)
    seen = np.zeros(root, dtype="int64")  # 0: not yet; else the walk that came by
    for start in np.flatnonzero(alive).tolist():
        node = start
        while node != root and seen[node] == 0:
            seen[node] = start + 1
            node = int(heads[node])
        if node != root and seen[node] == start + 1:
            cycle = [node]
            while heads[cycle[-1]] != node:
                cycle.append(int(heads[cycle[-1]]))
            return cycle
    return []


def contract(weights: np.ndarray, arcs: np.ndarray, best: np.ndarray, cycle: list[int]) -> None:
    """Let the first node of a cycle stand for all of it; the others have no arcs from then on.

    An arc into the cycle takes the place of the one that it makes needless: only the difference counts.
    """
    first, *others = cycle  # the columns of the others are not read again
    into = weights[:, cycle] - weights[best[cycle], cycle]
    pick = into.argmax(axis=1)
    rows = np.arange(len(weights))
    into_weights, into_arcs = into[rows, pick], arcs[rows, np.asarray(cycle)[pick]]
    source = np.asarray(cycle)[weights[cycle].argmax(axis=0)]
    columns = np.arange(weights.shape[1])
    weights[first], arcs[first] = weights[source, columns], arcs[source, columns]
    weights[:, first], arcs[:, first] = into_weights, into_arcs
    weights[cycle, first] = -np.inf
    weights[others] = -np.inf
