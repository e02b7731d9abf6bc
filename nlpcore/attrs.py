"""Attributes of tokens and lexemes as integers: ``LOWER``, ``IS_ALPHA``, ``HEAD`` …

A subset of :mod:`nlpcore.symbols`, with the same numbers. ``IDS`` maps names to integers, ``NAMES`` lists the
names by ascending integer, and every name is a constant of this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import symbols

_NAMES = """
    ID ORTH LOWER NORM SHAPE PREFIX SUFFIX LENGTH LEMMA POS TAG DEP ENT_IOB ENT_TYPE ENT_ID ENT_KB_ID HEAD
    SENT_START SPACY LANG MORPH IDX
"""

IDS: dict[str, int] = {name: symbols.IDS[name] for name in (*symbols.NAMES[:64], *_NAMES.split())}

NAMES: list[str] = sorted(IDS, key=IDS.__getitem__)

IOB_STRINGS = ("", "I", "O", "B")
"""The strings of the values 0 to 3 of ``ENT_IOB``."""

globals().update({name: i for name, i in IDS.items() if name})


def intify_attr(name: Any) -> int | None:
    """The integer of an attribute given by name, in any case, or by integer; None for an unknown name."""
    if isinstance(name, int):
        return int(name)
    return IDS.get(name.upper())


def intify_attrs(
    stringy_attrs: Mapping[Any, Any], strings_map: Any = None, _do_deprecated: bool = False
) -> dict[int, Any]:
    """A dict with attribute names, and string values where ``strings_map`` is a StringStore, as integers.

    Unknown names are left out. The strings are added to the store. With ``_do_deprecated``, the former names
    ``F`` (ORTH), ``L`` (LEMMA) and ``pos`` (TAG) are read too.
    """
    attrs = dict(stringy_attrs)
    if _do_deprecated:
        for old, new in (("F", "ORTH"), ("L", "LEMMA"), ("pos", "TAG")):
            if old in attrs:
                attrs[new] = attrs.pop(old)
    result = {}
    for name, value in attrs.items():
        key = intify_attr(name)
        if key is None:
            continue
        if strings_map is not None and isinstance(value, str):
            value = strings_map.add(value) if hasattr(strings_map, "add") else strings_map[value]
        result[key] = value
    return result
