"""Doc, Token and Span: text with its annotation; and how they are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nlpcore.tokens.doc import Doc
from nlpcore.tokens.span import Span
from nlpcore.tokens.token import Token
from nlpcore.tokens.underscore import Underscore
from nlpcore.vocab.morphology import MorphAnalysis

if TYPE_CHECKING:
    from nlpcore.tokens.doc_bin import DocBin
    from nlpcore.tokens.span_group import SpanGroup, SpanGroups

__all__ = ["Doc", "DocBin", "MorphAnalysis", "Span", "SpanGroup", "SpanGroups", "Token", "Underscore"]

#: name -> module that has it: what annotating does not need is imported when it is first asked for
_LAZY = {"DocBin": "doc_bin", "SpanGroup": "span_group", "SpanGroups": "span_group"}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        from importlib import import_module

        value = getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
