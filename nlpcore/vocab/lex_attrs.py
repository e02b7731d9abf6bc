"""Lexical attributes that do not depend on the language: functions of a token's text.

``LEX_ATTRS`` maps attribute ids to these functions; a language takes a copy and replaces what it knows better
(``IS_STOP``, ``LIKE_NUM``, ``NORM``, ``LANG``).
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from typing import Any

from ..symbols import IDS

BRACKETS = frozenset("()[]{}<>")
LEFT_QUOTES = frozenset(["'", '"', "``", *"«‘‚‛“„‟‹❮"])
RIGHT_QUOTES = frozenset(["'", '"', "''", *"»’”›❯"])
QUOTES = LEFT_QUOTES | RIGHT_QUOTES | {"`"}
LEFT_PUNCT = LEFT_QUOTES | frozenset("([{<")
RIGHT_PUNCT = RIGHT_QUOTES | frozenset(")]}>")

LONGEST_SHAPE = 100
"""Texts of this many characters or more all have the shape "LONG"."""

_EMAIL = r"[a-zA-Z0-9_.+-]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9-.]+"
# Labels of letters, digits and inner hyphens or underscores; the last is a word in lower case.
_HOST = (
    r"(?:[A-Za-z0-9\u00a1-\uffff](?:[A-Za-z0-9\u00a1-\uffff_-]{0,61}[A-Za-z0-9\u00a1-\uffff])?\.)+"
    r"[a-z\u00a1-\uffff]{2,63}(?::\d{2,5})?(?:[/?#]\S*)?$"
)
_DOMAINS = frozenset(["com", "edu", "gov", "int", "mil", "net", "org"])
_IP = r"(?:\d{1,3}\.){3}\d{1,3}(?::\d{2,5})?(?:[/?#]\S*)?$"

# Sets of many characters take `re` milliseconds to compile: not at start-up, where nothing asks for them.
_compiled = functools.cache(re.compile)


def is_alpha(text: str) -> bool:
    return text.isalpha()


def is_ascii(text: str) -> bool:
    return text.isascii()


def is_digit(text: str) -> bool:
    return text.isdigit()


def is_lower(text: str) -> bool:
    return text.islower()


def is_upper(text: str) -> bool:
    return text.isupper()


def is_title(text: str) -> bool:
    return text.istitle()


def is_space(text: str) -> bool:
    return text.isspace()


def is_punct(text: str) -> bool:
    return all(unicodedata.category(c)[0] == "P" for c in text)


def is_currency(text: str) -> bool:
    return all(unicodedata.category(c) == "Sc" for c in text)


def is_bracket(text: str) -> bool:
    return text in BRACKETS


def is_quote(text: str) -> bool:
    return text in QUOTES


def is_left_punct(text: str) -> bool:
    return text in LEFT_PUNCT


def is_right_punct(text: str) -> bool:
    return text in RIGHT_PUNCT


def is_stop(text: str, stops: Collection[str] = frozenset()) -> bool:
    return text.lower() in stops


def like_num(text: str) -> bool:
    """Digits, with a sign before and separators among them; a fraction of two such numbers."""
    if text[:1] in ("+", "-", "±", "~") and text:
        text = text[1:]
    text = text.replace(",", "").replace(".", "")
    if text.isdigit():
        return True
    parts = text.split("/")
    return len(parts) == 2 and parts[0].isdigit() and parts[1].isdigit()


def like_email(text: str) -> bool:
    return _compiled(_EMAIL).match(text) is not None


def like_url(text: str) -> bool:
    """An address with a scheme, with "www.", or a host name with a top-level domain, with a path or not."""
    if text.startswith(("http://", "https://")):
        return True
    if text.startswith("www.") and len(text) > 4:
        return True
    if "." not in text or text[0] == "." or text[-1] == "." or "@" in text:
        return False
    if text[-1] == "/" or text.rsplit(".", 1)[1].split(":", 1)[0] in _DOMAINS:
        return True
    if _compiled(_HOST).match(text) is not None:
        return True
    return _compiled(_IP).match(text) is not None and _is_public_ip(text)


def _is_public_ip(text: str) -> bool:
    match = re.match(r"(\d+)\.(\d+)\.(\d+)\.(\d+)", text)
    if match is None:
        return False
    a, b, c, d = map(int, match.groups())
    if max(b, c) > 255 or not 1 <= d <= 254 or not 1 <= a <= 223:
        return False
    return not (a in (10, 127) or (a, b) in ((192, 168), (169, 254)) or (a == 172 and 16 <= b <= 31))


def lower(text: str) -> str:
    return text.lower()


def prefix(text: str) -> str:
    return text[:1]


def suffix(text: str) -> str:
    return text[-3:]


def get_lang(text: str, lang: str = "") -> str:
    return lang


def word_shape(text: str) -> str:
    """Capital letters as X, other letters as x, digits as d, the rest as it is; runs end after the fourth."""
    if len(text) >= LONGEST_SHAPE:
        return "LONG"
    shape = []
    last = ""
    run = 0
    for c in text:
        if c.isalpha():
            c = "X" if c.isupper() else "x"
        elif c.isdigit():
            c = "d"
        run = run + 1 if c == last else 1
        last = c
        if run <= 4:
            shape.append(c)
    return "".join(shape)


def lookup_or(text: str, default: Callable[[str], Any], tables: Collection[Mapping[str, Any]] = ()) -> Any:
    """The value of the first table that has the text, else ``default(text)``.

    Bind ``default`` and ``tables`` with ``functools.partial`` to get an attribute function, as of NORM.
    """
    for table in tables:
        if text in table:
            return table[text]
    return default(text)


LEX_ATTRS: dict[int, Callable[[str], Any]] = {
    IDS[name]: function
    for name, function in {
        "LOWER": lower,
        "NORM": lower,
        "PREFIX": prefix,
        "SUFFIX": suffix,
        "SHAPE": word_shape,
        "LANG": get_lang,
        "IS_ALPHA": is_alpha,
        "IS_ASCII": is_ascii,
        "IS_DIGIT": is_digit,
        "IS_LOWER": is_lower,
        "IS_UPPER": is_upper,
        "IS_TITLE": is_title,
        "IS_PUNCT": is_punct,
        "IS_SPACE": is_space,
        "IS_BRACKET": is_bracket,
        "IS_QUOTE": is_quote,
        "IS_LEFT_PUNCT": is_left_punct,
        "IS_RIGHT_PUNCT": is_right_punct,
        "IS_CURRENCY": is_currency,
        "IS_STOP": is_stop,
        "LIKE_NUM": like_num,
        "LIKE_URL": like_url,
        "LIKE_EMAIL": like_email,
    }.items()
}
