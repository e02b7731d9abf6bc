"""Languages: one package for each, found by its code."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from nlpcore.errors import UnknownLanguageError
from nlpcore.util import did_you_mean

if TYPE_CHECKING:
    from nlpcore.language import Language

_ADDED: dict[str, type[Language]] = {}


def codes() -> list[str]:
    """Codes of all languages that there are."""
    here = Path(__file__).parent
    return sorted({path.parent.name for path in here.glob("*/__init__.py")} | set(_ADDED))


def get_lang_class(lang: str) -> type[Language]:
    """The Language subclass of a code such as `en`, or `xx` for any language.

    Raises UnknownLanguageError (an ImportError and ValueError).
    """
    if lang in _ADDED:
        return _ADDED[lang]
    known = codes()
    if lang not in known:
        raise UnknownLanguageError(code=lang, hint=did_you_mean(str(lang), known))
    return importlib.import_module(f"nlpcore.lang.{lang}").LANGUAGE


def set_lang_class(lang: str, cls: type[Language]) -> None:
    """Let `nlpcore.blank` and `nlpcore.load` use a class of your own for a code."""
    _ADDED[lang] = cls
