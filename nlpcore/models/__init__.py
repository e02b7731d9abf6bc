"""Models: names and versions, the archive format, finding and loading."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .info import card
    from .loader import bundled, load
    from .names import ModelName, check_own_name, check_version, parse_name, parse_version

#: name -> module that has it
_EXPORTS = {
    "ModelName": "names",
    "bundled": "loader",
    "card": "info",
    "check_own_name": "names",
    "check_version": "names",
    "load": "loader",
    "parse_name": "names",
    "parse_version": "names",
}

__all__ = [
    "ModelName",
    "bundled",
    "card",
    "check_own_name",
    "check_version",
    "load",
    "parse_name",
    "parse_version",
]


def __getattr__(name: str) -> Any:
    if name in _EXPORTS:
        value = getattr(import_module(f"{__name__}.{_EXPORTS[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
