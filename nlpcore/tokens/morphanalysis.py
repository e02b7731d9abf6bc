"""The place where users of spaCy find MorphAnalysis; it is made in ``nlpcore.vocab.morphology``."""

from nlpcore.vocab.morphology import MorphAnalysis

__all__ = ["MorphAnalysis"]
