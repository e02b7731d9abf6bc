"""Dependency parser that scores all arcs of a sentence at once and takes the best tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from nlpcore.lazy import numpy as np

from ..errors import ModelDataError, NoLabelsError
from .factories import factory
from .label_table import LabelTable
from .parser import SPACE_LABEL, gold_tree, over_spaces
from .trainable_pipe import TrainablePipe, checked_share
from .transition_pipe import preset_starts

if TYPE_CHECKING:
    from thinc.api import Model

    from ..kernels.tensor import Tensor
    from ..language import Language
    from ..network.biaffine import Scoring
    from ..network.shapes import BiaffineShape
    from ..tokens import Doc
    from ..training import Example

#: Memory grows with the square of a sentence: longer ones are parsed in parts.
MOST_WORDS = 500
MOST_UNITS = 1024


class GraphParser(LabelTable, TrainablePipe):
    """Sets heads, dependency labels and sentence starts (Dozat & Manning 2017).

    Slower than the transition-based ``parser``, and better on vectors that know the whole sentence: it is
    meant for transformers. Sentence starts that are set already bind it; sentences of more than
    ``MOST_WORDS`` tokens are divided. arc, label: sizes of a token's vectors. dropout: share of their values
    that are left out in training.
    """

    def __init__(
        self, vocab: Any, name: str = "parser", *, arc: int = 256, label: int = 64, dropout: float = 0.3
    ) -> None:
        super().__init__(vocab, name)
        self.arc = arc
        self.label = label
        self.dropout = dropout
        self._labels: dict[str, int] = {}
        self._certainty: dict[int, np.ndarray] | None = None

    # -- network ------------------------------------------------------------------------------------------

    @property
    def shape(self) -> BiaffineShape:
        from ..network.shapes import BiaffineShape

        return BiaffineShape(self.arc, self.label, len(self._labels))

    def before_label(self) -> None:
        self.build_network()

    def label_added(self) -> None:
        if self.is_ready:
            self.model = grown_biaffine(self.require_model(), self.shape)

    def add_labels_from(self, examples: Iterable[Example]) -> None:
        for example in examples:
            tree = gold_tree(example)
            for label in {} if tree is None else dict.fromkeys(tree[1]):
                if label is not None:
                    self.add_label(label)

    def check_labels(self) -> None:
        if not self._labels:
            raise NoLabelsError(name=self.name)

    def build_model(self, width: int) -> Model:
        from ..network.biaffine import Biaffine

        return Biaffine(width, self.shape)

    def parameter_shapes(self, width: int) -> dict[str, tuple[int, ...]]:
        from ..network.shapes import biaffine_shapes

        return biaffine_shapes(self.shape, width)

    def build_engine(self, params: Mapping[str, np.ndarray | Tensor]) -> None:
        """There is none: the network is meant for encoders that take most of the time."""

    def scoring(self) -> Scoring:
        from ..network.biaffine import SCORING, Scoring
        from ..network.block import as_numpy

        model = self.network()
        return Scoring(self.shape, {name: as_numpy(model.get_param(name)) for name in SCORING})

    # -- training -----------------------------------------------------------------------------------------

    def make_targets(self, example: Example) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
        """heads (n,) int32 with −1 for unknown, labels (n,) int32 likewise, sentence starts (n,) int8."""
        tree = gold_tree(example)
        if tree is None:
            return None
        heads, labels, starts = tree
        classes = [-1 if label is None else self._labels.get(label, -1) for label in labels]
        return np.maximum(heads, -1), np.array(classes, dtype="int32"), starts

    def gradient(
        self, targets: list[Any], lengths: list[int], V: np.ndarray, scale: float
    ) -> tuple[float, np.ndarray]:
        from ..network.block import as_numpy
        from ..network.tok2vec import dropout_mask

        model = self.require_model()
        heads = np.full(sum(lengths), -1, dtype="int32")
        labels = np.full(sum(lengths), -1, dtype="int32")
        starts = np.zeros(sum(lengths), dtype="int8")
        sentences: list[tuple[int, int]] = []
        row = 0
        for target, n in zip(targets, lengths, strict=True):
            if target is not None:
                part = slice(row, row + n)
                heads[part] = np.where(target[0] < 0, -1, target[0] + row)
                labels[part], starts[part] = target[1], target[2]
                sentences += [(row + start, row + stop) for start, stop in sentences_of(target[2])]
            row += n
        tables, backprop = model(V, True)
        tables = as_numpy(tables)
        mask = None
        if self.dropout:
            mask = as_numpy(dropout_mask(model.ops, tables.shape, self.dropout))
            mask[:, -1] = 1.0
            tables = tables * mask
        loss, d_tables, d_params = self.scoring().gradient(tables, sentences, heads, labels, starts)
        for name, gradient in d_params.items():
            model.inc_grad(name, model.ops.asarray(gradient * np.float32(scale)))
        d_tables *= np.float32(scale)
        return loss, backprop(model.ops.asarray(d_tables if mask is None else d_tables * mask))

    # -- annotation ---------------------------------------------------------------------------------------

    def part_size(self) -> int:
        return self.shape.columns

    def device_part(self, V: Any) -> Any:
        return self.network().predict(V)

    def predict_vectors(self, docs: list[Doc], lengths: list[int], V: np.ndarray) -> list[Any]:
        """For each document heads (n,) int32, label indices (n,) int32, sentence starts (n,) int8, and the
        probability (n,) float32 of each arc with its label.
        """
        part = getattr(V, "part", None)
        if part is None and self.on_device:
            part = self.part_of(V)
        preset = preset_starts(docs)
        scoring = self.scoring()
        ends = np.cumsum([0, *lengths]).tolist()
        found = []
        for start, stop in pairwise(ends):
            own = slice(start, stop)
            tables = part[own] if part is not None else self.network().predict(V[own])
            found.append(self._parsed(scoring, tables, None if preset is None else preset[own]))
        return found

    def _parsed(self, scoring: Scoring, tables: np.ndarray, preset: np.ndarray | None) -> Any:
        """One document's predictions."""
        n = len(tables)
        starts = np.where(tables[:, -1] > 0, 1, -1).astype("int8")
        if preset is not None:
            starts[preset != 0] = preset[preset != 0]
        heads, labels = np.zeros(n, dtype="int32"), np.zeros(n, dtype="int32")
        certainty = np.zeros(n, dtype="float32")
        for start, stop in sentences_of(starts):
            part = slice(start, stop)
            starts[start] = 1
            own, labels[part], certainty[part] = best_tree(scoring, tables[part])
            heads[part] = own + start
        return heads, labels, starts, certainty

    @contextmanager
    def noting_certainty(self) -> Iterator[dict[int, np.ndarray]]:
        """Within it, there is for each document that is annotated, by its id, (n,) float32: the probability
        of the arc, with its label, of each token that is no space token.
        """
        self._certainty = {}
        try:
            yield self._certainty
        finally:
            self._certainty = None

    def set_annotations(self, docs: Iterable[Doc], predictions: Any) -> None:
        ids = np.array([self.vocab.strings[label] for label in self._labels], dtype="uint64")
        space = self.vocab.strings.add(SPACE_LABEL)
        for doc, (heads, labels, starts, certainty) in zip(docs, predictions, strict=True):
            if self._certainty is not None:
                self._certainty[id(doc)] = certainty
            index, _, _ = doc.network_input()
            doc.set_parse(*over_spaces(len(doc), index, heads, ids[labels], starts, space))

    # -- scores and storage -------------------------------------------------------------------------------

    def score(self, examples: Iterable[Example], **settings: Any) -> dict[str, Any]:
        from ..scorer import COMPONENT_SCORERS

        return COMPONENT_SCORERS["parser"](list(examples), **settings)

    def state_settings(self) -> dict[str, Any]:
        return {
            "labels": list(self._labels),
            "arc": self.arc,
            "label": self.label,
            "dropout": self.dropout,
        }

    def restore_settings(self, meta: dict[str, Any]) -> None:
        self.restore_labels(meta.get("labels"), self.name)
        for key in ("arc", "label"):
            if type(meta.get(key)) is not int or not 0 < meta[key] <= MOST_UNITS:
                raise ModelDataError(reason=f"{self.name!r}: {key} is {meta.get(key)!r}")
        self.arc, self.label = meta["arc"], meta["label"]
        self.dropout = checked_share(meta.get("dropout", self.dropout), f"{self.name!r}: dropout")
        self.vocab.strings.add(SPACE_LABEL)


