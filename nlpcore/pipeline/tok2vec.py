"""The shared encoder as a pipeline component."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nlpcore.lazy import numpy as np

from ..errors import ModelDataError
from .encoder import Encoder
from .factories import factory
from .trainable_pipe import BLOCK_TOKENS

if TYPE_CHECKING:
    from thinc.api import Model

    from ..kernels.tensor import Tensor
    from ..language import Language
    from ..network.block import TokenBlock
    from ..network.shapes import EncoderShape
    from ..tokens import Doc
    from ..training import Example
    from ..training.update import Prepared


class Tok2Vec(Encoder):
    """Lexical features → one vector for each token, by convolutions."""

    def __init__(
        self,
        vocab: Any,
        name: str = "tok2vec",
        *,
        shape: EncoderShape | None = None,
        supertag: bool = True,
        boundary: bool = True,
    ) -> None:
        super().__init__(vocab, name, supertag=supertag, boundary=boundary)
        if shape is None:
            from ..network.shapes import EncoderShape

            shape = EncoderShape()
        self.shape = shape

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
        self.model = self.build_model()
        self.model.initialize()
        self._loaded = False
        self.make_objectives(get_examples())

    def learning_block(self, items: Sequence[Prepared]) -> TokenBlock:
        from ..network.block import TokenBlock

        return TokenBlock.from_inputs([(item.ids, item.gaps) for item in items])

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

    def predict(self, docs: Iterable[Doc]) -> list[np.ndarray]:
        docs = list(docs)
        self.require_parameters()
        if self.on_device and self.engine_for(sum(len(doc.network_input()[0]) for doc in docs)) is None:
            from . import device_pass

            return device_pass.run(self, docs, self.readers())
        return super().predict(docs)

    # -- storage ------------------------------------------------------------------------------------------

    def state_settings(self) -> dict[str, Any]:
        return {"shape": self.shape.to_dict(), **super().state_settings()}

    def restore_settings(self, meta: dict[str, Any]) -> None:
        from ..network.shapes import EncoderShape

        try:
            self.shape = EncoderShape.from_dict(meta["shape"])
        except (KeyError, TypeError, ValueError) as e:
            raise ModelDataError(reason=f"the encoder's shape is not usable: {e}") from e
        super().restore_settings(meta)


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
