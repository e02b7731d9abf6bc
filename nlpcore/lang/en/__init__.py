"""English."""

from __future__ import annotations

from .defaults import EnglishDefaults

__all__ = ["EnglishDefaults"]
