"""The rules of the Russian tokenizer, after the conventions of the Taiga treebank.

Unlike those of `xx`: words with hyphens, hashtags and names of users stay whole, rows of signs are one token,
and abbreviations keep their full stop.
"""

from __future__ import annotations

from nlpcore.tokenizer.data import TokenizerData

from ..char_classes import CLASSES, EMOJI_SEQUENCE
from ..punctuation import ADDRESSES, FILES, INFIXES, MAIL, PREFIXES, SUFFIXES, URLS

# With their full stop wherever they stand; it is left out here.
ABBREVIATIONS = """
    с г гг в вв н э ил илл пер англ нем фр лат рус т п л ст ср см ред изд акад проф доц д ул пр пл
    др пр руб коп тыс млн млрд обл р пос дер кв оз о м чел экз напр прим гл гр кн рис табл стр тел т.е т.к
    т.н и.о Дж Ж
"""

# A row of one sign is one token: brackets of a smile, marks of astonishment.
_ROWS = r"\){2,}|\({2,}|\.{2,}|…+|[!?]{2,}|[!?]+\.{2,}|-{2,}|[–—]{2,}|\*{2,}|={2,}|_{2,}|~{2,}|\|{2,}|\+{2,}"
_SMILES = r"[:;=][\-']?[)(*\]\[|]+|[:;=][\-']?[DP]|<3"
_EMOJIS = f"(?:{EMOJI_SEQUENCE}){{2,}}"

_WORDS = r"\p{L}[\p{LN}]*(?:[\-‐‑][\p{LN}]+)*"
_NAMES = r"[#@][\p{LN}_]+(?:-[\p{LN}_]+)*"

KEPT = (
    *ADDRESSES,
    _NAMES,
    _WORDS,
    r"[0-9]+[\-‐‑]\p{L}+",
    _SMILES,
)

RUSSIAN_PREFIXES = (
    _ROWS,
    _SMILES,
    _EMOJIS,
    r"-(?=[\p{LN}])",
    r"\\={2,}|\\",
    *(pattern for pattern in PREFIXES if pattern != "[#](?=.)"),
)
RUSSIAN_SUFFIXES = (_ROWS, _SMILES, _EMOJIS, r"\\", *SUFFIXES)
RUSSIAN_INFIXES = (
    _ROWS,
    _EMOJIS,
    r"(?<=\p{N})\p{Dash}(?=\p{N})",
    r"(?<=\p{N})\p{Sc}|\p{Sc}(?=\p{N})|\p{Sc}(?=/)",
    r"(?<=[\p{LN}])/(?=[\p{LN}])|(?<=\p{Sc})/",
    *(pattern for pattern in INFIXES if r"\p{Dash}" not in pattern),
)

TOKENIZER_DATA = TokenizerData(
    classes=CLASSES,
    prefixes=RUSSIAN_PREFIXES,
    suffixes=RUSSIAN_SUFFIXES,
    infixes=RUSSIAN_INFIXES,
    kept=KEPT,
    url_match=(*URLS, *MAIL, *FILES, _NAMES),
    specials={f"{word}.": ((f"{word}.", None),) for word in ABBREVIATIONS.split()},
)
