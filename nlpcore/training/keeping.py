"""What a loaded pipeline could do, kept while it learns something new.

Two ways lead there. New entity types get a recognizer of their own, which stands after the old one and has
an encoder of its own: nothing that was there changes. Where both find an entity in the same place, a gate
(``pipeline.domain``) decides: in texts like those that were taught, the new one's stand. All else that a
pipeline learns it learns in place, and rehearses meanwhile: what the original gave for the same texts, and
for those given for rehearsal, counts as right where the examples say nothing (Robins 1995; Li & Hoiem 2016).
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import RehearsalError
from ..pipeline.domain import DomainGate, TextProfile, features
from ..pipeline.encoder import Encoder
from ..pipeline.ner import EntityRecognizer
from ..pipeline.tok2vec import Tok2Vec
from ..pipeline.trainable_pipe import TrainablePipe, find_encoder
from ..tokens._docs import bare_copy
from .example import Example
from .text_files import raw_lines

if TYPE_CHECKING:
    from ..language import Language
    from ..tokens import Doc

    Texts = str | os.PathLike[str] | Iterable[str]

#: Documents of its texts that must have a feature for a stored profile to have it.
PROFILED = 2
#: Texts on which a trained pipeline is compared with the original.
COMPARED = 200


def read_texts(texts: Texts | None) -> list[str]:
    """Texts for rehearsal: those given, or those of a file: CoNLL-U, or raw text with a text a line.

    Raises RehearsalError (a ValueError) for anything but texts, RawTextError, OSError.
    """
    if texts is None:
        return []
    if isinstance(texts, (str, os.PathLike)):
        return list(_texts_of_file(Path(texts)))
    if not isinstance(texts, Iterable) or isinstance(texts, (bytes, bytearray)):
        reason = f"rehearse is {type(texts).__name__}: give texts, or the path of a file with them"
        raise RehearsalError(reason=reason)
    found = list(texts)
    for number, text in enumerate(found):
        if not isinstance(text, str):
            raise RehearsalError(
                reason=f"text {number} is {type(text).__name__}: give texts, or the path of a file with them"
            )
    return found


def _texts_of_file(path: Path) -> Iterator[str]:
    if path.suffix == ".conllu":
        from .conllu import read_conllu

        yield from (document.text for document in read_conllu(path))
        return
    yield from raw_lines([path])


# -- new entity types ---------------------------------------------------------------------------------------


def entity_labels(examples: Iterable[Example]) -> set[str]:
    """The entity types that occur."""
    return {entity.label_ for example in examples for entity in example.reference.ents}


def recognizers_of(nlp: Language) -> dict[str, EntityRecognizer]:
    """The recognizers that have learned something, in their order."""
    return {
        name: pipe
        for name, pipe in nlp.pipeline
        if isinstance(pipe, EntityRecognizer) and pipe.is_ready and pipe.labels
    }


def types_of(nlp: Language) -> set[str]:
    """The entity types that the pipeline's recognizers know."""
    return {label for pipe in recognizers_of(nlp).values() for label in pipe.labels}


def old_recognizer(nlp: Language, labels: set[str]) -> str | None:
    """The last of the recognizers, where none has all of these labels; None: one has, or there is none."""
    trained = recognizers_of(nlp)
    if not labels or not trained or any(labels <= set(pipe.labels) for pipe in trained.values()):
        return None
    return list(trained)[-1]


def add_recognizer(
    nlp: Language, old: str, examples: Sequence[Example], own_texts: Iterable[Doc], texts: Sequence[str]
) -> str:
    """Put a recognizer for the examples' labels behind the old one; returns its name.

    own_texts: such as it is for. texts: such as those before it are for; without them, those that these
    learned from. Raises RehearsalError where nothing tells what these are like.
    """
    teacher: Any = nlp.get_pipe(old)
    shared = find_encoder(nlp) if teacher.own_tok2vec is None else teacher.own_tok2vec
    profile = other_texts(nlp, texts)
    if not isinstance(shared, Tok2Vec):
        reason = f"the component {old!r} has no encoder that a new one could begin with"
        if shared is not None:
            reason = (
                f"a new recognizer has an encoder of its own, and {shared.name!r} is too large for a second "
                "one: allow that the model forgets with rehearse=False"
            )
        raise RehearsalError(reason=reason)
    first = next(iter(recognizers_of(nlp)))
    name = next(f"{first}_{i}" for i in range(2, 10**6) if f"{first}_{i}" not in nlp.component_names)
    settings = {"hidden": teacher.hidden, "pieces": teacher.pieces, "context": list(teacher.context)}
    new: Any = nlp.add_pipe("ner", name, after=old, config=settings)
    new.add_labels_from(examples)
    new.own_tok2vec = Tok2Vec(nlp.vocab, "tok2vec")
    new.own_tok2vec.set_state(*shared.get_state())
    begin_as(new, teacher, shared.width)
    own = [features(doc) for doc in own_texts]
    new.gate = DomainGate.fit(own, profile)
    new.profile = TextProfile.of(own, min_documents=PROFILED)
    return name


