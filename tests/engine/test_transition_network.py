"""The engine's decoding against the reference, ``transition.decode`` over whole tables."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpcore import errors
from nlpcore.engine.transition_network import TransitionNetwork
from nlpcore.kernels import simd
from nlpcore.network.transition_model import TransitionModel, TransitionShape
from nlpcore.transition import (
    ENTITY_CONTEXT,
    PARSER_CONTEXT_13,
    PARSER_CONTEXT_25,
    ArcEager,
    Biluo,
    decode,
    score_states,
)

VARIANTS = simd.available()
STEP_ARRAYS = ("pad", "bias", "upper_W", "upper_b")
SYSTEMS = {
    "parser": ArcEager(["a", "b"], ["a", "c", "d"], context=PARSER_CONTEXT_13),
    "ner": Biluo(["PER", "LOC"], context=ENTITY_CONTEXT),
}
#: Other templates, sizes and modes: all that the engine computes in another way.
NETWORKS = {
    "parser-25": (ArcEager(["a"], ["c"], context=PARSER_CONTEXT_25), {"hidden": 17, "pieces": 3}),
    "parser-monotonic": (ArcEager(["a", "b"], ["c"], nonmonotonic=False), {}),
    "parser-wide": (ArcEager([f"l{i}" for i in range(60)], ["a"]), {"hidden": 64}),
    "parser-buffer": (ArcEager(["a"], ["a"], context=["B0"]), {}),
    "ner-all": (Biluo(["A"], context=["X0", "P2", "E1", "B0", "E0", "P1", "B2", "B1"]), {"pieces": 1}),
    "ner-one": (Biluo(["A", "B", "C"], context=["B0"]), {"hidden": 33}),
    "ner-apart": (Biluo([f"L{i}" for i in range(18)], context=["B2", "P1"]), {"hidden": 64}),
    "ner-moving": (Biluo(["A", "B"], context=["E0", "X0"]), {}),
}
every_system = pytest.mark.parametrize("system", SYSTEMS.values(), ids=SYSTEMS)
every_variant = pytest.mark.parametrize("variant", VARIANTS)


def transition_network(system, seed=0, width=24, hidden=8, pieces=2):
    shape = TransitionShape(system.n_context, hidden, pieces, system.n_moves)
    model = TransitionModel(width, shape)
    model.initialize()
    rng = np.random.default_rng(seed)
    for name in model.param_names:
        value = model.get_param(name)
        model.set_param(name, rng.normal(0, 0.5, value.shape).astype("float32"))
    return model


def exact_network(system, seed=0, **sizes):
    """All sums of its numbers are exact in any order, those of the filter for entities too: so there are no
    near ties, and what is equal is equal to all.
    """
    model = transition_network(system, seed, **sizes)
    for name in model.param_names:
        unit = np.float32(3 / 8 if name == "W" else 1 / 8)
        model.set_param(name, unit * np.round(model.get_param(name) / unit))
    return model


def step_arrays(model):
    return [model.get_param(name) for name in STEP_ARRAYS]


def engine(model, system, variant=None):
    return TransitionNetwork(system, model.get_param("W"), *step_arrays(model), variant=variant)


def inputs(lengths, seed=0, width=24, share=0.02):
    """Vectors and preset sentence starts (1, -1 and free ones) of documents."""
    rng = np.random.default_rng(seed)
    n = int(sum(lengths))
    V = np.round(4 * rng.normal(size=(n, width)).astype("float32")) / 4  # see exact_network
    preset = (rng.random(n) < share).astype("int8") - (rng.random(n) < share).astype("int8")
    return V, preset


def columns(analysis):
    return [np.asarray(column) for column in (analysis if isinstance(analysis, tuple) else (analysis,))]


def same(a, b):
    return all(np.array_equal(x, y) for x, y in zip(columns(a), columns(b), strict=True))


def part(analysis, doc, first, n):
    """The analysis of one document of a batch, as if it stood alone."""
    if isinstance(analysis, tuple):
        return tuple(column[first : first + n] for column in analysis)
    own = analysis[analysis[:, 0] == doc].copy()
    own[:, 0] = 0
    return own


@every_variant
@every_system
def test_decoding_equals_decoding_over_whole_tables(system, variant):
    model = transition_network(system)
    network = engine(model, system, variant)
    lengths = np.array([3, 0, 150, 1, 1, 40, 2500, 7, 2, 0], dtype="int32")
    V, preset = inputs(lengths)
    tables = network.tables(V)
    np.testing.assert_allclose(tables, model.predict(V), rtol=1e-4, atol=1e-4)
    for starts in (None, preset):
        wanted = decode(system, tables, *step_arrays(model), lengths, preset=starts)
        assert same(network.decode(V, lengths, preset=starts), wanted)


@every_variant
@pytest.mark.parametrize("name", NETWORKS)
def test_every_template_and_size(name, variant):
    system, settings = NETWORKS[name]
    for seed in range(4):
        model = exact_network(system, seed, **settings)
        network = engine(model, system, variant)
        lengths = np.array([31, 0, 1, 2, 3, 4, 5, 6, 700], dtype="int32")
        V, preset = inputs(lengths, seed, share=0.1)
        tables = network.tables(V)
        for starts in (None, preset):
            wanted = decode(system, tables, *step_arrays(model), lengths, preset=starts)
            assert same(network.decode(V, lengths, preset=starts), wanted)


@every_system
@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.integers(0, 90) | st.integers(200, 900), max_size=40),
    st.integers(0, 3),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_batch_and_order_change_nothing(system, lengths, seed, has_preset, random):
    """Nor where long documents are cut, which depends on the batch."""
    network = engine(transition_network(system, seed), system)
    V, preset = inputs(lengths, seed, share=0.1)
    preset = preset if has_preset else None
    together = network.decode(V, lengths, preset=preset)
    firsts = np.concatenate(([0], np.cumsum(lengths))).astype(int)

    def own(doc):
        return slice(firsts[doc], firsts[doc] + lengths[doc])

    for doc, n in enumerate(lengths):
        starts = None if preset is None else preset[own(doc)]
        alone = network.decode(V[own(doc)], [n], preset=starts)
        assert same(alone, part(together, doc, firsts[doc], n))
    order = list(range(len(lengths)))
    random.shuffle(order)
    rows = np.concatenate([np.arange(firsts[doc], firsts[doc] + lengths[doc]) for doc in order] or [[]])
    rows = rows.astype(int)
    starts = None if preset is None else preset[rows]
    shuffled = network.decode(V[rows], [lengths[doc] for doc in order], preset=starts)
    at = 0
    for place, doc in enumerate(order):
        n = lengths[doc]
        assert same(part(shuffled, place, at, n), part(together, doc, firsts[doc], n))
        at += n


@every_system
def test_decoding_equals_decoding_with_the_thinc_network(system):
    model = exact_network(system, seed=3)
    V, _ = inputs([400], seed=3)
    network = engine(model, system)
    tables = np.ascontiguousarray(model.predict(V))
    wanted = decode(system, tables, *step_arrays(model), np.array([400], dtype="int32"))
    assert same(network.decode(V, [400]), wanted)


@every_system
@pytest.mark.parametrize("with_preset", [False, True])
def test_a_very_long_document(system, with_preset):
    """Its analysis is the reference's, although only a few thousand tokens at a time are in hand."""
    model = exact_network(system, seed=1, width=8)
    network = engine(model, system)
    V, preset = inputs([100_000], seed=1, width=8, share=0.001)
    starts = preset if with_preset else None
    wanted = decode(system, network.tables(V), *step_arrays(model), [100_000], preset=starts)
    assert same(network.decode(V, [100_000], preset=starts), wanted)


