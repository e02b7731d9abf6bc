"""The compiled rules as the functions that a spaCy user expects: a string in, matches out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from nlpcore.errors import ForeignRulesError, ModelDataError

if TYPE_CHECKING:
    from ._matcher import Matcher

# How each rule is set: the property of the tokenizer -> the kind of patterns behind it.
PROPERTIES = {
    "prefix_search": "prefixes",
    "suffix_search": "suffixes",
    "infix_finditer": "infixes",
    "token_match": "token_match",
    "url_match": "url_match",
}

_METHODS = ("search", "match", "fullmatch", "finditer")


class RuleMatch:
    """What a rule found: the part of `re.Match` that has a meaning here."""

    __slots__ = ("_end", "_start", "string")

    def __init__(self, string: str, start: int, end: int) -> None:
        self.string = string
        self._start = start
        self._end = end

    def start(self, group: int = 0) -> int:
        return self._start

    def end(self, group: int = 0) -> int:
        return self._end

    def span(self, group: int = 0) -> tuple[int, int]:
        return self._start, self._end

    def group(self, group: int = 0) -> str:
        return self.string[self._start : self._end]

    def __repr__(self) -> str:
        return f"<RuleMatch span=({self._start}, {self._end}), match={self.group()!r}>"


class CompiledRule:
    """One kind of compiled rules as a function. Compare `re.Pattern.search` and `.finditer`."""

    def __init__(self, matcher: Matcher, name: str) -> None:
        self._matcher = matcher
        self.name = name

    def __call__(self, string: str) -> Any:
        n = len(string)
        if self.name == "prefix_search":
            length = self._matcher.prefix_length(string)
            return RuleMatch(string, 0, length) if length else None
        if self.name == "suffix_search":
            length = self._matcher.suffix_length(string)
            return RuleMatch(string, n - length, n) if length else None
        if self.name == "infix_finditer":
            return self._infixes(string)
        found = getattr(self._matcher, self.name)(string)
        return RuleMatch(string, 0, n) if found else None

    def _infixes(self, string: str) -> Iterator[RuleMatch]:
        for start, end in self._matcher.infixes(string):
            yield RuleMatch(string, start, end)

    def __repr__(self) -> str:
        return f"<compiled rules: {self.name}>"


def function_to_state(name: str, function: Any) -> dict[str, Any]:
    """A bound method of a compiled regular expression as data. Raises ForeignRulesError for anything else."""
    pattern = getattr(function, "__self__", None)
    method = getattr(function, "__name__", None)
    if not isinstance(pattern, re.Pattern) or method not in _METHODS or not isinstance(pattern.pattern, str):
        raise ForeignRulesError(names=name)
    return {"pattern": pattern.pattern, "flags": pattern.flags, "method": method}


def function_from_state(name: str, state: Any) -> Any:
    """Back from `function_to_state`. Raises ModelDataError."""
    try:
        method = state["method"]
        if method not in _METHODS or not isinstance(state["pattern"], str):
            raise ValueError("no such method of a regular expression")
        return getattr(re.compile(state["pattern"], int(state["flags"])), method)
    except (TypeError, KeyError, ValueError, OverflowError, RecursionError, re.error) as error:
        raise ModelDataError(reason=f"tokenizer.{name}: {error}") from None
