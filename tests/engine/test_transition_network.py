"""The engine's decoding against ``transition.decode`` over whole tables."""

import numpy as np
import pytest

from nlpcore.engine.transition_network import TransitionNetwork
from nlpcore.kernels import simd
from nlpcore.network.transition_model import TransitionModel, TransitionShape
from nlpcore.transition import ENTITY_CONTEXT, PARSER_CONTEXT_13, ArcEager, Biluo, decode, score_states

VARIANTS = simd.available()


def transition_network(system, seed=0, width=24, hidden=8, pieces=2):
    shape = TransitionShape(system.n_context, hidden, pieces, system.n_moves)
    model = TransitionModel(width, shape)
    model.initialize()
    rng = np.random.default_rng(seed)
    for name in model.param_names:
        value = model.get_param(name)
        model.set_param(name, rng.normal(0, 0.5, value.shape).astype("float32"))
    return model


SYSTEMS = {
    "parser": ArcEager(["a", "b"], ["a", "c", "d"], context=PARSER_CONTEXT_13),
    "ner": Biluo(["PER", "LOC"], context=ENTITY_CONTEXT),
}
STEP_ARRAYS = ("pad", "bias", "upper_W", "upper_b")


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("system", SYSTEMS.values(), ids=SYSTEMS)
def test_decoding_equals_decoding_over_whole_tables(system, variant):
    """Through windows of the tables: for long and short documents, the decisions of the whole tables."""
    model = transition_network(system)
    arrays = [model.get_param(name) for name in STEP_ARRAYS]
    network = TransitionNetwork(system, model.get_param("W"), *arrays, variant=variant)
    rng = np.random.default_rng(2)
    lengths = np.array([3, 0, 150, 1, 1, 40, 2500, 7], dtype="int32")
    V = rng.normal(size=(int(lengths.sum()), 24)).astype("float32")
    preset = (rng.random(len(V)) < 0.02).astype("int8")
    tables = network.tables(V)
    np.testing.assert_allclose(tables, model.predict(V), rtol=1e-4, atol=1e-4)
    for starts in (None, preset):
        wanted = decode(system, tables, *arrays, lengths, preset=starts)
        found = network.decode(V, lengths, preset=starts)
        for a, b in zip(np.atleast_2d(wanted), np.atleast_2d(found), strict=True):
            assert (a == b).all()


@pytest.mark.parametrize("long_ones", [False, True])
def test_an_entity_far_back_is_still_seen(long_ones):
    """The last entity and an open one belong to the context however long ago they began."""
    system = SYSTEMS["ner"]
    model = transition_network(system, seed=4)
    arrays = [model.get_param(name) for name in STEP_ARRAYS]
    upper_b = arrays[3].copy()
    # Move 0 is OUT, then for each label BEGIN, IN, LAST, UNIT: entities are rare, or rarely end.
    upper_b[1:] -= 10 if long_ones else 22
    if long_ones:
        upper_b[2::4] += 30
    arrays[3] = upper_b
    network = TransitionNetwork(system, model.get_param("W"), *arrays)
    V = np.random.default_rng(5).normal(size=(3000, 24)).astype("float32")
    lengths = np.array([3000], dtype="int32")
    wanted = decode(system, network.tables(V), *arrays, lengths)
    ends = wanted[:, 2]
    assert len(wanted) > 0
    assert max((wanted[:, 2] - wanted[:, 1]).max(), np.diff(ends, prepend=0).max()) > 400
    assert (network.decode(V, lengths) == wanted).all()


@pytest.mark.parametrize("system", SYSTEMS.values(), ids=SYSTEMS)
def test_forced_scores_agree_with_the_network(system):
    model = transition_network(system)
    arrays = [model.get_param(name) for name in STEP_ARRAYS]
    network = TransitionNetwork(system, model.get_param("W"), *arrays)
    V = np.random.default_rng(6).normal(size=(60, 24)).astype("float32")
    moves = []
    state = system.state(60)
    while not state.is_final:
        moves.append(int(np.flatnonzero(state.valid_moves())[-1]))
        state.apply(moves[-1])
    a = score_states(system, network.tables(V), *arrays, moves)
    b = score_states(system, np.ascontiguousarray(model.predict(V)), *arrays, moves)
    assert (np.abs(a - b) <= 1e-4 * np.maximum(1, np.abs(b))).all()