@pytest.mark.parametrize("seed", range(6))
def test_states_that_slide_in_the_middle_of_repairs(seed):
    """Where BREAK follows a repair, words stand un-shifted in the buffer when the state moves on."""
    system = SYSTEMS["parser"]
    model = exact_network(system, seed=seed, width=8)
    upper_b = model.get_param("upper_b").copy()
    upper_b[:3] += 4  # SHIFT, REDUCE and BREAK: words are un-shifted, and sentences end before them
    model.set_param("upper_b", upper_b)
    V, _ = inputs([20_000], seed=seed, width=8)
    network = engine(model, system)
    wanted = decode(system, network.tables(V), *step_arrays(model), [20_000])
    assert same(network.decode(V, [20_000]), wanted)


def resident():
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))


@every_system
def test_memory_does_not_grow_with_a_document(system):
    """Beyond inputs and outputs (9 bytes a token), two million tokens need a few dozen megabytes."""
    network = engine(transition_network(system, seed=1, width=1), system)
    n = 2_000_000
    V = np.random.default_rng(0).normal(size=(n, 1)).astype("float32")
    network.decode(V[:5000], [5000])
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
            file.write("5")  # the peak is counted from now on
        before = resident()
    except OSError:
        pytest.skip("the system does not tell the peak of memory")
    analysis = network.decode(V, [n])
    outputs = sum(column.nbytes for column in columns(analysis))
    # The entities found are collected in a vector that doubles, and stand there beside the array.
    assert (resident() - before) * 1024 < 4 * outputs * (system is SYSTEMS["ner"]) + outputs + (24 << 20)


