"""Where users of spaCy look for this name; see ``nlpcore.vocab.lexeme``."""

from .vocab.lexeme import Lexeme

__all__ = ["Lexeme"]
