"""Decoding and training against their plain NumPy twin."""

import numpy as np
import pytest

from nlpcore.errors import MoveError, TransitionInputError
from nlpcore.transition import PARSER_CONTEXT_25, ArcEager, Biluo
from nlpcore.transition.stepping import WindowDecoder, decode, score_states, train_batch

from . import twin


def parser(**kwargs):
    return ArcEager(("nsubj", "det"), ("obj", "dep", "nmod"), **kwargs)


SYSTEMS = [
    parser(),
    parser(nonmonotonic=False),
    parser(context=PARSER_CONTEXT_25),
    parser(context=()),
    Biluo(("PER", "ORG")),
    Biluo(("PER",), context=("B0",)),
]


def model(system, n, hidden=5, pieces=2, seed=0):
    rng = np.random.default_rng(seed)
    f, width = system.n_context, hidden * pieces
    shapes = [(n, f, width), (f, width), (width,), (system.n_moves, hidden), (system.n_moves,)]
    return [rng.normal(size=shape).astype(np.float32) for shape in shapes]


def doubles(params):
    return [p.astype(np.float64) for p in params]


def gold_of(system, n):
    if isinstance(system, Biluo):
        tags = ["O", "B-PER", "L-PER", "U-PER", None, "O", "B-PER", "I-PER", "L-PER"]
        return system.gold_arrays([*(tags * n)[: n - 1], "O"])
    heads = [i if i % 4 == 1 else i - i % 4 + 1 for i in range(n - n % 4)] + [None] * (n % 4)
    labels = ["nsubj" if h is None or h > i else "obj" for i, h in enumerate(heads)]
    return system.gold_arrays(heads, labels, [1 if i % 4 == 0 else -1 for i in range(n)])


def costs_of(gold):
    return lambda state: state.costs_many(*(g[None] for g in gold))[0]


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("pieces", [1, 2, 3])
def test_decoding_equals_the_twin(system, pieces):
    params = model(system, 30, pieces=pieces)
    state = twin.decode(doubles(params), system.state(30))
    found = decode(system, *params, [30])
    if isinstance(system, Biluo):
        assert [(s, e, system.labels[x]) for _, s, e, x in found.tolist()] == state.spans
    else:
        heads, labels, starts = found
        assert heads.tolist() == state.heads.tolist()
        assert [system.labels[i] for i in labels] == state.labels
        assert starts.tolist() == state.sent_starts.tolist()


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("pieces", [1, 2, 3])
def test_gradients_equal_finite_differences(system, pieces):
    n, rng = 11, np.random.default_rng(1)
    params, gold = model(system, n, pieces=pieces), gold_of(system, n)
    gradients = [np.zeros_like(p) for p in params]
    loss, states, correct = train_batch(system, *params, [n], gold, gradients)
    wanted, moves = twin.loss_of(doubles(params), system.state(n), costs_of(gold))
    assert loss == pytest.approx(wanted, rel=1e-5)
    assert 0 <= correct <= states <= len(moves)
    filled = [i for i, p in enumerate(params) if p.size]
    small = [params[i].astype(np.float64) for i in filled]

    def along(values):
        whole = doubles(params)
        for i, value in zip(filled, values, strict=True):
            whole[i] = value
        return twin.loss_of(whole, system.state(n), costs_of(gold), moves)[0]

    for which, place, slope in twin.slopes(small, along, rng, 60):
        assert gradients[filled[which]].reshape(-1)[place] == pytest.approx(slope, abs=2e-4, rel=2e-4)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_document_does_not_see_its_batch(system):
    params = model(system, 40)
    together = decode(system, *params, [13, 0, 27])
    alone = [decode(system, params[0][a:b].copy(), *params[1:], [b - a]) for a, b in ((0, 13), (13, 40))]
    if isinstance(system, Biluo):
        assert [r[1:] for r in together.tolist()] == [r[1:] for part in alone for r in part.tolist()]
    else:
        for i in range(3):
            assert together[i].tolist() == [x for part in alone for x in part[i].tolist()]


@pytest.mark.parametrize("system", SYSTEMS)
def test_scores_of_forced_moves(system):
    n = 9
    params = model(system, n)
    state, moves, wanted = system.state(n), [], []
    rng = np.random.default_rng(3)
    while not state.is_final:
        move = int(rng.choice(np.flatnonzero(state.valid_moves())))
        wanted.append(twin.score(doubles(params), state))
        moves.append(move)
        state.apply(move)
    assert np.allclose(score_states(system, *params, moves), wanted, atol=1e-4)
    with pytest.raises(MoveError):
        score_states(system, *params, [-1])


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf])
def test_broken_scores_still_give_an_analysis(system, poison):
    params = model(system, 20)
    params[4][:] = poison
    found = decode(system, *params, [20])
    if not isinstance(system, Biluo):
        assert (found[0] >= 0).all()


