"""What a language module declares, and the values for a language that declares nothing of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .norms import NORMS

if TYPE_CHECKING:
    from nlpcore.tokenizer.data import TokenizerData


class RulesOf:
    """A language's tokenizer rules, imported when they are asked for: a model brings its own."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def __get__(self, instance: Any, owner: type[BaseDefaults]) -> TokenizerData:
        return getattr(import_module(self.module), self.name)


class _Patterns:
    """A list of the tokenizer's patterns as Python's `re` reads them, written out when it is asked for."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __get__(self, instance: Any, owner: type[BaseDefaults]) -> list[str]:
        return owner.tokenizer_data.expanded(self.kind)


class _UrlMatch:
    """A function that matches web and mail addresses with Python's `re`; None: no such patterns."""

    def __get__(self, instance: Any, owner: type[BaseDefaults]) -> Callable[[str], Any] | None:
        import re

        patterns = owner.tokenizer_data.expanded("url_match")
        return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)).fullmatch if patterns else None


class _Exceptions:
    """The special cases, as `Tokenizer.rules` shows them."""

    def __get__(self, instance: Any, owner: type[BaseDefaults]) -> dict[str, list[dict[int, str]]]:
        from nlpcore.attrs import NORM, ORTH

        return {
            text: [{ORTH: orth} if norm is None else {ORTH: orth, NORM: norm} for orth, norm in pieces]
            for text, pieces in owner.tokenizer_data.specials.items()
        }


class BaseDefaults:
    """Data of one language. Subclass it in a language module and replace what differs.

    tokenizer_data: the tokenizer's rules.
    stop_words: lower-case words.
    norm_exceptions: form -> norm.
    lex_attr_getters: attribute id -> function of a token's text, where it differs from `lex_attrs.LEX_ATTRS`.
    writing_system: direction, has_case, has_letters.
    syntax_iterators: name -> function of a Doc or Span, such as "noun_chunks".
    prefixes, suffixes, infixes, tokenizer_exceptions, url_match: views of `tokenizer_data`, for
    `nlpcore.util.compile_prefix_regex` and the like; `infixes` does not know of `tokenizer_data.kept`.
    """

    tokenizer_data: TokenizerData | RulesOf = RulesOf("nlpcore.lang.punctuation", "MULTI_LANGUAGE")
    stop_words: set[str] | frozenset[str] = frozenset()
    norm_exceptions: Mapping[str, str] = NORMS
    lex_attr_getters: Mapping[int, Callable[[str], Any]] = {}
    writing_system: Mapping[str, Any] = {"direction": "ltr", "has_case": True, "has_letters": True}
    syntax_iterators: Mapping[str, Callable[[Any], Any]] = {}
    token_match: Callable[[str], Any] | None = None

    prefixes = _Patterns("prefixes")
    suffixes = _Patterns("suffixes")
    infixes = _Patterns("infixes")
    url_match = _UrlMatch()
    tokenizer_exceptions = _Exceptions()
