"""Lexical attributes of English words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nlpcore.attrs import LIKE_NUM

from .. import lex_attrs

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
)
_CARDINALS = f"""
    {_UNITS}
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand
    million billion trillion quadrillion quintillion sextillion septillion octillion nonillion decillion
    gajillion bazillion
"""
_IRREGULAR_ORDINALS = "first second third fifth eighth ninth twelfth".split()  # noqa: SIM905
_REPLACED = {"one", "two", "three", "five", "eight", "nine", "twelve"}


def _ordinals() -> set[str]:
    regular = set(_CARDINALS.split()) - _REPLACED
    return {w[:-1] + "ieth" if w.endswith("y") else w + "th" for w in regular} | set(_IRREGULAR_ORDINALS)


NUMBER_WORDS = frozenset(_CARDINALS.split()) | frozenset(_ordinals())


def like_num(text: str) -> bool:
    """A number in digits or as one English word, cardinal or ordinal."""
    if lex_attrs.like_num(text):
        return True
    lowered = text.lower()
    return lowered in NUMBER_WORDS or (lowered[-2:] in ("st", "nd", "rd", "th") and lowered[:-2].isdigit())


LEX_ATTRS: dict[int, Callable[[str], Any]] = {LIKE_NUM: like_num}
