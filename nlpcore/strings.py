"""Where users of spaCy look for these names; see ``nlpcore.vocab.strings``."""

from .vocab.strings import StringStore, get_string_id, hash_string

__all__ = ["StringStore", "get_string_id", "hash_string"]
