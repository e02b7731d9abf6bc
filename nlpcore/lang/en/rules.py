"""The rules of the English tokenizer."""

from __future__ import annotations

from nlpcore.tokenizer.data import TokenizerData

from ..char_classes import CLASSES
from .exceptions import CONDITIONAL, CONDITIONS, SPECIALS
from .punctuation import INFIXES, KEPT, PREFIXES, SUFFIXES, WHOLE_TOKENS

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
