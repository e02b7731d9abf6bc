"""The parser's moves: any valid sequence ends, in one-rooted trees over contiguous sentences."""

import itertools
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpcore.errors import ContextNameError, GoldAnalysisError, MoveError, TransitionInputError
from nlpcore.transition import PARSER_CONTEXT_25, ArcEager, compile_context

from .treebanks import read_trees, treebank

MAX_SENTENCE = 1000


def parser(nonmonotonic=True, **kwargs):
    return ArcEager(("nsubj", "det"), ("obj", "nmod"), nonmonotonic=nonmonotonic, **kwargs)


def walk(state, rng, weights=None):
    """Apply random valid moves to the end; every state but the last has one."""
    steps = 0
    while not state.is_final:
        valid = np.flatnonzero(state.valid_moves())
        assert len(valid) > 0
        chance = None if weights is None else weights[valid] / weights[valid].sum()
        state.apply(int(rng.choice(valid, p=chance)))
        steps += 1
    assert not state.valid_moves().any()
    return steps


def sentences_of(starts):
    bounds = [*np.flatnonzero(starts == 1).tolist(), len(starts)]
    return list(itertools.pairwise(bounds))


def assert_one_rooted(state):
    heads, starts = state.heads, state.sent_starts
    assert len(heads) == 0 or starts[0] == 1
    for begin, end in sentences_of(starts):
        assert end - begin <= MAX_SENTENCE
        inside = heads[begin:end]
        assert ((inside >= begin) & (inside < end)).all()
        assert (inside == np.arange(begin, end)).sum() == 1
        above = inside.copy()
        for _ in range(int(np.ceil(np.log2(max(end - begin, 2)))) + 1):
            above = above[above - begin]
        assert (heads[above] == above).all()
    for i, label in enumerate(state.labels):
        assert (label == "ROOT") == (heads[i] == i)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 40), st.integers(0, 2**32), st.booleans(), st.sampled_from([None, 0.0, 0.3, 1.0]))
def test_any_valid_moves_end_in_one_rooted_trees(n, seed, nonmonotonic, presets):
    rng = np.random.default_rng(seed)
    preset = None
    if presets is not None:
        preset = np.where(rng.random(n) < presets, rng.choice([1, -1], size=n), 0).astype(np.int8)
    system = parser(nonmonotonic)
    state = system.state(n, preset)
    weights = rng.random(system.n_moves) ** 3 + 1e-6
    steps = walk(state, rng, weights)
    assert steps <= state.steps <= 6 * n
    assert_one_rooted(state)
    if preset is not None and n:
        assert (state.sent_starts[1:][preset[1:] == 1] == 1).all()
        assert (state.sent_starts[1:][preset[1:] == -1] == -1).all()


@pytest.mark.parametrize("nonmonotonic", [False, True])
@pytest.mark.parametrize("favourite", ["SHIFT", "REDUCE", "LEFT-det", "RIGHT-obj"])
def test_long_sentences_are_closed(nonmonotonic, favourite):
    n = 2500
    system = parser(nonmonotonic)
    state = system.state(n)
    first = system.move_names.index(favourite)
    rng = np.random.default_rng(0)
    while not state.is_final:
        valid = state.valid_moves()
        valid[system.move_names.index("BREAK")] = False
        state.apply(first if valid[first] else int(rng.choice(np.flatnonzero(valid))))
    assert_one_rooted(state)


def test_the_forced_attachment():
    system = parser(nonmonotonic=False)
    state = system.state(3)
    for _ in range(3):
        state.apply(0)
    assert state.heads.tolist() == [0, 0, 0]
    assert state.labels == ["ROOT", "dep", "dep"]


def moves(system, state, *names):
    for name in names:
        state.apply(system.move_names.index(name))
    return state


def test_a_later_arc_replaces_a_head():
    system = parser()
    state = moves(system, system.state(3), "SHIFT", "RIGHT-obj", "LEFT-nsubj", "RIGHT-nmod")
    assert state.heads.tolist() == [0, 2, 0]
    assert state.labels == ["ROOT", "nsubj", "nmod"]


def test_a_headless_word_is_put_back_once():
    system = parser()
    state = moves(system, system.state(4), "SHIFT", "SHIFT", "REDUCE")
    assert (state.stack, state.buffer) == ([0], (1, 2))
    assert not state.valid_moves()[system.move_names.index("SHIFT")]
    moves(system, state, "LEFT-det")
    assert state.valid_moves().nonzero()[0].tolist() == [0]  # the stack is empty: it may be shifted again
    moves(system, state, "SHIFT", "RIGHT-obj", "RIGHT-obj")
    assert state.heads.tolist() == [1, 1, 1, 2]


