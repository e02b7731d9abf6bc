"""Nested dicts and their dotted names: ``{"a": {"b": 1}}`` and ``{"a.b": 1}``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["dict_to_dot", "dot_to_dict", "dot_to_object", "set_dot_to_object", "walk_dict"]


def walk_dict(node: Mapping[str, Any], parent: list[str] | None = None) -> Iterator[tuple[list[str], Any]]:
    """The leaves of a nested dict, as pairs of path and value."""
    for key, value in node.items():
        path = [*(parent or []), key]
        if isinstance(value, dict):
            yield from walk_dict(value, path)
        else:
            yield path, value


def dict_to_dot(obj: Mapping[str, Any]) -> dict[str, Any]:
    """``{"a": {"b": 1}}`` as ``{"a.b": 1}``."""
    return {".".join(path): value for path, value in walk_dict(obj)}


def dot_to_dict(values: Mapping[str, Any]) -> dict[str, Any]:
    """``{"a.b": 1}`` as ``{"a": {"b": 1}}``."""
    result: dict[str, Any] = {}
    for name, value in values.items():
        *parents, last = name.split(".")
        node = result
        for part in parents:
            node = node.setdefault(part, {})
        node[last] = value
    return result


def dot_to_object(config: Mapping[str, Any], section: str) -> Any:
    """The value at a dotted name. Raises KeyError where there is none."""
    value: Any = config
    for part in section.split("."):
        try:
            value = value[part]
        except (KeyError, TypeError):
            raise KeyError(section) from None
    return value


def set_dot_to_object(config: dict[str, Any], section: str, value: Any) -> None:
    """Set the value at a dotted name. Raises KeyError where the section around it does not exist."""
    *parents, last = section.split(".")
    target = dot_to_object(config, ".".join(parents)) if parents else config
    target[last] = value
