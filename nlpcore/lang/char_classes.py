r"""Named classes of characters for tokenizer patterns: `\p{L}` in a pattern stands for `CLASSES["L"]`."""

from __future__ import annotations

from . import unicode_ranges as u

LETTERS = u.as_class(u.LETTERS)
UPPER = u.as_class(u.UPPER)
LOWER = u.as_class(u.LOWER)
DIGITS = u.as_class(u.DIGITS)
CURRENCY = u.as_class(u.CURRENCY)
EMOJI = u.as_class(u.EMOJI)
SYMBOLS = u.as_class(u.SYMBOLS)

CLASSES = {
    "L": LETTERS,
    "Lu": UPPER,
    "Ll": LOWER,
    "N": DIGITS,
    "LN": LETTERS + DIGITS,
    "Sc": CURRENCY,
    "Emoji": EMOJI,
    "So": SYMBOLS,
    "Open": r"(\[{<⟨〈《「『【〔（［｛＜",
    "Close": r")\]}>⟩〉》」』】〕）］｝＞",
    "Quote": "\"'`´“”„‟‘’‚‛«»‹›′″",
    "Apos": "'’‘`´",
    "Dash": r"\-–—―‐‑−",
    "Stop": "。！？｡．",  # full stops of scripts written without blanks
}

# An emoji as a reader sees it: flags, key caps, and pictographs with skin tone, variation and joiners.
EMOJI_SEQUENCE = (
    "(?:[\U0001f1e6-\U0001f1ff]{2}"
    "|[0-9#*]\ufe0f?\u20e3"
    "|\\p{Emoji}[\ufe0e\ufe0f]?[\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]*"
    "(?:\u200d\\p{Emoji}[\ufe0e\ufe0f]?[\U0001f3fb-\U0001f3ff]?)*"
    r"|\p{So}"
    "|[\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\u200d\ufe0e\ufe0f])"
)

# Building blocks for a user's own patterns, under the names that spaCy's users know. The names without
# LIST are the insides of a character class, or alternatives; the lists hold whole patterns.
ALPHA = LETTERS
ALPHA_LOWER = LOWER
ALPHA_UPPER = UPPER
HYPHENS = "-|–|—|--|---|——|~"
CONCAT_QUOTES = CLASSES["Quote"]
CONCAT_ICONS = SYMBOLS
LIST_ELLIPSES = [r"\.\.+", "…"]
LIST_QUOTES = [*(CLASSES["Quote"]), "``", "''"]
LIST_PUNCT = r"""
    … …… , : ; \! \? ¿ ¡ \( \) \[ \] \{ \} < > _ # \* & 。 ？ ！ ， 、 ； ： · । ؟ ، ؛
""".split()  # noqa: SIM905
LIST_HYPHENS = HYPHENS.split("|")
LIST_CURRENCY = [rf"\{char}" if char == "$" else char for char in "$£€¥฿₽₹₩₪₺₫₴"]
LIST_ICONS = [f"[{SYMBOLS}{EMOJI}]"]
PUNCT = "|".join(LIST_PUNCT)
CURRENCY_SIGNS = "|".join(LIST_CURRENCY)
