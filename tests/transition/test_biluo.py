"""The BILUO system and its costs against exhaustive search."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpcore.errors import ContextNameError, GoldAnalysisError, MoveError, TransitionInputError
from nlpcore.transition import Biluo

from .treebanks import biluo_of, read_tags, tag_file

LABELS = ("A", "B")


def gold_sequences(n, labels=LABELS):
    """All complete annotations of n tokens."""
    if n == 0:
        return [()]
    found = [("O", *rest) for rest in gold_sequences(n - 1, labels)]
    for size in range(1, n + 1):
        for label in labels:
            body = ("B", *"I" * (size - 2), "L") if size > 1 else ("U",)
            entity = tuple(f"{kind}-{label}" for kind in body)
            found += [entity + rest for rest in gold_sequences(n - size, labels)]
    return found


def tags_of(spans, n):
    tags = ["O"] * n
    for start, end, label in spans:
        for i in range(start, end):
            tags[i] = f"I-{label}"
        tags[end - 1] = f"L-{label}"
        tags[start] = f"{'U' if end == start + 1 else 'B'}-{label}"
    return tags


def loss_of(spans, gold, unknown=()):
    """Gold units not tagged as they should be, plus predicted entities that contradict an annotated token.

    unknown: labels that "O" says nothing of.
    """
    n = len(gold)
    tags = tags_of(spans, n)
    units, unit = [], None
    for i, tag in enumerate(gold):
        if tag is None or tag == "O":
            unit = None
            continue
        goes_on = (
            unit is not None and tag[0] in "IL" and gold[i - 1][0] in "BI" and gold[i - 1][1:] == tag[1:]
        )
        if goes_on:
            unit.append(i)
        else:
            unit = [i]
            units.append(unit)
    missed = sum(any(tags[i] != gold[i] for i in unit) for unit in units)
    wrong = sum(
        any(
            gold[i] is not None and tags[i] != gold[i] and not (gold[i] == "O" and label in unknown)
            for i in range(s, e)
        )
        for s, e, label in spans
    )
    return missed + wrong


class Search:
    """All reachable states, and the least loss that each gold annotation can still have from them."""

    def __init__(self, n, golds, preset=None, labels=LABELS, unknown=()):
        self.system = Biluo(labels)
        self.golds = golds
        self.unknown = unknown
        arrays = [self.system.gold_arrays(gold, unknown) for gold in golds]
        self.tags = np.stack([a for a, _ in arrays])
        self.labels = np.stack([b for _, b in arrays])
        self.least = {}
        self.edges = {}
        self.states = {}
        self.visit(self.system.state(n, preset))

    @staticmethod
    def key(state):
        return state.position, state.open_entity, tuple(state.spans)

    def visit(self, state):
        key = self.key(state)
        if key in self.least:
            return key
        if state.is_final:
            self.least[key] = np.array([loss_of(state.spans, gold, self.unknown) for gold in self.golds])
            return key
        edges = []
        for move in np.flatnonzero(state.valid_moves()):
            after = state.copy()
            after.apply(int(move))
            edges.append((int(move), self.visit(after)))
        self.edges[key] = edges
        self.states[key] = state
        self.least[key] = np.min([self.least[k] for _, k in edges], axis=0)
        return key

    def assert_exact(self):
        for key, state in self.states.items():
            moves = [m for m, _ in self.edges[key]]
            truth = np.stack([self.least[k] for _, k in self.edges[key]], axis=1) - self.least[key][:, None]
            costs = state.costs_many(self.tags, self.labels)
            assert np.array_equal(costs[:, moves], truth)
            rest = np.setdiff1d(np.arange(self.system.n_moves), moves)
            assert (costs[:, rest] == 1 << 20).all()


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_costs_equal_exhaustive_search(n):
    Search(n, gold_sequences(n)).assert_exact()


@pytest.mark.slow
def test_costs_equal_exhaustive_search_for_five_tokens():
    Search(5, gold_sequences(5)).assert_exact()


@pytest.mark.parametrize("n", [1, 2, 3])
def test_any_annotation_with_gaps_and_contradictions(n):
    every = [None, "O", *(f"{kind}-{label}" for kind in "BILU" for label in LABELS)]
    Search(n, list(product(every, repeat=n))).assert_exact()


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("unknown", [("B",), ("A", "B")])
def test_annotation_that_says_nothing_of_some_labels(n, unknown):
    every = [None, "O", *(f"{kind}-{label}" for kind in "BILU" for label in LABELS)]
    Search(n, list(product(every, repeat=n)), unknown=unknown).assert_exact()


@pytest.mark.parametrize("n", [4, 5])
def test_complete_annotation_that_says_nothing_of_a_label(n):
    golds = [gold for gold in gold_sequences(n) if not any(tag.endswith("B") for tag in gold)]
    Search(n, golds, unknown=("B",)).assert_exact()


def test_entities_of_a_label_that_is_not_spoken_of_cost_nothing():
    state = Biluo(LABELS).state(2)
    moves = state.system.move_names
    costs = dict(zip(moves, state.costs(["O", "O"], unknown=["B"]).tolist(), strict=True))
    assert (costs["OUT"], costs["BEGIN-B"], costs["UNIT-B"]) == (0, 0, 0)
    assert costs["UNIT-A"] == 1


@pytest.mark.parametrize("n", [4, 5, 6])
@pytest.mark.parametrize("seed", range(3))
def test_sampled_annotation_with_gaps(n, seed):
    rng = np.random.default_rng(seed)
    full = gold_sequences(n)
    golds = []
    for _ in range(30):
        gold = list(full[rng.integers(len(full))])
        golds.append([None if rng.random() < 0.3 else tag for tag in gold])
    preset = rng.choice([0, 1, -1], size=n).astype(np.int8) if seed else None
    Search(n, golds, preset).assert_exact()


@pytest.mark.slow
@pytest.mark.parametrize("n", [7, 8])
def test_sampled_annotation_of_longer_texts(n):
    rng = np.random.default_rng(n)
    full = gold_sequences(n, ("A",))
    golds = [full[i] for i in rng.choice(len(full), size=60, replace=False)]
    golds += [[None if rng.random() < 0.3 else tag for tag in gold] for gold in golds]
    Search(n, golds, labels=("A",)).assert_exact()


@given(st.integers(0, 12), st.integers(0, 2**32), st.booleans())
def test_any_valid_moves_end_in_entities_within_their_sentences(n, seed, with_preset):
    rng = np.random.default_rng(seed)
    system = Biluo(LABELS)
    preset = rng.choice([0, 1, -1], size=n).astype(np.int8) if with_preset else None
    state = system.state(n, preset)
    steps = 0
    while not state.is_final:
        state.apply(int(rng.choice(np.flatnonzero(state.valid_moves()))))
        steps += 1
    assert steps == n
    end = 0
    for start, stop, label in state.spans:
        assert end <= start < stop <= n
        assert label in LABELS
        end = stop
        if preset is not None:
            assert not (preset[start + 1 : stop] == 1).any()
    assert state.open_entity is None


@settings(max_examples=50)
@given(st.integers(0, 30), st.integers(0, 2**32))
def test_free_moves_rebuild_the_entities(n, seed):
    rng = np.random.default_rng(seed)
    gold, i = ["O"] * n, 0
    while i < n:
        size = min(int(rng.integers(1, 5)), n - i)
        if rng.random() < 0.5:
            gold[i : i + size] = tags_of([(0, size, str(rng.choice(LABELS)))], size)
        i += size
    state = Biluo(LABELS).state(n)
    while not state.is_final:
        state.apply(int(rng.choice(np.flatnonzero(state.costs(gold) == 0))))
    assert tags_of(state.spans, n) == gold


def test_missing_annotation_costs_nothing():
    state = Biluo(LABELS).state(3)
    valid = state.valid_moves()
    assert (state.costs([None, None, None])[valid] == 0).all()


def test_context():
    system = Biluo(LABELS, context=("B0", "B1", "B2", "P1", "P2", "E0", "E1", "X0"))
    state = system.state(7)
    for move in ("UNIT-A", "OUT", "BEGIN-B", "IN-B", "IN-B"):
        state.apply(system.move_names.index(move))
    assert state.context().tolist() == [5, 6, -1, 4, 3, 2, 3, 0]
    assert system.state(0).context().tolist() == [-1] * 8


def test_clear_errors():
    with pytest.raises(ContextNameError, match="S0"):
        Biluo(LABELS, context=("S0",))
    with pytest.raises(TransitionInputError):
        Biluo(("A", "A"))
    system = Biluo(LABELS)
    with pytest.raises(GoldAnalysisError, match="token 1"):
        system.gold_arrays(["O", "X-A"])
    with pytest.raises(GoldAnalysisError):
        system.gold_arrays(["O-A"])
    state = system.state(2)
    for move in (-1, 99, system.move_names.index("IN-A")):
        with pytest.raises(MoveError):
            state.apply(move)
    with pytest.raises(TransitionInputError):
        state.costs(["O"])
    with pytest.raises(TransitionInputError):
        system.state(2, preset=[1])
    with pytest.raises(TransitionInputError):
        system.state(-1)


def test_free_moves_rebuild_the_entities_of_a_treebank():
    rng = np.random.default_rng(0)
    sentences = [biluo_of(tags) for tags in read_tags(tag_file("UNER_English-EWT", "train"))]
    labels = tuple(sorted({tag[2:] for tags in sentences for tag in tags if tag != "O"}))
    system = Biluo(labels, context=())
    entities = 0
    for first in range(0, len(sentences), 5):
        gold = [tag for tags in sentences[first : first + 5] for tag in tags]
        arrays = [a[None] for a in system.gold_arrays(gold)]
        state = system.state(len(gold))
        while not state.is_final:
            state.apply(int(rng.choice(np.flatnonzero(state.costs_many(*arrays)[0] == 0))))
        assert tags_of(state.spans, len(gold)) == gold
        entities += len(state.spans)
    print(f"{entities} entities in {len(sentences)} sentences rebuilt")
