"""What a pipeline may begin with instead of nothing: word vectors, another model's encoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import TrainingSettingsError, VectorsFileError
from ..models.pretrained import read_pretrained
from ..pipeline.tok2vec import Tok2Vec
from ..pipeline.trainable_pipe import fill_model, find_encoder
from ..vocab import Vectors
from ..vocab.vector_files import is_floret_file, read_floret_file, read_vector_file

if TYPE_CHECKING:
    from ..language import Language


def vectors_pipeline(
    lang: str, path: str | Path, *, name: str = "starter_vectors", most: int = 0, prune: int = 0
) -> Language:
    """An empty pipeline with word vectors from a text file: what ``nlpcore init vectors`` stores.

    most: so many words are read; 0: all. prune: so many vectors are kept, those of the most frequent words;
    every other word gets that of the word that is nearest to it; 0: all. Neither is for tables of floret,
    which have no words.
    Raises VectorsFileError, UnknownLanguageError (ValueErrors), OSError.
    """
    import nlpcore

    nlp = nlpcore.blank(lang)
    nlp.meta["name"] = name
    if is_floret_file(path):
        if most or prune:
            reason = "it is a table of floret, which has no words: it can neither be cut nor pruned"
            raise VectorsFileError(path=str(path), line=1, reason=reason)
        data, hashing = read_floret_file(path)
        nlp.vocab.vectors = Vectors(data=data, mode="floret", name=f"{lang}_{name}", **asdict(hashing))
        return nlp
    words, data = read_vector_file(path, most=most)
    for word in words:
        nlp.vocab.strings.add(word)
    nlp.vocab.vectors = Vectors(strings=nlp.vocab.strings, data=data, keys=words, name=f"{lang}_{name}")
    if prune and prune < len(words):
        nlp.vocab.prune_vectors(prune)
    return nlp


def begin_before(nlp: Language, starter: Language) -> list[str]:
    """Give a pipeline what it must have before it is initialized, since sizes depend on it: a starter's word
    vectors, and its transformer. Returns what was taken, in words.
    """
    from ..pipeline.transformer import Transformer

    taken = []
    if starter.vocab.vectors_length:
        known = starter.vocab.strings
        for key in starter.vocab.vectors.key2row:
            if key in known:
                nlp.vocab.strings.add(known[key])
        state, tensors = starter.vocab.vectors.get_state()
        vectors = Vectors(strings=nlp.vocab.strings)
        vectors.set_state(state, tensors)
        nlp.vocab.vectors = vectors
        taken.append(f"{len(vectors):,} {'word' if vectors.mode == 'default' else 'n-gram'} vectors")
    ours, theirs = find_encoder(nlp), find_encoder(starter)
    if isinstance(ours, Transformer) and isinstance(theirs, Transformer) and theirs.is_ready:
        ours.set_state(*theirs.get_state())
        ours.is_given, ours._loaded = True, False
        taken.append("the transformer")
    return taken


def begin_from(nlp: Language, starter: Language, taken: Sequence[str] = ()) -> list[str]:
    """Give an initialized pipeline the encoder of a starter, where the sizes are the same. Returns what was
    taken, in words, behind what was ``taken`` before.

    Raises TrainingSettingsError (a ValueError) where there is nothing to take.
    """
    found = list(taken)
    ours, theirs = find_encoder(nlp), find_encoder(starter)
    if (
        isinstance(ours, Tok2Vec)
        and isinstance(theirs, Tok2Vec)
        and theirs.is_ready
        and ours.shape == theirs.shape
    ):
        if not ours.is_ready:
            ours.model = ours.build_model()
        fill_model(ours.require_model(), theirs.parameters())
        found.append("the encoder")
    if not found:
        full = f"{starter.meta.get('lang')}_{starter.meta.get('name')}"
        reason = f"{full} has no word vectors, nor an encoder of the same sizes, to begin with"
        raise TrainingSettingsError(path="init", reason=reason)
    return found


def transformer_pipeline(lang: str, source: str | Path, *, name: str = "starter_trf") -> Language:
    """A pipeline with a pretrained transformer alone: what ``nlpcore init transformer`` stores.

    source: see ``models.pretrained.read_pretrained``, whose errors it raises.
    """
    import nlpcore

    nlp = nlpcore.blank(lang)
    pipe: Any = nlp.add_pipe("transformer")
    pipe.begin_as(read_pretrained(source))
    nlp.meta["name"] = name
    return nlp
