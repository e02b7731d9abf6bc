"""Languages: what a pipeline knows of one before it has learned anything."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from nlpcore.language import Language

__all__ = ["get_lang_class", "is_loaded", "language_codes", "set_lang_class"]

# Languages with a module of their own: code -> the class in it.
_OWN = {"en": "English", "ru": "Russian", "xx": "MultiLanguage"}
_ALIASES = {"mul": "xx"}
_ADDED: dict[str, type[Language]] = {}


def language_codes() -> list[str]:
    """The codes that `get_lang_class` knows."""
    from .codes import LANGUAGES

    return sorted({*_OWN, *_ADDED, *LANGUAGES})


def check_code(lang: str) -> None:
    """Raise UnknownLanguageError, an ImportError, with a hint, for a code that `get_lang_class` refuses."""
    from nlpcore.errors import UnknownLanguageError
    from nlpcore.registries import registry

    if lang in _OWN or lang in _ALIASES or lang in _ADDED or lang in registry.languages:
        return
    from .codes import LANGUAGES

    if lang not in LANGUAGES:
        raise UnknownLanguageError(code=lang, hint=_hint(lang, LANGUAGES))


def get_lang_class(lang: str) -> type[Language]:
    """The Language class of an ISO 639 code.

    `en` and `xx` (any language; also `mul`) have modules of their own; every other code of `codes.LANGUAGES`
    gets the rules of `xx` under its code. Classes of your own come first: those of `set_lang_class` and those
    registered with ``@registry.languages("code")``.
    Raises UnknownLanguageError, an ImportError, for anything else.
    """
    from nlpcore.errors import UnknownLanguageError
    from nlpcore.registries import registry

    if not isinstance(lang, str):
        raise UnknownLanguageError(code=lang, hint="")
    lang = _ALIASES.get(lang, lang)
    if lang in _ADDED:
        return _ADDED[lang]
    if lang in registry.languages:
        return cast("type[Language]", registry.languages.get(lang))
    if lang in _OWN:
        return getattr(importlib.import_module(f"{__name__}.{lang}"), _OWN[lang])
    from .codes import LANGUAGES

    if lang in LANGUAGES:
        from .generic import language_class

        return language_class(lang)
    raise UnknownLanguageError(code=lang, hint=_hint(lang, LANGUAGES))


def set_lang_class(lang: str, cls: type[Language]) -> None:
    """Let `nlpcore.blank` and `nlpcore.load` use a class of your own for a code."""
    _ADDED[lang] = cls


def is_loaded(lang: str) -> bool:
    """Whether the Language class of a code has been imported or set."""
    lang = _ALIASES.get(lang, lang)
    return lang in _ADDED or f"{__name__}.{lang}" in sys.modules


def _hint(lang: str, languages: dict[str, str]) -> str:
    from nlpcore.util import did_you_mean

    wanted = lang.lower().replace("_", "-")
    by_name = {name.lower(): code for code, name in languages.items()}
    start = wanted.split("-")[0]
    similar = next(
        (code for name, code in by_name.items() if len(wanted) == 3 and name.startswith(wanted)), None
    )
    for code in (by_name.get(wanted), start if start in languages else None, similar):
        if code is not None:
            return f" Did you mean {code!r} ({languages[code]})?"
    if len(wanted) <= 3:
        return did_you_mean(wanted, languages)
    close = did_you_mean(wanted, by_name)
    name = close.split("'")[1] if close else ""
    return f" Did you mean {by_name[name]!r} ({name.title()})?" if name in by_name else ""
