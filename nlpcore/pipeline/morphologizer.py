"""Morphologizer: universal part of speech and morphological features, predicted jointly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from nlpcore.lazy import numpy as np

from ..symbols import IDS as SYMBOLS
from .factories import factory
from .token_classifier import TokenClassifier

if TYPE_CHECKING:
    from ..engine.stages import Stages
    from ..language import Language
    from ..tokens import Doc
    from ..training import Example

POS_FEATURE = "POS"

ClassIds = tuple[list[str], list[int], list[int], int]


class Morphologizer(TokenClassifier):
    """Sets ``token.pos`` and ``token.morph``; space tokens get the POS ``SPACE``.

    A label is a FEATS string with the part of speech as one of the features: ``Number=Sing|POS=NOUN``. Of a
    word that has a part of speech and whose features are unset (``_`` sets them: it has none), the part of
    speech alone is learned: every label that has it is right.
    """

    def __init__(self, vocab: Any, name: str = "morphologizer", *, label_smoothing: float = 0.03) -> None:
        super().__init__(vocab, name, label_smoothing=label_smoothing)
        self._class_ids: ClassIds | None = None

    def gold_labels(self, example: Example) -> list[str | None]:
        """The label of each token of ``example.predicted``; None where part of speech or features are
        unknown.
        """
        gold = example.gold_arrays()
        strings = example.reference.vocab.strings
        known: dict[tuple[int, int], str] = {}
        labels: list[str | None] = []
        for pos, morph in zip(gold["pos"].tolist(), gold["morphs"].tolist(), strict=True):
            if not pos or not morph:
                labels.append(None)
                continue
            label = known.get((pos, morph))
            if label is None:
                label = known[pos, morph] = join_label(strings[pos], strings[morph])
            labels.append(label)
        return labels

    def add_labels_from(self, examples: Iterable[Example]) -> None:
        """A part of speech that never has known features gets a label without any."""
        seen: set[int] = set()

        def noted() -> Iterator[Example]:
            for example in examples:
                seen.update(np.unique(example.gold_arrays()["pos"]).tolist())
                yield example

        super().add_labels_from(noted())
        for pos in sorted(seen - {0, *self.class_ids()[1]}):
            self.add_label(join_label(self.vocab.strings[pos], ""))

    def make_targets(self, example: Example) -> np.ndarray | None:
        """(n,) int32: the class; ``any_of(pos)`` where the features are unknown; -1 where all is."""
        from ..network.heads import any_of

        gold = example.gold_arrays()
        index, _, _ = example.predicted.network_input()
        targets = super().make_targets(example)
        if targets is None:
            targets = np.full(len(index), -1, dtype="int32")
        pos, morphs = gold["pos"][index], gold["morphs"][index]
        groups = np.array(self.class_ids()[1], dtype="uint64")
        open_ = (pos != 0) & (morphs == 0) & np.isin(pos, groups)
        targets[open_] = any_of(pos[open_].astype("int32"))
        return targets if (targets != -1).any() else None

    def gradient(
        self, targets: list[Any], lengths: list[int], V: np.ndarray, scale: float
    ) -> tuple[float, np.ndarray]:
        from ..network.heads import classification_gradient

        groups = np.array(self.class_ids()[1], dtype="int32")
        model = self.require_model()
        return classification_gradient(model, targets, lengths, V, scale, self.label_smoothing, groups)

    def restore_settings(self, meta: dict[str, Any]) -> None:
        super().restore_settings(meta)
        # What is wrong with a label shows now, and not when the first text is annotated.
        self._class_ids = self._find_class_ids()

    def class_ids(self) -> ClassIds:
        """By class the part of speech, its id and that of the features, and the id of no features."""
        if self._class_ids is None or len(self._class_ids[0]) != len(self._labels):
            self._class_ids = self._find_class_ids()
        return self._class_ids

    def _find_class_ids(self) -> ClassIds:
        parts = [split_label(label) for label in self._labels]
        pos_ids = [SYMBOLS.get(pos, 0) for pos, _ in parts]
        morph_ids = [self.vocab.morphology.add(feats) for _, feats in parts]
        return [pos for pos, _ in parts], pos_ids, morph_ids, self.vocab.morphology.add("")

    def add_stage(self, stages: Stages) -> None:
        from ..engine.stages import Morphology

        names, pos_ids, morph_ids, no_feats = self.class_ids()
        known = [name if pos else "" for name, pos in zip(names, pos_ids, strict=True)]
        stages.morphology = Morphology(
            self.engine(), pos_ids, morph_ids, known, white_pos=SYMBOLS["SPACE"], white_morph=no_feats
        )

    def set_annotations(self, docs: Iterable[Doc], predictions: Iterable[np.ndarray]) -> None:
        _, *ids, no_feats = self.class_ids()
        pos_ids, morph_ids = (np.array(values, dtype="uint64") for values in ids)
        for doc, classes in zip(docs, predictions, strict=True):
            index, _, _ = doc.network_input()
            pos = np.full(len(doc), SYMBOLS["SPACE"], dtype="uint64")
            morph = np.full(len(doc), no_feats, dtype="uint64")
            pos[index] = pos_ids[classes] if len(pos_ids) else 0
            morph[index] = morph_ids[classes] if len(pos_ids) else no_feats
            doc.set_column("POS", pos)
            doc.set_column("MORPH", morph)

    def score(self, examples: Iterable[Example], **settings: Any) -> dict[str, Any]:
        from ..scorer import COMPONENT_SCORERS

        return COMPONENT_SCORERS["morphologizer"](list(examples), **settings)


def join_label(pos: str, feats: str) -> str:
    """One label for a part of speech and a FEATS string ("" or "_": no features), features in canonical
    order.
    """
    features = [f for f in feats.split("|") if f and f != "_"] + [f"{POS_FEATURE}={pos}"]
    return "|".join(sorted(features, key=str.lower))


def split_label(label: str) -> tuple[str, str]:
    """The part of speech and the FEATS string of a label."""
    pos, feats = "", []
    for feature in label.split("|"):
        key, _, value = feature.partition("=")
        if key == POS_FEATURE:
            pos = value
        elif feature and feature != "_":
            feats.append(feature)
    return pos, "|".join(feats)


@factory(
    "morphologizer",
    default_config={"label_smoothing": 0.03},
    assigns=["token.morph", "token.pos"],
    default_score_weights={"pos_acc": 0.5, "morph_acc": 0.5, "morph_per_feat": None},
)
def make_morphologizer(nlp: Language, name: str, label_smoothing: float) -> Morphologizer:
    return Morphologizer(nlp.vocab, name, label_smoothing=label_smoothing)
