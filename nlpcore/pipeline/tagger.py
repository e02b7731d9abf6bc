"""Tagger: the treebank's own part-of-speech tags (XPOS)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from nlpcore.lazy import numpy as np

from .factories import factory
from .token_classifier import TokenClassifier

if TYPE_CHECKING:
    from ..engine.stages import Stages
    from ..language import Language
    from ..tokens import Doc
    from ..training import Example

SPACE_TAG = "_SP"


class Tagger(TokenClassifier):
    """Sets ``token.tag`` of every token; space tokens get ``_SP``."""

    def __init__(self, vocab: Any, name: str = "tagger", *, label_smoothing: float = 0.03) -> None:
        super().__init__(vocab, name, label_smoothing=label_smoothing)

    def gold_labels(self, example: Example) -> list[str | None]:
        strings = example.reference.vocab.strings
        return [strings[tag] if tag else None for tag in example.gold_arrays()["tags"].tolist()]

    def tag_ids(self) -> tuple[list[int], int]:
        """The string ids of the tags by class, and that of white space."""
        return [self.vocab.strings[label] for label in self._labels], self.vocab.strings.add(SPACE_TAG)

    def restore_settings(self, meta: dict[str, Any]) -> None:
        super().restore_settings(meta)
        self.vocab.strings.add(SPACE_TAG)

    def add_stage(self, stages: Stages) -> None:
        from ..engine.stages import Tagging

        stages.tagging = Tagging(self.engine(), *self.tag_ids())

    def set_annotations(self, docs: Iterable[Doc], predictions: Iterable[np.ndarray]) -> None:
        tag_ids, space = self.tag_ids()
        ids = np.array(tag_ids, dtype="uint64")
        for doc, classes in zip(docs, predictions, strict=True):
            index, _, _ = doc.network_input()
            tags = np.full(len(doc), space, dtype="uint64")
            tags[index] = ids[classes] if len(ids) else 0
            doc.set_column("TAG", tags)

    def score(self, examples: Iterable[Example], **settings: Any) -> dict[str, Any]:
        from ..scorer import Scorer

        return Scorer.score_token_attr(examples, "tag", **settings)


@factory(
    "tagger",
    default_config={"label_smoothing": 0.03},
    assigns=["token.tag"],
    default_score_weights={"tag_acc": 1.0},
)
def make_tagger(nlp: Language, name: str, label_smoothing: float) -> Tagger:
    return Tagger(nlp.vocab, name, label_smoothing=label_smoothing)
