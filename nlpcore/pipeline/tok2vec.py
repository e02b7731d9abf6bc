"""The shared encoder as a pipeline component."""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nlpcore.lazy import numpy as np

from ..errors import ModelDataError
from .factories import factory
from .trainable_pipe import BLOCK_TOKENS, TrainablePipe, moved_starts

if TYPE_CHECKING:
    from thinc.api import Model

    from ..kernels.tensor import Tensor
    from ..language import Language
    from ..network.block import TokenBlock
    from ..network.shapes import EncoderShape
    from ..tokens import Doc
    from ..training import Example

SUPERTAG_MIN_COUNT = 2


class Tok2Vec(TrainablePipe):
    """Lexical features → one vector for each token, for all components.

    They are left in ``doc.tensor`` (tokens, width) float32.

    Space tokens are no positions of the encoder; their rows are zero.

    While it is trained it has objectives of its own, each one softmax layer that is not stored:
    ``supertag``, to predict a token's POS, morphology and dependency label jointly, and ``boundary``,
    whether it starts a sentence. They teach the encoder to stand one affine transform from this
    information, which the parser, that sees no tags, then finds in the vectors.
    """

    def __init__(
        self,
        vocab: Any,
        name: str = "tok2vec",
        *,
        shape: EncoderShape | None = None,
        supertag: bool = True,
        boundary: bool = True,
    ) -> None:
        super().__init__(vocab, name)
        if shape is None:
            from ..network.shapes import EncoderShape

            shape = EncoderShape()
        self.shape = shape
        self.supertag = supertag
        self.boundary = boundary
        self.supertags: dict[tuple[int, int, int], int] = {}
        self.objectives: dict[str, Model] = {}
        # The pipeline that it was made for: whose components read its vectors.
        self._nlp: weakref.ref[Language] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_nlp": None}  # a weak reference cannot be pickled

    @property
    def width(self) -> int:
        return self.shape.width

    def build_model(self, width: int = 0) -> Model:
        from ..network import tok2vec

        return tok2vec.Tok2Vec(self.shape)

    def parameter_shapes(self, width: int = 0) -> dict[str, tuple[int, ...]]:
        from ..network.shapes import encoder_shapes

        return encoder_shapes(self.shape)

    def build_engine(self, params: Mapping[str, np.ndarray | Tensor]) -> Any:
        from ..engine.forward import Encoder

        def layer(number: int) -> list[np.ndarray | Tensor]:
            return [params[f"{number}.maxout_norm.{name}"] for name in ("W", "b", "gain", "shift")]

        tables = [params[f"1.bloom_embed.table_{f}"] for f in range(len(self.shape.rows))]
        convolutions = [layer(3 + i) for i in range(self.shape.depth)]
        return Encoder(tables, self.shape.seeds, layer(2), convolutions, params["0.tok2vec.gaps"])

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
        self._loaded = False
        self.supertags = count_supertags(get_examples()) if self.supertag else {}
        self.objectives = {}
        if len(self.supertags) > 1:
            self.objectives["supertag"] = SoftmaxHead(len(self.supertags), self.width)
        if self.boundary and any(
            (example.gold_arrays()["sent_starts"] != 0).any() for example in get_examples()
        ):
            self.objectives["boundary"] = SoftmaxHead(2, self.width)
        for head in self.objectives.values():
            head.initialize()

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

    def encoded_pieces(self, docs: Sequence[Doc]) -> Iterator[tuple[int, int, int, np.ndarray]]:
        """(document, start, stop, vectors) until all tokens that are no space tokens had their turn."""
        from ..network.block import TokenBlock, pieces

        inputs = [doc.network_input()[1:] for doc in docs]
        engine = self.engine_for(sum(len(gaps) for _, gaps in inputs))
        # With the tokens around it that its vectors depend on, a piece's are those of the whole.
        around, tile = (self.shape.depth, 1) if engine is None else (engine.reach, engine.tile)
        size = BLOCK_TOKENS // tile * tile
        for part in pieces([len(gaps) for _, gaps in inputs], size, around):
            given = [(inputs[p.doc][0][p.all], inputs[p.doc][1][p.all]) for p in part]
            if engine is not None:
                ids, gaps = (np.concatenate(column) for column in zip(*given, strict=True))
                X = engine.encode(ids, gaps, [len(gaps) for _, gaps in given])
            else:
                X = self.network_vectors(TokenBlock.from_inputs(given))
            row = 0
            for p in part:
                own = row + p.start - p.all.start
                yield p.doc, p.start, p.stop, X[own : own + p.stop - p.start]
                row += p.all.stop - p.all.start

    def network_vectors(self, block: TokenBlock) -> np.ndarray:
        """The Thinc network's vectors (N, width) of a block, in main memory; one transfer each way."""
        from ..network.device import run_encoder

        if block.n_tokens == 0:
            return np.zeros((0, self.width), dtype="float32")
        return run_encoder(self.network(), block)[0]

    def engine_for(self, n_tokens: int) -> Any:
        """What encodes so many tokens on the CPU; None where they go over the device."""
        if self.on_device:
            from .device_pass import MIN_TOKENS

            if n_tokens < MIN_TOKENS:
                return self.host_engine()
        return self.engine()

    def readers(self) -> list[TrainablePipe]:
        """The pipeline's components that read the vectors of this one: those after it, up to another one."""
        nlp = self._nlp() if self._nlp is not None else None
        pipes = [pipe for _, pipe in nlp.pipeline] if nlp is not None else []
        if self not in pipes:
            return []
        found: list[TrainablePipe] = []
        for pipe in pipes[pipes.index(self) + 1 :]:
            if isinstance(pipe, Tok2Vec):
                break
            if isinstance(pipe, TrainablePipe) and pipe.own_tok2vec is None:
                found.append(pipe)
        return found

    def predict(self, docs: Iterable[Doc]) -> list[np.ndarray]:
        docs = list(docs)
        self.require_parameters()
        if self.on_device and self.engine_for(sum(len(doc.network_input()[0]) for doc in docs)) is None:
            from . import device_pass

            return device_pass.run(self, docs, self.readers())
        tensors = [np.zeros((len(doc), self.width), dtype="float32") for doc in docs]
        for i, start, stop, X in self.encoded_pieces(docs):
            tensors[i][docs[i].network_input()[0][start:stop]] = X
        return tensors

    def set_annotations(self, docs: Iterable[Doc], predictions: Iterable[np.ndarray]) -> None:
        for doc, tensor in zip(docs, predictions, strict=True):
            doc.tensor = tensor

    # -- the encoder's own objectives ---------------------------------------------------------------------

    def make_targets(self, example: Example) -> dict[str, np.ndarray] | None:
        index, _, _ = example.predicted.network_input()
        targets = {}
        if "supertag" in self.objectives:
            keys = supertag_keys(example)
            targets["supertag"] = np.array([self.supertags.get(keys[i], -1) for i in index], dtype="int32")
        if "boundary" in self.objectives:
            starts = moved_starts(example.gold_arrays()["sent_starts"], index)
            targets["boundary"] = np.array([-1, 1, 0], dtype="int32")[starts]  # unknown, start, no start
        return targets if any((target >= 0).any() for target in targets.values()) else None

    def gradient(
        self, targets: list[Any], lengths: list[int], V: np.ndarray, scale: float
    ) -> tuple[float, np.ndarray]:
        from ..network.heads import classification_gradient

        loss, dV = 0.0, V * 0
        for name, head in self.objectives.items():
            own = [None if target is None else target[name] for target in targets]
            part, d = classification_gradient(head, own, lengths, V, scale)
            loss += part
            dV += d
        return loss, dV

    def models(self) -> list[Model]:
        model = self.model
        return [*([] if model is None else [model]), *self.objectives.values()]

    # -- storage ------------------------------------------------------------------------------------------

    def state_settings(self) -> dict[str, Any]:
        return {"shape": self.shape.to_dict(), "supertag": self.supertag, "boundary": self.boundary}

    def restore_settings(self, meta: dict[str, Any]) -> None:
        from ..network.shapes import EncoderShape

        try:
            self.shape = EncoderShape.from_dict(meta["shape"])
        except (KeyError, TypeError, ValueError) as e:
            raise ModelDataError(reason=f"the encoder's shape is not usable: {e}") from e
        self.supertag = bool(meta.get("supertag", True))
        self.boundary = bool(meta.get("boundary", True))
        self.supertags = {}
        self.objectives = {}


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
        "boundary": True,
    },
    assigns=["doc.tensor"],
)
def make_tok2vec(nlp: Language, name: str, supertag: bool, boundary: bool, **shape: Any) -> Tok2Vec:
    from ..network.shapes import EncoderShape

    tok2vec = Tok2Vec(
        nlp.vocab, name, shape=EncoderShape.from_dict(shape), supertag=supertag, boundary=boundary
    )
    tok2vec._nlp = weakref.ref(nlp)
    return tok2vec
