"""English tokenizer patterns, after the conventions of the English Web Treebank."""

from __future__ import annotations

from ..char_classes import EMOJI_SEQUENCE
from ..punctuation import ADDRESSES, FILES, MAIL, URLS

# Word parts that are no words by themselves: the hyphen behind them joins.
BOUND = (
    "anti|ante|arch|bi|co|counter|cross|de|e|ex|extra|hyper|inter|intra|macro|mega|meta|micro|mid|mini|multi|neo|non|"
    "over|para|poly|post|pre|pro|proto|pseudo|psycho|re|semi|socio|sub|super|supra|tele|trans|tri|ultra"
)

# Rows of signs that divide or decorate.
RULE = r"[\-=_*~+|#<>^]{2,}"

_UNITS = (
    "km|km²|km³|m²|m³|dm|cm|cm²|mm|mm²|ha|µm|nm|yd|ft|kg|mg|µg|lb|lbs|oz|kb|mb|gb|tb|kbps|mbps|gbps|mph|kph|"
    "km/h|kmh|m/s|kb/s|mb/s|hp|khz|mhz|ghz|hz|kw|kwh|mw|mwh|gw|psi|kpa|hpa|mbar|ml|dl|cl|kcal|px|dpi|hrs?|mins?|secs?|yrs?|bn|"
    "mn|tn|am|pm"
)

_AND_SO_ON = r"(?=[\-–—…./,;:!?(])"  # what may follow a contraction inside a chunk

PREFIXES = (
    r"\p{Open}",
    r"[\"“”„‟«»‹›″]",
    r"['’‘‚‛`´′](?![0-9])",
    "``|''|,,|‘‘|’’|‘’|<<|>>",
    r"[,;:!?¡¿…·•§¶%&=*|_>]",
    r"[~+](?=\p{L})",
    r"\.{2,}|…[….]*|[!?]{2,}",
    RULE,
    r"[–—―]",
    r"-(?=\p{Ll})|-(?=\p{Lu}\p{Ll})",
    "#(?=.)",
    "@(?=[0-9])",
    r"\p{Sc}|US\$|C\$|A\$|HK\$|NZ\$|R\$|S\$",
    EMOJI_SEQUENCE,
)

SUFFIXES = (
    r"\p{Close}",
    r"\p{Quote}",
    "''|``|‘‘|’’|‘’|<<|>>",
    r"[,;:!?…·•§¶&=*|_<]",
    r"\.{2,}|…[….]*|[!?]{2,}",
    r"(?<=\p{Ll}\p{Ll})\.[?!]+|(?<=\p{N})\.[?!]+",
    RULE,
    r"\p{Dash}",
    r"(?<=[^.]\p{Ll})\.|(?<=[^.\p{Ll}\p{Lu}])\.|(?<=\p{Lu}\p{Lu})\.|(?<=\p{N}\p{Lu})\.",
    r"(?i:n['’`´]t)",
    r"(?<=[\p{L}.])['’`´](?i:s|m|d|ll|re|ve)|(?<=\p{L}!)['’]s",
    r"(?<=\p{N})(?:\p{Sc}|%|(?i:" + _UNITS + r")|[kKmMg]|MM|[ap]\.m\.|[AP]\.M\.)",
    r"(?<=\.\p{N})[bBtT]|(?<=\.\p{N}\p{N})[bBtT]",
    r"(?<=\p{N})\+",
    r"\p{Sc}|%",
    "°|(?<=°)[CFK]",
    EMOJI_SEQUENCE,
)

INFIXES = (
    r"\.{2,}|…[….]*|-{2,}|[–—―]+|<{2,}|>{2,}",
    r"(?<=[\p{LN}])\p{Dash}(?=[\p{LN}])|(?<=[\p{LN}]\.)\p{Dash}(?=\p{L})|(?<=\p{N})\p{Dash}(?=\p{Sc})",
    r"(?<=[%°)\]\"”’])\p{Dash}(?=[\p{LN}(\"“])|(?<=[\p{LN}])\p{Dash}(?=[(\[\"“‘])",
    r"(?<=\p{N})\p{Sc}|\p{Sc}(?=\p{N})",
    r"(?<=[\p{LN}])/(?=[\p{LN}])|(?<=[\p{LN}])/(?!.)|(?<=\))/|(?<=[\p{LN}])/(?=\()",
    r"(?<=\p{Ll})\.(?=\p{Lu}\p{Ll})",
    r"(?<=\p{L}),(?=\p{L})|(?<=\p{N}),(?=\p{L})|(?<=\p{L}),(?=\p{N})",
    r"(?<=\p{LN})[:<>=](?=\p{L})|(?<=\p{L}):(?=\p{N})",
    r"(?<=\p{L})[;!](?=\p{L})",
    r"[,;:!?](?=--)|[,;:!?](?=[–—])|(?<=\p{Ll})\.(?=--)|(?<=\p{Ll})\.(?=[–—])",
    r"(?<=--)['‘]|(?<=[–—])['‘]",
    r"[()\[\]{}\"“”]",
    r"(?<=[1-9])[x×](?=[0-9])",
    rf"(?i:n['’]t){_AND_SO_ON}|(?<=\p{{L}})['’](?i:s|m|d|ll|re|ve){_AND_SO_ON}",
    r"(?<=\p{N})(?i:am|pm)(?=\p{Dash})",
    r"(?<=[:\"”])<|>(?=\p{L})|-+>|<-+|=+>",
    r"(?<=\p{LN})[:,;!?](?=[\"“”(\[])|(?<=\p{N})%(?=\p{Dash})",
    r"\p{Stop}",
    EMOJI_SEQUENCE,
)

KEPT = (
    *ADDRESSES,
    rf"(?<!.)(?i:{BOUND})[\-‐‑](?=[\p{{LN}}])",
    r"\p{L}+[\-‐‑](?:wise|esque|ish)(?![\p{LN}])",
    r"(?:\+?[0-9]{1,2}[\-.])?(?:[0-9]{3}[\-./])?[0-9]{3}[\-.][0-9]{4}(?![0-9])",  # telephone
    "x?[0-9]-[0-9]{4}(?![0-9])|x-[0-9]+",  # extension
    "[0-9]{5}-[0-9]{4}(?![0-9])",  # postal code
    "[0-9]{1,2}-[0-9]{1,2}-(?:[0-9]{2}|[0-9]{4})(?![0-9])",
    "[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])",
    "[0-9]{1,2}/[0-9]{1,2}/(?:[0-9]{2}|[0-9]{4})(?![0-9])",
    "[0-9]{4}/[0-9]{2}/[0-9]{2}(?![0-9])",
    "(?:0?[1-9]|1[0-2])/(?:0[0-9]|[12][0-9]|3[01])(?![0-9/])|(?:1[0-2]|0[1-9])/[0-9](?![0-9/])",
)

WHOLE_TOKENS = (*URLS, *MAIL, *FILES)
