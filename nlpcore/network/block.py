"""How a batch of documents is laid out for the encoder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from nlpcore.lazy import numpy as np

from ..record import Record

N_GAPS = 5


class TokenBlock(Record):
    """A batch as one sequence of rows: padding, a document's tokens, padding, the next one's, and so on.

    A window that reaches over a document's edge then reads a zero row, and no document sees its neighbours.

    ids (U, F) uint64: the distinct lexemes' feature ids; everything before the first window depends on the
    lexeme alone,
        so it is computed once for each.
    lexeme (M,) int32: each row's lexeme, −1 on padding rows.
    gaps (M,) uint8: what stands before the token (see ``Doc.network_input``); 0 on padding rows.
    rows (N,) int32: the rows that are tokens, in order; lengths: tokens of each document.
    """

    ids: np.ndarray
    lexeme: np.ndarray
    gaps: np.ndarray
    rows: np.ndarray
    lengths: list[int]

    @property
    def n_tokens(self) -> int:
        return len(self.rows)

    @property
    def offsets(self) -> np.ndarray:
        """(D + 1,) int64: where each document's tokens begin in token-indexed arrays."""
        return np.concatenate(([0], np.cumsum(self.lengths, dtype="int64"))).astype("int64")

    @classmethod
    def from_inputs(cls, inputs: Sequence[tuple[np.ndarray, np.ndarray]]) -> TokenBlock:
        """inputs: for each document its ids (n, F) uint64 and gaps (n,) uint8."""
        lengths = [len(gaps) for _, gaps in inputs]
        n_rows = sum(lengths) + len(lengths) + 1
        lexeme = np.full(n_rows, -1, dtype="int32")
        gaps = np.zeros(n_rows, dtype="uint8")
        is_token = np.zeros(n_rows, dtype=bool)
        position = 1
        for (_, doc_gaps), length in zip(inputs, lengths, strict=True):
            gaps[position : position + length] = doc_gaps
            is_token[position : position + length] = True
            position += length + 1
        rows = np.flatnonzero(is_token).astype("int32")
        ids = (
            np.concatenate([doc_ids for doc_ids, _ in inputs]) if inputs else np.zeros((0, 4), dtype="uint64")
        )
        distinct, inverse = unique_rows(ids)
        lexeme[rows] = inverse
        return cls(distinct, lexeme, gaps, rows, lengths)


class Piece(Record):
    """Tokens start to stop of a document; ``all``: with those around them that their vectors depend on."""

    doc: int
    start: int
    stop: int
    all: slice


def pieces(lengths: Sequence[int], size: int, overlap: int) -> Iterator[list[Piece]]:
    """Documents of these lengths in parts of about ``size`` tokens each: a list of whole documents, or one
    piece of a document that is longer.
    """
    part: list[Piece] = []
    tokens = 0
    for doc, length in enumerate(lengths):
        if part and tokens + length > size:
            yield part
            part, tokens = [], 0
        if length <= size:
            part.append(Piece(doc, 0, length, slice(0, length)))
            tokens += length
            continue
        for start in range(0, length, size):
            stop = min(start + size, length)
            around = slice(max(0, start - overlap), min(length, stop + overlap))
            yield [Piece(doc, start, stop, around)]
    if part:
        yield part


def unique_rows(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct rows of ids (n, F) uint64, and for each row the index (n,) int32 of its distinct one."""
    # Compared as opaque bytes: one sort, and no two different rows can be taken for one another.
    keys = np.ascontiguousarray(ids).view(np.dtype((np.void, ids.dtype.itemsize * ids.shape[1]))).ravel()
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return np.ascontiguousarray(ids[first]), inverse.astype("int32")


def as_numpy(array: Any) -> np.ndarray:
    """The array in main memory, wherever it lies."""
    return array.get() if hasattr(array, "get") else np.asarray(array)
