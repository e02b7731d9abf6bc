"""English."""

from __future__ import annotations

from nlpcore.language import Language

from .defaults import EnglishDefaults


class English(Language):
    """A pipeline for English."""

    lang = "en"
    Defaults = EnglishDefaults


LANGUAGE = English

__all__ = ["English", "EnglishDefaults"]
