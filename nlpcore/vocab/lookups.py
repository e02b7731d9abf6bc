"""Named tables that map strings to values: lemmas, norms, probabilities."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import BadDataError, TableExistsError, TableNotFoundError
from .strings import get_string_id

_RAISE = object()


class Table(OrderedDict[Any, Any]):
    """A dictionary whose string keys are stored as ids: ``table["word"]`` and ``table[strings["word"]]``
    are the same entry, and iteration gives ids.

    Values must be what JSON can hold if the table is to be saved.
    """

    def __init__(
        self, name: str | None = None, data: Mapping[Any, Any] | Iterable[tuple[Any, Any]] | None = None
    ) -> None:
        super().__init__()
        self.name = name
        if data is not None:
            self.update(data)

    @classmethod
    def from_dict(cls, data: Mapping[Any, Any], name: str | None = None) -> Table:
        """A table with the entries of a dict."""
        return cls(name=name, data=data)

    @classmethod
    def fromkeys(cls, iterable: Iterable[Any], value: Any = None) -> Table:
        return cls(data=[(key, value) for key in iterable])

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(get_string_id(key), value)

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(get_string_id(key))

    def __delitem__(self, key: Any) -> None:
        super().__delitem__(get_string_id(key))

    def __contains__(self, key: object) -> bool:
        return super().__contains__(get_string_id(key))

    def set(self, key: Any, value: Any) -> None:
        """Set the value of a string or an id."""
        self[key] = value

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(get_string_id(key), default)

    def pop(self, key: Any, *default: Any) -> Any:
        return super().pop(get_string_id(key), *default)

    def setdefault(self, key: Any, default: Any = None) -> Any:
        return super().setdefault(get_string_id(key), default)

    def move_to_end(self, key: Any, last: bool = True) -> None:
        super().move_to_end(get_string_id(key), last)

    def copy(self) -> Table:
        return type(self)(name=self.name, data=self)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name, dict(self))

    def to_bytes(self) -> bytes:
        return _dumps({"name": self.name, "data": list(self.items())})

    def from_bytes(self, bytes_data: bytes) -> Table:
        """Replace name and entries by those that ``to_bytes`` wrote; returns the table."""
        stored = _loads(bytes_data)
        entries = _entries(stored.get("data"))
        self.name = stored.get("name")
        self.clear()
        self.update(entries)
        return self


class Lookups:
    """A collection of named tables."""

    def __init__(self) -> None:
        self._tables: dict[str, Table] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._tables

    def __len__(self) -> int:
        return len(self._tables)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    @property
    def tables(self) -> list[str]:
        """The names of the tables."""
        return list(self._tables)

    def add_table(self, name: str, data: Mapping[Any, Any] | None = None) -> Table:
        """Add a table and return it. Raises TableExistsError (a ValueError) where the name is taken."""
        if name in self._tables:
            raise TableExistsError(name=name)
        table = Table(name=name, data=data)
        self._tables[name] = table
        return table

    def set_table(self, name: str, table: Mapping[Any, Any]) -> None:
        """Set a table, whether or not the name is taken."""
        self._tables[name] = table if isinstance(table, Table) else Table(name=name, data=table)

    def get_table(self, name: str, default: Any = _RAISE) -> Any:
        """The table, or the default where one is given, else TableNotFoundError (a KeyError)."""
        if name not in self._tables:
            if default is _RAISE:
                raise TableNotFoundError(name=name, tables=self.tables)
            return default
        return self._tables[name]

    def remove_table(self, name: str) -> Table:
        """Remove a table and return it."""
        if name not in self._tables:
            raise TableNotFoundError(name=name, tables=self.tables)
        return self._tables.pop(name)

    def has_table(self, name: str) -> bool:
        return name in self._tables

    def to_bytes(self, **kwargs: Any) -> bytes:
        return _dumps(self.get_state())

    def from_bytes(self, bytes_data: bytes, **kwargs: Any) -> Lookups:
        """Replace the tables by those that ``to_bytes`` wrote; returns the object."""
        self.set_state(_loads(bytes_data))
        return self

    def to_disk(self, path: str | Path, filename: str = "lookups.bin", **kwargs: Any) -> None:
        """Write the tables to a file in the directory ``path``; no tables, no file."""
        path = Path(path)
        if self._tables:
            path.mkdir(parents=True, exist_ok=True)
            (path / filename).write_bytes(self.to_bytes())

    def from_disk(self, path: str | Path, filename: str = "lookups.bin", **kwargs: Any) -> Lookups:
        """Read the tables from a file in the directory ``path``, where there is one; returns the object."""
        file = Path(path) / filename
        return self.from_bytes(file.read_bytes()) if file.exists() else self

    def get_state(self) -> dict[str, Any]:
        """The tables as what JSON can hold: name -> list of [key, value]."""
        return {name: [[key, value] for key, value in table.items()] for name, table in self._tables.items()}

    def set_state(self, state: Any) -> None:
        """Replace the tables by those of ``get_state``, checked."""
        if not isinstance(state, dict):
            raise BadDataError(what="lookup tables", why="not a dictionary of tables")
        self._tables = {name: Table(name, _entries(entries)) for name, entries in state.items()}


def _entries(stored: Any) -> list[tuple[Any, Any]]:
    if not isinstance(stored, list):
        raise BadDataError(what="lookup table", why="the entries are no list")
    entries = []
    for entry in stored:
        if not isinstance(entry, list) or len(entry) != 2 or not isinstance(entry[0], str | int):
            raise BadDataError(what="lookup table", why="an entry is no pair of key and value")
        entries.append((entry[0], entry[1]))
    return entries


def _dumps(data: Any) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode("ascii")


def _loads(data: bytes) -> dict[str, Any]:
    try:
        stored = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadDataError(what="lookup tables", why=error) from None
    if not isinstance(stored, dict):
        raise BadDataError(what="lookup tables", why="not a dictionary")
    return stored
