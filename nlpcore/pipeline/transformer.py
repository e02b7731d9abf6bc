"""A BERT-style encoder as a pipeline component, in the place of ``tok2vec``."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nlpcore.lazy import numpy as np

from ..errors import ComponentNotReadyError, ModelDataError, PipelineError
from .encoder import Encoder
from .factories import factory
from .trainable_pipe import batches, fill_model

if TYPE_CHECKING:
    from thinc.api import Model

    from ..kernels.tensor import Tensor
    from ..language import Language
    from ..models.pretrained import Pretrained
    from ..network.shapes import TransformerShape
    from ..network.subword_block import SubwordBlock, Subwords
    from ..tokens import Doc
    from ..training import Example
    from ..training.update import Prepared
    from .subwords import SubwordTokenizer

#: Tokens that are encoded at once.
BLOCK_TOKENS = 2_048


class Transformer(Encoder):
    """Subwords → one vector for each token, by attention (needs ``nlpcore[transformers]``).

    source: a folder, or an installed package, with the files of a pretrained encoder, from which it begins
    (see ``models.pretrained``). window: subwords that are read at once; longer texts are read in windows
    that overlap. mixes: how many learned mixes of the encoder's layers a token's vector is made of.
    """

    def __init__(
        self,
        vocab: Any,
        name: str = "transformer",
        *,
        source: str = "",
        window: int = 256,
        mixes: int = 1,
        supertag: bool = False,
        boundary: bool = False,
    ) -> None:
        super().__init__(vocab, name, supertag=supertag, boundary=boundary)
        self.source = source
        self.window = window
        self.mixes = mixes
        self.shape: TransformerShape | None = None
        #: Whether it was given the weights that it is to be trained from: ``initialize`` leaves them.
        self.is_given = False
        self._tokenizer_text = ""
        self._subwords: SubwordTokenizer | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_subwords": None}

    @property
    def width(self) -> int:
        return self.require_shape().columns

    def require_shape(self) -> TransformerShape:
        if self.shape is None:
            raise ComponentNotReadyError(name=self.name)
        return self.shape

    @property
    def subwords(self) -> SubwordTokenizer:
        if self._subwords is None:
            from ..models.pretrained import require_extra
            from .subwords import SubwordTokenizer

            shape = self.require_shape()
            require_extra()
            self._subwords = SubwordTokenizer(self._tokenizer_text, shape.vocab, shape.shapes)
        return self._subwords

    # -- parameters ---------------------------------------------------------------------------------------

    def begin_as(self, given: Pretrained) -> None:
        """Take over a pretrained encoder. Raises PretrainedFilesError where its parts do not fit together."""
        from .subwords import SubwordTokenizer

        given.shape.window = min(self.window, given.shape.positions - given.shape.first_position)
        subwords = SubwordTokenizer(given.tokenizer, given.shape.vocab, given.shape.shapes)
        self.shape, self._tokenizer_text, self._subwords = given.shape, given.tokenizer, subwords
        model = self.build_model()
        for name, value in given.params.items():
            model.set_param(name, model.ops.asarray(value))
        self.model = model
        self._loaded = False

    def begin_mixes(self) -> None:
        """Let all mixes of layers begin anew, as many as there are to be."""
        from ..network.shapes import TransformerShape, first_mixes

        params = self.parameters()
        try:
            shape = TransformerShape.from_dict({**self.require_shape().to_dict(), "mixes": self.mixes})
        except ValueError as e:
            raise PipelineError(f"The component {self.name!r} cannot begin: {e}.") from e
        self.shape = shape
        model = self.build_model()
        fill_model(model, {**params, "0.transformer.mix": first_mixes(shape)})
        self.model, self._loaded = model, False

    def build_model(self, width: int = 0) -> Model:
        from ..models.pretrained import require_extra

        require_extra()
        from ..network import transformer

        return transformer.Transformer(self.require_shape(), (self.subwords.before, self.subwords.behind))

    def parameter_shapes(self, width: int = 0) -> dict[str, tuple[int, ...]]:
        from ..network.shapes import transformer_shapes

        return transformer_shapes(self.require_shape())

    def engine(self) -> None:
        """The network itself computes its vectors, on CPU too."""

    def host_engine(self) -> None:
        """See ``engine``."""

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        **settings: Any,
    ) -> None:
        """Begin with the files of ``source``, unless it ``is_given`` what it begins with."""
        if self.source and not self.is_given:
            from ..models.pretrained import read_pretrained

            self.begin_as(read_pretrained(self.source))
        self.require_parameters()
        if self.require_shape().mixes != self.mixes:
            self.begin_mixes()
        self.is_given = False
        self.make_objectives(get_examples())

    # -- vectors ------------------------------------------------------------------------------------------

    def learning_input(self, doc: Doc) -> Subwords:
        return self.subwords.subwords(doc)

    def learning_block(self, items: Sequence[Prepared]) -> SubwordBlock:
        return self._block([item.inputs[self.name] for item in items])

    def _block(self, given: Sequence[Subwords]) -> SubwordBlock:
        from ..network.subword_block import SubwordBlock

        around = len(self.subwords.before) + len(self.subwords.behind)
        return SubwordBlock.of(given, self.require_shape().window - around)

    def encoded_pieces(self, docs: Sequence[Doc]) -> Iterator[tuple[int, int, int, np.ndarray]]:
        """(document, start, stop, vectors) until all tokens that are no space tokens had their turn."""
        from ..network.block import as_numpy

        network = self.network()
        first = 0
        for part in batches(docs, BLOCK_TOKENS, BLOCK_TOKENS):
            block = self._block([self.subwords.subwords(doc) for doc in part])
            V = as_numpy(network.predict(block))
            ends = np.cumsum([0, *block.lengths]).tolist()
            for i, n in enumerate(block.lengths):
                yield first + i, 0, n, V[ends[i] : ends[i + 1]]
            first += len(part)

    # -- storage ------------------------------------------------------------------------------------------

    def state_settings(self) -> dict[str, Any]:
        shape = None if self.shape is None else self.shape.to_dict()
        return {**super().state_settings(), "shape": shape, "tokenizer": self._tokenizer_text}

    def restore_settings(self, meta: dict[str, Any]) -> None:
        from ..network.shapes import TransformerShape

        super().restore_settings(meta)
        given, text = meta.get("shape"), meta.get("tokenizer")
        if not isinstance(text, str):
            raise ModelDataError(reason=f"{self.name!r} has no tokenizer")
        try:
            self.shape = None if given is None else TransformerShape.from_dict(given)
        except (TypeError, ValueError) as e:
            raise ModelDataError(reason=f"the sizes of {self.name!r} are not usable: {e}") from e
        self._tokenizer_text, self._subwords = text, None

    def restore_state(self, meta: dict[str, Any], tensors: Mapping[str, np.ndarray | Tensor]) -> None:
        super().restore_state(meta, tensors)
        if self.is_ready:
            self.subwords  # noqa: B018 - made now, so that a bad one, or a missing library, is found now


@factory(
    "transformer",
    default_config={"source": "", "window": 256, "mixes": 1, "supertag": False, "boundary": False},
    assigns=["doc.tensor"],
)
def make_transformer(nlp: Language, name: str, **settings: Any) -> Transformer:
    transformer = Transformer(nlp.vocab, name, **settings)
    transformer._nlp = weakref.ref(nlp)
    return transformer
