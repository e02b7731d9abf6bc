"""Settings as nested dicts that can be written as text: sections in brackets, values in JSON.

[components.sentencizer]
factory = "sentencizer"
punct_chars = null
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nlpcore import errors
from nlpcore.util import copy_config

_REFERENCE = re.compile(r"\$\{([\w.:-]+)\}")
_SECTION = re.compile(r"\[([^\[\]]+)\]\s*\Z")
MAX_DEPTH = 32


class Config(dict[str, Any]):
    """Nested settings; a dict with a text form."""

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        if data is not None:
            if not isinstance(data, Mapping):
                raise errors.PipelineError(f"Settings must be a dict, not {type(data).__name__}.")
            self.update(copy_config(dict(data)))

    def copy(self) -> Config:
        """A deep copy."""
        return Config(self)

    def merge(self, updates: Mapping[str, Any], remove_extra: bool = False) -> Config:
        """A copy with ``updates`` over it, section by section."""
        result = self.copy()
        merge_into(result, updates)
        return result

    def interpolate(self) -> Config:
        """A copy in which references ``${section.key}`` are replaced by what they stand for."""
        return Config(_interpolated(dict(self), dict(self), 0))

    def to_str(self, *, interpolate: bool = False) -> str:
        """The text form."""
        lines: list[str] = []
        _write_section((), self.interpolate() if interpolate else self, lines, 0)
        return "\n".join(lines).strip() + "\n"

    def from_str(
        self, text: str, *, interpolate: bool = True, overrides: Mapping[str, Any] | None = None
    ) -> Config:
        """Read the text form into this object. Raises PipelineError (a ValueError) naming the line."""
        data = _parse(text)
        merge_into(data, nested(overrides or {}))
        self.clear()
        self.update(_interpolated(data, data, 0) if interpolate else data)
        return self

    def to_bytes(self, *, interpolate: bool = False) -> bytes:
        return self.to_str(interpolate=interpolate).encode("utf-8")

    def from_bytes(
        self, data: bytes, *, interpolate: bool = True, overrides: Mapping[str, Any] | None = None
    ) -> Config:
        return self.from_str(data.decode("utf-8"), interpolate=interpolate, overrides=overrides)

    def to_disk(self, path: str | os.PathLike[str], *, interpolate: bool = False) -> None:
        Path(path).write_bytes(self.to_bytes(interpolate=interpolate))

    def from_disk(
        self,
        path: str | os.PathLike[str],
        *,
        interpolate: bool = True,
        overrides: Mapping[str, Any] | None = None,
    ) -> Config:
        return self.from_bytes(Path(path).read_bytes(), interpolate=interpolate, overrides=overrides)


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """``{"a.b": 1}`` as ``{"a": {"b": 1}}``; keys without dots stay."""
    result: dict[str, Any] = {}
    for key, value in values.items():
        *sections, last = str(key).split(".")
        at = result
        for section in sections:
            at = at.setdefault(section, {})
            if not isinstance(at, dict):
                raise errors.PipelineError(f"The setting {key!r} stands inside another that is no section.")
        if isinstance(value, Mapping) and isinstance(at.get(last), dict):
            merge_into(at[last], value)
        else:
            at[last] = copy_config(dict(value)) if isinstance(value, Mapping) else value
    return result


def merge_into(target: dict[str, Any], updates: Mapping[str, Any]) -> None:
    """Put ``updates`` over ``target``, section by section.

    A section that calls another function (``@heading = name``) replaces the old one whole.
    """
    for key, value in updates.items():
        old = target.get(key)
        if isinstance(value, Mapping) and isinstance(old, dict) and _call_of(value) in (None, _call_of(old)):
            merge_into(old, value)
        else:
            target[key] = copy_config(dict(value)) if isinstance(value, Mapping) else value


def _call_of(section: Mapping[str, Any]) -> Any:
    return next(((k, v) for k, v in section.items() if isinstance(k, str) and k.startswith("@")), None)


def _write_section(path: tuple[str, ...], section: Mapping[str, Any], lines: list[str], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise errors.PipelineError("The settings are nested too deeply, or contain themselves.")
    values = {k: v for k, v in section.items() if not isinstance(v, Mapping)}
    if path and (values or not section):
        lines.append(f"[{'.'.join(path)}]")
    for key, value in values.items():
        lines.append(f"{key} = {_value_text('.'.join((*path, str(key))), value)}")
    if path and (values or not section):
        lines.append("")
    for key, value in section.items():
        if isinstance(value, Mapping):
            _write_section((*path, str(key)), value, lines, depth + 1)


def _value_text(where: str, value: Any) -> str:
    if isinstance(value, str) and _REFERENCE.fullmatch(value):
        return value
    try:
        return json.dumps(
            list(value) if isinstance(value, (tuple, set, frozenset)) else value, ensure_ascii=False
        )
    except (TypeError, ValueError):
        raise errors.PipelineError(
            f"The setting {where!r} cannot be written as text: {value!r:.80}."
        ) from None


def _parse(text: str) -> dict[str, Any]:
    result: dict[str, Any] = {}
    section = result
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        number, line = at + 1, lines[at].strip()
        at += 1
        if not line or line.startswith(("#", ";")):
            continue
        heading = _SECTION.fullmatch(line)
        if heading:
            section = result
            for part in heading[1].split("."):
                section = section.setdefault(part.strip(), {})
                if not isinstance(section, dict):
                    raise errors.PipelineError(
                        f"Line {number} of the settings: {heading[1]!r} is a value already."
                    )
            continue
        key, equals, value = line.partition("=")
        if not equals or not key.strip():
            raise errors.PipelineError(
                f"Line {number} of the settings is neither `[section]` nor `key = value`: {line!r:.80}"
            )
        while (
            at < len(lines) and lines[at][:1] in (" ", "\t") and lines[at].strip()
        ):  # a value over several lines
            value += "\n" + lines[at]
            at += 1
        section[key.strip()] = _read_value(value.strip())
    return result


def _read_value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        if text.startswith("'") and text.endswith("'") and len(text) > 1:
            return text[1:-1]
        return {"True": True, "False": False, "None": None}.get(text, text)


def _interpolated(value: Any, root: dict[str, Any], depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise errors.PipelineError("The references ${...} in the settings go round in a circle.")
    if isinstance(value, dict):
        return {key: _interpolated(child, root, depth + 1) for key, child in value.items()}
    if isinstance(value, list):
        return [_interpolated(child, root, depth + 1) for child in value]
    if isinstance(value, str):
        whole = _REFERENCE.fullmatch(value)
        if whole:
            return _interpolated(_looked_up(whole[1], root), root, depth + 1)
        return _REFERENCE.sub(lambda m: str(_interpolated(_looked_up(m[1], root), root, depth + 1)), value)
    return value


def _looked_up(name: str, root: dict[str, Any]) -> Any:
    at: Any = root
    for part in re.split(r"[.:]", name):
        if not isinstance(at, dict) or part not in at:
            raise errors.PipelineError(f"The settings refer to ${{{name}}}, which they do not have.")
        at = at[part]
    return at
