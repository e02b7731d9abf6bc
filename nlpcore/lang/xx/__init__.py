"""Any language: rules that suit most scripts with blanks between words."""

from __future__ import annotations

from nlpcore.language import Language

from ..defaults import BaseDefaults


class MultiLanguage(Language):
    """A pipeline for text in any language."""

    lang = "xx"
    Defaults = BaseDefaults


LANGUAGE = MultiLanguage

__all__ = ["MultiLanguage"]
