"""Strings, lexical attributes, morphology, lookup tables and vectors."""

from .create import create_vocab
from .lexeme import Lexeme
from .lookups import Lookups, Table
from .morphology import MorphAnalysis, Morphology
from .strings import StringStore
from .vectors import Vectors
from .vocab import Vocab

__all__ = [
    "Lexeme",
    "Lookups",
    "MorphAnalysis",
    "Morphology",
    "StringStore",
    "Table",
    "Vectors",
    "Vocab",
    "create_vocab",
]
