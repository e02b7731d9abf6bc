"""Doc, Token and Span: text with its annotation; and how they are stored."""

from nlpcore.tokens.doc import Doc
from nlpcore.tokens.span import Span
from nlpcore.tokens.token import Token
from nlpcore.tokens.underscore import Underscore

__all__ = ["Doc", "Span", "Token", "Underscore"]
