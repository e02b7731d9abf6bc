"""The graph-based parser's trees against all labelled trees there are."""

from itertools import product

import numpy as np
import pytest

from nlpcore.network.biaffine import SCORING, Scoring
from nlpcore.network.shapes import BiaffineShape, biaffine_sizes
from nlpcore.pipeline.graph_parser import MOST_WORDS, best_tree, sentences_of

SHAPE = BiaffineShape(arc=3, label=2, n_labels=3)


def softmax(scores):
    exps = np.exp(scores - scores.max())
    return exps / exps.sum()


def probabilities(scoring, tables):
    """P (n, n, labels) of each arc with each label, product by product."""
    dependents, heads, label_dependents, label_heads, _ = scoring.split(tables)
    n = len(tables)
    W = scoring.params["label_W"].reshape(SHAPE.label + 1, SHAPE.n_labels, SHAPE.label + 1)
    found = np.zeros((n, n, SHAPE.n_labels))
    for d in range(n):
        x = np.append(dependents[d], 1)
        ys = [scoring.params["arc_root"] if h == d else np.append(heads[h], 1) for h in range(n)]
        arcs = softmax(np.array([x @ scoring.params["arc_W"] @ y for y in ys]))
        x = np.append(label_dependents[d], 1)
        for h in range(n):
            y = scoring.params["label_root"] if h == d else np.append(label_heads[h], 1)
            found[d, h] = arcs[h] * softmax(np.einsum("i,ikj,j->k", x, W, y))
    return found


def is_tree(heads):
    roots = [token for token, head in enumerate(heads) if head == token]
    return len(roots) == 1 and all(leads_to(roots[0], token, heads) for token in range(len(heads)))


def leads_to(root, token, heads):
    for _ in heads:
        token = heads[token]
    return token == root


@pytest.mark.parametrize("seed", range(20))
def test_no_labelled_tree_is_more_likely(seed):
    rng = np.random.default_rng(seed)
    sizes = biaffine_sizes(SHAPE, 7)
    scoring = Scoring(SHAPE, {name: rng.normal(0, 1, sizes[name]) for name in SCORING})
    n = 1 + seed % 5
    tables = rng.normal(0, 1.5, (n, SHAPE.columns))
    heads, labels, certainty = best_tree(scoring, tables)
    P = probabilities(scoring, tables)
    rows = np.arange(n)
    assert is_tree(heads.tolist())
    assert np.allclose(certainty, P[rows, heads, labels])
    best = max(np.prod(P[rows, other].max(axis=1)) for other in product(range(n), repeat=n) if is_tree(other))
    assert np.prod(certainty) == pytest.approx(best)


def test_sentences_are_those_that_begin_and_long_ones_in_parts():
    starts = np.zeros(MOST_WORDS + 5, dtype="int8")
    starts[[0, 3]] = 1
    assert sentences_of(starts) == [(0, 3), (3, 3 + MOST_WORDS), (3 + MOST_WORDS, MOST_WORDS + 5)]
