"""The engine against the Thinc network from the same weights; independence of batches, tables and pieces."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpcore import errors
from nlpcore.engine import forward
from nlpcore.kernels import simd
from nlpcore.network.block import TokenBlock
from nlpcore.network.heads import SoftmaxHead
from nlpcore.network.static_vectors import StaticVectors
from nlpcore.network.tok2vec import EncoderShape, Tok2Vec
from nlpcore.vocab import Vectors

VARIANTS = simd.available()
SHAPES = [
    EncoderShape(width=96, depth=4, pieces=3, rows=[500, 100, 250, 250]),
    EncoderShape(width=20, depth=1, pieces=2, rows=[50, 10, 25, 1]),
    EncoderShape(width=33, depth=3, pieces=1, rows=[50, 10, 25, 25]),
    EncoderShape(width=24, depth=2, pieces=3, rows=[50, 10, 25, 25], vectors=13),
]
LENGTHS = [0, 1, 5, 0, 30, 200, 2, 1300]


def word_vectors(width, vocabulary=400):
    """Vectors of the norms of every third lexeme of ``documents``; two words share each row."""
    rng = np.random.default_rng(5)
    words = documents([1], vocabulary=vocabulary)[2][::3, 0]
    data = rng.normal(0, 1, (len(words) // 2 + 1, width)).astype("float32")
    vectors = Vectors(data=data)
    for i, word in enumerate(words.tolist()):
        vectors.add(word, row=i // 2)
    return StaticVectors(vectors)


def reference(shape, seed=0):
    """A network whose every parameter is random."""
    model = Tok2Vec(shape, word_vectors(shape.vectors) if shape.vectors else None)
    model.initialize()
    rng = np.random.default_rng(seed)
    for node in model.walk():
        for name in node.param_names:
            value = node.get_param(name)
            noise = rng.normal(0, 0.1, value.shape).astype("float32")
            node.set_param(name, value + noise)
    return model


def engine(model, **settings):
    embed, mixer, *convolutions = model.layers

    def layer(node):
        return [node.get_param(name) for name in ("W", "b", "gain", "shift")]

    tables = [embed.get_param(name) for name in embed.attrs["tables"]]
    return forward.Encoder(
        tables,
        embed.attrs["seeds"],
        layer(mixer),
        [layer(node) for node in convolutions],
        model.get_param("gaps"),
        vectors=model.attrs["static"],
        **settings,
    )


def documents(lengths, seed=0, vocabulary=400):
    """ids (N, 4) and gaps (N) of documents in which lexemes recur."""
    rng = np.random.default_rng(seed)
    lexemes = rng.integers(0, 2**63, (vocabulary, 4)).astype("uint64")
    n = sum(lengths)
    ids = lexemes[np.minimum(rng.zipf(1.3, n) - 1, vocabulary - 1)]
    return ids, rng.integers(0, 5, n).astype("uint8"), lexemes


ENCODERS = {shape.width: engine(reference(shape)) for shape in SHAPES}


def network_vectors(model, ids, gaps, lengths):
    ends = np.cumsum(lengths)
    inputs = [(ids[e - n : e], gaps[e - n : e]) for e, n in zip(ends, lengths, strict=True)]
    block = TokenBlock.from_inputs(inputs)
    return model.predict(block)[block.rows]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"T{shape.width}")
def test_encoder_equals_the_network(shape, variant):
    model = reference(shape)
    ids, gaps, _ = documents(LENGTHS)
    found = engine(model, variant=variant).encode(ids, gaps, LENGTHS)
    np.testing.assert_allclose(found, network_vectors(model, ids, gaps, LENGTHS), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("variant", VARIANTS)
def test_one_document_at_a_time_gives_the_same_bits(variant):
    encoder = engine(reference(SHAPES[0]), variant=variant)
    ids, gaps, _ = documents(LENGTHS)
    together = encoder.encode(ids, gaps, LENGTHS)
    starts = np.concatenate(([0], np.cumsum(LENGTHS)))
    for n, start in zip(LENGTHS, starts[:-1], strict=True):
        own = slice(start, start + n)
        assert (encoder.encode(ids[own], gaps[own], [n]) == together[own]).all()


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(0, 500), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_order_and_tables_change_no_bit(lengths, random):
    model = reference(SHAPES[1])
    ids, gaps, _ = documents(lengths, seed=sum(lengths))
    warm, cold = engine(model), engine(model, budget=0)
    wanted = cold.encode(ids, gaps, lengths)
    assert cold.n_tabulated == 0
    for _ in range(3):
        assert (warm.encode(ids, gaps, lengths) == wanted).all()
    order = list(range(len(lengths)))
    random.shuffle(order)
    ends = np.cumsum(lengths)
    rows = np.concatenate([np.arange(ends[i] - lengths[i], ends[i]) for i in order])
    shuffled = warm.encode(ids[rows], gaps[rows], [lengths[i] for i in order])
    assert (shuffled == wanted[rows]).all()


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"T{shape.width}")
def test_a_piece_of_a_document_has_the_bits_of_the_whole(shape):
    """Cut at whole tiles anywhere, with ``reach`` tokens around it."""
    encoder = engine(reference(shape))
    ids, gaps, _ = documents([2000], seed=3)
    whole = encoder.encode(ids, gaps, [2000])
    tile, reach = encoder.tile, encoder.reach
    assert reach % tile == 0
    for start in [*range(0, 480, tile), 900, 1998]:
        stop = min(2000, start + tile)
        first, last = max(0, start - reach), min(2000, stop + reach)
        part = encoder.encode(ids[first:last], gaps[first:last], [last - first])
        assert (part[start - first : stop - first] == whole[start:stop]).all()


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 2000), st.lists(st.integers(0, 900), max_size=4), st.data())
def test_a_document_has_the_same_bits_in_any_batch_and_in_pieces(n, others, data):
    encoder = ENCODERS[data.draw(st.sampled_from(sorted(ENCODERS)))]
    ids, gaps, _ = documents([n], seed=n)
    alone = encoder.encode(ids, gaps, [n])
    other_ids, other_gaps, _ = documents([sum(others)], seed=1)
    position = data.draw(st.integers(0, len(others)))
    before = sum(others[:position])
    batch = encoder.encode(
        np.concatenate([other_ids[:before], ids, other_ids[before:]]),
        np.concatenate([other_gaps[:before], gaps, other_gaps[before:]]),
        [*others[:position], n, *others[position:]],
    )
    assert (batch[before : before + n] == alone).all()
    size = encoder.tile * data.draw(st.integers(1, 200))
    for start in range(0, n, max(size, n // 8 // encoder.tile * encoder.tile)):
        stop = min(n, start + size)
        first, last = max(0, start - encoder.reach), min(n, stop + encoder.reach)
        part = encoder.encode(ids[first:last], gaps[first:last], [last - first])
        assert (part[start - first : stop - first] == alone[start:stop]).all()


def float64_vectors(model, ids, gaps):
    """One document's vectors, by the definition of the network, in double precision."""
    embed, mixer, *convolutions = model.layers
    embedded, _ = embed(ids, False)

    def layer(node, x):
        W, b, gain, shift = (node.get_param(name).astype("float64") for name in ("W", "b", "gain", "shift"))
        y = (x @ W + b).reshape(len(x), -1, len(gain)).max(axis=1)
        y -= y.mean(axis=1, keepdims=True)
        return y / np.sqrt((y**2).mean(axis=1, keepdims=True) + 1e-5) * gain + shift

    x = layer(mixer, embedded.astype("float64")) + model.get_param("gaps")[gaps]
    for node in convolutions:
        padded = np.pad(x, ((1, 1), (0, 0)))
        x = x + layer(node, np.concatenate([padded[:-2], padded[1:-1], padded[2:]], axis=1))
    return x


