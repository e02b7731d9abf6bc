"""What parser and entity recognizer have in common: a transition system over pre-computed tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nlpcore.lazy import numpy as np

from ..errors import ModelDataError
from .trainable_pipe import BLOCK_TOKENS, TrainablePipe, checked_share, moved_starts

if TYPE_CHECKING:
    from thinc.api import Model

    from ..kernels.tensor import Tensor
    from ..tokens import Doc

MAX_UNITS = 1024
STEP_NAMES = ("pad", "bias", "upper_W", "upper_b")


class TransitionPipe(TrainablePipe):
    """Steps a transition system with the network of ``network.transition_model``.

    hidden, pieces: size of the hidden layer. explore: the chance, at each state in training, to follow the
    model's own best move instead of a gold one (Goldberg & Nivre 2012); a training loop switches it on
    after a warm-up by setting ``exploring``.
    """

    def __init__(
        self,
        vocab: Any,
        name: str,
        *,
        context: Sequence[str],
        hidden: int = 64,
        pieces: int = 2,
        explore: float = 0.5,
        dropout: float = 0.0,
    ) -> None:
        super().__init__(vocab, name)
        self.context = tuple(context)
        self.hidden = hidden
        self.pieces = pieces
        self.explore = explore
        self.dropout = dropout
        self.exploring = True
        self.seed = 0
        self._system: Any = None

    # -- what a subclass defines --------------------------------------------------------------------------

    def build_system(self) -> Any:
        """The transition system for the labels that are known now."""
        raise NotImplementedError

    @property
    def system(self) -> Any:
        if self._system is None:
            self._system = self.build_system()
        return self._system

    # -- network ------------------------------------------------------------------------------------------

    def build_model(self, width: int) -> Model:
        from ..network.transition_model import TransitionModel, TransitionShape

        shape = TransitionShape(self.system.n_context, self.hidden, self.pieces, self.system.n_moves)
        return TransitionModel(width, shape)

    def parameter_shapes(self, width: int) -> dict[str, tuple[int, ...]]:
        from ..network.shapes import TransitionShape, transition_shapes

        system = self.system
        shape = TransitionShape(system.n_context, self.hidden, self.pieces, system.n_moves)
        return transition_shapes(shape, width)

    def build_engine(self, params: Mapping[str, np.ndarray | Tensor]) -> Any:
        from ..engine.transition_network import TransitionNetwork

        names = ("W", "pad", "bias", "upper_W", "upper_b")
        return TransitionNetwork(self.system, *(params[f"0.transition_model.{name}"] for name in names))

    def step_arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """pad, bias, upper and upper_bias in main memory, as ``transition.decode`` takes them."""
        from ..network.block import as_numpy

        if self._params is not None:
            stored = self._params
            pad, bias, upper, upper_b = (
                np.asarray(stored[f"0.transition_model.{name}"]) for name in STEP_NAMES
            )
        else:
            model = self.require_model()
            pad, bias, upper, upper_b = (as_numpy(model.get_param(name)) for name in STEP_NAMES)
        return pad, bias, upper, upper_b

    def gradient(
        self, targets: list[Any], lengths: list[int], V: np.ndarray, scale: float
    ) -> tuple[float, np.ndarray]:
        from ..network.block import as_numpy
        from ..transition import train_batch

        model = self.require_model()
        known = [i for i, target in enumerate(targets) if target is not None]
        dV = model.ops.alloc2f(*V.shape)
        if not known:
            return 0.0, dV
        starts = np.concatenate(([0], np.cumsum(lengths)))
        rows: Any = slice(None)
        if len(known) < len(targets):
            rows = model.ops.asarray(np.concatenate([np.arange(starts[i], starts[i + 1]) for i in known]))
        tables, backprop = model(model.ops.as_contig(V[rows]), True)
        tables = np.ascontiguousarray(as_numpy(tables))
        arrays = self.step_arrays()
        gradients = [np.zeros_like(array) for array in (tables, *arrays)]
        gold: Any = tuple(
            np.concatenate([targets[i][k] for i in known]) for k in range(len(targets[known[0]]))
        )
        self.seed += 1
        loss, _, _ = train_batch(
            self.system,
            tables,
            *arrays,
            np.array([lengths[i] for i in known], dtype="int32"),
            gold,
            gradients,
            explore=self.explore if self.exploring else 0.0,
            dropout=self.dropout,
            seed=self.seed,
        )
        for gradient in gradients:
            gradient *= np.float32(scale)
        for name, gradient in zip(("pad", "bias", "upper_W", "upper_b"), gradients[1:], strict=True):
            model.inc_grad(name, model.ops.asarray(gradient))
        dV[rows] = backprop(gradients[0])
        return loss, dV

    def decode(self, docs: list[Doc], lengths: list[int], V: np.ndarray) -> Any:
        """What ``transition.decode`` gives for the documents; sentence starts that are set bind it."""
        preset = preset_starts(docs)
        tables = getattr(V, "part", None)
        if tables is None:
            engine = self.host_engine()
            if engine is not None:
                return engine.decode(V, lengths, preset=preset)
            tables = self.part_of(V)
        from ..transition import decode

        return decode(
            self.system,
            tables,
            *self.step_arrays(),
            np.array(lengths, dtype="int32"),
            preset=preset,
        )

    def decode_long(self, doc: Doc, n: int, vectors: Callable[[Any], np.ndarray]) -> Any:
        """As ``decode``, for one document, whose tables are computed for a window of it at a time."""
        from ..transition import WindowDecoder

        engine = self.engine()
        tables = self.part_of if engine is None else engine.tables
        decoder = WindowDecoder(self.system, *self.step_arrays(), n, preset=preset_starts([doc]))
        while not decoder.is_final:
            V = vectors(decoder.window(BLOCK_TOKENS))
            decoder.run(tables(V))
        return decoder.result()

    def part_size(self) -> int:
        return self.system.n_context * self.hidden * self.pieces

    def device_part(self, V: Any) -> Any:
        """The tables, which stepping reads in main memory."""
        return self.network().predict(V)

    # -- storage ------------------------------------------------------------------------------------------

    def state_settings(self) -> dict[str, Any]:
        return {
            "context": list(self.context),
            "hidden": self.hidden,
            "pieces": self.pieces,
            "explore": self.explore,
            "dropout": self.dropout,
        }

    def restore_settings(self, meta: dict[str, Any]) -> None:
        context = meta.get("context")
        if (
            not isinstance(context, list)
            or not all(isinstance(name, str) for name in context)
            or len(context) > 64
        ):
            raise ModelDataError(reason=f"the context template of {self.name!r} is no list of names")
        for key in ("hidden", "pieces"):
            if type(meta.get(key)) is not int or not 0 < meta[key] <= MAX_UNITS:
                raise ModelDataError(reason=f"{self.name!r}: {key} is {meta.get(key)!r}")
        self.context = tuple(context)
        self.hidden, self.pieces = meta["hidden"], meta["pieces"]
        self.explore = checked_share(meta.get("explore", self.explore), f"{self.name!r}: explore")
        self.dropout = checked_share(meta.get("dropout", self.dropout), f"{self.name!r}: dropout")
        self._system = None
        try:
            self.system  # noqa: B018 - builds it, so that a bad template or label is found now
        except ValueError as e:
            raise ModelDataError(reason=f"{self.name!r}: {e}") from e


def preset_starts(docs: list[Doc]) -> np.ndarray | None:
    """int8 (N,): sentence starts that the documents bring along (1, −1, 0 free), or None where no document
    has any.
    """
    columns = [doc.column("SENT_START") for doc in docs]
    if all(column is None or not column.any() for column in columns):
        return None
    parts = []
    for doc, column in zip(docs, columns, strict=True):
        index, _, _ = doc.network_input()
        parts.append(np.zeros(len(index), dtype="int8") if column is None else moved_starts(column, index))
    return np.concatenate(parts)


def grown_transition_model(model: Model, moves: Sequence[str], old_moves: Sequence[str]) -> Model:
    """The network with the rows of the upper layer rearranged for a system with more moves; new ones start
    at zero.
    """
    from ..network.device import building_on
    from ..network.transition_model import TransitionModel, TransitionShape

    old_shape = model.attrs["shape"]
    shape = TransitionShape(old_shape.n_context, old_shape.hidden, old_shape.pieces, len(moves))
    with building_on(model.ops):
        grown = TransitionModel(model.get_dim("nI"), shape)
        grown.initialize()
    for name in ("W", "pad", "bias"):
        grown.set_param(name, model.get_param(name))
    old_rows = {move: i for i, move in enumerate(old_moves)}
    upper, bias = grown.get_param("upper_W"), grown.get_param("upper_b")
    for i, move in enumerate(moves):
        if move in old_rows:
            upper[i] = model.get_param("upper_W")[old_rows[move]]
            bias[i] = model.get_param("upper_b")[old_rows[move]]
    grown.set_param("upper_W", upper)
    grown.set_param("upper_b", bias)
    return grown
