"""English."""

from __future__ import annotations

from nlpcore.language import Language

from .defaults import EnglishDefaults

__all__ = ["English", "EnglishDefaults"]


class English(Language):
    """Pipelines for English."""

    lang = "en"
    Defaults = EnglishDefaults
