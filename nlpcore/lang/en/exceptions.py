"""English special cases: strings that the patterns would split otherwise than a reader does."""

from __future__ import annotations

from collections.abc import Iterator

from . import abbreviations

# Written without an apostrophe: the pieces, and their norms where they differ.
UNMARKED = (
    "can not", "gon na", "got ta", "wan na", "lem me", "gim me",
    "do nt", "ca nt", "wo nt", "did nt", "does nt", "is nt", "was nt", "could nt", "would nt", "should nt",
    "have nt", "has nt", "had nt", "are nt", "were nt", "ai nt",
    "i m", "i ve", "that s", "he s", "she s", "there s", "what s", "let s",
    "you re", "they re", "you ve", "they ve", "we ve",
)  # fmt: skip

EMOTICONS = (
    ":) :( ;) :D :-) :-( ;-) :P :p ;P =) =( =D :/ :-/ :-P :-D :'( (: ): (; :)) :* <3 ^_^ :O :o XD xD :| :] :["
)


def _cased(text: str) -> set[str]:
    return {text, text.upper(), text[0].upper() + text[1:]}


def _specials() -> Iterator[tuple[str, tuple[tuple[str, str | None], ...]]]:
    for group in abbreviations.GROUPS:
        for word in group.split():
            yield word + ".", ((word + ".", None),)
    for pieces in UNMARKED:
        for form in _cased(pieces):
            yield form.replace(" ", ""), tuple((piece, None) for piece in form.split())
    for emoticon in EMOTICONS.split():
        yield emoticon, ((emoticon, None),)


SPECIALS = dict(_specials())
