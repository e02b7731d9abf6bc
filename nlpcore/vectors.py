"""Where users of spaCy look for this name; see ``nlpcore.vocab.vectors``."""

from .vocab.vectors import Vectors

__all__ = ["Vectors"]