@every_system
def test_threads_share_one_network(system):
    network = engine(transition_network(system, width=24, hidden=64), system)
    other = engine(transition_network(system, seed=9, width=24, hidden=16, pieces=3), system)
    batches = [inputs([n, 3, 2 * n], seed=n)[0] for n in range(1, 60, 3)]
    jobs = []
    for V in batches:
        n = len(V) // 3 - 1
        jobs += [(network, V, [n, 3, 2 * n]), (other, V, [n, 3, 2 * n])]
    wanted = [each.decode(V, lengths) for each, V, lengths in jobs]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda job: job[0].decode(*job[1:]), jobs * 3))
    assert all(same(a, b) for a, b in zip(found, wanted * 3, strict=True))


@pytest.mark.parametrize("long_ones", [False, True])
def test_an_entity_far_back_is_still_seen(long_ones):
    """The last entity and an open one belong to the context however long ago they began."""
    system = SYSTEMS["ner"]
    model = transition_network(system, seed=4)
    upper_b = model.get_param("upper_b").copy()
    # Move 0 is OUT, then for each label BEGIN, IN, LAST, UNIT: entities are rare, or rarely end.
    upper_b[1:] -= 10 if long_ones else 22
    if long_ones:
        upper_b[2::4] += 30
    model.set_param("upper_b", upper_b)
    network = engine(model, system)
    V = np.random.default_rng(5).normal(size=(3000, 24)).astype("float32")
    lengths = np.array([3000], dtype="int32")
    wanted = decode(system, network.tables(V), *step_arrays(model), lengths)
    ends = wanted[:, 2]
    assert len(wanted) > 0
    assert max((wanted[:, 2] - wanted[:, 1]).max(), np.diff(ends, prepend=0).max()) > 400
    assert (network.decode(V, lengths) == wanted).all()


@every_system
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_still_give_an_analysis(system, value):
    """Of scores that are NaN the first valid move is taken: as the reference does."""
    model = transition_network(system)
    network = engine(model, system)
    V, _ = inputs([60, 5])
    V[:] = value
    wanted = decode(system, network.tables(V), *step_arrays(model), np.array([60, 5], dtype="int32"))
    assert same(network.decode(V, [60, 5]), wanted)


@every_system
def test_wrong_input_is_refused(system):
    model = transition_network(system)
    network = engine(model, system)
    V, preset = inputs([5])
    for arguments in [(V, [4]), (V, [6, -1]), (V[:, :3], [5]), (V[0], [5])]:
        with pytest.raises(errors.EngineInputError):
            network.decode(*arguments)
    with pytest.raises(errors.EngineInputError):
        network.decode(V, [5], preset=preset[:4])
    W, arrays = model.get_param("W"), step_arrays(model)
    with pytest.raises(errors.EngineInputError, match="W"):
        TransitionNetwork(system, W[:, 1:], *arrays)
    with pytest.raises(errors.EngineInputError, match="bias"):
        TransitionNetwork(system, W, arrays[0], arrays[1][1:], *arrays[2:])
    with pytest.raises(TypeError):
        TransitionNetwork("parser", W, *arrays)


@every_system
def test_forced_scores_agree_with_the_network(system):
    model = transition_network(system)
    arrays = step_arrays(model)
    network = engine(model, system)
    V = np.random.default_rng(6).normal(size=(60, 24)).astype("float32")
    moves = []
    state = system.state(60)
    while not state.is_final:
        moves.append(int(np.flatnonzero(state.valid_moves())[-1]))
        state.apply(moves[-1])
    a = score_states(system, network.tables(V), *arrays, moves)
    b = score_states(system, np.ascontiguousarray(model.predict(V)), *arrays, moves)
    assert (np.abs(a - b) <= 1e-4 * np.maximum(1, np.abs(b))).all()