def best_tree(scoring: Scoring, tables: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One sentence's heads (n,) int32, label indices (n,) int32 and probabilities (n,) float32.

    The labelled tree with the highest product of the probabilities of its arcs and of their labels: an arc
    that no label fits is less likely than its own score says.
    """
    from ..network.biaffine import log_softmax
    from ..transition.spanning_tree import maximum_spanning_tree

    log_p, labels = scoring.best_labels(tables)
    log_p += log_softmax(scoring.arcs(tables))
    heads = maximum_spanning_tree(log_p)
    rows = np.arange(len(tables))
    return heads, labels[rows, heads], np.exp(log_p[rows, heads])


def sentences_of(starts: np.ndarray) -> list[tuple[int, int]]:
    """(start, stop) of each sentence of a document with these starts (1 where one begins), in parts of at
    most ``MOST_WORDS`` tokens.
    """
    borders = sorted({0, *np.flatnonzero(starts == 1).tolist(), len(starts)})
    return [
        (first, min(first + MOST_WORDS, stop))
        for start, stop in pairwise(borders)
        for first in range(start, stop, MOST_WORDS)
    ]


def grown_biaffine(model: Model, shape: BiaffineShape) -> Model:
    """The network with more labels; the new ones start at zero."""
    from ..network.biaffine import Biaffine
    from ..network.device import building_on

    with building_on(model.ops):
        grown = Biaffine(model.get_dim("nI"), shape)
        grown.initialize()
    for name in model.param_names:
        old = model.get_param(name)
        if name == "label_W":
            wider = grown.get_param(name)
            wider[:, : old.shape[1]] = old
            old = wider
        grown.set_param(name, old)
    return grown


@factory(
    "graph_parser",
    default_config={"arc": 256, "label": 64, "dropout": 0.3},
    assigns=["token.dep", "token.head", "token.is_sent_start", "doc.sents"],
    default_score_weights={
        "dep_uas": 0.5,
        "dep_las": 0.5,
        "dep_las_per_type": None,
        "sents_p": None,
        "sents_r": None,
        "sents_f": 0.0,
    },
)
def make_graph_parser(nlp: Language, name: str, **settings: Any) -> GraphParser:
    return GraphParser(nlp.vocab, name, **settings)
