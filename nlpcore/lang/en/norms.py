"""Norms of English forms: what a contracted piece stands for."""

from __future__ import annotations

from ..norms import NORMS as COMMON

_PIECES = {
    "n't": "not",
    "nt": "not",
    "'ll": "will",
    "'re": "are",
    "'ve": "have",
    "'m": "am",
    "'s": "'s",
    "'d": "'d",
    "'em": "them",
}


def _variants(piece: str) -> set[str]:
    forms = {piece, piece.upper(), piece.replace("n", "N")}
    return {form.replace("'", apostrophe) for form in forms for apostrophe in "'’‘`´"}


NORMS = {**COMMON, **{form: norm for piece, norm in _PIECES.items() for form in _variants(piece)}}
