"""Examples, corpora, scores and the training loop."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .alignment import Alignment
    from .conllu import parse_conllu, read_conllu, to_conllu
    from .corpus import Corpus, documents_to_docs, documents_to_examples, read_documents
    from .debugging import debug_data
    from .evaluate import evaluate_model
    from .example import Example, validate_examples, validate_get_examples
    from .gum import gum_entities
    from .iob import attach_entities, read_iob
    from .iob_utils import (
        biluo_tags_to_offsets,
        biluo_tags_to_spans,
        biluo_to_iob,
        doc_to_biluo_tags,
        iob_to_biluo,
        offsets_to_biluo_tags,
        remove_bilu_prefix,
        split_bilu_label,
        tags_to_entities,
    )
    from .loop import train
    from .run import train_pipeline
    from .settings import read_config

#: name -> module that has it; modules are imported when a name is first asked for.
_EXPORTS = {
    "Alignment": "alignment",
    "Corpus": "corpus",
    "Example": "example",
    "attach_entities": "iob",
    "biluo_tags_to_offsets": "iob_utils",
    "biluo_tags_to_spans": "iob_utils",
    "biluo_to_iob": "iob_utils",
    "debug_data": "debugging",
    "doc_to_biluo_tags": "iob_utils",
    "documents_to_docs": "corpus",
    "documents_to_examples": "corpus",
    "evaluate_model": "evaluate",
    "gum_entities": "gum",
    "lost_annotation": "lost",
    "iob_to_biluo": "iob_utils",
    "offsets_to_biluo_tags": "iob_utils",
    "parse_conllu": "conllu",
    "read_config": "settings",
    "read_conllu": "conllu",
    "read_documents": "corpus",
    "read_iob": "iob",
    "remove_bilu_prefix": "iob_utils",
    "split_bilu_label": "iob_utils",
    "tags_to_entities": "iob_utils",
    "to_conllu": "conllu",
    "train": "loop",
    "train_pipeline": "run",
    "validate_examples": "example",
    "validate_get_examples": "example",
}

__all__ = sorted(_EXPORTS)


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_EXPORTS[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_EXPORTS})
