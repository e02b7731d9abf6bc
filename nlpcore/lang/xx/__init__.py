"""Any language: rules that hold wherever words are written with blanks between them."""

from __future__ import annotations

from nlpcore.language import Language

from ..defaults import BaseDefaults

__all__ = ["MultiLanguage", "MultiLanguageDefaults"]


class MultiLanguageDefaults(BaseDefaults):
    """Defaults of `MultiLanguage`."""


class MultiLanguage(Language):
    """Pipelines for texts in any language."""

    lang = "xx"
    Defaults = MultiLanguageDefaults
