"""English: everything that a pipeline needs to know of the language before it has learned anything."""

from __future__ import annotations

from nlpcore.tokenizer.data import TokenizerData

from ..char_classes import CLASSES
from ..defaults import BaseDefaults
from ..punctuation import URLS
from .exceptions import SPECIALS
from .punctuation import EN_INFIXES, EN_KEPT, EN_PREFIXES, EN_SUFFIXES

TOKENIZER_DATA = TokenizerData(
    classes=CLASSES,
    prefixes=EN_PREFIXES,
    suffixes=EN_SUFFIXES,
    infixes=EN_INFIXES,
    kept=EN_KEPT,
    url_match=URLS,
    specials=SPECIALS,
)


class EnglishDefaults(BaseDefaults):
    """Defaults of `English`."""

    tokenizer_data = TOKENIZER_DATA
