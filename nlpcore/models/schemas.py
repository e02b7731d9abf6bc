"""What the header of a pipeline's archive must look like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard

from nlpcore import errors

SCHEMA = 1
STORAGES = ("state", "bytes", "files", "none", "excluded")
MAX_COMPONENTS = 1_000
MAX_NAME = 200


def check_header(header: dict[str, Any]) -> None:
    """Check the sections of a pipeline's header. Raises ModelDataError naming what is wrong."""
    if header.get("schema") != SCHEMA:
        found = header.get("schema")
        raise errors.ModelDataError(
            reason=f"its metadata follows schema {found!r:.40} and this nlpcore reads schema {SCHEMA}: "
            "update nlpcore, or get a model made for it"
        )
    check_meta(_section(header, "meta"))
    config = _section(header, "config")
    for key in ("nlp", "components"):
        _section(config, key)
    _check_components(header.get("components"))
    _check_parts(header)


def check_meta(meta: Mapping[str, Any]) -> None:
    """Check a model's description. Raises ModelDataError."""
    for key in ("name", "version"):
        if not isinstance(meta.get(key), str):
            raise errors.ModelDataError(reason=f"its metadata has no text {key!r}")
    if not isinstance(meta.get("lang"), (str, type(None))):
        raise errors.ModelDataError(reason="its metadata has a language that is no text")
    for key in ("labels", "performance", "vectors"):
        if not isinstance(meta.get(key, {}), (dict, type(None))):
            raise errors.ModelDataError(reason=f"its metadata has no section {key!r}")


def _check_components(components: Any) -> None:
    if not isinstance(components, list) or len(components) > MAX_COMPONENTS:
        raise errors.ModelDataError(reason="its header has no list of components, or one that is too long")
    seen: set[str] = set()
    for entry in components:
        if not isinstance(entry, dict):
            raise errors.ModelDataError(reason="a component in its header is no section")
        name, factory = entry.get("name"), entry.get("factory")
        if not _is_name(name) or not _is_name(factory):
            raise errors.ModelDataError(reason="a component in its header has no name or no factory")
        if name in seen:
            raise errors.ModelDataError(reason=f"it has the component {name!r:.80} twice")
        seen.add(name)
        if entry.get("storage") not in STORAGES:
            raise errors.ModelDataError(reason=f"the component {name!r:.80} is stored in an unknown way")
        if entry["storage"] == "state" and not isinstance(entry.get("state"), dict):
            raise errors.ModelDataError(reason=f"the component {name!r:.80} has no state")


def _check_parts(header: Mapping[str, Any]) -> None:
    for key in ("vocab", "tokenizer"):
        if key not in header:
            continue
        part = _section(header, key)
        if part.get("storage") not in ("state", "bytes", "none"):
            raise errors.ModelDataError(reason=f"the {key} is stored in an unknown way")
        if part["storage"] == "state" and not isinstance(part.get("state"), dict):
            raise errors.ModelDataError(reason=f"the {key} has no state")


def _section(header: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = header.get(key)
    if not isinstance(value, dict):
        raise errors.ModelDataError(reason=f"its header has no section {key!r}")
    return value


def _is_name(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= MAX_NAME
