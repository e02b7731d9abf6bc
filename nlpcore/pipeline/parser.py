"""Dependency parser: arc-eager transitions with sentence ends (see docs/transition-system.md)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from nlpcore.lazy import numpy as np

from ..errors import ModelDataError
from .factories import factory
from .trainable_pipe import moved_starts
from .transition_pipe import TransitionPipe, grown_transition_model

if TYPE_CHECKING:
    from ..engine.stages import Stages
    from ..language import Language
    from ..tokens import Doc
    from ..training import Example

LEFT, RIGHT = "L", "R"
ROOT_LABEL = "ROOT"
SPACE_LABEL = "dep"
MIN_DECORATED_COUNT = 5


class DependencyParser(TransitionPipe):
    """Sets heads, dependency labels and sentence starts.

    context: names of the token positions that a state's score reads (docs/transition-system.md), or 13 or
    25 for the two templates that come with the package. nonmonotonic: allow moves that repair earlier ones.
    """

    def __init__(
        self,
        vocab: Any,
        name: str = "parser",
        *,
        context: int | Sequence[str] = 13,
        nonmonotonic: bool = True,
        hidden: int = 64,
        pieces: int = 2,
        explore: float = 0.5,
        dropout: float = 0.0,
    ) -> None:
        super().__init__(
            vocab,
            name,
            context=named_context(context),
            hidden=hidden,
            pieces=pieces,
            explore=explore,
            dropout=dropout,
        )
        self.nonmonotonic = nonmonotonic
        # (direction, label) → None, in order: which arcs there are moves for.
        self._arcs: dict[tuple[str, str], None] = {}

    # -- labels -------------------------------------------------------------------------------------------

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, without the decorated ones that non-projective arcs are encoded with."""
        plain = {label.partition("||")[0]: None for _, label in self._arcs}
        return tuple(sorted({*plain, ROOT_LABEL})) if plain else ()

    @property
    def label_data(self) -> Any:
        return [[direction, label] for direction, label in self._arcs]

    def set_label_data(self, labels: Any) -> None:
        for direction, label in labels:
            self._add_arc(direction, label)

    def add_label(self, label: str) -> int:
        """Add a label for arcs in both directions. Returns 1 if it is new, else 0."""
        if not isinstance(label, str):
            raise TypeError(f"A label is a string, not {type(label).__name__}: {label!r}")
        if (LEFT, label) in self._arcs and (RIGHT, label) in self._arcs:
            return 0
        self.build_network()
        old_moves = self.system.move_names
        for direction in (LEFT, RIGHT):
            self._add_arc(direction, label)
        if self.is_ready:
            self.model = grown_transition_model(self.require_model(), self.system.move_names, old_moves)
        return 1

    def _add_arc(self, direction: str, label: str) -> None:
        self._arcs.setdefault((direction, label))
        self.vocab.strings.add(label.partition("||")[0])
        self._system = None

    def add_labels_from(self, examples: Iterable[Example]) -> None:
        counts: Counter = Counter()
        for example in examples:
            tree = projective_gold(example)
            if tree is not None:
                heads, labels, _ = tree
                counts.update(
                    (LEFT if head > i else RIGHT, label)
                    for i, (head, label) in enumerate(zip(heads, labels, strict=True))
                    if label is not None and head >= 0 and head != i
                )
        for (direction, label), count in counts.items():
            # Rare decorated labels cost a move each and teach little.
            if "||" not in label or count >= MIN_DECORATED_COUNT:
                self._add_arc(direction, label)

    def build_system(self) -> Any:
        from ..transition import ArcEager

        return ArcEager(
            [label for direction, label in self._arcs if direction == LEFT],
            [label for direction, label in self._arcs if direction == RIGHT],
            nonmonotonic=self.nonmonotonic,
            context=self.context,
        )

    # -- training -----------------------------------------------------------------------------------------

    def make_targets(self, example: Example) -> Any:
        tree = projective_gold(example)
        if tree is None:
            return None
        heads, labels, starts = tree
        known = {label for _, label in self._arcs}
        labels = [label if label is None or label in known else label.partition("||")[0] for label in labels]
        return self.system.gold_arrays(heads, labels, starts)

    # -- annotation ---------------------------------------------------------------------------------------

    def predict_vectors(self, docs: list[Doc], lengths: list[int], V: np.ndarray) -> list[Any]:
        """For each document heads (n,) int32, label indices (n,) int32 and sentence starts (n,) int8."""
        heads, labels, starts = self.decode(docs, lengths, V)
        ends = np.cumsum(lengths)[:-1]
        parts = [np.split(array, ends) for array in (heads, labels, starts)]
        return list(zip(*parts, strict=True))

    def predict_long(self, doc: Doc, n: int, vectors: Callable[[Any], np.ndarray]) -> Any:
        return self.decode_long(doc, n, vectors)

    def label_ids(self) -> tuple[list[int], int]:
        """The string ids of the system's labels without decoration, and that of white space."""
        plain = [name.partition("||")[0] for name in self.system.labels]
        return [self.vocab.strings.add(name) for name in plain], self.vocab.strings.add(SPACE_LABEL)

    def add_stage(self, stages: Stages) -> None:
        from ..engine.stages import Arcs

        stages.arcs = Arcs(self.engine(), list(self.system.labels), *self.label_ids())

    def set_annotations(self, docs: Iterable[Doc], predictions: Any) -> None:
        from ..transition.projectivity import deprojectivize, is_decorated

        names = self.system.labels
        label_ids, space = self.label_ids()
        ids = np.array(label_ids, dtype="uint64")
        decorated = np.array([is_decorated(name) for name in names])
        for doc, (heads, labels, starts) in zip(docs, predictions, strict=True):
            index, _, _ = doc.network_input()
            if decorated[labels].any():
                heads = np.array(deprojectivize(heads.tolist(), [names[i] for i in labels])[0], dtype="int32")
            full = over_spaces(len(doc), index, heads, ids[labels], starts, space)
            doc.set_parse(*full)

    # -- scores and storage -------------------------------------------------------------------------------

    def score(self, examples: Iterable[Example], **settings: Any) -> dict[str, Any]:
        from ..scorer import COMPONENT_SCORERS

        return COMPONENT_SCORERS["parser"](list(examples), **settings)

    def state_settings(self) -> dict[str, Any]:
        return {**super().state_settings(), "arcs": self.label_data, "nonmonotonic": self.nonmonotonic}

    def restore_settings(self, meta: dict[str, Any]) -> None:
        arcs: Any = meta.get("arcs")
        valid = isinstance(arcs, list) and all(
            isinstance(arc, list) and len(arc) == 2 and arc[0] in (LEFT, RIGHT) and isinstance(arc[1], str)
            for arc in arcs
        )
        if not valid:
            raise ModelDataError(reason=f"the arcs of {self.name!r} are no list of [direction, label]")
        self.nonmonotonic = bool(meta.get("nonmonotonic", True))
        self._arcs = {}
        self.set_label_data(arcs)
        if len(self._arcs) != len(arcs):
            raise ModelDataError(reason=f"the arcs of {self.name!r} are not all different")
        super().restore_settings(meta)
        # All strings that it will write are there from now on, for whoever reads them.
        for name in (SPACE_LABEL, *(label.partition("||")[0] for _, label in arcs)):
            self.vocab.strings.add(name)


