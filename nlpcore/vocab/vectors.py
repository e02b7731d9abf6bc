"""Word vectors: a float32 table and the keys of its rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, KeysView
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpcore.lazy import numpy

from ..attrs import intify_attr
from ..errors import BadDataError, VectorNotFoundError, VectorsFullError, VectorShapeError
from .ngrams import NgramHashing
from .state import bytes_to_state, state_to_bytes
from .strings import StringStore

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Key = str | int


class Vectors:
    """A table of vectors, ``data``: (rows, width); ``key2row`` maps ids of strings to rows.

    Several keys may share a row. Rows that no key was added for are free and are filled by ``add``.

    mode "floret": the rows belong to n-grams (see ``ngrams.NgramHashing``, which has the settings from
    ``minn`` to ``eow``). There are no keys, any string has a vector, and the table cannot be changed.
    """

    def __init__(
        self,
        *,
        strings: StringStore | None = None,
        shape: tuple[int, int] | None = None,
        data: NDArray[Any] | None = None,
        keys: Iterable[Key] | None = None,
        name: str | None = None,
        mode: str = "default",
        minn: int = 0,
        maxn: int = 0,
        hash_count: int = 1,
        hash_seed: int = 0,
        bow: str = "<",
        eow: str = ">",
        attr: str | int = "ORTH",
    ) -> None:
        self.ngrams: NgramHashing | None = None
        if mode == "floret":
            self.ngrams = NgramHashing(minn, maxn, hash_count, hash_seed, bow, eow)
            if data is None or keys is not None:
                raise VectorShapeError(what="a table of floret has data, and no keys")
        elif mode != "default":
            raise VectorShapeError(what=f"the mode is 'default' or 'floret', not {mode!r}")
        self.strings = StringStore() if strings is None else strings
        self.name = name
        self.attr = intify_attr(attr)
        if data is None:
            data = numpy.zeros((0, 0) if shape is None else shape, dtype="float32")
        if data.ndim != 2:
            raise VectorShapeError(what=f"the data must have two dimensions, not {data.ndim}")
        self.data: NDArray[Any] = data
        self.key2row: dict[int, int] = {}
        self._sync_unset()
        for row, key in enumerate(() if keys is None else keys):
            self.add(key, row=row)

    def _sync_unset(self) -> None:
        self._used = numpy.zeros(len(self.data), dtype=bool)
        rows = [row for row in self.key2row.values() if 0 <= row < len(self.data)]
        self._used[rows] = True
        self._n_free = int(len(self.data) - self._used.sum())
        self._next_free = 0

    @property
    def mode(self) -> str:
        """Whose vectors the rows are: "default", those of words, or "floret", those of n-grams."""
        return "default" if self.ngrams is None else "floret"

    def _has_words(self, what: str) -> None:
        """Raise VectorShapeError where the rows are those of n-grams."""
        if self.ngrams is not None:
            raise VectorShapeError(what=f"a table of floret has no words: it cannot {what}")

    def _ngram_vector(self, key: Key) -> NDArray[Any]:
        """The vector of any string or known id."""
        assert self.ngrams is not None
        word = key if isinstance(key, str) else self.strings[int(key)]
        rows = self.ngrams.rows(word, len(self.data))
        if not len(rows):
            return numpy.zeros(self.data.shape[1], dtype=self.data.dtype)
        mean: NDArray[Any] = self.data[rows].mean(axis=0, dtype="float32")
        return mean.astype(self.data.dtype)

    def _id(self, key: Key) -> int:
        return self.strings[key] if isinstance(key, str) else int(key)

    # --- size ---

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows, and the width."""
        return (self.data.shape[0], self.data.shape[1])

    @property
    def size(self) -> int:
        """Rows times width."""
        return int(self.data.shape[0] * self.data.shape[1])

    @property
    def is_full(self) -> bool:
        """Whether no row is free."""
        return self._n_free == 0 or self.ngrams is not None

    @property
    def n_keys(self) -> int:
        """Number of words; -1: any string has a vector."""
        return len(self.key2row) if self.ngrams is None else -1

    def __len__(self) -> int:
        """Number of rows."""
        return int(self.data.shape[0])

    # --- as a mapping ---

    def __getitem__(self, key: Key) -> NDArray[Any]:
        """The vector of a key: (width,), a view, or computed. Raises VectorNotFoundError (a KeyError)."""
        if self.ngrams is not None:
            return self._ngram_vector(key)
        row = self.key2row.get(self._id(key), -1)
        if row < 0:
            raise VectorNotFoundError(key=key)
        return self.data[row]

    def __setitem__(self, key: Key, vector: ArrayLike) -> None:
        """Change the vector of a key that has one already."""
        self._has_words("give one a vector")
        row = self.key2row.get(self._id(key), -1)
        if row < 0:
            raise VectorNotFoundError(key=key)
        self._set_row(row, vector)

    def __iter__(self) -> Iterator[int]:
        yield from self.key2row

    def __contains__(self, key: Key) -> bool:
        if self.ngrams is not None:
            return isinstance(key, str) or int(key) in self.strings
        return self._id(key) in self.key2row

    def keys(self) -> KeysView[int]:
        return self.key2row.keys()

    def values(self) -> Iterator[NDArray[Any]]:
        """The vectors of the rows in use, by row."""
        for row in numpy.flatnonzero(self._used):
            yield self.data[row]

    def items(self) -> Iterator[tuple[int, NDArray[Any]]]:
        """Pairs of key and vector."""
        for key, row in self.key2row.items():
            yield key, self.data[row]

    # --- changing ---

    def _set_row(self, row: int, vector: ArrayLike) -> None:
        array = numpy.asarray(vector)
        if array.shape != (self.data.shape[1],):
            raise VectorShapeError(
                what=f"a vector of shape {array.shape} does not fit a table of width {self.data.shape[1]}"
            )
        self.data[row] = array

    def add(self, key: Key, *, vector: ArrayLike | None = None, row: int | None = None) -> int:
        """Give a key a row: ``row``, the one it has, or the first free one; and set the row's vector, if
        one is given. Returns the row. Raises VectorsFullError, VectorShapeError (ValueErrors)."""
        self._has_words("add one")
        id_ = self.strings.add(key) if isinstance(key, str) else int(key)
        if row is None and id_ in self.key2row:
            row = self.key2row[id_]
        elif row is None:
            if self.is_full:
                raise VectorsFullError(rows=len(self.data))
            self._next_free += int(numpy.argmin(self._used[self._next_free :]))
            row = self._next_free
        row = int(row)
        if not 0 <= row < len(self.data):
            raise VectorShapeError(what=f"row {row} of key {key!r} is outside of the {len(self.data)} rows")
        if vector is not None:
            self._set_row(row, vector)
        self.key2row[id_] = row
        if not self._used[row]:
            self._used[row] = True
            self._n_free -= 1
        return row

    def resize(self, shape: tuple[int, int], inplace: bool = False) -> list[tuple[int, int]]:
        """Change the number of rows and the width; new room is zero. Returns the (key, row) pairs that fell
        out.

        ``inplace`` is accepted; the data are always copied.
        """
        self._has_words("be resized")
        rows, width = shape
        if rows < 0 or width < 0:
            raise VectorShapeError(what=f"the shape {shape} has a negative size")
        data = numpy.zeros((rows, width), dtype=self.data.dtype)
        common = (min(rows, self.data.shape[0]), min(width, self.data.shape[1]))
        data[: common[0], : common[1]] = self.data[: common[0], : common[1]]
        self.data = data
        removed = [(key, row) for key, row in self.key2row.items() if row >= rows]
        for key, _ in removed:
            del self.key2row[key]
        self._sync_unset()
        return removed

    def clear(self) -> None:
        """Forget all keys; the data stay."""
        self._has_words("forget them")
        self.key2row = {}
        self._sync_unset()

    def to_ops(self, ops: Any) -> None:
        """Move the data to the device of a Thinc ``Ops``."""
        self.data = ops.asarray(self.data)

    # --- finding ---

    def find(
        self,
        *,
        key: Key | None = None,
        keys: Iterable[Key] | None = None,
        row: int | None = None,
        rows: Iterable[int] | None = None,
    ) -> Any:
        """Look up one of: the row of ``key`` (-1: none), the rows of ``keys`` (int32), a key of ``row``, or
        a key each of ``rows`` (uint64). Raises KeyError for a row without key."""
        self._has_words("find the row of one")
        given = {"key": key, "keys": keys, "row": row, "rows": rows}
        if sum(value is not None for value in given.values()) != 1:
            raise VectorShapeError(what=f"`find` takes one of key, keys, row and rows, not {given}")
        if key is not None:
            return self.key2row.get(self._id(key), -1)
        if keys is not None:
            return numpy.asarray([self.key2row.get(self._id(k), -1) for k in keys], dtype="int32")
        row2key = {r: k for k, r in self.key2row.items()}
        if row is not None:
            return self._key_of(row2key, row)
        assert rows is not None
        return numpy.asarray([self._key_of(row2key, r) for r in rows], dtype="uint64")

    @staticmethod
    def _key_of(row2key: dict[int, int], row: int) -> int:
        if row not in row2key:
            raise VectorNotFoundError(f"Row {row} of the vectors table has no key.")
        return row2key[row]

    def get_batch(self, keys: Iterable[Key]) -> NDArray[Any]:
        """The vectors of keys: (len(keys), width); zeros where a key has none."""
        if self.ngrams is not None:
            found = [self._ngram_vector(key) for key in keys]
            return numpy.stack(found) if found else self.data[:0]
        rows = self.find(keys=keys)
        batch = numpy.zeros((len(rows), self.data.shape[1]), dtype=self.data.dtype)
        batch[rows >= 0] = self.data[rows[rows >= 0]]
        return batch

    def most_similar(
        self, queries: NDArray[Any], *, batch_size: int = 1024, n: int = 1, sort: bool = True
    ) -> tuple[NDArray[numpy.uint64], NDArray[numpy.int32], NDArray[numpy.float32]]:
        """For each query (q, width) the n rows in use with the highest cosine.

        Returns keys (q, n) uint64, rows (q, n) int32 and cosines (q, n) float32, rounded to four digits;
        the best first, or with ``sort=False`` in any order.
        """
        self._has_words("say which are similar")
        used = numpy.flatnonzero(self._used)
        if n > len(used):
            raise VectorShapeError(
                what=f"{n} most similar vectors asked for, but only {len(used)} are in use"
            )
        queries = numpy.asarray(queries)
        if queries.ndim != 2 or queries.shape[1] != self.data.shape[1]:
            raise VectorShapeError(
                what=f"the queries must be of shape (n, {self.data.shape[1]}), not {queries.shape}"
            )
        table = _unit_rows(self.data[used])
        rows = numpy.zeros((len(queries), n), dtype="int32")
        scores = numpy.zeros((len(queries), n), dtype="float32")
        for start in range(0, len(queries), max(1, batch_size)):
            batch = slice(start, start + max(1, batch_size))
            cosines = _unit_rows(queries[batch]) @ table.T
            best = (
                numpy.argpartition(cosines, -n, axis=1)[:, -n:] if n else numpy.zeros((len(cosines), 0), int)
            )
            values = numpy.take_along_axis(cosines, best, axis=1)
            if sort:
                order = numpy.argsort(-values, axis=1, kind="stable")
                best = numpy.take_along_axis(best, order, axis=1)
                values = numpy.take_along_axis(values, order, axis=1)
            rows[batch] = used[best]
            scores[batch] = numpy.clip(numpy.around(values, 4), -1, 1)
        row2key: dict[int, int] = {}
        for key, row in self.key2row.items():
            row2key.setdefault(row, key)
        keys = numpy.asarray([[row2key[int(row)] for row in line] for line in rows], dtype="uint64")
        return keys.reshape(rows.shape), rows, scores

    # --- storing ---

    def get_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """The name; data (rows, width), keys (n,) uint64 and their rows (n,) int32."""
        tensors = {
            "data": numpy.ascontiguousarray(self.data),
            "keys": numpy.fromiter(self.key2row.keys(), dtype="uint64", count=len(self.key2row)),
            "rows": numpy.fromiter(self.key2row.values(), dtype="int32", count=len(self.key2row)),
        }
        meta: dict[str, Any] = {"name": self.name}
        if self.ngrams is not None:
            meta["floret"] = asdict(self.ngrams)
        return meta, tensors

    def set_state(self, meta: Any, tensors: Any) -> None:
        """Replace everything by what ``get_state`` gave, checked. Raises BadDataError (a ValueError)."""
        if not isinstance(meta, dict) or not isinstance(tensors, dict):
            raise BadDataError(what="vectors", why="meta data or tensors are missing")
        data, keys, rows = (tensors.get(name) for name in ("data", "keys", "rows"))
        if not isinstance(data, numpy.ndarray) or data.ndim != 2 or data.dtype.kind not in "fiu":
            raise BadDataError(what="vectors", why="the data are no table of numbers")
        if not isinstance(keys, numpy.ndarray) or keys.dtype != numpy.uint64 or keys.ndim != 1:
            raise BadDataError(what="vectors", why="the keys are no list of 64-bit integers")
        if not isinstance(rows, numpy.ndarray) or rows.dtype != numpy.int32 or rows.shape != keys.shape:
            raise BadDataError(what="vectors", why="there is not one row for each key")
        if len(rows) and not (int(rows.min()) >= 0 and int(rows.max()) < len(data)):
            raise BadDataError(what="vectors", why="a key has a row outside of the table")
        floret = meta.get("floret")
        if floret is not None and (not isinstance(floret, dict) or len(keys)):
            raise BadDataError(what="vectors", why="a table of floret has settings, and no keys")
        try:
            self.ngrams = None if floret is None else NgramHashing(**floret)
        except (TypeError, VectorShapeError) as error:
            raise BadDataError(what="vectors", why=error) from None
        self.name = meta.get("name")
        self.data = data.copy()
        self.key2row = dict(zip(keys.tolist(), rows.tolist(), strict=True))
        self._sync_unset()

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickle, (type(self), *self.get_state())

    def to_bytes(self, **kwargs: Any) -> bytes:
        return state_to_bytes(*self.get_state())

    def from_bytes(self, data: bytes, **kwargs: Any) -> Vectors:
        """Replace everything by what ``to_bytes`` wrote; returns the object."""
        self.set_state(*bytes_to_state(data))
        return self

    def to_disk(self, path: str | Path, **kwargs: Any) -> None:
        """Write the files ``vectors``, ``key2row`` and ``vectors.cfg`` to a directory."""
        path = Path(path)
        path.mkdir(parents=True, exist_ok=True)
        meta, tensors = self.get_state()
        for name in ("vectors", "key2row"):
            with (path / name).open("wb") as file:
                if name == "vectors":
                    numpy.save(file, tensors["data"], allow_pickle=False)
                else:
                    rows = numpy.stack([tensors["keys"], tensors["rows"].astype("uint64")])
                    numpy.save(file, rows, allow_pickle=False)
        settings = meta.pop("floret", {})
        (path / "vectors.cfg").write_text(
            json.dumps({"mode": self.mode, **meta, **settings}), encoding="utf8"
        )

    def from_disk(self, path: str | Path, **kwargs: Any) -> Vectors:
        """Replace everything by what ``to_disk`` wrote; returns the object. Without the files, nothing
        changes."""
        path = Path(path)
        if not (path / "vectors").exists():
            return self
        try:
            data = numpy.load(path / "vectors", allow_pickle=False)
            keys, rows = numpy.load(path / "key2row", allow_pickle=False)
            meta = json.loads((path / "vectors.cfg").read_text(encoding="utf8"))
            if meta.get("mode") == "floret":
                names = [field.name for field in fields(NgramHashing)]
                meta["floret"] = {name: meta[name] for name in names if name in meta}
            tensors = {"data": data, "keys": keys, "rows": rows.astype("int32")}
        except (ValueError, TypeError, AttributeError, EOFError, RecursionError, FileNotFoundError) as error:
            raise BadDataError(what=f"vectors in {path}", why=error) from None
        self.set_state(meta, tensors)
        return self


def _unit_rows(table: NDArray[Any]) -> NDArray[Any]:
    norms = numpy.linalg.norm(table, axis=1, keepdims=True)
    norms[norms == 0] = 1
    return table / norms


def _unpickle(cls: type[Vectors], meta: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> Vectors:
    vectors = cls()
    vectors.set_state(meta, tensors)
    return vectors
