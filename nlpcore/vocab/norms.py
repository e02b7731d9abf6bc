"""Norms that hold in every language: typographic variants of a sign all have the norm of its plain form."""

from __future__ import annotations

_PLAIN = {
    "'": "‘ ’ ´ `",
    '"': "“ ” '' `` ´´ „ » « ‘‘ ’’",
    "-": "— – -- --- ——",
    "?": "？",
    "!": "！",
    ",": "，",
    ";": "；",
    ":": "：",
    ".": "。 ।",
    "...": "…",
    "$": "€ £ ¥ ฿ US$ C$ A$ ₺ ₹ ৳ ₩ Mex$ ₣ E£",
    "'s": "'S ’s ’S",
}

BASE_NORMS: dict[str, str] = {
    variant: norm for norm, variants in _PLAIN.items() for variant in variants.split()
}
"""Text -> norm."""
