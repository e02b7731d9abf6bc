"""English: everything that a pipeline needs to know of the language before it has learned anything."""

from __future__ import annotations

from ..defaults import BaseDefaults, RulesOf
from .lex_attrs import LEX_ATTRS
from .norms import NORMS
from .stop_words import STOP_WORDS
from .syntax_iterators import SYNTAX_ITERATORS


class EnglishDefaults(BaseDefaults):
    """Defaults of `English`."""

    tokenizer_data = RulesOf("nlpcore.lang.en.rules", "TOKENIZER_DATA")
    stop_words = STOP_WORDS
    norm_exceptions = NORMS
    lex_attr_getters = LEX_ATTRS
    syntax_iterators = SYNTAX_ITERATORS
