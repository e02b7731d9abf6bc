"""What the encoder promises: documents do not see each other, and nothing beyond its receptive field."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from thinc.api import NumpyOps

from nlpcore.network.block import TokenBlock, unique_rows
from nlpcore.network.tok2vec import EncoderShape, Tok2Vec, dropout_mask

SHAPE = EncoderShape(width=16, depth=3, pieces=3, rows=[50, 20, 20, 20])


@pytest.fixture(scope="module")
def model():
    model = Tok2Vec(SHAPE)
    model.initialize()
    rng = np.random.default_rng(0)
    model.set_param("gaps", rng.normal(size=(5, 16)).astype("float32"))
    return model


def random_inputs(seed, lengths):
    rng = np.random.default_rng(seed)
    return [
        (rng.integers(0, 40, (n, 4)).astype("uint64"), rng.integers(0, 5, n).astype("uint8")) for n in lengths
    ]


def encode(model, inputs):
    block = TokenBlock.from_inputs(inputs)
    return np.split(model.predict(block)[block.rows], np.cumsum(block.lengths)[:-1])


@given(st.lists(st.integers(0, 9), min_size=1, max_size=6), st.integers(0, 1000))
def test_a_document_has_the_same_vectors_in_every_batch(model, lengths, seed):
    inputs = random_inputs(seed, lengths)
    together = encode(model, inputs)
    for vectors, alone in zip(together, (encode(model, [i])[0] for i in inputs), strict=True):
        np.testing.assert_allclose(vectors, alone, atol=1e-5)


def test_a_token_sees_as_far_as_there_are_layers(model):
    ((ids, gaps),) = random_inputs(5, [20])
    (before,) = encode(model, [(ids, gaps)])
    changed = ids.copy()
    changed[10] = 39, 38, 37, 36
    (after,) = encode(model, [(changed, gaps)])
    moved = np.flatnonzero(np.abs(before - after).max(axis=1) > 1e-6)
    assert moved.min() == 10 - SHAPE.depth
    assert moved.max() == 10 + SHAPE.depth


def test_gaps_are_read(model):
    ((ids, gaps),) = random_inputs(6, [5])
    (before,) = encode(model, [(ids, gaps)])
    (after,) = encode(model, [(ids, (gaps + 1) % 5)])
    assert np.abs(before - after).max() > 1e-3


def test_padding_rows_are_zero(model):
    block = TokenBlock.from_inputs(random_inputs(7, [3, 0, 4]))
    X = model.predict(block)
    assert (X[block.lexeme < 0] == 0).all()
    assert block.lengths == [3, 0, 4]
    assert block.offsets.tolist() == [0, 3, 3, 7]


@given(st.lists(st.lists(st.integers(0, 2), min_size=2, max_size=2), max_size=12))
def test_unique_rows_give_back_every_row(rows):
    ids = np.array(rows, dtype="uint64").reshape(-1, 2)
    distinct, inverse = unique_rows(ids)
    assert (distinct[inverse] == ids).all()
    assert len({tuple(row) for row in distinct.tolist()}) == len(distinct)


@pytest.mark.parametrize(
    "change",
    [
        {"width": 0},
        {"width": "96"},
        {"depth": 10**6},
        {"rows": [1, 2]},
        {"rows": [0, 1, 1, 1]},
        {"seeds": None},
    ],
)
def test_sizes_that_make_no_encoder_are_refused(change):
    with pytest.raises(ValueError, match="must"):
        EncoderShape.from_dict({**SHAPE.to_dict(), **change})


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.5])
def test_dropout_keeps_the_mean(rate):
    np.random.seed(0)
    mask = dropout_mask(NumpyOps(), (300, 200), rate)
    assert mask.dtype == np.float32
    assert set(np.unique(mask).tolist()) <= {0.0, float(np.float32(1 / (1 - rate)))}
    assert mask.mean() == pytest.approx(1.0, abs=0.02)
    assert (mask == 0).mean() == pytest.approx(rate, abs=0.01)
