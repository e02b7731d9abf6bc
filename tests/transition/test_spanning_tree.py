"""Maximum spanning trees against all trees there are."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nlpcore.transition.spanning_tree import maximum_spanning_tree


def is_tree(heads):
    """Whether exactly one token is its own head, and all others lead to it."""
    roots = [token for token, head in enumerate(heads) if head == token]
    if len(roots) != 1:
        return False
    for token in range(len(heads)):
        for _ in heads:
            token = heads[token]
        if token != roots[0]:
            return False
    return True


def total(scores, heads):
    return sum(float(scores[token, head]) for token, head in enumerate(heads))


def squares(elements, most):
    return st.integers(1, most).flatmap(lambda n: arrays("float64", (n, n), elements=elements))


@given(squares(st.integers(-4, 4).map(float), 5))
def test_no_tree_is_better(scores):
    n = len(scores)
    heads = maximum_spanning_tree(scores).tolist()
    assert is_tree(heads)
    best = max(total(scores, other) for other in product(range(n), repeat=n) if is_tree(other))
    assert total(scores, heads) == best


@given(squares(st.floats(-50, 50, width=32), 40))
def test_long_sentences_get_trees_too(scores):
    heads = maximum_spanning_tree(scores)
    assert heads.dtype == np.int32
    assert is_tree(heads.tolist())


@given(squares(st.floats(-50, 50, width=32), 12))
def test_the_scores_stay_as_they_are(scores):
    before = scores.copy()
    first = maximum_spanning_tree(scores)
    assert (scores == before).all()
    assert (maximum_spanning_tree(scores) == first).all()


def test_a_tree_of_best_heads_is_found_as_it_is():
    scores = np.full((4, 4), -1.0)
    gold = [1, 1, 3, 1]
    scores[range(4), gold] = 5.0
    assert maximum_spanning_tree(scores).tolist() == gold


def test_one_root_alone_where_two_would_score_more():
    scores = np.array([[9.0, 1.0], [2.0, 9.0]])
    assert maximum_spanning_tree(scores).tolist() == [0, 0]


def test_cycles_within_cycles_are_broken():
    scores = np.full((40, 40), -9.0)
    for token in range(40):
        scores[token, token ^ 1] = 9.0  # pairs
        scores[token, (token + 2) % 40] = 5.0  # chained to a ring
    heads = maximum_spanning_tree(scores)
    assert is_tree(heads.tolist())


@pytest.mark.parametrize("unit", [1e308, 1e-308, 2**1000])
def test_numbers_of_any_size_are_scores(unit):
    scores = np.array([[0.0, 1.0, -1.0], [1.0, 0.5, 0.0], [-1.0, 1.0, 1.0]]) * unit
    heads = maximum_spanning_tree(scores).tolist()
    assert heads == [1, 1, 1]


def test_nothing_has_no_heads():
    assert maximum_spanning_tree(np.zeros((0, 0))).tolist() == []


@pytest.mark.parametrize(
    "scores",
    [np.zeros((2, 3)), np.zeros(4), np.array([[0.0, np.nan], [0.0, 0.0]]), np.full((2, 2), np.inf), [["a"]]],
)
def test_scores_that_are_none_are_refused(scores):
    with pytest.raises(ValueError, match="arc"):
        maximum_spanning_tree(scores)
