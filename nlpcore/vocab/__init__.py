"""Strings, lexical attributes, morphology, lookup tables and vectors."""

from .lexeme import Lexeme
from .strings import StringStore
from .vocab import Vocab

__all__ = ["Lexeme", "StringStore", "Vocab"]
