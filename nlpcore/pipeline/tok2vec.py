"""The shared encoder as a pipeline component."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ModelDataError
from .factories import factory
from .trainable_pipe import TrainablePipe

if TYPE_CHECKING:
    from thinc.api import Model

    from ..language import Language
    from ..network.tok2vec import EncoderShape
    from ..tokens import Doc
    from ..training import Example

SUPERTAG_MIN_COUNT = 2


class Tok2Vec(TrainablePipe):
    """Lexical features → one vector for each token, for all components; left in ``doc.tensor`` (tokens, width) float32.

    Space tokens are no positions of the encoder; their rows are zero.

    While it is trained it also learns to predict, with one softmax layer, a token's POS, morphology and dependency label jointly:
    the supertag objective, which teaches it to stand one affine transform from this information. That layer is not stored.
    """

    def __init__(
        self, vocab: Any, name: str = "tok2vec", *, shape: EncoderShape | None = None, supertag: bool = True
    ) -> None:
        super().__init__(vocab, name)
        if shape is None:
            from ..network.tok2vec import EncoderShape

            shape = EncoderShape()
        self.shape = shape
        self.supertag = supertag
        self.supertag_model: Model | None = None
        self.supertags: dict[tuple[int, int, int], int] = {}

    @property
    def width(self) -> int:
        return self.shape.width

    def build_model(self, width: int = 0) -> Model:
        from ..network.tok2vec import Tok2Vec as build

        return build(self.shape)

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        **settings: Any,
    ) -> None:
        from ..network.heads import SoftmaxHead

        self.model = self.build_model()
        self.model.initialize()
        self.supertags = {}
        self.supertag_model = None
        if self.supertag:
            self.supertags = count_supertags(list(get_examples()))
            if len(self.supertags) > 1:
                self.supertag_model = SoftmaxHead(len(self.supertags), self.width)
                self.supertag_model.initialize()

    def encode(self, docs: Sequence[Doc]) -> tuple[np.ndarray, list[int]]:
        """Vectors (N, width) of all tokens of the documents that are no space tokens, and their number in each document."""
        from ..network.block import TokenBlock, as_numpy

        block = TokenBlock.from_inputs([doc.network_input()[1:] for doc in docs])
        X = as_numpy(self.require_model().predict(block))
        return np.ascontiguousarray(X[block.rows]), block.lengths

    def predict(self, docs: Iterable[Doc]) -> list[np.ndarray]:
        docs = list(docs)
        V, lengths = self.encode(docs)
        predictions = []
        start = 0
        for doc, length in zip(docs, lengths, strict=True):
            index, _, _ = doc.network_input()
            tensor = np.zeros((len(doc), self.width), dtype="float32")
            tensor[index] = V[start : start + length]
            predictions.append(tensor)
            start += length
        return predictions

    def set_annotations(self, docs: Iterable[Doc], predictions: Iterable[np.ndarray]) -> None:
        for doc, tensor in zip(docs, predictions, strict=True):
            doc.tensor = tensor

    # -- the supertag objective ---------------------------------------------------------------------------

    def make_targets(self, example: Example) -> np.ndarray | None:
        if not self.supertags:
            return None
        keys = supertag_keys(example)
        index, _, _ = example.predicted.network_input()
        targets = np.array([self.supertags.get(keys[i], -1) for i in index], dtype="int32")
        return targets if (targets >= 0).any() else None

    def gradient(
        self, targets: list[Any], lengths: list[int], V: np.ndarray, scale: float
    ) -> tuple[float, np.ndarray]:
        from ..network.heads import classification_gradient

        assert self.supertag_model is not None
        return classification_gradient(self.supertag_model, targets, lengths, V, scale)

    def models(self) -> list[Model]:
        return [m for m in (self.model, self.supertag_model) if m is not None]

    # -- storage ------------------------------------------------------------------------------------------

    def state_settings(self) -> dict[str, Any]:
        return {"shape": self.shape.to_dict(), "supertag": self.supertag}

    def restore_settings(self, meta: dict[str, Any]) -> None:
        from ..network.tok2vec import EncoderShape

        try:
            self.shape = EncoderShape.from_dict(meta["shape"])
        except (KeyError, TypeError, ValueError) as e:
            raise ModelDataError(reason=f"the encoder's shape is not usable: {e}") from e
        self.supertag = bool(meta.get("supertag", True))
        self.supertag_model = None
        self.supertags = {}


def supertag_keys(example: Example) -> list[tuple[int, int, int]]:
    """(POS, morphology, dependency label) ids of each token of the predicted document; 0 where unknown."""
    gold = example.gold_arrays()
    return list(zip(gold["pos"].tolist(), gold["morphs"].tolist(), gold["deps"].tolist(), strict=True))


def count_supertags(examples: Iterable[Example]) -> dict[tuple[int, int, int], int]:
    """The supertags that occur at least ``SUPERTAG_MIN_COUNT`` times, numbered in order of appearance."""
    counts: Counter = Counter()
    for example in examples:
        counts.update(key for key in supertag_keys(example) if key[0] and key[2])
    return {key: i for i, key in enumerate(k for k, n in counts.items() if n >= SUPERTAG_MIN_COUNT)}


@factory(
    "tok2vec",
    default_config={
        "width": 96,
        "depth": 4,
        "pieces": 3,
        "rows": [5000, 1000, 2500, 2500],
        "seeds": [8, 9, 10, 11],
        "supertag": True,
    },
    assigns=["doc.tensor"],
)
def make_tok2vec(nlp: Language, name: str, supertag: bool, **shape: Any) -> Tok2Vec:
    from ..network.tok2vec import EncoderShape

    return Tok2Vec(nlp.vocab, name, shape=EncoderShape.from_dict(shape), supertag=supertag)
