"""Rules as data, matched in time linear in the text."""

from __future__ import annotations

from .data import TokenizerData
from .tokenizer import Tokenizer, create_tokenizer

__all__ = ["Tokenizer", "TokenizerData", "create_tokenizer"]
