"""Where users of spaCy look for these names; see ``nlpcore.vocab.lookups``."""

from .vocab.lookups import Lookups, Table

__all__ = ["Lookups", "Table"]
