"""The shared encoder as a pipeline component."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nlpcore.lazy import numpy as np

from ..errors import ModelDataError, WordVectorsError
from .encoder import Encoder
from .factories import factory
from .trainable_pipe import BLOCK_TOKENS

if TYPE_CHECKING:
    from thinc.api import Model

    from ..kernels.tensor import Tensor
    from ..language import Language
    from ..network.block import TokenBlock
    from ..network.shapes import EncoderShape
    from ..network.static_vectors import StaticVectors
    from ..tokens import Doc
    from ..training import Example
    from ..training.update import Prepared


class Tok2Vec(Encoder):
    """Lexical features → one vector for each token, by convolutions.

    static_vectors: read the word vectors of the vocab too, as it is when the component is initialized.
    """

    def __init__(
        self,
        vocab: Any,
        name: str = "tok2vec",
        *,
        shape: EncoderShape | None = None,
        static_vectors: bool = False,
        supertag: bool = True,
        boundary: bool = True,
    ) -> None:
        super().__init__(vocab, name, supertag=supertag, boundary=boundary)
        if shape is None:
            from ..network.shapes import EncoderShape

            shape = EncoderShape()
        self.shape = shape
        self.static_vectors = static_vectors or bool(shape.vectors)
        self._static: tuple[Any, StaticVectors] | None = None

    def static(self) -> StaticVectors | None:
        """The vocab's word vectors; None where the encoder reads none.

        Raises WordVectorsError (a ValueError) where they are not as wide as those that it was made for.
        """
        if not self.shape.vectors:
            return None
        vectors = self.vocab.vectors
        if vectors.shape[1] != self.shape.vectors:
            raise WordVectorsError(name=self.name, width=self.shape.vectors, found=vectors.shape[1])
        mark = (vectors, vectors.data, len(vectors.key2row))
        made = None if self._static is None else self._static[0]
        if made is None or made[0] is not mark[0] or made[1] is not mark[1] or made[2] != mark[2]:
            from ..network.static_vectors import StaticVectors

            found = StaticVectors(vectors)
            self._static = mark, found
            self._engine = self._network = None
            if self._model is not None:
                self._model.attrs["static"] = found
            return found
        return self._static[1] if self._static is not None else None

    def prepare(self) -> None:
        if not self.static_vectors:  # else the vocab may not have its vectors yet
            super().prepare()

    def host_engine(self) -> Any:
        self.static()  # other vectors need another engine
        return super().host_engine()

    def network(self) -> Model:
        self.static()
        return super().network()

    @property
    def width(self) -> int:
        return self.shape.width

    def build_model(self, width: int = 0) -> Model:
        from ..network import tok2vec

        return tok2vec.Tok2Vec(self.shape, self.static())

    def parameter_shapes(self, width: int = 0) -> dict[str, tuple[int, ...]]:
        from ..network.shapes import encoder_shapes

        return encoder_shapes(self.shape)

    def build_engine(self, params: Mapping[str, np.ndarray | Tensor]) -> Any:
        from ..engine.forward import Encoder

        def layer(number: int) -> list[np.ndarray | Tensor]:
            return [params[f"{number}.maxout_norm.{name}"] for name in ("W", "b", "gain", "shift")]

        tables = [params[f"1.bloom_embed.table_{f}"] for f in range(len(self.shape.rows))]
        convolutions = [layer(3 + i) for i in range(self.shape.depth)]
        gaps = params["0.tok2vec.gaps"]
        return Encoder(tables, self.shape.seeds, layer(2), convolutions, gaps, vectors=self.static())

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        **settings: Any,
    ) -> None:
        vectors = self.vocab.vectors
        self.shape.vectors = vectors.shape[1] if self.static_vectors else 0
        if self.static_vectors and (not self.shape.vectors or vectors.mode != "default"):
            found = self.shape.vectors and "any, since they are those of n-grams (floret)"
            raise WordVectorsError(name=self.name, width="some", found=found)
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
        self.static_vectors, self._static = bool(self.shape.vectors), None


@factory(
    "tok2vec",
    default_config={
        "width": 96,
        "depth": 4,
        "pieces": 3,
        "rows": [5000, 1000, 2500, 2500],
        "seeds": [8, 9, 10, 11],
        "static_vectors": False,
        "supertag": True,
        "boundary": True,
    },
    assigns=["doc.tensor"],
)
def make_tok2vec(
    nlp: Language, name: str, static_vectors: bool, supertag: bool, boundary: bool, **shape: Any
) -> Tok2Vec:
    from ..network.shapes import EncoderShape

    tok2vec = Tok2Vec(
        nlp.vocab,
        name,
        shape=EncoderShape.from_dict(shape),
        static_vectors=static_vectors,
        supertag=supertag,
        boundary=boundary,
    )
    tok2vec._nlp = weakref.ref(nlp)
    return tok2vec
