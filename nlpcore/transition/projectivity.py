"""Pseudo-projective parsing (Nivre & Nilsson 2005): a projective parser for non-projective trees.

`projectivize` lifts the arcs of a tree until none crosses: the dependent moves to its head's head, the
shortest arc first, as often as needed. The label remembers where it came from: ``"nmod||obl"`` is an ``nmod``
whose head is an ``obl`` somewhere under the head it has now (their "head" encoding). `deprojectivize` looks
for that head from the top down and puts the arc back. Where several words bear the wanted label, the
likeliest is taken; where that would be the
wrong one, the label says which to take: ``"nmod||obl||2"`` (the second).
"""

from __future__ import annotations

from collections.abc import Sequence

from nlpcore.errors import GoldAnalysisError, TransitionInputError

DELIMITER = "||"


def is_decorated(label: str) -> bool:
    return DELIMITER in label


def compose(own: str, head: str, rank: int = 1) -> str:
    return own + DELIMITER + head + (f"{DELIMITER}{rank}" if rank > 1 else "")


def decompose(label: str) -> tuple[str, str, int]:
    """``"nmod||obl||2"`` → ``("nmod", "obl", 2)``; without a rank 1; a plain label: ``("nmod", "", 1)``."""
    own, _, rest = label.partition(DELIMITER)
    head, _, rank = rest.partition(DELIMITER)
    return own, head, min(int(rank[:9]), 10**6) if rank.isascii() and rank.isdecimal() and rank != "0" else 1


def check_lengths(heads: Sequence[int], labels: Sequence[str]) -> None:
    if len(heads) != len(labels):
        raise TransitionInputError(name="labels", wanted=f"of length {len(heads)}", got=str(len(labels)))


def check_heads(heads: Sequence[int]) -> None:
    """Raise GoldAnalysisError unless the absolute ``heads`` (a root is its own head) form trees."""
    n = len(heads)
    state = bytearray(n)  # 1: on the way up from the token in hand; 2: known to reach a root
    for token in range(n):
        way = []
        at = token
        while not state[at]:
            state[at] = 1
            way.append(at)
            head = heads[at]
            if not 0 <= head < n:
                raise GoldAnalysisError(what=f"the head of token {at} is {head}", length=n)
            if head == at:
                break
            at = head
        else:
            if state[at] == 1:
                raise GoldAnalysisError(what=f"token {at} is its own ancestor", length=n)
        for at in way:
            state[at] = 2


def segments(heads: Sequence[int]) -> list[tuple[int, int]]:
    """The smallest pieces (start, end) of the text that no arc leaves."""
    n = len(heads)
    reach = list(range(n))
    for i, head in enumerate(heads):
        low, high = (i, head) if i < head else (head, i)
        if high > reach[low]:
            reach[low] = high
    found, start, furthest = [], 0, 0
    for i in range(n):
        furthest = max(furthest, reach[i])
        if furthest == i:
            found.append((start, i + 1))
            start = i + 1
            furthest = start
    return found


def _orders(heads: Sequence[int], start: int, end: int) -> tuple[list[int], list[int]]:
    """For each token of the segment when a walk from the roots enters it and when it has left its subtree."""
    size = end - start
    children: list[list[int]] = [[] for _ in range(size)]
    todo = []
    for i in range(size - 1, -1, -1):
        head = heads[start + i] - start
        if head == i:
            todo.append(i)
        else:
            children[head].append(i)
    enter, leave = [0] * size, [0] * size
    time = 0
    while todo:
        i = todo.pop()
        if i < 0:
            leave[~i] = time
            continue
        enter[i] = time
        time += 1
        todo.append(~i)
        todo.extend(children[i])
    return enter, leave


def _is_projective_segment(heads: Sequence[int], start: int, end: int) -> bool:
    """Every subtree is one stretch of text: it has as many words as lie between its outermost ones."""
    enter, leave = _orders(heads, start, end)
    order = sorted(range(end - start), key=enter.__getitem__, reverse=True)
    low, high = list(range(end - start)), list(range(end - start))
    for i in order:
        if high[i] - low[i] + 1 != leave[i] - enter[i]:
            return False
        head = heads[start + i] - start
        low[head] = min(low[head], low[i])
        high[head] = max(high[head], high[i])
    return True


def is_projective(heads: Sequence[int]) -> bool:
    """Is every subtree one stretch of text? Raises GoldAnalysisError if ``heads`` are no trees."""
    check_heads(heads)
    return all(_is_projective_segment(heads, *segment) for segment in segments(heads))


def _reach(enter: list[int], leave: list[int], step: int) -> list[int]:
    """For each word the first one in the direction of ``step`` that an arc from it could not pass."""
    n = len(enter)
    found = [0] * n
    for word in range(n - 1, -1, -1) if step > 0 else range(n):
        at = word + step
        while 0 <= at < n and enter[word] <= enter[at] < leave[word]:
            at = found[at]
        found[word] = at
    return [at + step for at in found]  # an arc may end on the first foreign word, not beyond it


