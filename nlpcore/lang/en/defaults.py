"""English: everything that a pipeline needs to know of the language before it has learned anything."""

from __future__ import annotations

from nlpcore.tokenizer.data import TokenizerData

from ..char_classes import CLASSES
from ..defaults import BaseDefaults
from .exceptions import CONDITIONAL, CONDITIONS, SPECIALS
from .lex_attrs import LEX_ATTRS
from .norms import NORMS
from .punctuation import INFIXES, KEPT, PREFIXES, SUFFIXES, WHOLE_TOKENS
from .stop_words import STOP_WORDS
from .syntax_iterators import SYNTAX_ITERATORS

TOKENIZER_DATA = TokenizerData(
    classes=CLASSES,
    prefixes=PREFIXES,
    suffixes=SUFFIXES,
    infixes=INFIXES,
    kept=KEPT,
    url_match=WHOLE_TOKENS,
    specials=SPECIALS,
    conditions=CONDITIONS,
    conditional=CONDITIONAL,
)


class EnglishDefaults(BaseDefaults):
    """Defaults of `English`."""

    tokenizer_data = TOKENIZER_DATA
    stop_words = STOP_WORDS
    norm_exceptions = NORMS
    lex_attr_getters = LEX_ATTRS
    syntax_iterators = SYNTAX_ITERATORS