@pytest.mark.parametrize("variant", VARIANTS)
def test_minimal_filtering_costs_little_precision(variant):
    """Against double precision: the engine's error is about that of the plain float32 network."""
    model = reference(SHAPES[0])
    ids, gaps, _ = documents([1500], seed=8)
    wanted = float64_vectors(model, ids, gaps)

    def error(found):
        return np.sqrt(((found - wanted) ** 2).mean())

    found = engine(model, variant=variant).encode(ids, gaps, [1500])
    plain = network_vectors(model, ids, gaps, [1500])
    assert error(found) < 2 * error(plain) < 1e-5
    assert (np.abs(found - wanted) <= 4e-5 * np.maximum(1, np.abs(wanted))).all()


def test_multiply_adds_are_counted():
    encoder = engine(reference(SHAPES[0]), budget=0)
    width, pieces, depth = 96, 3, 4
    assert encoder.tile == 6
    assert encoder.layer_multiply_adds([0, 1, 6, 7]) == 4 * (depth - 1) * 8 * width * width * pieces
    ids, gaps, _ = documents([100], vocabulary=30)
    encoder.encode(ids, gaps, [100])
    assert encoder.n_computed == len(np.unique(ids, axis=0))
    assert encoder.lexeme_multiply_adds == (4 + 3) * width * width * pieces


