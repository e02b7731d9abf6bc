"""Where blanks stood in English text of which only the tokens are left.

Corpora with one token a line do not say. Joined by blanks their text would look like no text that a user
has ("do n't", "( Ohio )"), so a pipeline trained on it would learn blanks that are not there.
"""

from __future__ import annotations

from collections.abc import Sequence

GLUED_LEFT = frozenset({
    ".", ",", ";", ":", "!", "?", "%", ")", "]", "}", "...", "…", "''", "”", "’", "-RRB-", "/",
    "n't", "n’t", "N'T", "'s", "’s", "'S", "'m", "’m", "'re", "’re", "'ve", "’ve", "'ll", "’ll", "'d", "’d",
    "'",
})  # fmt: skip
GLUED_RIGHT = frozenset({"(", "[", "{", "$", "£", "€", "``", "“", "‘", "-LRB-", "/", "US$"})
QUOTES = frozenset({'"'})


def guess_spaces(forms: Sequence[str]) -> list[bool]:
    """Whether a blank follows each token of an English sentence; straight quotes open and close in turn."""
    n = len(forms)
    spaces = [True] * n
    open_quotes: set[str] = set()
    for i, form in enumerate(forms):
        if form in QUOTES:
            closes = form in open_quotes
            open_quotes ^= {form}
            if closes and i:
                spaces[i - 1] = False
            elif not closes:
                spaces[i] = False
        if form in GLUED_LEFT and i:
            spaces[i - 1] = False
        if form in GLUED_RIGHT:
            spaces[i] = False
    return spaces
