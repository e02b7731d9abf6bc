"""Vectors of words from those of their n-grams, as floret hashes these to the rows of one table.

Each n-gram has several rows, found by MurmurHash3, and a word's vector is the mean of all of its n-grams'
rows (Bojanowski et al. 2017; Svenstrup et al. 2017): any string has one, whatever the table was made from.
"""

from libc.stdint cimport int64_t, uint32_t
from libcpp.vector cimport vector

from dataclasses import dataclass
from typing import Any

from ..errors import VectorShapeError
from ..lazy import numpy

cdef extern from "ngrams.hpp" namespace "nlpcore" nogil:
    vector[int64_t] ngram_rows(
        const char* word, size_t n, size_t least, size_t most, int hashes, uint32_t seed, uint32_t n_rows
    ) except +

MOST_HASHES = 4
#: Longer n-grams than any table has.
MOST_CHARACTERS = 100


@dataclass(frozen=True)
class NgramHashing:
    """How a table of n-gram vectors is to be read.

    minn, maxn: code points of the shortest and the longest n-grams. hash_count: rows of each, 1 to 4.
    hash_seed: 32 bits. bow, eow: what is put before and behind a word, to tell its ends.

    Raises VectorShapeError (a ValueError) for anything else.
    """

    minn: int = 0
    maxn: int = 0
    hash_count: int = 1
    hash_seed: int = 0
    bow: str = "<"
    eow: str = ">"

    def __post_init__(self):
        for name, least, most in (
            ("minn", 0, MOST_CHARACTERS),
            ("maxn", 0, MOST_CHARACTERS),
            ("hash_count", 1, MOST_HASHES),
            ("hash_seed", 0, 2**32 - 1),
        ):
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= most:
                raise VectorShapeError(what=f"{name} is {value!r}, it must be {least} to {most}")
        if self.maxn < self.minn:
            raise VectorShapeError(what=f"maxn is {self.maxn}, less than minn, {self.minn}")
        if type(self.bow) is not str or type(self.eow) is not str:
            raise VectorShapeError(what=f"bow and eow are strings, not {self.bow!r} and {self.eow!r}")

    def rows(self, str word, n_rows: int) -> Any:
        """The rows (k,) int64 among ``n_rows`` whose mean is the vector of a word; "" has none."""
        if not word or not n_rows:
            return numpy.zeros(0, dtype="int64")
        cdef bytes utf8 = (self.bow + word + self.eow).encode("utf8", "surrogatepass")
        cdef size_t least = max(1, self.minn), most = self.maxn
        cdef int hashes = self.hash_count
        cdef vector[int64_t] found = ngram_rows(utf8, len(utf8), least, most, hashes, self.hash_seed, n_rows)
        cdef size_t i
        result = numpy.empty(found.size(), dtype="int64")
        cdef int64_t[::1] view = result
        for i in range(found.size()):
            view[i] = found[i]
        return result
