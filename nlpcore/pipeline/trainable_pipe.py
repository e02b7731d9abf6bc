"""The contract of components that learn."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any

from nlpcore.lazy import numpy as np

from ..engine.inputs import is_constant
from ..errors import BadExamples, ComponentNotReadyError, ModelDataError, VectorsMissingError
from ..kernels.tensor import Tensor
from .pipe import Pipe

if TYPE_CHECKING:
    from thinc.api import Model, Optimizer

    from ..engine.stages import Stages
    from ..language import Language
    from ..tokens import Doc
    from ..training import Example
    from .encoder import Encoder
    from .tok2vec import Tok2Vec

# Bounds of working memory, in tokens: what is computed at once, and how far a stream is read ahead (unless
# one document is longer).
BLOCK_TOKENS = 2_048
BATCH_TOKENS = 20_000


class TrainablePipe(Pipe):
    """A component whose parameters are learned, and which reads one vector for each token.

    The vectors are those of the pipeline's encoder (``tok2vec`` or ``transformer``), which leaves them in
    ``doc.tensor``; a component that is initialized in a pipeline without one owns a ``Tok2Vec`` of its own.

    A subclass says, with V the vectors (N, T) of all tokens of a batch that are no space tokens, document
    after document:

    - ``add_labels_from(examples)``, ``build_model()``: what is learned from the data, and the parameters
    for it;
    - ``make_targets(example)``: the gold annotation as arrays, or None where the example has none;
    - ``gradient(targets, lengths, V, scale)``: adds to the parameters' gradients; returns the loss and dV;
    - ``predict_vectors(docs, lengths, V)``: one prediction for each document of a block;
    - ``predict_long(doc, n, vectors)``: the prediction for a document that is longer than a block;
    - ``set_annotations(docs, predictions)``.

    One that can use a GPU for its part of ``predict_vectors`` says that with ``part_size`` and
    ``device_part``; see docs/gpu.md.
    """

    _model: Model | None = None
    _params: Mapping[str, np.ndarray | Tensor] | None = None
    _loaded = False
    #: ``set_state`` takes Tensors in the place of arrays, so that loading needs no NumPy.
    takes_tensors = True
    _width: int = 0
    _engine: tuple[Any, dict[str, np.ndarray] | None] | None = None
    _network: Model | None = None
    own_tok2vec: Tok2Vec | None = None
    # Thinc's ops of the device that the component annotates and trains on; None: main memory.
    ops: Any = None

    def __init__(self, vocab: Any, name: str) -> None:
        self.vocab = vocab
        self.name = name
        self.ops = device_of()

    @property
    def is_trainable(self) -> bool:
        return True

    # -- parameters ---------------------------------------------------------------------------------------

    @property
    def model(self) -> Model | None:
        """The Thinc network; None before there are parameters.

        A loaded component has its parameters as arrays alone until this is asked for, by training, say.
        """
        if self._model is None and self._params is not None:
            self.model = self.network()
        return self._model

    @model.setter
    def model(self, model: Model | None) -> None:
        self._model, self._params, self._engine, self._network = model, None, None, None
        self._width = model.get_dim("nI") if model is not None and model.has_dim("nI") else 0
        if model is not None:
            self.ops = device_of(model)
        forget_passes()

    def network(self) -> Model:
        """The Thinc network to annotate with, on the component's device. One of a loaded component is a copy:
        the parameters stay as arrays too, until ``model`` is asked for.
        """
        if self._model is not None:
            return self._model
        self.require_parameters()
        if self._network is None:
            from ..network.device import building_on

            with building_on(self.ops):
                network = self.build_model(self._width)
                fill_model(network, self.parameters())
            self._network = network
        return self._network

    @property
    def on_device(self) -> bool:
        """Whether the component annotates large batches on a GPU."""
        return self.ops is not None

    def build_network(self) -> None:
        """Build the Thinc network of a loaded component now; its sizes are those of the labels now."""
        self.model  # noqa: B018

    @property
    def is_ready(self) -> bool:
        """Whether there are parameters."""
        return self._model is not None or self._params is not None

    @property
    def is_loaded(self) -> bool:
        """Whether the parameters came from a stored model."""
        return self._loaded and self.is_ready

    def require_parameters(self) -> None:
        if not self.is_ready:
            raise ComponentNotReadyError(name=self.name)

    def parameters(self) -> dict[str, np.ndarray]:
        """All parameters by the names under which they are stored, in main memory; not copies."""
        self.require_parameters()
        if self._params is None:
            return model_tensors(self.require_model())
        return {name: np.asarray(value) for name, value in self._params.items()}

    def engine(self) -> Any:
        """What computes predictions on CPU, from a packed copy of the parameters; None where the component
        annotates on another device.

        Parameters of a network that training may change are compared with those that were packed.
        """
        return None if self.on_device else self.host_engine()

    def prepare(self) -> None:
        """Pack the parameters now, for those who will annotate."""
        if self.is_ready:
            self.engine()

    def host_engine(self) -> Any:
        """As ``engine``, also for a component on a device whose parameters lie in main memory too."""
        self.require_parameters()
        if self._model is not None and self.on_device:
            return None
        current, packed = self._engine or (None, None)
        if self._params is not None:
            if current is None:
                current = self.build_engine(self._params)
                self._engine = current, None
            return current
        params = self.parameters()
        if packed is None or not same_tensors(params, packed):
            packed = {name: value.copy() for name, value in params.items()}
            current = self.build_engine(packed)
            self._engine = current, packed
        return current

    # -- what a subclass defines --------------------------------------------------------------------------

    def parameter_shapes(self, width: int) -> dict[str, tuple[int, ...]]:
        """Name and shape of each parameter of ``build_model(width)``."""
        raise NotImplementedError

    def build_engine(self, params: Mapping[str, np.ndarray | Tensor]) -> Any:
        """What of ``nlpcore.engine`` computes the same as the network with these parameters."""
        raise NotImplementedError

    def add_stage(self, stages: Stages) -> None:
        """Say what the engine must know to do the component's part in a run (``pipeline.engine_run``)."""
        raise NotImplementedError

    def add_labels_from(self, examples: Iterable[Example]) -> None:
        raise NotImplementedError

    def build_model(self, width: int) -> Model:
        raise NotImplementedError

    def make_targets(self, example: Example) -> Any:
        raise NotImplementedError

    def gradient(
        self, targets: list[Any], lengths: list[int], V: np.ndarray, scale: float
    ) -> tuple[float, np.ndarray]:
        raise NotImplementedError

    def predict_vectors(self, docs: list[Doc], lengths: list[int], V: np.ndarray) -> list[Any]:
        raise NotImplementedError

    def predict_long(self, doc: Doc, n: int, vectors: Callable[[Any], np.ndarray]) -> Any:
        """As ``predict_vectors``, for one document of n tokens; ``vectors(tokens)`` gives the rows of some
        of them (slice or indices).
        """
        return self.predict_vectors([doc], [n], vectors(slice(0, n)))[0]

    def part_size(self) -> int:
        """How many values of 4 bytes for each token ``device_part`` gives; 0: there is no such part."""
        return 0

    def joins_pass(self, encoder: Tok2Vec) -> bool:
        """Whether the component has a part to compute from this encoder's vectors, on the same device."""
        if not (self.is_ready and self.on_device and self.ops.device_id == encoder.ops.device_id):
            return False
        return self._width == encoder.width and self.part_size() > 0

    def device_part(self, V: Any) -> Any:
        """What the network makes of vectors (N, T), all on the device: (N, …) float32 or int32.

        ``predict_vectors`` finds it as ``V.part``, where V came over the device.
        """
        raise NotImplementedError

    def part_of(self, V: np.ndarray) -> np.ndarray:
        """``device_part`` of vectors in main memory; one transfer each way."""
        from ..network.device import run_product

        if len(V) == 0:  # not all reductions take nothing
            return self.part_of(np.zeros((1, V.shape[1]), dtype="float32"))[:0]
        return run_product(self.network(), V, self.device_part)

    def set_annotations(self, docs: Iterable[Doc], predictions: Any) -> None:
        raise NotImplementedError

    # -- annotation ---------------------------------------------------------------------------------------

    def __call__(self, doc: Doc) -> Doc:
        handler = self.get_error_handler()
        try:
            self.set_annotations([doc], self.predict([doc]))
        except Exception as e:
            handler(self.name, self, [doc], e)
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        handler = self.get_error_handler()
        for docs in batches(stream, batch_size, BATCH_TOKENS):
            try:
                self.set_annotations(docs, self.predict(docs))
            except Exception as e:
                handler(self.name, self, docs, e)
            else:
                yield from docs

    def predict(self, docs: Iterable[Doc]) -> list[Any]:
        """One prediction for each document, as ``set_annotations`` takes them; the documents stay as they
        are.
        """
        self.require_parameters()
        predictions = []
        size = BATCH_TOKENS if self.on_device else BLOCK_TOKENS
        for block in batches(docs, size, size):
            lengths = [len(doc.network_input()[0]) for doc in block]
            passed = self.passed_vectors(block, lengths) if self.on_device else None
            if passed is not None:
                predictions.extend(self.predict_vectors(block, lengths, passed))
            elif len(block) == 1 and lengths[0] > BLOCK_TOKENS:
                predictions.append(self.predict_long(block[0], lengths[0], self.vectors_of(block[0])))
            elif self.own_tok2vec is not None:
                predictions.extend(self.predict_vectors(block, lengths, self.own_tok2vec.encode(block)[0]))
            else:
                V = [self.vectors_of(doc)(slice(0, n)) for doc, n in zip(block, lengths, strict=True)]
                predictions.extend(self.predict_vectors(block, lengths, np.concatenate(V)))
        return predictions

    def passed_vectors(self, docs: list[Doc], lengths: list[int]) -> np.ndarray | None:
        """The vectors of the documents with this component's part, where they went over the device."""
        from . import device_pass

        own = self.own_tok2vec
        if own is None:
            return device_pass.vectors_of(self, [doc.tensor for doc in docs])
        if not own.on_device or own.engine_for(sum(lengths)) is not None or max(lengths) > BATCH_TOKENS:
            return None
        return device_pass.vectors_of(self, device_pass.run(own, docs, [self]))

    def vectors_of(self, doc: Doc) -> Callable[[Any], np.ndarray]:
        """What gives the vectors (m, T) float32 of some of the document's tokens that are no space tokens
        (slice or indices).
        """
        index, _, _ = doc.network_input()
        if self.own_tok2vec is not None:
            V, _ = self.own_tok2vec.encode([doc])
            return lambda tokens: np.ascontiguousarray(V[tokens])
        self.require_parameters()
        width = self._width
        tensor = doc.tensor
        if len(index) == 0:
            tensor = np.zeros((len(doc), width), dtype="float32")
        elif tensor.ndim != 2 or tensor.shape != (len(doc), width):
            raise VectorsMissingError(name=self.name, width=width, shape=tensor.shape)
        return lambda tokens: np.ascontiguousarray(tensor[index[tokens]], dtype="float32")

    def require_model(self) -> Model:
        model = self.model
        if model is None:
            raise ComponentNotReadyError(name=self.name)
        return model

    # -- training -----------------------------------------------------------------------------------------

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        labels: Any = None,
        **settings: Any,
    ) -> None:
        """Find the labels in the examples (or take those given) and make fresh parameters."""
        examples = iter(get_examples())
        first = next(examples, None)
        if first is None:
            raise BadExamples(
                f"The component {self.name!r} cannot be initialized without Examples: the function gave none."
            )
        if labels is not None:
            self.set_label_data(labels)
        else:
            self.add_labels_from(chain([first], examples))
        self.check_labels()
        shared = find_encoder(nlp)
        if shared is None:
            from .tok2vec import Tok2Vec

            self.own_tok2vec = Tok2Vec(self.vocab, "tok2vec")
            self.own_tok2vec.initialize(get_examples)
        else:
            self.own_tok2vec = None
        width = (shared or self.own_tok2vec).width  # type: ignore[union-attr]
        self.model = self.build_model(width)
        self._loaded = False
        self.model.initialize()

    def check_labels(self) -> None:
        """Raise NoLabelsError (a ValueError) if the component cannot do without labels and has none."""

    def set_label_data(self, labels: Any) -> None:
        """Take labels as ``label_data`` gives them."""
        for label in labels:
            self.add_label(label)

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """Learn from a batch. In a pipeline, ``nlp.update`` trains all components at once and their shared
        encoder too.
        """
        from ..training.update import update_component

        return update_component(self, list(examples), drop=drop, sgd=sgd, losses=losses)

    def models(self) -> list[Model]:
        """All models with parameters of this component."""
        found = [] if self.model is None else [self.model]
        return found + (self.own_tok2vec.models() if self.own_tok2vec is not None else [])

    def finish_update(self, sgd: Optimizer) -> None:
        """Let the optimizer apply the gradients that have been collected."""
        for model in self.models():
            model.finish_update(sgd)
        forget_passes()

    @contextmanager
    def use_params(self, params: dict) -> Iterator[None]:
        """Within the context the parameters are those given (the optimizer's averages, say)."""
        from contextlib import ExitStack

        with ExitStack() as stack:
            stack.callback(forget_passes)
            for model in self.models():
                stack.enter_context(model.use_params(params))
            forget_passes()
            yield

    # -- storage ------------------------------------------------------------------------------------------

    def state_settings(self) -> dict[str, Any]:
        """What, beside the parameters, must be stored: labels, settings."""
        return {}

    def restore_settings(self, meta: dict[str, Any]) -> None:
        """Take over ``state_settings``; raises ModelDataError where something is wrong."""

    def get_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        meta = {"settings": self.state_settings(), "ready": self.is_ready}
        tensors = {}
        if self.is_ready:
            meta["width"] = self._width or None
            tensors.update(self.parameters())
        if self.own_tok2vec is not None:
            own_meta, own_tensors = self.own_tok2vec.get_state()
            meta["tok2vec"] = own_meta
            tensors.update({f"tok2vec/{name}": t for name, t in own_tensors.items()})
        return meta, tensors

    def set_state(self, meta: dict[str, Any], tensors: Mapping[str, np.ndarray | Tensor]) -> None:
        before = dict(self.__dict__)
        try:
            self.restore_state(meta, tensors)
        except Exception as e:
            self.__dict__.clear()
            self.__dict__.update(before)
            if isinstance(e, ModelDataError) or not isinstance(e, UNSOUND):
                raise
            raise ModelDataError(reason=f"{self.name!r}: {type(e).__name__}: {e}") from e

    def restore_state(self, meta: dict[str, Any], tensors: Mapping[str, np.ndarray | Tensor]) -> None:
        """What ``set_state`` does; where it raises, the component is put back as it was."""
        settings = meta.get("settings")
        if not isinstance(settings, dict):
            raise ModelDataError(reason=f"the component {self.name!r} has no settings")
        self.restore_settings(settings)
        own, rest = split_off(tensors, "tok2vec")
        if "tok2vec" in meta:
            from .tok2vec import Tok2Vec

            self.own_tok2vec = Tok2Vec(self.vocab, "tok2vec")
            self.own_tok2vec.set_state(meta["tok2vec"], own)
        else:
            self.own_tok2vec = None
        self.model = None
        self._loaded = bool(meta.get("ready"))
        if meta.get("ready"):
            width = meta.get("width")
            if width is not None and not (type(width) is int and 0 < width <= 4096):
                raise ModelDataError(reason=f"the component {self.name!r} has the width {width!r}")
            self._params = checked_tensors(rest, self.parameter_shapes(width or 0), self.name)
            self._width = width or 0
        elif rest:
            raise ModelDataError(
                reason=f"the component {self.name!r} has parameters but says that it is untrained"
            )


