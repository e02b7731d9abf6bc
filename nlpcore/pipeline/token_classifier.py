"""What tagger, morphologizer, lemmatizer and segmenter have in common: one softmax layer over the token
vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from nlpcore.lazy import numpy as np

from ..errors import NoLabelsError
from .label_table import LabelTable
from .trainable_pipe import BLOCK_TOKENS, TrainablePipe, checked_share

if TYPE_CHECKING:
    from thinc.api import Model

    from ..kernels.tensor import Tensor
    from ..tokens import Doc
    from ..training import Example


class TokenClassifier(LabelTable, TrainablePipe):
    """Predicts one of its labels for every token that is no space token.

    A subclass says which label an example's tokens have (``gold_labels``) and writes the predicted ones
    (``set_annotations``). Predictions are (n,) int32 class indices, one for each such token.
    """

    label_smoothing = 0.03
    # How many of the best classes a GPU finds: as many as any component of the package asks for.
    device_best = 3

    def __init__(self, vocab: Any, name: str, *, label_smoothing: float = 0.03) -> None:
        super().__init__(vocab, name)
        self.label_smoothing = label_smoothing
        self._labels: dict[str, int] = {}

    def before_label(self) -> None:
        self.build_network()

    def label_added(self) -> None:
        if self.is_ready:
            self.model = grown_head(self.require_model(), len(self._labels))

    def gold_labels(self, example: Example) -> list[str | None]:
        """The label of each token of ``example.predicted``; None where it is unknown."""
        raise NotImplementedError

    def add_labels_from(self, examples: Iterable[Example]) -> None:
        for example in examples:
            for label in self.gold_labels(example):
                if label is not None:
                    self.add_label(label)

    def check_labels(self) -> None:
        if not self._labels:
            raise NoLabelsError(name=self.name)

    def build_model(self, width: int) -> Model:
        from ..network.heads import SoftmaxHead

        return SoftmaxHead(len(self._labels), width)

    def parameter_shapes(self, width: int) -> dict[str, tuple[int, ...]]:
        from ..network.shapes import head_shapes

        return head_shapes(len(self._labels), width)

    def build_engine(self, params: Mapping[str, np.ndarray | Tensor]) -> Any:
        from ..engine.forward import Head

        return Head(params["0.softmax_head.W"], params["0.softmax_head.b"])

    def best_classes(self, V: np.ndarray, n_best: int) -> np.ndarray:
        """V (N, T) → (N, n_best) int32: the classes with the highest scores, of equal ones the first."""
        part = getattr(V, "part", None)
        if part is None:
            engine = self.host_engine()
            if engine is not None:
                return engine.predict(V, n_best)
            part = self.part_of(V)
        return part[:, :n_best]

    def part_size(self) -> int:
        return min(self.device_best, len(self._labels))

    def device_part(self, V: Any) -> Any:
        from ..network.heads import best_classes

        return best_classes(self.network(), V, self.part_size())

    def make_targets(self, example: Example) -> np.ndarray | None:
        labels = self.gold_labels(example)
        index, _, _ = example.predicted.network_input()
        targets = np.array([self._labels.get(labels[i], -1) for i in index], dtype="int32")
        return targets if (targets >= 0).any() else None

    def gradient(
        self, targets: list[Any], lengths: list[int], V: np.ndarray, scale: float
    ) -> tuple[float, np.ndarray]:
        from ..network.heads import classification_gradient

        return classification_gradient(self.require_model(), targets, lengths, V, scale, self.label_smoothing)

    def predict_vectors(self, docs: list[Doc], lengths: list[int], V: np.ndarray) -> list[np.ndarray]:
        if not self._labels:
            return [np.zeros(0, dtype="int32") for _ in docs]
        return np.split(self.best_classes(V, 1)[:, 0], np.cumsum(lengths)[:-1])

    def certainty(self, docs: Iterable[Doc]) -> list[np.ndarray]:
        """For each annotated document (n,) float32: the probability of the best class of each token that is
        no space token.
        """
        params = self.parameters()
        W, b = params["0.softmax_head.W"], params["0.softmax_head.b"]
        found = []
        for doc in docs:
            scores = self.vectors_of(doc)(slice(0, len(doc.network_input()[0]))) @ W + b
            scores -= scores.max(axis=1, keepdims=True, initial=-np.inf)
            found.append(1.0 / np.exp(scores).sum(axis=1))
        return found

    def predict_long(self, doc: Doc, n: int, vectors: Callable[[Any], np.ndarray]) -> np.ndarray:
        parts = []
        for start in range(0, n, BLOCK_TOKENS):
            V = vectors(slice(start, min(n, start + BLOCK_TOKENS)))
            parts += self.predict_vectors([doc], [len(V)], V)
        return np.concatenate(parts)

    def state_settings(self) -> dict[str, Any]:
        return {"labels": list(self._labels), "label_smoothing": self.label_smoothing}

    def restore_settings(self, meta: dict[str, Any]) -> None:
        self.restore_labels(meta.get("labels"), self.name)
        smoothing = meta.get("label_smoothing", self.label_smoothing)
        self.label_smoothing = checked_share(smoothing, f"{self.name!r}: label_smoothing")


def grown_head(model: Model, n_labels: int) -> Model:
    """The head with more classes; the new ones start at zero."""
    from ..network.device import building_on
    from ..network.heads import SoftmaxHead

    with building_on(model.ops):
        grown = SoftmaxHead(n_labels, model.get_dim("nI"))
        grown.initialize()
    W, b = grown.get_param("W"), grown.get_param("b")
    W[:, : model.get_dim("nO")] = model.get_param("W")
    b[: model.get_dim("nO")] = model.get_param("b")
    grown.set_param("W", W)
    grown.set_param("b", b)
    return grown
