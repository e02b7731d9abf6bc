"""Entity recognizer: BILUO transitions (see docs/transition-system.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nlpcore.lazy import numpy as np

from ..errors import ModelDataError
from .factories import factory
from .label_table import LabelTable
from .trainable_pipe import split_off
from .transition_pipe import TransitionPipe, grown_transition_model

if TYPE_CHECKING:
    from ..engine.stages import Stages
    from ..kernels.tensor import Tensor
    from ..language import Language
    from ..tokens import Doc
    from ..training import Example
    from .domain import DomainGate, TextProfile


class EntityRecognizer(LabelTable, TransitionPipe):
    """Sets ``doc.ents``: disjoint labelled spans."""

    def __init__(
        self,
        vocab: Any,
        name: str = "ner",
        *,
        context: Sequence[str] | None = None,
        hidden: int = 64,
        pieces: int = 2,
        explore: float = 0.5,
        dropout: float = 0.0,
    ) -> None:
        if context is None:
            from ..transition import ENTITY_CONTEXT

            context = ENTITY_CONTEXT
        super().__init__(
            vocab, name, context=context, hidden=hidden, pieces=pieces, explore=explore, dropout=dropout
        )
        self._labels: dict[str, int] = {}
        self._loaded_labels: frozenset[str] = frozenset()
        # In which texts its entities come before those that are there already; None: in none.
        self.gate: DomainGate | None = None
        self._profile: TextProfile | None = None
        self._stored_profile: tuple[Any, dict[str, Any]] | None = None

    @property
    def profile(self) -> TextProfile | None:
        """What texts it learned from, for those who teach another one. Raises ModelDataError."""
        if self._stored_profile is not None:
            from .domain import TextProfile

            self.profile = TextProfile.from_state(*self._stored_profile)
        return self._profile

    @profile.setter
    def profile(self, profile: TextProfile | None) -> None:
        self._profile, self._stored_profile = profile, None

    # -- labels -------------------------------------------------------------------------------------------

    @property
    def labels(self) -> tuple[str, ...]:
        """The entity types, sorted; their order in the model is that of ``label_data``."""
        return tuple(sorted(self._labels))

    def before_label(self) -> None:
        self.build_network()

    def label_added(self) -> None:
        old_system, self._system = self._system, None
        if self.is_ready:
            moves = self.system.move_names
            self.model = grown_transition_model(self.require_model(), moves, old_system.move_names)

    def add_labels_from(self, examples: Iterable[Example]) -> None:
        for example in examples:
            for tag in entity_tags(example):
                if tag is not None and tag != "O":
                    self.add_label(tag.partition("-")[2])

    def build_system(self) -> Any:
        from ..transition import Biluo

        return Biluo(list(self._labels), context=self.context)

    # -- training -----------------------------------------------------------------------------------------

    def make_targets(self, example: Example) -> Any:
        tags = entity_tags(example)
        if all(tag is None for tag in tags):
            return None
        # A type that this component does not have is none of its business, and not known to be no entity.
        own = [
            tag if tag is None or tag == "O" or tag.partition("-")[2] in self._labels else None
            for tag in tags
        ]
        return self.system.gold_arrays(own, self.unknown_labels(example, tags))

    def unknown_labels(self, example: Example, tags: Sequence[str | None]) -> frozenset[str]:
        """The labels that an example says nothing of.

        Where it does not say itself: one that has entities, but only with labels that were added to a loaded
        component, was annotated with these and not with those that the component had before.
        """
        known = example.known_entity_labels
        if known is None:
            named = {tag.partition("-")[2] for tag in tags if tag is not None and tag != "O"}
            return frozenset() if not named or named & self._loaded_labels else self._loaded_labels
        return frozenset(self._labels) - known

    # -- annotation ---------------------------------------------------------------------------------------

    def predict_vectors(self, docs: list[Doc], lengths: list[int], V: np.ndarray) -> list[np.ndarray]:
        """For each document its entities (m, 3) int32: start, end, label; tokens counted without space
        tokens.
        """
        spans = self.decode(docs, lengths, V)
        ends = np.searchsorted(spans[:, 0], np.arange(1, len(docs)))
        return np.split(spans[:, 1:], ends)

    def predict_long(self, doc: Doc, n: int, vectors: Callable[[Any], np.ndarray]) -> np.ndarray:
        return self.decode_long(doc, n, vectors)[:, 1:]

    def add_stage(self, stages: Stages) -> None:
        from ..engine.stages import Entities

        ids = [self.vocab.strings.add(label) for label in self._labels]
        stages.entities = Entities(
            self.engine(), ids, lambda doc, spans: self.set_annotations([doc], [spans])
        )
        stages.starts_bind = stages.arcs is not None

    def set_annotations(self, docs: Iterable[Doc], predictions: Iterable[np.ndarray]) -> None:
        """Write the entities. Those that the Doc has already, from rules say, stay; what overlaps them is
        dropped. In a Doc that its ``gate`` lets in, it is the other way round.
        """
        ids = np.array([self.vocab.strings.add(label) for label in self._labels], dtype="uint64")
        for doc, spans in zip(docs, predictions, strict=True):
            iob = doc.column("ENT_IOB")
            if len(spans) == 0 and iob is not None and iob.all():
                continue  # nothing to add, and nothing unknown that is known now
            index, _, _ = doc.network_input()
            starts = index[spans[:, 0]].astype("int32")
            ends = (index[spans[:, 1] - 1] + 1).astype("int32")
            old = list(doc.ents)
            free = np.ones(len(spans), dtype=bool)
            for entity in old:
                free &= (ends <= entity.start) | (starts >= entity.end)
            if not free.all() and self.gate is not None and self.gate.lets_in(doc):
                old = [entity for entity in old if not ((starts < entity.end) & (entity.start < ends)).any()]
                free[:] = True
            starts, ends, spans = starts[free], ends[free], spans[free]
            doc.set_entity_spans(starts, ends, ids[spans[:, 2]] if len(spans) else ids[:0])
            if old:
                doc.ents = [*doc.ents, *old]

    # -- scores and storage -------------------------------------------------------------------------------

    def score(self, examples: Iterable[Example], **settings: Any) -> dict[str, Any]:
        from ..scorer import get_ner_prf

        return get_ner_prf(examples, **settings)

    def state_settings(self) -> dict[str, Any]:
        return {**super().state_settings(), "labels": list(self._labels)}

    def restore_settings(self, meta: dict[str, Any]) -> None:
        self.restore_labels(meta.get("labels"), self.name)
        self._loaded_labels = frozenset(self._labels)
        super().restore_settings(meta)

    def get_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        meta, tensors = super().get_state()
        for name in ("profile", "gate"):
            part = getattr(self, name)
            if part is not None:
                meta[name], arrays = part.get_state()
                tensors.update({f"{name}/{key}": array for key, array in arrays.items()})
        return meta, tensors

    def restore_state(self, meta: dict[str, Any], tensors: Mapping[str, np.ndarray | Tensor]) -> None:
        rest = tensors
        parts: dict[str, tuple[Any, dict[str, Any]]] = {}
        for name in ("profile", "gate"):
            own, rest = split_off(rest, name)
            if name in meta:
                parts[name] = meta[name], own
            elif own:
                raise ModelDataError(reason=f"{self.name!r} has arrays of a {name}, but does not say so")
        super().restore_state(meta, rest)
        # Only training asks for it: it is checked then.
        self._profile, self._stored_profile = None, parts.get("profile")
        self.gate = None
        if "gate" in parts:
            from .domain import DomainGate

            self.gate = DomainGate.from_state(*parts["gate"])


MISSING, INSIDE, OUTSIDE = 0, 1, 2


def entity_tags(example: Example) -> list[str | None]:
    """BILUO tags of the predicted document's tokens that are no space tokens; None where unknown."""
    gold = example.gold_arrays()
    index, _, _ = example.predicted.network_input()
    codes = gold["ent_iob"][index].tolist()
    strings = example.reference.vocab.strings
    types = [strings[label] if label else "" for label in gold["ent_types"][index].tolist()]
    tags: list[str | None] = []
    in_entity = False
    for code, label, following in zip(codes, types, [*codes, OUTSIDE][1:], strict=True):
        if code == MISSING:
            tags.append(None)
        elif code == OUTSIDE or not label:
            tags.append("O")
        else:
            # A span that begins on a space token is known by its inside alone.
            begins = code != INSIDE or not in_entity
            continues = following == INSIDE
            tags.append(
                ("B-" if continues else "U-") + label if begins else ("I-" if continues else "L-") + label
            )
        in_entity = code not in (MISSING, OUTSIDE)
    return tags


@factory(
    "ner",
    default_config={"context": None, "hidden": 64, "pieces": 2, "explore": 0.5, "dropout": 0.0},
    assigns=["doc.ents", "token.ent_iob", "token.ent_type"],
    default_score_weights={"ents_f": 1.0, "ents_p": 0.0, "ents_r": 0.0, "ents_per_type": None},
)
def make_ner(nlp: Language, name: str, **settings: Any) -> EntityRecognizer:
    return EntityRecognizer(nlp.vocab, name, **settings)
