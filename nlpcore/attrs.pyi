from collections.abc import Mapping
from typing import Any

IDS: dict[str, int]
NAMES: list[str]
IOB_STRINGS: tuple[str, ...]

IS_ALPHA: int
IS_ASCII: int
IS_DIGIT: int
IS_LOWER: int
IS_PUNCT: int
IS_SPACE: int
IS_TITLE: int
IS_UPPER: int
LIKE_URL: int
LIKE_NUM: int
LIKE_EMAIL: int
IS_STOP: int
IS_OOV_DEPRECATED: int
IS_BRACKET: int
IS_QUOTE: int
IS_LEFT_PUNCT: int
IS_RIGHT_PUNCT: int
IS_CURRENCY: int
FLAG19: int
FLAG20: int
FLAG21: int
FLAG22: int
FLAG23: int
FLAG24: int
FLAG25: int
FLAG26: int
FLAG27: int
FLAG28: int
FLAG29: int
FLAG30: int
FLAG31: int
FLAG32: int
FLAG33: int
FLAG34: int
FLAG35: int
FLAG36: int
FLAG37: int
FLAG38: int
FLAG39: int
FLAG40: int
FLAG41: int
FLAG42: int
FLAG43: int
FLAG44: int
FLAG45: int
FLAG46: int
FLAG47: int
FLAG48: int
FLAG49: int
FLAG50: int
FLAG51: int
FLAG52: int
FLAG53: int
FLAG54: int
FLAG55: int
FLAG56: int
FLAG57: int
FLAG58: int
FLAG59: int
FLAG60: int
FLAG61: int
FLAG62: int
FLAG63: int
ID: int
ORTH: int
LOWER: int
NORM: int
SHAPE: int
PREFIX: int
SUFFIX: int
LENGTH: int
LEMMA: int
POS: int
TAG: int
DEP: int
ENT_IOB: int
ENT_TYPE: int
ENT_ID: int
ENT_KB_ID: int
HEAD: int
SENT_START: int
SPACY: int
LANG: int
MORPH: int
IDX: int

def intify_attr(name: Any) -> int | None: ...
def intify_attrs(
    stringy_attrs: Mapping[Any, Any],
    strings_map: Any = None,
    _do_deprecated: bool = False,
) -> dict[int, Any]: ...