def test_a_missed_sentence_end_is_repaired():
    system = parser()
    state = moves(system, system.state(3), "SHIFT", "SHIFT", "REDUCE", "BREAK", "SHIFT", "RIGHT-obj")
    assert state.sent_starts.tolist() == [1, 1, -1]
    assert state.heads.tolist() == [0, 1, 1]


def test_no_sentence_ends_between_a_word_and_its_left_child():
    system = parser()
    state = moves(system, system.state(4), "SHIFT", "RIGHT-obj", "LEFT-det")
    assert not state.valid_moves()[system.move_names.index("BREAK")]


def test_context_names_every_position():
    system = parser(context=PARSER_CONTEXT_25)
    state = moves(system, system.state(7), "SHIFT", "SHIFT", "LEFT-det", "LEFT-det", "SHIFT", "RIGHT-obj")
    moves(system, state, "REDUCE", "RIGHT-obj", "SHIFT")
    seen = dict(zip(PARSER_CONTEXT_25, state.context().tolist(), strict=True))
    assert {k: v for k, v in seen.items() if v >= 0} == {
        "S0": 5, "S1": 4, "S2": 2, "B0": 6,
        "S2L1": 0, "S2L2": 1, "S2R1": 4, "S2R2": 3,
    }  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 25), st.integers(0, 2**32), st.booleans())
def test_context_children_are_the_outermost(n, seed, nonmonotonic):
    rng = np.random.default_rng(seed)
    system = parser(nonmonotonic, context=PARSER_CONTEXT_25)
    state = system.state(n)
    while not state.is_final:
        seen = dict(zip(PARSER_CONTEXT_25, state.context().tolist(), strict=True))
        assert [seen["S2"], seen["S1"], seen["S0"]][-len(state.stack[-3:]) or 3 :] == state.stack[-3:]
        assert (seen["B0"], seen["B1"]) == state.buffer
        for word in ("S0", "S1", "S2", "B0", "B1"):
            children = [] if seen[word] < 0 else np.flatnonzero(state.heads == seen[word]).tolist()
            left = [c for c in children if c < seen[word]][:2]
            right = [c for c in children if c > seen[word]][::-1][:2]
            found = [seen[word + r] for r in ("L1", "L2", "R1", "R2")]
            assert found == [*left, *[-1] * (2 - len(left)), *right, *[-1] * (2 - len(right))]
        state.apply(int(rng.choice(np.flatnonzero(state.valid_moves()))))


def test_unknown_context_names_are_refused():
    assert compile_context(("S0", "B1R2")) == [0, 24]
    with pytest.raises(ContextNameError, match="'S3'"):
        parser(context=("S0", "S3"))


def test_clear_errors():
    system = parser()
    state = system.state(3)
    for move in (-1, system.n_moves, 1):
        with pytest.raises(MoveError):
            state.apply(move)
    with pytest.raises(GoldAnalysisError, match="token 1"):
        state.costs([0, 3, 0], ["ROOT", "obj", "obj"])
    with pytest.raises(GoldAnalysisError):
        state.costs([0, -1, 0], ["ROOT", "obj", "obj"])
    with pytest.raises(TransitionInputError):
        state.costs([0, 0], ["ROOT", "obj"])
    with pytest.raises(TransitionInputError):
        state.costs([0, 0, 0], ["ROOT"])
    with pytest.raises(TransitionInputError):
        system.state(3, preset=[1, 0])
    with pytest.raises(TransitionInputError):
        system.state(-1)
    with pytest.raises(TransitionInputError):
        ArcEager(("a", "a"), ())


def test_systems_pickle():
    system = parser(nonmonotonic=False, context=("S0",))
    again = pickle.loads(pickle.dumps(system))
    assert (again.move_names, again.context, again.nonmonotonic) == (system.move_names, ("S0",), False)


def test_forced_label_is_always_a_move():
    assert ArcEager((), ()).move_names == ("SHIFT", "REDUCE", "BREAK", "RIGHT-dep")


@pytest.mark.slow
@pytest.mark.parametrize("part", ["dev"])
def test_random_walks_over_a_treebank_length_of_words(part):
    n = sum(len(heads) for heads, _ in read_trees(treebank("UD_English-EWT", part)))
    system = parser()
    state = system.state(n)
    walk(state, np.random.default_rng(0))
    assert_one_rooted(state)