def test_frequent_lexemes_are_tabulated_within_the_budget():
    encoder = engine(reference(SHAPES[1]), budget=40_000)
    ids, gaps, _ = documents([3000], vocabulary=1000)
    for _ in range(3):
        encoder.encode(ids, gaps, [3000])
    assert 0 < encoder.n_tabulated <= 40_000 // (4 * 20 * 7)


def test_threads_share_one_encoder():
    encoder = engine(reference(SHAPES[0]), budget=1 << 20)
    inputs = [documents([400], seed=seed)[:2] for seed in range(12)]
    wanted = [engine(reference(SHAPES[0])).encode(ids, gaps, [400]) for ids, gaps in inputs]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda item: encoder.encode(*item, [400]), inputs * 3))
    assert all((a == b).all() for a, b in zip(found, wanted * 3, strict=True))


def test_wrong_input_is_refused():
    encoder = engine(reference(SHAPES[1]))
    ids, gaps, _ = documents([3])
    for changed in [(ids[:2], gaps, [3]), (ids, gaps, [2]), (ids, gaps, [4, -1]), (ids, gaps + 5, [3])]:
        with pytest.raises(errors.EngineInputError):
            encoder.encode(*changed)
    with pytest.raises(errors.EngineInputError, match="W"):
        forward.Head(np.zeros((3, 0)), np.zeros(0))
    with pytest.raises(errors.EngineInputError, match="V"):
        forward.Head(np.zeros((3, 2)), np.zeros(2)).predict(np.zeros((1, 4)))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("n_classes", [1, 2, 17, 300])
def test_heads_equal_the_network(n_classes, variant):
    model = SoftmaxHead(n_classes, 20)
    model.initialize()
    rng = np.random.default_rng(1)
    model.set_param("W", rng.normal(size=(20, n_classes)).astype("float32"))
    model.set_param("b", rng.normal(size=n_classes).astype("float32"))
    V = rng.normal(size=(130, 20)).astype("float32")
    head = forward.Head(model.get_param("W"), model.get_param("b"), variant=variant)
    wanted = model.predict(V)
    np.testing.assert_allclose(head.scores(V), wanted, rtol=1e-4, atol=1e-4)
    n_best = min(3, n_classes)
    assert head.predict(V, n_best).tolist() == simd.best_columns(head.scores(V), n_best).tolist()
    assert (head.predict(V)[7:9] == head.predict(V[7:9])).all()


WRONG_VECTORS = {
    "unsorted": lambda v: setattr(v, "keys", v.keys[::-1]),
    "twice": lambda v: setattr(v, "keys", v.keys * 0),
    "too few rows": lambda v: setattr(v, "rows", v.rows[1:]),
    "row behind the table": lambda v: setattr(v, "rows", v.rows + len(v.data)),
    "negative row": lambda v: setattr(v, "rows", v.rows - len(v.data)),
    "no numbers": lambda v: setattr(v, "data", v.data[:, :0]),
    "other width": lambda v: setattr(v, "data", v.data[:, :5]),
}


@pytest.mark.parametrize("what", WRONG_VECTORS)
def test_word_vectors_that_do_not_fit_are_refused(what):
    model = reference(SHAPES[-1])
    WRONG_VECTORS[what](model.attrs["static"])
    with pytest.raises(errors.EngineInputError):
        engine(model)
