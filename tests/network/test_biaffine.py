"""The graph-based parser's network: its gradients are those of its loss."""

import numpy as np
import pytest

from nlpcore.network.biaffine import ROWS_AT_ONCE, SCORING, Scoring
from nlpcore.network.shapes import BiaffineShape, biaffine_sizes

SHAPE = BiaffineShape(arc=5, label=4, n_labels=3)
SENTENCES = [(0, 4), (4, 5), (5, 8)]
HEADS = np.array([1, 1, 1, 2, 4, -1, 5, 2], dtype="int32")  # one unknown, one beyond its sentence
LABELS = np.array([0, 1, 2, -1, 0, 2, 1, -1], dtype="int32")
STARTS = np.array([1, -1, 0, -1, 1, 1, -1, -1], dtype="int8")


@pytest.fixture
def scoring():
    rng = np.random.default_rng(3)
    sizes = biaffine_sizes(SHAPE, 7)
    return Scoring(SHAPE, {name: rng.normal(0, 0.5, sizes[name]) for name in SCORING})


@pytest.fixture
def tables():
    return np.random.default_rng(4).normal(0, 1, (8, SHAPE.columns))


def loss_of(scoring, tables):
    return scoring.gradient(tables, SENTENCES, HEADS, LABELS, STARTS)[0]


def difference(scoring, tables, array, place, step=1e-5):
    before = array[place]
    array[place] = before + step
    higher = loss_of(scoring, tables)
    array[place] = before - step
    lower = loss_of(scoring, tables)
    array[place] = before
    return (higher - lower) / (2 * step)


def test_gradient_of_the_tables_is_that_of_the_loss(scoring, tables):
    _, d_tables, _ = scoring.gradient(tables, SENTENCES, HEADS, LABELS, STARTS)
    measured = [difference(scoring, tables, tables, place) for place in np.ndindex(tables.shape)]
    assert np.allclose(d_tables.ravel(), measured, atol=1e-6)


@pytest.mark.parametrize("name", SCORING)
def test_gradients_of_the_parameters_are_those_of_the_loss(scoring, tables, name):
    _, _, d_params = scoring.gradient(tables, SENTENCES, HEADS, LABELS, STARTS)
    array = scoring.params[name]
    measured = [difference(scoring, tables, array, place) for place in np.ndindex(array.shape)]
    assert np.abs(measured).max() > 0.01
    assert np.allclose(d_params[name].ravel(), measured, atol=1e-6)


def test_scores_are_the_products_that_they_stand_for(scoring, tables):
    own = tables[:4]
    dependents, heads, label_dependents, label_heads, _ = scoring.split(own)
    one = np.ones(1)
    arcs = scoring.arcs(own)
    log_p, labels = scoring.best_labels(own)
    W = scoring.params["label_W"].reshape(5, 3, 5)
    for d in range(4):
        x = np.concatenate([dependents[d], one])
        for h in range(4):
            y = scoring.params["arc_root"] if h == d else np.concatenate([heads[h], one])
            assert arcs[d, h] == pytest.approx(x @ scoring.params["arc_W"] @ y)
        x = np.concatenate([label_dependents[d], one])
        for h in range(4):
            y = scoring.params["label_root"] if h == d else np.concatenate([label_heads[h], one])
            scores = np.einsum("i,ikj,j->k", x, W, y)
            assert labels[d, h] == scores.argmax()
            assert log_p[d, h] == pytest.approx(scores.max() - np.log(np.exp(scores).sum()))


def test_labels_of_long_sentences_are_scored_in_blocks(scoring):
    tables = np.random.default_rng(5).normal(0, 1, (2 * ROWS_AT_ONCE + 1, SHAPE.columns))
    log_p, labels = scoring.best_labels(tables)
    last = tables[[-3, -2, -1]]
    assert np.allclose(log_p[-3:, -3:], scoring.best_labels(last)[0])
    assert (labels[-3:, -3:] == scoring.best_labels(last)[1]).all()
    assert [part.shape for part in scoring.best_labels(tables[:0])] == [(0, 0), (0, 0)]


def test_what_is_unknown_costs_nothing(scoring, tables):
    nothing = np.full(8, -1, dtype="int32")
    loss, d_tables, d_params = scoring.gradient(tables, SENTENCES, nothing, LABELS, np.zeros(8, dtype="int8"))
    assert loss == 0
    assert not d_tables.any()
    assert not any(d.any() for d in d_params.values())
