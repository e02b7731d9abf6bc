"""Segmenter: sentence starts, for pipelines that have no parser."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from nlpcore.lazy import numpy as np

from ..errors import ModelDataError
from .factories import factory
from .token_classifier import TokenClassifier

if TYPE_CHECKING:
    from ..language import Language
    from ..tokens import Doc
    from ..training import Example

INSIDE, START = "I", "S"


class SentenceRecognizer(TokenClassifier):
    """Sets ``token.is_sent_start`` of every token. The first token that is no space token always starts a
    sentence.
    """

    def __init__(self, vocab: Any, name: str = "senter", *, label_smoothing: float = 0.0) -> None:
        super().__init__(vocab, name, label_smoothing=label_smoothing)
        self._labels = {INSIDE: 0, START: 1}

    @property
    def hide_labels(self) -> bool:
        return True

    @property
    def label_data(self) -> None:
        return None

    def add_labels_from(self, examples: Any) -> None:
        """The two labels are fixed."""

    def gold_labels(self, example: Example) -> list[str | None]:
        """START where a sentence starts, and INSIDE elsewhere if any start is known: lists such as
        ``[1, 0, 0, 1]`` are meant so. A Doc of which nothing is known teaches nothing.
        """
        starts = example.gold_arrays()["sent_starts"].tolist()
        if 1 not in starts:
            return [INSIDE if start == -1 else None for start in starts]
        return [START if start == 1 else INSIDE for start in starts]

    def set_annotations(self, docs: Iterable[Doc], predictions: Iterable[np.ndarray]) -> None:
        for doc, classes in zip(docs, predictions, strict=True):
            index, _, _ = doc.network_input()
            starts = np.full(len(doc), -1, dtype="int8")
            starts[index] = np.where(classes == self._labels[START], 1, -1)
            if len(doc):
                # White space before the first word belongs to the first sentence, as in parsed documents.
                starts[index[:1]] = -1
                starts[0] = 1
            doc.set_column("SENT_START", starts)

    def restore_settings(self, meta: dict[str, Any]) -> None:
        super().restore_settings(meta)
        if self.labels != (INSIDE, START):
            raise ModelDataError(reason=f"{self.name!r} has the labels {self.labels}, not {(INSIDE, START)}")

    def score(self, examples: Iterable[Example], **settings: Any) -> dict[str, Any]:
        from ..scorer import COMPONENT_SCORERS

        return COMPONENT_SCORERS["senter"](list(examples), **settings)


@factory("segmenter", assigns=["token.is_sent_start"], default_score_weights={"sents_f": 1.0})
@factory("senter", assigns=["token.is_sent_start"], default_score_weights={"sents_f": 1.0})
def make_segmenter(nlp: Language, name: str) -> SentenceRecognizer:
    return SentenceRecognizer(nlp.vocab, name)