def other_texts(nlp: Language, texts: Sequence[str]) -> TextProfile:
    """What the texts are like that a new recognizer's are told from: those given, else those that the ones
    before it learned from. Raises RehearsalError where one of these does not know.
    """
    if texts:
        return TextProfile.of(features(nlp.make_doc(text)) for text in texts)
    profile = TextProfile.of([])
    for name, pipe in recognizers_of(nlp).items():
        if pipe.profile is None:
            raise RehearsalError(
                reason=f"the component {name!r} does not know what texts it learned from, so that new entity "
                "types could not be told from its own: give such texts with rehearse=, or allow that it "
                "forgets with rehearse=False"
            )
        profile += pipe.profile
    return profile


def begin_as(new: EntityRecognizer, teacher: EntityRecognizer, width: int) -> None:
    """A network with the lower layer of the old one, and new moves that start at zero."""
    new.model = new.build_model(width)
    new.model.initialize()
    given = teacher.parameters()
    for key in ("W", "pad", "bias"):
        new.model.set_param(key, new.model.ops.asarray(given[f"0.transition_model.{key}"].copy()))


def describe_texts(nlp: Language, examples: Iterable[Example]) -> None:
    """Let recognizers that were trained on these examples know what the texts were like.

    Where some have a parse, these alone: they are what the whole pipeline is for.
    """
    recognizers = [pipe for _, pipe in nlp.pipeline if isinstance(pipe, EntityRecognizer)]
    if not recognizers:
        return
    parsed = any(example.reference.has_annotation("DEP") for example in examples)
    found = (
        features(example.predicted)
        for example in examples
        if not parsed or example.reference.has_annotation("DEP")
    )
    profile = TextProfile.of(found, min_documents=PROFILED)
    for pipe in recognizers:
        pipe.profile = profile


# -- rehearsal ----------------------------------------------------------------------------------------------


def learners(nlp: Language, examples: Sequence[Example]) -> set[str]:
    """The components that have learned already and that the examples say something about.

    Examples with entities are for the recognizers that have one of their labels.
    """
    types = entity_labels(examples)
    return {
        name
        for name, pipe in nlp.pipeline
        if isinstance(pipe, TrainablePipe)
        and pipe.is_ready
        and not isinstance(pipe, Encoder)
        and not (isinstance(pipe, EntityRecognizer) and types and types.isdisjoint(pipe.labels))
        and any(pipe.make_targets(example) is not None for example in examples)
    }


def untouched(nlp: Language, taught: Collection[str]) -> list[str]:
    """The components that need not change while those learn: they read no encoder that does."""
    shared_learns = any(nlp.get_pipe(name).own_tok2vec is None for name in taught)  # type: ignore[attr-defined]
    return [
        name
        for name, pipe in nlp.pipeline
        if isinstance(pipe, TrainablePipe)
        and pipe.is_ready
        and name not in taught
        and not (shared_learns and pipe.own_tok2vec is None)
    ]


def trained_part(nlp: Language) -> AbstractContextManager[Any]:
    """Within it, components that have learned nothing yet do not annotate."""
    fresh = [n for n, pipe in nlp.pipeline if isinstance(pipe, TrainablePipe) and not pipe.is_ready]
    return nlp.select_pipes(disable=fresh) if fresh else nullcontext()


def outputs_of(nlp: Language, docs: Iterable[Doc]) -> list[Example]:
    """What a pipeline gives for the tokens of Docs, as Examples that speak of the entity types it has."""
    known = types_of(nlp) or None
    with trained_part(nlp):
        annotated = list(nlp.pipe(map(bare_copy, docs)))
    return [Example(bare_copy(doc), doc, known_entity_labels=known) for doc in annotated]


class Rehearsal:
    """What the original pipeline gives for texts, as Examples.

    given: of texts for rehearsal. own: of each training example's text, on its tokens.
    """

    def __init__(self, nlp: Language, examples: Sequence[Example], texts: Iterable[str]) -> None:
        self.own = outputs_of(nlp, (example.predicted for example in examples))
        self.given = outputs_of(nlp, map(nlp.make_doc, texts))

    def compared(self) -> list[Example]:
        """Some of them, evenly spread, to compare a trained pipeline with the original on."""
        found = self.given or self.own
        return found[:: max(1, len(found) // COMPARED)][:COMPARED]


def original_scores(nlp: Language, examples: Sequence[Example]) -> dict[str, float]:
    """How far a pipeline still gives what the original gave: accuracies and F1, from 0 to 1."""
    scores = nlp.evaluate(list(examples)) if examples else {}
    return {
        name: float(value)
        for name, value in scores.items()
        if name in ("tag_acc", "pos_acc", "morph_acc", "lemma_acc", "dep_uas", "dep_las", "ents_f", "sents_f")
        and isinstance(value, (int, float))
    }
