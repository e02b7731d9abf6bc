"""Russian."""

from __future__ import annotations

from nlpcore.language import Language

from .defaults import RussianDefaults

__all__ = ["Russian", "RussianDefaults"]


class Russian(Language):
    """Pipelines for Russian."""

    lang = "ru"
    Defaults = RussianDefaults