@pytest.mark.parametrize("system", SYSTEMS)
def test_walks_follow_their_seed(system):
    n = 40
    params, gold = model(system, n), gold_of(system, n)

    def walk(seed, **options):
        gradients = [np.zeros_like(p) for p in params]
        result = train_batch(system, *params, [n], gold, gradients, seed=seed, **options)
        return result, [g.tolist() for g in gradients]

    options = {"explore": 0.5, "dropout": 0.3}
    assert walk(1, **options) == walk(1, **options)
    assert walk(1, **options) != walk(2, **options)
    assert walk(1) == walk(2)


def test_wrong_arrays_are_refused():
    system = parser()
    params = model(system, 6)
    for i, bad in [
        (0, params[0][:5]),
        (0, params[0].astype(np.float64)),
        (1, params[1][:, :4]),
        (2, params[2][:7]),
        (3, params[3][:-1]),
        (4, params[4].tolist()),
        (0, np.asfortranarray(params[0])),
    ]:
        with pytest.raises(TransitionInputError):
            decode(system, *params[:i], bad, *params[i + 1 :], [6])
    with pytest.raises(TransitionInputError):
        decode(system, *params, [7, -1])
    with pytest.raises(TransitionInputError):
        decode(system, *params, [6], preset=np.zeros(5, np.int8))
    gold = gold_of(system, 6)
    gradients = [np.zeros_like(p) for p in params]
    wrong = (np.full(6, 6, np.int32), *gold[1:])
    with pytest.raises(TransitionInputError):
        train_batch(system, *params, [6], wrong, gradients)
    with pytest.raises(TransitionInputError):
        train_batch(system, *params, [6], gold, gradients, explore=1.5)


@pytest.mark.parametrize("system", [parser(context=("S0", "B0")), Biluo(("PER",), context=("B0",))])
def test_a_very_long_document(system):
    n = 300_000
    params = model(system, n, hidden=2)
    found = decode(system, *params, [n])
    if isinstance(system, Biluo):
        assert (found[:, 1] < found[:, 2]).all()
        gold = (np.zeros(n, np.int8), np.full(n, -1, np.int32))
    else:
        assert (np.diff(np.flatnonzero(found[2] == 1)) <= 1000).all()
        starts = np.full(n, -1, np.int8)
        gold = (np.zeros(n, np.int32), np.full(n, -1, np.int32), starts)
    gradients = [np.zeros_like(p) for p in params]
    loss, *_ = train_batch(system, *params, [n], gold, gradients, explore=1.0)
    assert np.isfinite(loss)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("preset_every", [0, 700])
@pytest.mark.parametrize("seed", [0, 1])
def test_windows_give_the_analysis_of_the_whole(system, preset_every, seed):
    n = 5000
    tables, *params = model(system, n, seed=seed)
    if seed and isinstance(system, Biluo):
        params[3][[2 + 4 * i for i in range(len(system.labels))]] += 3.0  # IN: entities of any length
    preset = None
    if preset_every:
        preset = np.zeros(n, dtype=np.int8)
        preset[::preset_every] = 1
    decoder = WindowDecoder(system, *params, n, preset=preset)
    n_windows = 0
    while not decoder.is_final:
        tokens = decoder.window(1100)
        assert len(tokens) <= 1100 + 3
        decoder.run(np.ascontiguousarray(tables[tokens]))
        n_windows += 1
    assert n_windows >= 5
    whole = decode(system, tables, *params, [n], preset=preset)
    for found, wanted in zip(np.atleast_2d(decoder.result()), np.atleast_2d(whole), strict=True):
        assert (found == wanted).all()


def test_a_window_decoder_refuses_wrong_use():
    system = parser()
    tables, *params = model(system, 3)
    decoder = WindowDecoder(system, *params, 3)
    with pytest.raises(TransitionInputError, match="at the end"):
        decoder.result()
    with pytest.raises(TransitionInputError, match="window"):
        decoder.run(tables)
    with pytest.raises(TransitionInputError, match="at least"):
        decoder.window(10)
    assert decoder.window(2000).tolist() == [0, 1, 2]
    with pytest.raises(TransitionInputError, match="tables"):
        decoder.run(tables[:2])
    decoder.run(tables)
    assert decoder.is_final
    with pytest.raises(TransitionInputError, match="n"):
        WindowDecoder(system, *params, -1)
    with pytest.raises(TransitionInputError, match="ArcEager"):
        WindowDecoder(None, *params, 3)
