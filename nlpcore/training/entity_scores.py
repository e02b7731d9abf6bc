"""Entity scores: exact span and label, by characters of the text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .counts import Counts
from .documents import Document

Span = tuple[int, int, str]  # first character, end character, label


class EntityScorer:
    """Adds up documents.

    labels: the labels that count; None for those that occur in the gold entities added.
    ``scores()`` maps each label, and "micro" for all together, to its Counts.
    """

    def __init__(self, labels: Iterable[str] | None = None) -> None:
        self.labels = None if labels is None else sorted(set(labels))
        self._counts: dict[str, Counts] = {}

    def add(
        self, gold: Iterable[Span], system: Iterable[Span], unknown: Iterable[tuple[int, int]] = ()
    ) -> None:
        """Count one text's entities; wrong ones that overlap a span in `unknown` do not count."""
        gold_set, system_set = set(gold), set(system)
        for span in gold_set:
            self._of(span[2]).gold += 1
        gaps = sorted(unknown)
        for span in system_set:
            right = span in gold_set
            if not right and any(start < span[1] and end > span[0] for start, end in gaps):
                continue
            score = self._of(span[2])
            score.system += 1
            score.correct += right

    def _of(self, label: str) -> Counts:
        return self._counts.setdefault(label, Counts())

    def scores(self) -> dict[str, Counts]:
        labels = self.labels
        if labels is None:
            labels = sorted(label for label, score in self._counts.items() if score.gold)
        chosen = {label: self._counts.get(label, Counts()) for label in labels}
        micro = Counts()
        for score in chosen.values():
            micro.correct += score.correct
            micro.gold += score.gold
            micro.system += score.system
        return {**chosen, "micro": micro}


def gold_spans(document: Document) -> tuple[list[Span], list[tuple[int, int]]]:
    """A document's entities, and the stretches of text where nothing is known about entities."""
    spans: list[Span] = []
    unknown: list[tuple[int, int]] = []
    for sentence in document.sentences:
        if sentence.entities is None:
            unknown.append((sentence.start, sentence.end))
            continue
        for entity in sentence.entities:
            if entity.label is None:
                unknown.append((entity.start, entity.end))
            else:
                spans.append((entity.start, entity.end, entity.label))
    return spans, unknown


def format_entity_scores(scores: Mapping[str, Counts]) -> str:
    """A table of percentages, one label a line."""
    width = max([8, *map(len, scores)])
    lines = [f"{'Entities':<{width}} {'Precision':>10} {'Recall':>10} {'F1':>10} {'Gold':>8} {'System':>8}"]
    for label, score in scores.items():
        figures = " ".join(f"{100 * value:>10.2f}" for value in (score.precision, score.recall, score.f1))
        lines.append(f"{label:<{width}} {figures} {score.gold:>8} {score.system:>8}")
    return "\n".join(lines)
