"""The tokenizer's order of operations in plain Python, over functions that search.

Used when a user sets rules as Python functions: slower than the compiled matcher, but for the same rules the
results are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from nlpcore.record import Record

from .data import Pieces

# (start, end, norm, kind) of a token; kinds as `explain` names them, "" for white space
Piece = tuple[int, int, "str | None", str]

RECHECKS = 64  # as in splitter.hpp


class PlainRules(Record):
    """What a tokenizer needs, as Python functions of a string; None: no such rule.

    prefix_search, suffix_search: a match or None. infix_finditer: matches from left to right.
    token_match, url_match: anything true when the string is one token.
    conditions: special case -> function of (text, position), true when what stands from there on allows it.
    """

    specials: Mapping[str, Pieces]
    prefix_search: Callable[[str], Any] | None = None
    suffix_search: Callable[[str], Any] | None = None
    infix_finditer: Callable[[str], Iterable[Any]] | None = None
    token_match: Callable[[str], Any] | None = None
    url_match: Callable[[str], Any] | None = None
    conditions: Mapping[str, Callable[[str, int], Any]] = {}

    def __post_init__(self) -> None:
        self.crossing = {text for text in self.specials if self._is_cut(text)}
        self.longest_crossing = max(map(len, self.crossing), default=0)

    def _is_cut(self, text: str) -> bool:
        return (
            any(char.isspace() for char in text)
            or self.prefix_length(text) > 0
            or self.suffix_length(text) > 0
            or any(start > 0 and end > start for start, end in self.infixes(text))
        )

    def prefix_length(self, text: str) -> int:
        match = self.prefix_search(text) if self.prefix_search else None
        return match.end() - match.start() if match else 0

    def suffix_length(self, text: str) -> int:
        match = self.suffix_search(text) if self.suffix_search else None
        return match.end() - match.start() if match else 0

    def infixes(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in self.infix_finditer(text)] if self.infix_finditer else []

    def split(self, text: str) -> tuple[list[Piece], list[bool]]:
        """Tokens of `text`, and for each whether one blank that belongs to it follows."""
        tokens: list[Piece] = []
        spacy: list[bool] = []
        at, n = 0, len(text)
        while at < n:
            start = at
            white = text[at].isspace()
            while at < n and text[at].isspace() == white:
                at += 1
            if white:
                if text[start] == " " and tokens:
                    spacy[-1] = True
                    start += 1
                if start < at:
                    tokens.append((start, at, None, ""))
                    spacy.append(False)
                continue
            pieces = self.split_chunk(text, start, at)
            tokens.extend(pieces)
            spacy.extend([False] * len(pieces))
        return self._merge_crossing(text, tokens, spacy)

    def _holds(self, special: str, text: str, end: int) -> bool:
        return special not in self.conditions or bool(self.conditions[special](text, end))

    def _special(self, text: str, start: int) -> list[Piece]:
        out: list[Piece] = []
        for number, (orth, norm) in enumerate(self.specials[text], 1):
            out.append((start, start + len(orth), norm, f"SPECIAL-{number}"))
            start += len(orth)
        return out

    def split_chunk(self, text: str, start: int, end: int) -> list[Piece]:
        """Tokens of text[start:end], in which there is no white space."""
        before: list[Piece] = []
        behind: list[Piece] = []
        affixes = 0
        core: list[Piece] | None = None
        while start < end:
            part = text[start:end]
            if part in self.specials and self._holds(part, text, end):
                core = self._special(part, start)
                break
            if self.token_match and affixes <= RECHECKS and self.token_match(part):
                core = [(start, end, None, "TOKEN_MATCH")]
                break
            prefix = self.prefix_length(part)
            part = text[start + prefix : end]
            if prefix and part in self.specials and self._holds(part, text, end):
                core = self._special(part, start + prefix)
            suffix = self.suffix_length(part) if part and core is None else 0
            part = text[start : end - suffix]
            if suffix and part in self.specials and self._holds(part, text, end - suffix):
                core = self._special(part, start)  # it may begin with what looks like a prefix
                prefix = 0
            if prefix:
                before.append((start, start + prefix, None, "PREFIX"))
                start += prefix
                affixes += 1
            if suffix:
                behind.append((end - suffix, end, None, "SUFFIX"))
                end -= suffix
                affixes += 1
            if core is not None or not (prefix or suffix):
                break
        if start < end and core is None:
            part = text[start:end]
            if self.url_match and self.url_match(part):
                core = [(start, end, None, "URL_MATCH")]
            else:
                core = self._split_infixes(part, start)
        return before + (core or []) + behind[::-1]

    def _split_infixes(self, part: str, offset: int) -> list[Piece]:
        out: list[Piece] = []
        at = 0
        for start, end in self.infixes(part):
            if start == 0 or start < at:
                continue  # at the very start it is no infix: it stays with what follows
            if start > at:
                out.append((offset + at, offset + start, None, "TOKEN"))
            if end > start:
                out.append((offset + start, offset + end, None, "INFIX"))
            at = end
        if at < len(part):
            out.append((offset + at, offset + len(part), None, "TOKEN"))
        return out

    def _merge_crossing(
        self, text: str, tokens: list[Piece], spacy: list[bool]
    ) -> tuple[list[Piece], list[bool]]:
        # Special cases that the rules have cut, or that hold white space: leftmost, longest.
        if not self.crossing:
            return tokens, spacy
        out: list[Piece] = []
        out_spacy: list[bool] = []
        i, n = 0, len(tokens)
        while i < n:
            start = tokens[i][0]
            last = -1
            for j in range(i, n):
                if tokens[j][1] - start > self.longest_crossing:
                    break
                part = text[start : tokens[j][1]]
                if part in self.crossing and self._holds(part, text, tokens[j][1]):
                    last = j
            if last < 0:
                out.append(tokens[i])
                out_spacy.append(spacy[i])
                i += 1
                continue
            pieces = self._special(text[start : tokens[last][1]], start)
            out.extend(pieces)
            out_spacy.extend([False] * (len(pieces) - 1) + [spacy[last]])
            i = last + 1
        return out, out_spacy
