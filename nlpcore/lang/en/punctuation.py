"""English tokenizer patterns, beside those that hold for most languages."""

from __future__ import annotations

from ..punctuation import INFIXES, PREFIXES, SUFFIXES

# Word parts that are no words by themselves: the hyphen behind them joins.
BOUND = (
    "anti|ante|arch|bi|co|counter|cross|de|e|em|ex|extra|hyper|inter|intra|macro|mega|meta|micro|mid|mini|multi|neo|non|"
    "over|para|poly|post|pre|pro|proto|pseudo|psycho|re|semi|socio|sub|super|supra|tele|trans|tri|ultra|un|under"
)

EN_PREFIXES = (
    *PREFIXES,
    "<{2,}|>{1,2}",
)

EN_SUFFIXES = (
    *SUFFIXES,
    "(?i:n['’`]t)",
    r"(?<=[\p{LN}.])['’`](?i:s|m|d|ll|re|ve)",
    "<|>{2,}|<{2,}",
    r"\.[?!]+",
    r"(?<=\p{N})(?i:[ap]m|[ap]\.m\.)",
    r"(?<=\p{N})[kKmM]",
    r"(?<=\p{N}\p{L})\.",
    r"(?<=\p{L})\+",
)

EN_INFIXES = (
    *INFIXES,
    "<{2,}|>{2,}",
    "(?<=[A-Z])&(?=[A-Z])",
)

EN_KEPT = (
    rf"(?i:{BOUND})[\-‐‑](?=[\p{{LN}}])",
    r"(?:\+?[0-9]{1,2}[\-.])?(?:[0-9]{3}[\-./])?[0-9]{3}[\-.][0-9]{4}",  # telephone
    r"[0-9]{1,2}-[0-9]{1,2}-(?:[0-9]{2}|[0-9]{4})",  # dates
    "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "[0-9]{5}-[0-9]{4}",  # postal code
)
