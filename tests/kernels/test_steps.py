"""The kernels of stepping: each variant against plain NumPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpcore.kernels import simd

VARIANTS = simd.available()
each_variant = pytest.mark.parametrize("variant", VARIANTS)
#: The points of the filter; the sixth is infinity.
POINTS = [0, 1, -1, 2, -2]


def numbers(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


@each_variant
@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 29), max_size=40), st.integers(1, 50), st.integers(1, 200), st.booleans())
def test_scattered_product_has_the_bits_of_the_product(variant, order, k, m, with_bias):
    a, w = numbers(k, 30, k), numbers(m, k, m)
    bias = numbers(1, m) if with_bias else None
    found = simd.scattered_matmul(a, np.array(order, dtype=np.intp), w, bias, variant=variant)
    assert (found == simd.matmul(a, w, bias, variant=variant)[order]).all()


@each_variant
@settings(deadline=None, max_examples=60)
@given(st.integers(1, 14), st.integers(1, 4), st.integers(1, 9), st.integers(0, 99))
def test_sum_and_maxout_equal_numpys(variant, f, p, h, seed):
    rows = numbers(seed, f, p, 16 * h)
    total = np.zeros((p, 16 * h), dtype="float32")
    for row in rows:
        total += row
    assert (simd.sum_maxout(rows, variant=variant) == total.max(axis=0)).all()


def best_allowed_twin(scores, allowed):
    places = [i for i in np.flatnonzero(allowed) if scores[i] > -np.inf]
    return max(places, key=lambda i: (scores[i], -i), default=-1)


@each_variant
@settings(deadline=None, max_examples=200)
@given(
    st.integers(1, 9),
    st.lists(st.sampled_from([0.0, -0.0, 1.0, 2.5, np.inf, -np.inf, np.nan]), min_size=1, max_size=150),
    st.randoms(use_true_random=False),
)
def test_the_best_of_the_allowed(variant, h, values, random):
    scores = np.array([random.choice(values) for _ in range(16 * h)], dtype="float32")
    allowed = np.array([random.random() < 0.5 for _ in range(16 * h)])
    assert simd.best_allowed(scores, allowed, variant=variant) == best_allowed_twin(scores, allowed)


def filter_twin(weights, rows):
    """Results i: the sum over taps of weights[tap] * rows[i + tap]."""
    n = 7 - len(weights)
    return np.array([sum(w * rows[i + j] for j, w in enumerate(weights)) for i in range(n)])


@each_variant
@settings(deadline=None, max_examples=60)
@given(st.integers(2, 5), st.integers(1, 5), st.integers(0, 99))
def test_six_products_make_a_filter(variant, taps, h, seed):
    """With one weight a tap, all channels alike: a tile of 7 - taps results takes six products."""
    rows, weights, bias = numbers(seed, 6, 16 * h), numbers(seed + 1, taps), numbers(seed + 2, 16 * h)
    scales = [1 / 4, -1 / 6, -1 / 6, 1 / 24, 1 / 24]
    factors = [
        scale * sum(w * float(point) ** j for j, w in enumerate(weights))
        for point, scale in zip(POINTS, scales, strict=True)
    ]
    products = simd.filter_inputs(rows, variant=variant) * np.array([*factors, weights[-1]])[:, None]
    found = simd.filter_results(products.astype("float32"), bias, 7 - taps, variant=variant)
    np.testing.assert_allclose(found, filter_twin(weights, rows) + bias, rtol=1e-4, atol=1e-4)


@each_variant
@pytest.mark.parametrize("t", [1, 15, 16, 96, 101])
def test_filter_inputs_of_any_width(variant, t):
    rows = numbers(0, 6, t)
    matrix = [
        [4, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ]
    np.testing.assert_allclose(simd.filter_inputs(rows, variant=variant), matrix @ rows, rtol=1e-5, atol=1e-4)
