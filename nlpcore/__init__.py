"""nlpcore: tagging, parsing, lemmas and entities in bulk on ordinary CPUs."""

__version__ = "1.0.0"
