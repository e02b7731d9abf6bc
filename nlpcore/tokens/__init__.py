"""Doc, Token and Span: text with its annotation; and how they are stored."""

from nlpcore.tokens.doc import Doc
from nlpcore.tokens.doc_bin import DocBin
from nlpcore.tokens.span import Span
from nlpcore.tokens.span_group import SpanGroup, SpanGroups
from nlpcore.tokens.token import Token
from nlpcore.tokens.underscore import Underscore
from nlpcore.vocab.morphology import MorphAnalysis

__all__ = ["Doc", "DocBin", "MorphAnalysis", "Span", "SpanGroup", "SpanGroups", "Token", "Underscore"]
