"""Objects that are stored part by part: a function for each named part, and names to leave out.

Names may be dotted (``"cfg.labels"``); ``exclude`` compares what stands before the first dot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from .errors import BadDataError

__all__ = ["from_bytes", "from_dict", "from_disk", "to_bytes", "to_dict", "to_disk"]


def _wanted(name: str, exclude: Iterable[str]) -> bool:
    return name.split(".")[0] not in exclude


def to_dict(getters: Mapping[str, Callable[[], Any]], exclude: Iterable[str]) -> dict[str, Any]:
    """What each function returns, by name."""
    exclude = list(exclude)
    return {name: getter() for name, getter in getters.items() if _wanted(name, exclude)}


def from_dict(
    msg: dict[str, Any], setters: Mapping[str, Callable[[Any], Any]], exclude: Iterable[str]
) -> dict[str, Any]:
    """Hand each part that is there to its function; returns ``msg``."""
    exclude = list(exclude)
    for name, setter in setters.items():
        if _wanted(name, exclude) and name in msg:
            setter(msg[name])
    return msg


def to_bytes(getters: Mapping[str, Callable[[], Any]], exclude: Iterable[str]) -> bytes:
    """What each function returns (plain data), by name, as MessagePack."""
    import srsly

    return srsly.msgpack_dumps(to_dict(getters, exclude))


def from_bytes(
    bytes_data: bytes, setters: Mapping[str, Callable[[Any], Any]], exclude: Iterable[str]
) -> dict[str, Any]:
    """Read what ``to_bytes`` wrote. Raises BadDataError (a ValueError)."""
    import srsly

    try:
        msg = srsly.msgpack_loads(bytes_data)
    except Exception as error:
        raise BadDataError(what="object", why=error) from None
    if not isinstance(msg, dict):
        raise BadDataError(what="object", why="no named parts are in it")
    return from_dict(msg, setters, exclude)


def to_disk(path: str | Path, writers: Mapping[str, Callable[[Path], Any]], exclude: Iterable[str]) -> Path:
    """Let each function write its part to a path of its name in the directory; returns the directory."""
    path = Path(path)
    exclude = list(exclude)
    path.mkdir(parents=True, exist_ok=True)
    for name, writer in writers.items():
        if _wanted(name, exclude):
            writer(path / name)
    return path


def from_disk(path: str | Path, readers: Mapping[str, Callable[[Path], Any]], exclude: Iterable[str]) -> Path:
    """Let each function read its part from the path of its name in the directory; returns the directory."""
    path = Path(path)
    exclude = list(exclude)
    for name, reader in readers.items():
        if _wanted(name, exclude):
            reader(path / name)
    return path
