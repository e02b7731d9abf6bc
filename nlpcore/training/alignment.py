"""Which tokens of one tokenization cover the same characters as which of another. Linear in the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from ..errors import AlignmentError


class AlignmentArray:
    """For each token of one side the tokens of the other: rows of different lengths in one flat array.

    data: int32, all rows one after the other; lengths: (n,) int32. `array[i]` is row i, `array[a:b]` the rows
    a to b joined; negative positions count from the end.
    """

    __slots__ = ("_bounds", "data", "lengths")

    def __init__(self, rows: Sequence[Sequence[int]]) -> None:
        lengths = numpy.array([len(row) for row in rows], dtype="i4")
        data = numpy.array([value for row in rows for value in row], dtype="i4")
        self._set(data, lengths)

    @classmethod
    def from_flat(cls, data: numpy.ndarray, lengths: numpy.ndarray) -> AlignmentArray:
        """From the flat array and the rows' lengths."""
        array = cls.__new__(cls)
        array._set(data.astype("i4", copy=False), lengths.astype("i4", copy=False))
        return array

    def _set(self, data: numpy.ndarray, lengths: numpy.ndarray) -> None:
        self.data = data
        self.lengths = lengths
        self._bounds = numpy.zeros(len(lengths) + 1, dtype="i4")
        numpy.cumsum(lengths, out=self._bounds[1:])

    @property
    def starts(self) -> numpy.ndarray:
        return self._bounds[:-1]

    @property
    def ends(self) -> numpy.ndarray:
        return self._bounds[1:]

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, index: int | slice) -> numpy.ndarray:
        n = len(self.lengths)
        if isinstance(index, slice):
            if index.step not in (None, 1):
                raise ValueError(f"rows can be joined with a step of 1 only, not {index.step}")
            first, last, _ = index.indices(n)
            return self.data[self._bounds[first] : self._bounds[max(first, last)]]
        position = index + n if index < 0 else index
        if not 0 <= position < n:
            raise IndexError(f"row {index} of an alignment of {n} tokens")
        return self.data[self._bounds[position] : self._bounds[position + 1]]

    def first_or(self, default: int) -> numpy.ndarray:
        """(n,) int32: the one token of rows of length 1, `default` for all others."""
        result = numpy.full(len(self.lengths), default, dtype="i4")
        single = self.lengths == 1
        result[single] = self.data[self._bounds[:-1][single]]
        return result


@dataclass(slots=True)
class Alignment:
    """``x2y``: for each token of x the tokens of y that share characters with it; ``y2x`` the same back."""

    x2y: AlignmentArray
    y2x: AlignmentArray

    @classmethod
    def from_indices(cls, x2y: Sequence[Sequence[int]], y2x: Sequence[Sequence[int]]) -> Alignment:
        """From rows of token positions."""
        return cls(AlignmentArray(x2y), AlignmentArray(y2x))

    @classmethod
    def from_strings(cls, x: Sequence[str], y: Sequence[str]) -> Alignment:
        """Align two tokenizations of texts that are the same but for white space and letter case.

        Raises AlignmentError (a ValueError) if they differ otherwise.
        """
        if list(x) == list(y):
            return cls.identity(len(x))
        x_ends, y_ends = _shared_characters(x, y)
        x_starts = numpy.concatenate(([0], x_ends[:-1]))
        y_starts = numpy.concatenate(([0], y_ends[:-1]))
        return cls.from_spans(x_starts, x_ends, y_starts, y_ends)

    @classmethod
    def from_spans(cls, x_starts: Any, x_ends: Any, y_starts: Any, y_ends: Any) -> Alignment:
        """Align tokens of one text by sorted, disjoint character offsets; empty ones align to nothing."""
        return cls(
            _overlaps(x_starts, x_ends, y_starts, y_ends), _overlaps(y_starts, y_ends, x_starts, x_ends)
        )

    @classmethod
    def from_docs(cls, x: Any, y: Any) -> Alignment:
        """Align two Docs; by offsets, without looking at characters, where their text is the same."""
        if x.text == y.text:
            spans = []
            for doc in (x, y):
                starts = doc.column("START")
                spans += [starts, starts + doc.column("LENGTH")]
            if (
                len(spans[0]) == len(spans[2])
                and (spans[0] == spans[2]).all()
                and (spans[1] == spans[3]).all()
            ):
                return cls.identity(len(x))
            return cls.from_spans(*spans)
        return cls.from_strings([token.text for token in x], [token.text for token in y])

    @classmethod
    def identity(cls, n: int) -> Alignment:
        """Of n tokens with themselves."""
        array = AlignmentArray.from_flat(numpy.arange(n, dtype="i4"), numpy.ones(n, dtype="i4"))
        return cls(array, array)

    @property
    def is_identity(self) -> bool:
        """Whether this was made as the alignment of equal tokenizations."""
        return self.x2y is self.y2x


def _overlaps(starts: Any, ends: Any, other_starts: Any, other_ends: Any) -> AlignmentArray:
    starts, ends = numpy.asarray(starts, dtype="i8"), numpy.asarray(ends, dtype="i8")
    other_starts, other_ends = numpy.asarray(other_starts, dtype="i8"), numpy.asarray(other_ends, dtype="i8")
    solid = numpy.flatnonzero(other_ends > other_starts)
    first = numpy.searchsorted(other_ends[solid], starts, "right")
    last = numpy.searchsorted(other_starts[solid], ends, "left")
    lengths = numpy.where(ends > starts, numpy.maximum(last - first, 0), 0)
    bounds = numpy.cumsum(lengths)
    total = int(bounds[-1]) if len(bounds) else 0
    # Row i of the flat array counts up from first[i].
    flat = numpy.arange(total) + numpy.repeat(first - (bounds - lengths), lengths)
    return AlignmentArray.from_flat(solid[flat], lengths)


def _shared_characters(x: Sequence[str], y: Sequence[str]) -> tuple[numpy.ndarray, numpy.ndarray]:
    """For each token of both sides how many characters that both texts have stand before its end.

    White space that only one text has is skipped.
    """
    sides = [[word.lower() for word in side] for side in (x, y)]
    texts = ["".join(side) for side in sides]
    ends = [numpy.cumsum([len(word) for word in side], dtype="i8") for side in sides]
    if texts[0] == texts[1]:
        return ends[0], ends[1]
    left, right = texts
    shared = [numpy.zeros(len(text) + 1, dtype="i8") for text in texts]  # characters shared before position
    i = j = count = 0
    while i < len(left) or j < len(right):
        if i < len(left) and j < len(right) and left[i] == right[j]:
            count += 1
            i += 1
            j += 1
            shared[0][i] = shared[1][j] = count
        elif i < len(left) and left[i].isspace():
            i += 1
            shared[0][i] = count
        elif j < len(right) and right[j].isspace():
            j += 1
            shared[1][j] = count
        else:
            raise AlignmentError(
                x=list(x[:10]), y=list(y[:10]), left=left[i : i + 20], right=right[j : j + 20]
            )
    return shared[0][ends[0]], shared[1][ends[1]]
