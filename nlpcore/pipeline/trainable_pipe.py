"""The contract of components that learn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ComponentNotReadyError, ModelDataError, VectorsMissingError
from .pipe import Pipe

if TYPE_CHECKING:
    from thinc.api import Model, Optimizer

    from ..language import Language
    from ..tokens import Doc
    from ..training import Example
    from .tok2vec import Tok2Vec

N_SAMPLE = 100


class TrainablePipe(Pipe):
    """A component whose parameters are learned, and which reads one vector for each token.

    The vectors are those of the pipeline's ``tok2vec`` component, which leaves them in ``doc.tensor``; a
    component that is initialized in a pipeline without one owns a ``Tok2Vec`` of its own.

    A subclass says, with V the vectors (N, T) of all tokens of a batch that are no space tokens, document
    after document:

    - ``add_labels_from(examples)``, ``build_model()``: what is learned from the data, and the parameters
    for it;
    - ``make_targets(example)``: the gold annotation as arrays, or None where the example has none;
    - ``gradient(targets, lengths, V, scale)``: adds to the parameters' gradients; returns the loss and dV;
    - ``predict_vectors(docs, lengths, V)``: one prediction for each document;
    - ``set_annotations(docs, predictions)``.
    """

    model: Model | None = None
    own_tok2vec: Tok2Vec | None = None

    def __init__(self, vocab: Any, name: str) -> None:
        self.vocab = vocab
        self.name = name

    @property
    def is_trainable(self) -> bool:
        return True

    # -- what a subclass defines --------------------------------------------------------------------------

    def add_labels_from(self, examples: Sequence[Example]) -> None:
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
        iterator = iter(stream)
        while docs := list(islice(iterator, batch_size)):
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
        docs = list(docs)
        self.require_model()
        V, lengths = self.token_vectors(docs)
        return self.predict_vectors(docs, lengths, V)

    def token_vectors(self, docs: list[Doc]) -> tuple[np.ndarray, list[int]]:
        """The vectors (N, T) float32 of all tokens that are no space tokens, and their number in each
        document.
        """
        if self.own_tok2vec is not None:
            return self.own_tok2vec.encode(docs)
        width = self.require_model().get_dim("nI")
        parts, lengths = [], []
        for doc in docs:
            index, _, _ = doc.network_input()
            tensor = doc.tensor
            if len(index) and (tensor.ndim != 2 or tensor.shape != (len(doc), width)):
                raise VectorsMissingError(name=self.name, width=width, shape=tensor.shape)
            parts.append(tensor[index] if len(index) else np.zeros((0, width), dtype="float32"))
            lengths.append(len(index))
        V = np.concatenate(parts) if parts else np.zeros((0, width), dtype="float32")
        return np.ascontiguousarray(V, dtype="float32"), lengths

    def require_model(self) -> Model:
        if self.model is None:
            raise ComponentNotReadyError(name=self.name)
        return self.model

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
        examples = list(get_examples())
        if labels is not None:
            self.set_label_data(labels)
        else:
            self.add_labels_from(examples)
        shared = find_tok2vec(nlp)
        if shared is None:
            from .tok2vec import Tok2Vec

            self.own_tok2vec = Tok2Vec(self.vocab, "tok2vec")
            self.own_tok2vec.initialize(lambda: examples)
        else:
            self.own_tok2vec = None
        width = (shared or self.own_tok2vec).width  # type: ignore[union-attr]
        self.model = self.build_model(width)
        self.model.initialize()

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

    @contextmanager
    def use_params(self, params: dict) -> Iterator[None]:
        """Within the context the parameters are those given (the optimizer's averages, say)."""
        from contextlib import ExitStack

        with ExitStack() as stack:
            for model in self.models():
                stack.enter_context(model.use_params(params))
            yield

    # -- storage ------------------------------------------------------------------------------------------

    def state_settings(self) -> dict[str, Any]:
        """What, beside the parameters, must be stored: labels, settings."""
        return {}

    def restore_settings(self, meta: dict[str, Any]) -> None:
        """Take over ``state_settings``; raises ModelDataError where something is wrong."""

    def get_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        meta = {"settings": self.state_settings(), "ready": self.model is not None}
        tensors = {}
        if self.model is not None:
            meta["width"] = self.model.get_dim("nI") if self.model.has_dim("nI") else None
            tensors.update(model_tensors(self.model))
        if self.own_tok2vec is not None:
            own_meta, own_tensors = self.own_tok2vec.get_state()
            meta["tok2vec"] = own_meta
            tensors.update({f"tok2vec/{name}": t for name, t in own_tensors.items()})
        return meta, tensors

    def set_state(self, meta: dict[str, Any], tensors: dict[str, np.ndarray]) -> None:
        settings = meta.get("settings")
        if not isinstance(settings, dict):
            raise ModelDataError(reason=f"the component {self.name!r} has no settings")
        self.restore_settings(settings)
        own = {name.partition("/")[2]: t for name, t in tensors.items() if name.startswith("tok2vec/")}
        rest = {name: t for name, t in tensors.items() if not name.startswith("tok2vec/")}
        if "tok2vec" in meta:
            from .tok2vec import Tok2Vec

            self.own_tok2vec = Tok2Vec(self.vocab, "tok2vec")
            self.own_tok2vec.set_state(meta["tok2vec"], own)
        else:
            self.own_tok2vec = None
        self.model = None
        if meta.get("ready"):
            width = meta.get("width")
            if width is not None and not (isinstance(width, int) and 0 < width <= 4096):
                raise ModelDataError(reason=f"the component {self.name!r} has the width {width!r}")
            model = self.build_model(width or 0)
            set_model_tensors(model, rest, self.name)
            self.model = model
        elif rest:
            raise ModelDataError(
                reason=f"the component {self.name!r} has parameters but says that it is untrained"
            )


def find_tok2vec(nlp: Language | None) -> Tok2Vec | None:
    """The pipeline's shared encoder, if there is one."""
    from .tok2vec import Tok2Vec

    if nlp is not None:
        for _, component in nlp.components:
            if isinstance(component, Tok2Vec):
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


def set_model_tensors(model: Model, tensors: dict[str, np.ndarray], owner: str) -> None:
    """Fill a model's parameters; every name and shape must be the one that the model's own sizes ask for."""
    model.initialize()
    expected = model_tensors(model)
    if set(tensors) != set(expected):
        odd = sorted(set(tensors) ^ set(expected))[:3]
        raise ModelDataError(reason=f"the parameters of {owner!r} do not fit its settings: {', '.join(odd)}")
    for name, value in expected.items():
        given = tensors[name]
        if given.shape != value.shape:
            raise ModelDataError(
                reason=f"{owner!r}: {name} has the shape {given.shape}, its settings ask for {value.shape}"
            )
        if not np.isfinite(given).all():
            raise ModelDataError(reason=f"{owner!r}: {name} holds values that are not finite")
    for i, node in enumerate(model.walk()):
        for name in node.param_names:
            value = np.ascontiguousarray(tensors[f"{i}.{node.name}.{name}"], dtype="float32")
            node.set_param(name, node.ops.asarray(value))
