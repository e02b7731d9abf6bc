"""Where users of spaCy look for these names; see ``nlpcore.vocab.morphology``."""

from .vocab.morphology import MorphAnalysis, Morphology

__all__ = ["MorphAnalysis", "Morphology"]
