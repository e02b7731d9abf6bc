"""Tokenizer patterns that hold for most languages written with blanks, and the data of the language `xx`."""

from __future__ import annotations

from nlpcore.tokenizer.data import TokenizerData

from .char_classes import CLASSES, EMOJI_SEQUENCE

_SCHEME = "(?i:(?:https?|ftps?|sftp|file|git|ssh|irc|news|telnet|wss?)://|mailto:|www[0-9]?\\.)"
_HOST = r"(?:[\p{LN}_](?:[\p{LN}_\-]*[\p{LN}_])?\.)+"
_TOP = (
    "(?i:com|org|net|edu|gov|mil|int|info|biz|io|co|us|uk|ca|de|fr|it|es|nl|eu|ru|jp|cn|in|au|nz|ch|at|be|se|no|dk|fi|"
    "pl|br|mx|ie|tv|me|ly|gl|name|online|site|blog|news|app|dev|ai|xyz|club|shop|museum|aero|travel)"
)
_PORT_AND_PATH = r"(?::[0-9]{1,5})?(?:[/?#][^<>\"“”]*)?"

URLS = (
    _SCHEME + r"[^<>\"“”]+",
    _HOST + _TOP + _PORT_AND_PATH,
    r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}" + _PORT_AND_PATH,
)

MAIL = (r"[\p{LN}_.+%\-]+@[\p{LN}](?:[\p{LN}_.\-]*[\p{LN}])?",)

# What is certainly an address, also behind other text in the same chunk.
ADDRESSES = (r"(?i:https?|ftps?)://[^<>\"“”]+", *MAIL)

FILES = (
    r"[\p{LN}_#~%.\-]*[\p{LN}_]\.(?i:docx?|xlsx?|pptx?|pdf|txt|csv|rtf|html?|xml|json|jpe?g|png|gif|bmp|svg|mp[34]|wav|avi|"
    "mov|zip|gz|tar|rar|exe|dll|py|js|css|cpp|java)",
)

UNITS = (
    "(?i:km|km²|km³|m²|m³|dm|cm|cm²|mm|mm²|ha|µm|nm|yd|ft|kg|mg|µg|lb|lbs|oz|kb|mb|gb|tb|kbps|mbps|mph|kph|km/h|m/s|kmh"
    "|hp|khz|mhz|ghz|kw|kwh|mw|gw|psi|kpa|hpa|mbar|bar|ml|dl|cl|°c|°f|px|pt|dpi)"
)

PREFIXES = (
    r"\p{Open}",
    r"\p{Quote}",
    "``|''|,,",
    r"[,;:!?¡¿…·•§¶%&=+*~|_°،؛؟।॥۔、，；：]",
    r"\.{2,}|…+|-{2,}|[–—]+|\*+|=+|_+|~+|\|+|!+|\?+",
    r"[–—―]",
    r"[#](?=.)",
    r"(?:\p{Sc}|US\$|C\$|A\$|HK\$|NZ\$|R\$)",
    EMOJI_SEQUENCE,
)

SUFFIXES = (
    r"\p{Close}",
    r"\p{Quote}",
    "''|``",
    r"[,;:!?…·•§¶&=*~|_،؛؟।॥۔、，；：]",
    r"(?<=\p{L})['’][sS]",
    r"\.{2,}|…+|-{2,}|[–—]+|\*+|=+|_+|~+|\|+|[!?]{2,}",
    r"\p{Dash}",
    r"(?<=[\p{N}\p{Ll}%²\-+)\]}>\p{Quote}])\.",
    r"(?<=\p{Lu}\p{Lu})\.",
    r"(?<=\p{N})(?:\p{Sc}|%|" + UNITS + ")",
    r"\p{Sc}",
    "%",
    EMOJI_SEQUENCE,
)

INFIXES = (
    r"\.{2,}|…+|-{2,}|[–—―]+",
    r"(?<=[\p{LN}])\p{Dash}(?=[\p{LN}])",
    r"(?<=\p{L})/(?=\p{L})",
    r"(?<=\p{Ll})\.(?=\p{Lu})",
    r"(?<=\p{L}),(?=\p{L})",
    r"(?<=\p{LN})[:<>=](?=\p{L})",
    r"[()\[\]{}\"“”]",
    r"\p{Stop}",
    EMOJI_SEQUENCE,
)

MULTI_LANGUAGE = TokenizerData(
    classes=CLASSES,
    prefixes=PREFIXES,
    suffixes=SUFFIXES,
    infixes=INFIXES,
    kept=ADDRESSES,
    url_match=(*URLS, *MAIL, *FILES),
)
