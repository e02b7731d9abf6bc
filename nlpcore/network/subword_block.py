"""How the subwords of documents are laid out for a transformer."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from nlpcore.lazy import numpy as np

from ..record import Record


class Subwords(Record):
    """What a transformer reads of a document with n tokens that are no space tokens.

    ids (m,) int32: the subwords, token after token. counts (n,) int32: subwords of each token, at least one.
    shapes (n,) int32: the row of each token's word shape. gaps (n,) uint8: what stands before it.
    """

    ids: np.ndarray
    counts: np.ndarray
    shapes: np.ndarray
    gaps: np.ndarray

    def __len__(self) -> int:
        return len(self.counts)


class Window(Record):
    """Tokens start to stop of a document, read at once, whose vectors are taken from first to last."""

    start: int
    stop: int
    first: int
    last: int


class SubwordBlock(Record):
    """A batch of documents, each cut to windows. rows (N,) int32: all rows, since there is no padding."""

    docs: Sequence[Subwords]
    windows: Sequence[tuple[int, Window]]
    rows: np.ndarray
    lengths: list[int]

    @classmethod
    def of(cls, docs: Sequence[Subwords], room: int) -> SubwordBlock:
        """room: subwords of a window."""
        lengths = [len(doc) for doc in docs]
        cut = [(i, window) for i, doc in enumerate(docs) for window in windows(doc.counts, room)]
        return cls(docs, cut, np.arange(sum(lengths), dtype="int32"), lengths)


def windows(counts: np.ndarray, room: int) -> list[Window]:
    """Windows of at most ``room`` subwords each over tokens with these numbers of subwords.

    Neighbours share about a quarter of a window, and a token's vector comes from the one where it is the
    farther from an edge. Each token has at most ``room`` subwords.
    """
    n = len(counts)
    ends = np.cumsum(counts, dtype="int64")
    if n == 0:
        return []
    spans: list[tuple[int, int]] = []
    start = 0
    while True:
        before = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + room, side="right")))
        if stop >= n:
            # The last one reaches back as far as it can.
            least = int(ends[-1]) - room
            spans.append((int(np.searchsorted(ends, least)) + 1 if least > 0 else 0, n))
            break
        spans.append((start, stop))
        shared = int(np.searchsorted(ends, int(ends[stop - 1]) - room // 4, side="right"))
        start = min(max(shared, start + 1), stop)
    middles = [(stop + start) // 2 for (_, stop), (start, _) in pairwise(spans)]
    return [
        Window(start, stop, first, last)
        for (start, stop), (first, last) in zip(spans, pairwise([0, *middles, n]), strict=True)
        if first < last
    ]


class Layout(Record):
    """B windows with k tokens in all, padded to S subwords.

    ids (B, S) int64. token (B, S) int64: each subword's token, k where it has none. is_padding (B, S) bool.
    shapes, gaps (k,) int64, counts (k,) float32: of each token. own (n,) int64: whose vectors are taken.
    """

    ids: np.ndarray
    token: np.ndarray
    is_padding: np.ndarray
    shapes: np.ndarray
    gaps: np.ndarray
    counts: np.ndarray
    own: np.ndarray


def lay_out(batch: Sequence[tuple[Subwords, Window]], before: list[int], behind: list[int]) -> Layout:
    """before, behind: the subwords that mark a window's ends."""
    counts = [doc.counts[window.start : window.stop] for doc, window in batch]
    sizes = [int(part.sum()) for part in counts]
    n_tokens = sum(map(len, counts))
    S = max(sizes, default=0) + len(before) + len(behind)
    ids = np.zeros((len(batch), S), dtype="int64")
    token = np.full((len(batch), S), n_tokens, dtype="int64")
    is_padding = np.ones((len(batch), S), dtype=bool)
    own = []
    first = 0
    for i, ((doc, window), size, part) in enumerate(zip(batch, sizes, counts, strict=True)):
        start = int(doc.counts[: window.start].sum())
        text = slice(len(before), len(before) + size)
        ids[i, : len(before)] = before
        ids[i, text] = doc.ids[start : start + size]
        ids[i, text.stop : text.stop + len(behind)] = behind
        token[i, text] = np.repeat(np.arange(first, first + len(part)), part)
        is_padding[i, : text.stop + len(behind)] = False
        own.append(np.arange(first + window.first - window.start, first + window.last - window.start))
        first += len(part)
    return Layout(
        ids,
        token,
        is_padding,
        np.concatenate([doc.shapes[window.start : window.stop] for doc, window in batch]).astype("int64"),
        np.concatenate([doc.gaps[window.start : window.stop] for doc, window in batch]).astype("int64"),
        np.concatenate(counts).astype("float32"),
        np.concatenate(own),
    )