def _crosses(head: int, token: int, enter: list[int], leave: list[int]) -> bool:
    """Does a word between the two not descend from the head?"""
    first, last = enter[head], leave[head]
    between = range(head + 1, token) if head < token else range(token + 1, head)
    return any(not first <= enter[k] < last for k in between)


def _shortest_crossing(heads: Sequence[int], start: int, end: int) -> int:
    """The token with the shortest arc that can and must be lifted, -1 if none."""
    enter, leave = _orders(heads, start, end)
    tokens = sorted(range(start, end), key=lambda i: (abs(i - heads[i]), i))
    for token in tokens:
        head = heads[token]
        if head != token and heads[head] != head and _crosses(head - start, token - start, enter, leave):
            return token
    return -1


def projectivize(heads: Sequence[int], labels: Sequence[str]) -> tuple[list[int], list[str]]:
    """Projective heads, and labels that remember the lifted arcs.

    heads: absolute, a root is its own head; several sentences may follow one another. Raises
    GoldAnalysisError if they form no trees. Trees that are woven into each other stay so: no lifting can part
    them.
    """
    check_lengths(heads, labels)
    check_heads(heads)
    new_heads, new_labels = [int(h) for h in heads], list(labels)
    for start, end in segments(heads):
        if end - start < 3 or _is_projective_segment(heads, start, end):
            continue
        lifted = set()
        while (token := _shortest_crossing(new_heads, start, end)) >= 0:
            new_heads[token] = new_heads[new_heads[token]]
            lifted.add(token)
        # Walk the way back once, to learn where the head's label alone would lead astray.
        tree = _Tree([h - start for h in new_heads[start:end]], labels[start:end])
        for token in sorted(lifted):
            wanted, head = labels[heads[token]], heads[token] - start
            found = tree.candidates(token - start, wanted)
            rank = found.index(head) + 1 if head in found else 1
            new_labels[token] = compose(labels[token], wanted, rank)
            if head in found:
                tree.move(token - start, head)
    return new_heads, new_labels


def deprojectivize(heads: Sequence[int], labels: Sequence[str]) -> tuple[list[int], list[str]]:
    """The heads that decorated labels tell of, and plain labels. An arc whose head is not found stays.

    Raises GoldAnalysisError if the heads form no trees.
    """
    check_lengths(heads, labels)
    new_heads, plain = [int(h) for h in heads], list(labels)
    lifted = [i for i, label in enumerate(labels) if DELIMITER in label]
    if not lifted:
        return new_heads, plain
    check_heads(heads)
    for token in lifted:
        plain[token] = decompose(labels[token])[0]
    at = 0
    for start, end in segments(heads):
        if at < len(lifted) and lifted[at] < end:
            tree = _Tree([h - start for h in new_heads[start:end]], plain[start:end])
            while at < len(lifted) and lifted[at] < end:
                token = lifted[at]
                _, wanted, rank = decompose(labels[token])
                found = tree.candidates(token - start, wanted)
                if found:
                    head = found[min(rank, len(found)) - 1]
                    tree.move(token - start, head)
                    new_heads[token] = head + start
                at += 1
    return new_heads, plain


class _Tree:
    """The tree of one segment (indices from its start) while its lifted arcs are put back."""

    def __init__(self, heads: list[int], labels: Sequence[str]) -> None:
        self.heads = heads
        self.labels = labels
        self.children: list[list[int]] = [[] for _ in heads]
        # The stretch around each word that descends from it, in the projective tree (before any arc is put
        # back).
        enter, leave = _orders(heads, 0, len(heads))
        self.left = _reach(enter, leave, -1)
        self.right = _reach(enter, leave, 1)
        for token, head in enumerate(heads):
            if head != token:
                self.children[head].append(token)

    def move(self, token: int, head: int) -> None:
        self.children[self.heads[token]].remove(token)
        self.children[head].append(token)
        self.heads[token] = head

    def candidates(self, token: int, wanted: str) -> list[int]:
        """Words with the wanted label under the token's head, the likeliest first: those reached through
        crossing
        words alone (lifting goes on only as long as the arc crosses), then by level from the top, then by
        distance.
        """
        if self.heads[token] == token:
            return []
        found: list[tuple[bool, int, int, int]] = []
        level = [(child, True) for child in self.children[self.heads[token]]]
        depth = 0
        while level:
            below: list[tuple[int, bool]] = []
            for word, crossing in level:
                if word == token:
                    continue
                crossing = crossing and not self.left[word] < token < self.right[word]
                if self.labels[word] == wanted:
                    found.append((not crossing, depth, -abs(word - token), word))
                below.extend((child, crossing) for child in self.children[word])
            level = below
            depth += 1
        return [word for *_, word in sorted(found)]
