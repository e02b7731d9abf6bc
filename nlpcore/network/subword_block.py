"""How the subwords of documents are laid out for a transformer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from nlpcore.lazy import numpy as np

from ..record import Record


class Subwords(Record):
    """What a transformer reads of a document with n tokens that are no space tokens.

    ids (m,) int32: the subwords, token after token. counts (n,) int32: subwords of each token, at least one.
    shapes (n,) int32: the row of each token's word shape. gaps (n,) uint8: what stands before it. breaks (n,)
    bool: whether a sentence may begin with it.
    """

    ids: np.ndarray
    counts: np.ndarray
    shapes: np.ndarray
    gaps: np.ndarray
    breaks: np.ndarray

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
        cut = [(i, window) for i, doc in enumerate(docs) for window in windows(doc.counts, room, doc.breaks)]
        return cls(docs, cut, np.arange(sum(lengths), dtype="int32"), lengths)


def windows(counts: np.ndarray, room: int, breaks: np.ndarray) -> list[Window]:
    """Windows of at most ``room`` subwords each over tokens with these numbers of subwords.

    breaks (n,) bool: before which tokens a sentence may begin. Where there are some, windows begin and end
    there, as the texts do from which an encoder has learned, and a sentence's vectors come from one window.
    Neighbours share about a quarter of a window; from where the next one takes over is what is nearest to
    the middle of that. Each token has at most ``room`` subwords.
    """
    n = len(counts)
    if n == 0:
        return []
    places = np.flatnonzero(breaks)
    found: list[Window] = []
    first = 0
    for (start, stop), (following, _) in pairwise([*spans(counts, room, places), (n, n)]):
        last = taken_over(places, max(following, first), stop)
        if first < last:
            found.append(Window(start, stop, first, last))
        first = last
    return found


def spans(counts: np.ndarray, room: int, places: np.ndarray) -> Iterator[tuple[int, int]]:
    """(start, stop) of windows that overlap; places: where a sentence may begin, ascending."""
    n = len(counts)
    ends = np.cumsum(counts, dtype="int64")
    start = 0
    while True:
        before = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + room, side="right")))
        if stop >= n:
            # The last one reaches back as far as it can.
            least = int(ends[-1]) - room
            back = int(np.searchsorted(ends, least)) + 1 if least > 0 else 0
            yield next_place(places, back, start), n
            return
        half = int(np.searchsorted(ends, before + room // 2, side="right"))
        stop = last_place(places, max(start + 1, half), stop)
        yield start, stop
        shared = int(np.searchsorted(ends, int(ends[stop - 1]) - room // 4, side="right"))
        least = min(max(shared, start + 1), stop)
        start = next_place(places, least, stop - 1) if least < stop else stop


def next_place(places: np.ndarray, least: int, most: int) -> int:
    """The first place from ``least`` to ``most``; ``least`` where there is none."""
    i = int(np.searchsorted(places, least))
    return int(places[i]) if i < len(places) and places[i] <= most else least


def last_place(places: np.ndarray, least: int, most: int) -> int:
    """The last place from ``least`` to ``most``; ``most`` where there is none."""
    i = int(np.searchsorted(places, most, side="right")) - 1
    return int(places[i]) if i >= 0 and places[i] >= least else most


def taken_over(places: np.ndarray, least: int, most: int) -> int:
    """The place from ``least`` to ``most`` that is nearest to the middle; the middle where there is none."""
    middle = (least + most) // 2
    i = int(np.searchsorted(places, middle))
    near = [int(place) for place in places[max(0, i - 1) : i + 1] if least <= place <= most]
    return min(near, key=lambda place: abs(place - middle), default=middle)


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