def named_context(context: int | Sequence[str]) -> Sequence[str]:
    """The names of a template: itself, or one of the two that come with the package by their size."""
    from ..transition import PARSER_CONTEXT_13, PARSER_CONTEXT_25

    if isinstance(context, int):
        templates = {13: PARSER_CONTEXT_13, 25: PARSER_CONTEXT_25}
        if context not in templates:
            raise ValueError(f"There are context templates of 13 and of 25 positions, not of {context}.")
        return templates[context]
    return context


def over_spaces(
    n: int, index: np.ndarray, heads: np.ndarray, deps: np.ndarray, starts: np.ndarray, space_label: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A parse of the tokens ``index`` as one of all n tokens.

    A space token hangs on the token before it that is none (after it, at the beginning) and belongs to its
    sentence. In a document of space tokens alone the first is the root.
    """
    all_heads = np.zeros(n, dtype="int32")
    all_deps = np.full(n, space_label, dtype="uint64")
    all_starts = np.full(n, -1, dtype="int8")
    if n and len(index):
        # The position in ``index`` of the nearest token at or before each token.
        nearest = np.maximum(np.searchsorted(index, np.arange(n), side="right") - 1, 0)
        all_heads[:] = index[nearest]
        all_heads[index] = index[heads]
        all_deps[index] = deps
        all_starts[index] = starts
        all_starts[index[0]] = -1
    if n:
        all_starts[0] = 1
    return all_heads, all_deps, all_starts


def gold_tree(example: Example) -> tuple[np.ndarray, list[str | None], np.ndarray] | None:
    """The gold tree over the predicted document's tokens that are no space tokens.

    heads (n,) int32 with −2 for unknown, labels (None unknown), sentence starts; None where no head is known.
    """
    gold = example.gold_arrays()
    index, _, _ = example.predicted.network_input()
    position = np.full(len(example.predicted) + 1, -2, dtype="int32")
    position[index] = np.arange(len(index), dtype="int32")
    all_heads = gold["heads"]
    heads = position[np.where(all_heads < 0, len(example.predicted), all_heads)][index]
    starts = np.ascontiguousarray(moved_starts(gold["sent_starts"], index))
    if len(index) == 0 or ((heads < 0).all() and not (starts == 1).any()):
        return None
    strings = example.reference.vocab.strings
    return heads, [strings[dep] if dep else None for dep in gold["deps"][index].tolist()], starts


def projective_gold(example: Example) -> tuple[np.ndarray, list[str | None], np.ndarray] | None:
    """As ``gold_tree``, made projective where all of it is known."""
    from ..transition.projectivity import projectivize

    tree = gold_tree(example)
    if tree is None:
        return None
    heads, labels, starts = tree
    known = [label for label in labels if label is not None]
    if (heads >= 0).all() and len(known) == len(labels):
        lifted, decorated = projectivize(heads.tolist(), known)
        return np.array(lifted, dtype="int32"), list(decorated), starts
    return heads, labels, starts


@factory(
    "parser",
    default_config={
        "context": 13,
        "nonmonotonic": True,
        "hidden": 64,
        "pieces": 2,
        "explore": 0.5,
        "dropout": 0.0,
    },
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
def make_parser(nlp: Language, name: str, **settings: Any) -> DependencyParser:
    return DependencyParser(nlp.vocab, name, **settings)
