"""Word vectors from text files: word2vec, GloVe and fastText write a word and its numbers a line, floret a
row of its table.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from nlpcore.lazy import numpy as np

from ..errors import VectorsFileError
from .ngrams import NgramHashing

if TYPE_CHECKING:
    from numpy.typing import NDArray

OPENERS: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
#: Fields of the first line of a floret table: rows, width, and how n-grams are hashed.
FLORET_FIELDS = 8
MOST_WORDS = 2**31 - 1


def read_vector_file(path: str | Path, *, most: int = 0) -> tuple[list[str], NDArray[np.float32]]:
    """Words and their vectors (n, d) float32, in the order of the file, most frequent words first.

    path: plain or compressed (.gz, .bz2, .xz), with or without the line that counts words and numbers.
    most: so many words are read; 0: all. Of a word that occurs twice, the first vector counts.

    Raises VectorsFileError (a ValueError) naming the line that is wrong, OSError.
    """
    path = Path(path)
    words: dict[str, None] = {}
    rows: list[NDArray[np.float32]] = []
    width = 0
    with _open(path) as file:
        for number, line in _lines(file):
            word, row = _parsed(path, number, line, width)
            if row is None:  # the line that counts
                continue
            width = len(row)
            if word not in words:
                words[word] = None
                rows.append(row)
            if len(words) == most:
                break
    if not rows:
        raise VectorsFileError(path=str(path), line=0, reason="there are no vectors in it")
    return list(words), np.stack(rows)


def is_floret_file(path: str | Path) -> bool:
    """Whether a file is a table of floret. Raises OSError, VectorsFileError (a ValueError)."""
    with _open(Path(path)) as file:
        return _floret_header(file.readline()) is not None


def read_floret_file(path: str | Path) -> tuple[NDArray[np.float32], NgramHashing]:
    """The table (rows, width) float32 of a floret file, and how its n-grams are hashed.

    The first line has the number of rows, the width, the shortest and the longest n-grams, the rows of each,
    the seed, and what stands before and behind words; then each line has the number of a row and its
    numbers.

    Raises VectorsFileError (a ValueError) naming the line that is wrong, OSError.
    """
    path = Path(path)
    rows: list[NDArray[np.float32]] = []
    with _open(path) as file:
        n_rows, width, hashing = _floret_settings(path, file.readline())
        for number, line in enumerate(file, 2):
            word, row = _parsed(path, number, line, width)
            if word != str(len(rows)) or row is None or len(rows) == n_rows:
                reason = f"row {len(rows)} of {n_rows} is expected here"
                raise VectorsFileError(path=str(path), line=number, reason=reason)
            rows.append(row)
    if len(rows) != n_rows:
        reason = f"there are {len(rows)} rows, and the first line says {n_rows}"
        raise VectorsFileError(path=str(path), line=len(rows) + 1, reason=reason)
    return np.stack(rows), hashing


def _floret_header(line: bytes) -> list[str] | None:
    """The fields of a file's first line where it is that of a floret table."""
    fields = _fields(line.decode("utf8", "replace"))
    is_floret = len(fields) == FLORET_FIELDS and all(field.isdigit() for field in fields[:-2])
    return fields if is_floret else None


def _floret_settings(path: Path, line: bytes) -> tuple[int, int, NgramHashing]:
    """Rows, width and hashing of a floret table by its first line."""
    fields = _floret_header(line)
    if fields is None:
        raise VectorsFileError(path=str(path), line=1, reason="it is no table of floret")
    n_rows, width, minn, maxn, hash_count, hash_seed = map(int, fields[:-2])
    if not 0 < n_rows <= MOST_WORDS or not 0 < width <= MOST_WORDS:
        raise VectorsFileError(path=str(path), line=1, reason=f"it has {n_rows} rows of {width} numbers")
    try:
        return n_rows, width, NgramHashing(minn, maxn, hash_count, hash_seed, *fields[-2:])
    except ValueError as e:
        raise VectorsFileError(path=str(path), line=1, reason=str(e)) from e


@contextmanager
def _open(path: Path) -> Iterator[IO[bytes]]:
    """A file, compressed or not. Raises VectorsFileError where it is damaged."""
    try:
        with OPENERS.get(path.suffix, open)(path, "rb") as file:
            yield file
    except (EOFError, gzip.BadGzipFile, lzma.LZMAError) as e:
        raise VectorsFileError(path=str(path), line=0, reason=f"it is damaged ({e})") from e


def _lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(file, 1):
        if number > MOST_WORDS:
            return
        yield number, line


def _parsed(path: Path, number: int, line: bytes, width: int) -> tuple[str, NDArray[np.float32] | None]:
    """The word and its numbers, of which there are ``width`` unless it is 0; None: the line that counts."""
    if number == 1 and _floret_header(line) is not None:
        reason = "it is a table of floret, whose rows belong to no words, and words are needed here"
        raise VectorsFileError(path=str(path), line=number, reason=reason)
    try:
        fields = _fields(line.decode("utf8"))
        if number == 1 and len(fields) == 2 and all(field.isdigit() for field in fields):
            return "", None
        # A word may have blanks in it: the numbers are the last fields.
        size = width or len(fields) - 1
        word, values = " ".join(fields[: len(fields) - size]), fields[len(fields) - size :]
        row = np.array(values, dtype="float32")
    except ValueError as e:
        raise VectorsFileError(path=str(path), line=number, reason=str(e)) from e
    if not word or len(row) != size or size < 1 or not np.isfinite(row).all():
        reason = f"it is no word with {width or 'some'} finite numbers"
        raise VectorsFileError(path=str(path), line=number, reason=reason)
    return word, row


def _fields(line: str) -> list[str]:
    return line.rstrip("\r\n").rstrip(" ").split(" ")
