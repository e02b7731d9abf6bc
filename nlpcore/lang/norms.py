"""Norms of signs that are written in several ways, the same in every language."""

from __future__ import annotations

NORMS = {
    **dict.fromkeys("‘’‚‛`´′‹›❮❯’‘", "'"),
    **dict.fromkeys(["“", "”", "„", "‟", "«", "»", "″", "''", "``", "´´", "‘‘", "’’", "‘’"], '"'),
    **dict.fromkeys(["–", "—", "―", "‐", "‑", "−", "--", "---", "––", "——"], "-"),
    **dict.fromkeys(["…", "……", "....", ".....", "......"], "..."),
    **dict.fromkeys(["€", "£", "¥", "฿", "US$", "C$", "A$", "HK$", "NZ$", *"₺₹৳₩₣", "Mex$", "E£"], "$"),
    **dict(zip("？！，；：。।", "?!,;:..", strict=True)),
}
