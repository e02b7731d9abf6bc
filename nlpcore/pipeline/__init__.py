"""Components, and the base class of one's own. Each is imported when its name is first asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .factories import FactoryMeta
    from .functions import DocCleaner, merge_entities, merge_noun_chunks, merge_subtokens
    from .pipe import Pipe
    from .pipe_management import DisabledPipes
    from .sentencizer import Sentencizer

#: name -> module that has it
_EXPORTS = {
    "DependencyParser": "parser",
    "DisabledPipes": "pipe_management",
    "DocCleaner": "functions",
    "EntityRecognizer": "ner",
    "EntityRuler": "entity_ruler",
    "FactoryMeta": "factories",
    "GraphParser": "graph_parser",
    "Lemmatizer": "lemmatizer",
    "Morphologizer": "morphologizer",
    "Pipe": "pipe",
    "SentenceRecognizer": "segmenter",
    "Sentencizer": "sentencizer",
    "Tagger": "tagger",
    "Tok2Vec": "tok2vec",
    "TrainablePipe": "trainable_pipe",
    "Transformer": "transformer",
    "merge_entities": "functions",
    "merge_noun_chunks": "functions",
    "merge_subtokens": "functions",
}

__all__ = [
    "DisabledPipes",
    "DocCleaner",
    "FactoryMeta",
    "Pipe",
    "Sentencizer",
    "merge_entities",
    "merge_noun_chunks",
    "merge_subtokens",
]


def __getattr__(name: str) -> Any:
    if name in _EXPORTS:
        try:
            value = getattr(import_module(f"{__name__}.{_EXPORTS[name]}"), name)
        except ModuleNotFoundError as e:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from e
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
