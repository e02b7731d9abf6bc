"""Models: names and versions, the archive format, finding and loading, packages, indexes, downloads."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .index import build_index
    from .info import card
    from .installed import InstalledModel, bundled, find_installed, installed_models
    from .installing import download, install
    from .loader import load
    from .names import ModelName, check_own_name, check_version, parse_name, parse_version
    from .packaging import package
    from .validation import validate

#: name -> module that has it
_EXPORTS = {
    "InstalledModel": "installed",
    "ModelName": "names",
    "build_index": "index",
    "bundled": "installed",
    "card": "info",
    "check_own_name": "names",
    "check_version": "names",
    "download": "installing",
    "find_installed": "installed",
    "install": "installing",
    "installed_models": "installed",
    "load": "loader",
    "package": "packaging",
    "parse_name": "names",
    "parse_version": "names",
    "validate": "validation",
}

__all__ = [
    "InstalledModel",
    "ModelName",
    "build_index",
    "bundled",
    "card",
    "check_own_name",
    "check_version",
    "download",
    "find_installed",
    "install",
    "installed_models",
    "load",
    "package",
    "parse_name",
    "parse_version",
    "validate",
]


def __getattr__(name: str) -> Any:
    if name in _EXPORTS:
        value = getattr(import_module(f"{__name__}.{_EXPORTS[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