def split_off(tensors: Mapping[str, Any], part: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The tensors whose names begin with ``part/``, by the rest of their names; and all others."""
    start = f"{part}/"
    own = {name[len(start) :]: value for name, value in tensors.items() if name.startswith(start)}
    return own, {name: value for name, value in tensors.items() if not name.startswith(start)}


# What taking over unsound data may raise.
UNSOUND = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError)


def batches(stream: Iterable[Doc], n_docs: int, n_tokens: int) -> Iterator[list[Doc]]:
    """The documents in lists, each of at most n_docs documents, and ended by the one that brings it to
    n_tokens; a document of at least n_tokens is alone.
    """
    batch: list[Doc] = []
    size = 0
    for doc in stream:
        if batch and len(doc) >= n_tokens:
            yield batch
            batch, size = [], 0
        batch.append(doc)
        size += len(doc)
        if len(batch) >= n_docs or size >= n_tokens:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def checked_share(value: Any, what: str) -> float:
    """A number from 0 to 1 from a file. Raises ModelDataError."""
    if type(value) not in (int, float) or not 0.0 <= value <= 1.0:
        raise ModelDataError(reason=f"{what} is {value!r:.80}, which is no number from 0 to 1")
    return float(value)


def find_encoder(nlp: Language | None) -> Encoder | None:
    """The pipeline's shared encoder, if there is one."""
    from .encoder import Encoder

    if nlp is not None:
        for _, component in nlp.components:
            if isinstance(component, Encoder):
                return component
    return None


def moved_starts(column: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Sentence starts of the tokens ``index``; one that stands on a space token moves to the next other
    token.
    """
    starts = column[index].astype("int8")
    carried = np.searchsorted(index, np.flatnonzero(column == 1))
    starts[carried[carried < len(index)]] = 1
    return starts


def model_tensors(model: Model) -> dict[str, np.ndarray]:
    """All parameters of a model and its layers by a stable name."""
    from ..network.block import as_numpy

    tensors = {}
    for i, node in enumerate(model.walk()):
        for name in node.param_names:
            tensors[f"{i}.{node.name}.{name}"] = as_numpy(node.get_param(name))
    return tensors


def fill_model(model: Model, tensors: dict[str, np.ndarray]) -> None:
    """Give a model the parameters of ``model_tensors``; they fit."""
    for i, node in enumerate(model.walk()):
        for name in node.param_names:
            node.set_param(name, node.ops.asarray(tensors[f"{i}.{node.name}.{name}"].copy()))


def checked_tensors(
    tensors: Mapping[str, np.ndarray | Tensor], expected: dict[str, tuple[int, ...]], owner: str
) -> dict[str, np.ndarray | Tensor]:
    """The tensors of a file as parameters; every name and shape must be the one that the sizes ask for.

    The sizes come from a file too: nothing is allocated until all tensors are known to be there.
    """
    if set(tensors) != set(expected):
        odd = sorted(set(tensors) ^ set(expected))[:3]
        raise ModelDataError(reason=f"the parameters of {owner!r} do not fit its settings: {', '.join(odd)}")
    for name, shape in expected.items():
        given = tensors[name]
        if given.shape != shape:
            raise ModelDataError(
                reason=f"{owner!r}: {name} has the shape {given.shape}, its settings ask for {shape}"
            )
        if given.dtype != "float32":
            raise ModelDataError(reason=f"{owner!r}: {name} is of type {given.dtype}, not float32")
        if not all_finite(given):
            raise ModelDataError(reason=f"{owner!r}: {name} holds values that are not finite")
    return {name: own(tensors[name]) for name in expected}


def all_finite(array: np.ndarray | Tensor) -> bool:
    if isinstance(array, Tensor):
        return array.is_finite()
    # Where one number is not finite, no sum with it is: only where the sum is none, it takes a closer look.
    with np.errstate(all="ignore"):
        return bool(np.isfinite(array.sum())) or bool(np.isfinite(array).all())


def own(array: np.ndarray | Tensor) -> np.ndarray | Tensor:
    """The array in an order and with values that nobody changes: itself, or a copy."""
    if isinstance(array, Tensor) or (is_constant(array) and array.flags.c_contiguous and array.flags.aligned):
        return array
    return np.array(array, dtype="float32", order="C")


def same_tensors(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> bool:
    return a.keys() == b.keys() and all(np.array_equal(value, b[name]) for name, value in a.items())


def forget_passes() -> None:
    """Let go of what passes over a device put aside, if there ever was one: parameters have changed."""
    device_pass = sys.modules.get("nlpcore.pipeline.device_pass")
    if device_pass is not None:
        device_pass.forget()


def device_of(model: Model | None = None) -> Any:
    """Thinc's ops of the device where the network lives; without one, where it would if it were built now.
    None for main memory.
    """
    thinc = sys.modules.get("thinc.api")
    if thinc is None:
        return None
    ops = thinc.get_current_ops() if model is None else model.ops
    return None if isinstance(ops, thinc.NumpyOps) else ops
