"""Word vectors that an encoder reads and does not change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlpcore.lazy import numpy as np

if TYPE_CHECKING:
    from ..vocab.vectors import Vectors


class StaticVectors:
    """A vocab's word vectors, found by the id of a token's NORM; a token without one has zeros.

    keys (K,) uint64, sorted; rows (K,) int32: that of each key in ``data`` (R, width) float32.
    """

    def __init__(self, vectors: Vectors) -> None:
        n = len(vectors.key2row)
        keys = np.fromiter(vectors.key2row.keys(), dtype="uint64", count=n)
        rows = np.fromiter(vectors.key2row.values(), dtype="int32", count=n)
        order = np.argsort(keys)
        self.keys = keys[order]
        self.rows = rows[order]
        self.data = np.ascontiguousarray(vectors.data, dtype="float32")

    @property
    def width(self) -> int:
        return int(self.data.shape[1])

    def rows_of(self, norms: np.ndarray) -> np.ndarray:
        """ids (n,) uint64 → rows (n,) int32, −1 where there is none."""
        if not len(self.keys):
            return np.full(len(norms), -1, dtype="int32")
        places = np.minimum(np.searchsorted(self.keys, norms), len(self.keys) - 1)
        return np.where(self.keys[places] == norms, self.rows[places], -1).astype("int32")
