"""Languages without a module of their own: the rules of `xx` under the language's code.

Their classes are attributes of this module (`Language_de`), made when first asked for, so that they pickle.
"""

from __future__ import annotations

from typing import Any

from nlpcore.language import Language

from .codes import LANGUAGES, writing_system
from .defaults import BaseDefaults

_PREFIX = "Language_"


def language_class(code: str) -> type[Language]:
    """The class of a language of `codes.LANGUAGES`, with the tokenizer rules of `xx`."""
    name = _PREFIX + code
    known = globals().get(name)
    if known is None:
        defaults = type(f"Defaults_{code}", (BaseDefaults,), {"writing_system": writing_system(code)})
        members = {
            "lang": code,
            "Defaults": defaults,
            "__module__": __name__,
            "__doc__": f"Pipelines for {LANGUAGES[code]}, with the rules that hold for most languages.",
        }
        known = globals()[name] = type(name, (Language,), members)
    return known


def __getattr__(name: str) -> Any:
    code = name.removeprefix(_PREFIX)
    if name != code and code in LANGUAGES:
        return language_class(code)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
