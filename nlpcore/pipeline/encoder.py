"""What components that give all others their vectors have in common."""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from nlpcore.lazy import numpy as np

from .trainable_pipe import TrainablePipe, moved_starts

if TYPE_CHECKING:
    from thinc.api import Model

    from ..language import Language
    from ..tokens import Doc
    from ..training import Example
    from ..training.update import Prepared

SUPERTAG_MIN_COUNT = 2


class Encoder(TrainablePipe):
    """Gives every token a vector, for all components after it.

    They are left in ``doc.tensor`` (tokens, width) float32. Space tokens are no positions of an encoder;
    their rows are zero.

    While it is trained it has objectives of its own, each one softmax layer that is not stored:
    ``supertag``, to predict a token's POS, morphology and dependency label jointly, and ``boundary``,
    whether it starts a sentence. They teach the encoder to stand one affine transform from this
    information, which the parser, that sees no tags, then finds in the vectors.

    A subclass says what vectors it gives (``width``, ``encoded_pieces``), and how it learns:
    ``learning_input(doc)`` gives what ``learning_block(items)`` needs of each document of a batch. A block
    has ``rows``, where among the rows that its network gives for it the vectors of the tokens are, and
    ``lengths``, their number in each document.
    """

    def __init__(self, vocab: Any, name: str, *, supertag: bool = True, boundary: bool = True) -> None:
        super().__init__(vocab, name)
        self.supertag = supertag
        self.boundary = boundary
        self.supertags: dict[tuple[int, int, int], int] = {}
        # Numbers of the parts of speech with dependency labels that supertags have.
        self._supertag_groups: dict[tuple[int, int], int] = {}
        self.objectives: dict[str, Model] = {}
        # The pipeline that it was made for: whose components read its vectors.
        self._nlp: weakref.ref[Language] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_nlp": None}  # a weak reference cannot be pickled

    # -- what a subclass defines --------------------------------------------------------------------------

    @property
    def width(self) -> int:
        raise NotImplementedError

    def encoded_pieces(self, docs: Sequence[Doc]) -> Iterator[tuple[int, int, int, np.ndarray]]:
        """(document, start, stop, vectors) until all tokens that are no space tokens had their turn."""
        raise NotImplementedError

    def learning_input(self, doc: Doc) -> Any:
        """What is kept of a document for training, beside what ``doc.network_input`` gives."""
        return None

    def learning_block(self, items: Sequence[Prepared]) -> Any:
        """What the network reads of a batch."""
        raise NotImplementedError

    # -- vectors ------------------------------------------------------------------------------------------

    def encode(self, docs: Sequence[Doc]) -> tuple[np.ndarray, list[int]]:
        """Vectors (N, width) of all tokens of the documents that are no space tokens, and their number in
        each document.
        """
        lengths = [len(doc.network_input()[0]) for doc in docs]
        first = np.concatenate(([0], np.cumsum(lengths))).tolist()
        V = np.empty((first[-1], self.width), dtype="float32")
        for i, start, stop, X in self.encoded_pieces(docs):
            V[first[i] + start : first[i] + stop] = X
        return V, lengths

    def readers(self) -> list[TrainablePipe]:
        """The pipeline's components that read the vectors of this one: those after it, up to another one."""
        nlp = self._nlp() if self._nlp is not None else None
        pipes = [pipe for _, pipe in nlp.pipeline] if nlp is not None else []
        if self not in pipes:
            return []
        found: list[TrainablePipe] = []
        for pipe in pipes[pipes.index(self) + 1 :]:
            if isinstance(pipe, Encoder):
                break
            if isinstance(pipe, TrainablePipe) and pipe.own_tok2vec is None:
                found.append(pipe)
        return found

    def predict(self, docs: Iterable[Doc]) -> list[np.ndarray]:
        docs = list(docs)
        self.require_parameters()
        tensors = [np.zeros((len(doc), self.width), dtype="float32") for doc in docs]
        for i, start, stop, X in self.encoded_pieces(docs):
            tensors[i][docs[i].network_input()[0][start:stop]] = X
        return tensors

    def set_annotations(self, docs: Iterable[Doc], predictions: Iterable[np.ndarray]) -> None:
        for doc, tensor in zip(docs, predictions, strict=True):
            doc.tensor = tensor

    # -- the encoder's own objectives ---------------------------------------------------------------------

    def make_objectives(self, examples: Iterable[Example]) -> None:
        """Fresh layers for what the examples can teach."""
        from ..network.heads import SoftmaxHead

        counts: Counter = Counter()
        any_start = False
        for example in examples:
            if self.supertag:
                counts.update(key for key in supertag_keys(example) if key[0] and key[2])
            any_start = any_start or bool((example.gold_arrays()["sent_starts"] != 0).any())
        kept = [key for key, n in counts.items() if n >= SUPERTAG_MIN_COUNT]
        # Where the morphology is unset, all supertags are right that agree otherwise; only without any of
        # them it is one of its own.
        known = {(pos, dep) for pos, morph, dep in kept if morph}
        kept = [key for key in kept if key[1] or key[::2] not in known]
        self.supertags = {key: i for i, key in enumerate(kept)}
        pairs = dict.fromkeys((pos, dep) for pos, _, dep in kept)
        self._supertag_groups = {pair: i for i, pair in enumerate(pairs)}
        self.objectives = {}
        if len(self.supertags) > 1:
            self.objectives["supertag"] = SoftmaxHead(len(self.supertags), self.width)
        if self.boundary and any_start:
            self.objectives["boundary"] = SoftmaxHead(2, self.width)
        for head in self.objectives.values():
            head.initialize()

    def make_targets(self, example: Example) -> dict[str, np.ndarray] | None:
        index, _, _ = example.predicted.network_input()
        targets = {}
        if "supertag" in self.objectives:
            keys = supertag_keys(example)
            targets["supertag"] = np.array([self._supertag_target(keys[i]) for i in index], dtype="int32")
        if "boundary" in self.objectives:
            starts = moved_starts(example.gold_arrays()["sent_starts"], index)
            targets["boundary"] = np.array([-1, 1, 0], dtype="int32")[starts]  # unknown, start, no start
        return targets if any((target != -1).any() for target in targets.values()) else None

    def _supertag_target(self, key: tuple[int, int, int]) -> int:
        from ..network.heads import any_of

        pos, morph, dep = key
        known = self.supertags.get(key, -1)
        if known < 0 and not morph:
            group = self._supertag_groups.get((pos, dep))
            return -1 if group is None else any_of(group)
        return known

    def gradient(
        self, targets: list[Any], lengths: list[int], V: np.ndarray, scale: float
    ) -> tuple[float, np.ndarray]:
        from ..network.heads import classification_gradient

        loss, dV = 0.0, V * 0
        for name, head in self.objectives.items():
            own = [None if target is None else target[name] for target in targets]
            groups = None
            if name == "supertag":
                numbers = [self._supertag_groups[pos, dep] for pos, _, dep in self.supertags]
                groups = np.array(numbers, dtype="int32")
            part, d = classification_gradient(head, own, lengths, V, scale, groups=groups)
            loss += part
            dV += d
        return loss, dV

    def models(self) -> list[Model]:
        model = self.model
        return [*([] if model is None else [model]), *self.objectives.values()]

    # -- storage ------------------------------------------------------------------------------------------

    def state_settings(self) -> dict[str, Any]:
        return {"supertag": self.supertag, "boundary": self.boundary}

    def restore_settings(self, meta: dict[str, Any]) -> None:
        self.supertag = bool(meta.get("supertag", True))
        self.boundary = bool(meta.get("boundary", True))
        self.supertags, self._supertag_groups = {}, {}
        self.objectives = {}


def supertag_keys(example: Example) -> list[tuple[int, int, int]]:
    """(POS, morphology, dependency label) ids of each token of the predicted document; 0 where unknown."""
    gold = example.gold_arrays()
    return list(zip(gold["pos"].tolist(), gold["morphs"].tolist(), gold["deps"].tolist(), strict=True))
