"""The kernels of inference: each variant against plain NumPy, rows independent of one another, dispatch."""

import os
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpcore import errors
from nlpcore.kernels import simd

VARIANTS = simd.available()
TILE = 6


def numbers(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def maxout_norm_twin(y, gain, shift, residual):
    n, t = len(y), len(gain)
    x = y.astype("float64").reshape(n, -1, t).max(axis=1)
    x -= x.mean(axis=1, keepdims=True)
    x /= np.sqrt((x**2).mean(axis=1, keepdims=True) + 1e-5)
    return x * gain + shift + (0 if residual is None else residual)


@pytest.mark.parametrize("variant", VARIANTS)
@settings(deadline=None, max_examples=60)
@given(st.integers(0, 40), st.integers(1, 70), st.integers(1, 100), st.booleans(), st.integers(0, 9))
def test_product_equals_numpys(variant, n, k, m, with_bias, seed):
    a, w = numbers(seed, n, k), numbers(seed + 1, k, m)
    bias = numbers(seed + 2, m) if with_bias else None
    wanted = a.astype("float64") @ w + (0 if bias is None else bias)
    np.testing.assert_allclose(simd.matmul(a, w, bias, variant=variant), wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("variant", VARIANTS)
@settings(deadline=None, max_examples=40)
@given(st.integers(1, 50), st.integers(0, 49), st.integers(1, 50), st.integers(1, 80))
def test_a_rows_product_does_not_depend_on_the_other_rows(variant, n, first, count, m):
    a, w, bias = numbers(n, n, 37), numbers(m, 37, m), numbers(1, m)
    whole = simd.matmul(a, w, bias, variant=variant)
    part = np.ascontiguousarray(a[first : first + count])
    assert (simd.matmul(part, w, bias, variant=variant) == whole[first : first + count]).all()


@pytest.mark.parametrize("variant", VARIANTS)
@settings(deadline=None, max_examples=40)
@given(st.integers(1, 9), st.integers(1, 4), st.integers(1, 70), st.booleans())
def test_maxout_and_layer_norm_equal_numpys(variant, n, pieces, t, with_residual):
    y, gain, shift = numbers(1, n, pieces * t), numbers(2, t), numbers(3, t)
    residual = numbers(4, n, t) if with_residual else None
    found = simd.maxout_norm(y, gain, shift, residual, variant=variant)
    np.testing.assert_allclose(found, maxout_norm_twin(y, gain, shift, residual), rtol=2e-3, atol=2e-3)
    alone = np.concatenate(
        [
            simd.maxout_norm(
                y[i : i + 1], gain, shift, None if residual is None else residual[i : i + 1], variant=variant
            )
            for i in range(n)
        ]
    )
    assert (alone == found).all()


@pytest.mark.parametrize("variant", VARIANTS)
@settings(deadline=None, max_examples=60)
@given(st.data())
def test_best_columns_are_those_of_a_stable_sort(variant, data):
    m = data.draw(st.integers(1, 70))
    # Few different values: many ties.
    values = st.lists(st.integers(-3, 3), min_size=m, max_size=m)
    scores = np.array(data.draw(st.lists(values, min_size=1, max_size=3)), dtype="float32")
    n_best = data.draw(st.integers(1, min(m, 3)))
    wanted = np.argsort(-scores, axis=1, kind="stable")[:, :n_best]
    assert simd.best_columns(scores, n_best, variant=variant).tolist() == wanted.tolist()


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("t", [1, 7, 16, 96, 100])
@pytest.mark.parametrize("pieces", [1, 3])
def test_sum_of_six_rows_with_maxout_and_layer_norm(variant, t, pieces):
    terms, gain, shift = numbers(t, 6, pieces * t), numbers(2, t), numbers(3, t)
    a, b = numbers(4, t), numbers(5, t)
    total = ((terms[0] + terms[1]) + (terms[2] + terms[3])) + (terms[4] + terms[5])
    wanted = a + b + maxout_norm_twin(total[None], gain, shift, None)[0]
    found = simd.sum6_norm(terms, gain, shift, a, b, variant=variant)
    np.testing.assert_allclose(found, wanted, rtol=2e-3, atol=2e-3)
    by_parts = simd.maxout_norm(total[None], gain, shift, (a + b)[None], variant=variant)
    assert (found == by_parts[0]).all()


def window_twin(x, w, b, width):
    """Direct convolution, in double precision."""
    padded = np.pad(x.astype("float64"), ((1, 1), (0, 0)))
    y = np.concatenate([padded[:-2], padded[1:-1], padded[2:]], axis=1) @ w.astype("float64") + b
    return y.reshape(len(x), w.shape[1] // width, width).max(axis=1)


@pytest.mark.parametrize("variant", VARIANTS)
@settings(deadline=None, max_examples=60)
@given(st.integers(0, 110), st.integers(1, 40), st.integers(1, 70), st.integers(1, 4), st.integers(0, 9))
def test_windows_equal_direct_convolution(variant, n, k, width, pieces, seed):
    x, w, b = numbers(seed, n, k), numbers(seed + 1, 3 * k, pieces * width), numbers(seed + 2, pieces * width)
    found = simd.window_maxout(x, w, b, width, variant=variant)
    np.testing.assert_allclose(found, window_twin(x, w, b, width), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("variant", VARIANTS)
@settings(deadline=None, max_examples=40)
@given(st.integers(2, 40), st.integers(0, 38), st.integers(2, 40))
def test_a_tile_does_not_depend_on_the_other_tiles(variant, tiles, first, count):
    first = min(first, tiles - 2)
    last = min(tiles, first + count)
    x, w, b = numbers(tiles, TILE * tiles, 19), numbers(1, 57, 40), numbers(2, 40)
    whole = simd.window_maxout(x, w, b, 20, variant=variant)[TILE * first : TILE * last]
    part = simd.window_maxout(x[TILE * first : TILE * last].copy(), w, b, 20, variant=variant)
    # The outermost rows are no longer the same, and are read by the outermost tiles.
    inside = slice(TILE if first else 0, None if last == tiles else -TILE)
    assert (part[inside] == whole[inside]).all()


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("t", [1, 7, 16, 96, 100])
def test_layer_norm_is_added_to_the_rows(variant, t):
    y, gain, shift, rows = numbers(1, 5, t), numbers(2, t), numbers(3, t), numbers(4, 5, t)
    found = simd.norm_add(y, gain, shift, rows, variant=variant)
    assert (found == simd.maxout_norm(y, gain, shift, rows, variant=variant)).all()


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_peak_is_above_what_a_product_reaches(variant):
    a, w = numbers(1, 192, 288), numbers(2, 288, 288)
    seconds = []
    for _ in range(20):
        start = time.perf_counter()
        simd.matmul(a, w, variant=variant)
        seconds.append(time.perf_counter() - start)
    reached = 2e-9 * 192 * 288 * 288 / min(seconds)
    assert 0.9 * reached < simd.fma_peak(variant=variant) < 1000 * reached


def test_variants_agree():
    a, w, bias = numbers(1, 30, 288), numbers(2, 288, 288), numbers(3, 288)
    products = [simd.matmul(a, w, bias, variant=variant) for variant in VARIANTS]
    for product in products[1:]:
        np.testing.assert_allclose(product, products[0], rtol=1e-4, atol=1e-4)


def test_wrong_shapes_are_refused():
    with pytest.raises(ValueError, match="do not fit"):
        simd.matmul(numbers(1, 2, 3), numbers(1, 4, 5))
    with pytest.raises(ValueError, match="bias"):
        simd.matmul(numbers(1, 2, 3), numbers(1, 3, 5), numbers(1, 4))
    with pytest.raises(ValueError, match="n_best"):
        simd.best_columns(numbers(1, 2, 3), 4)
    with pytest.raises(ValueError, match="do not fit"):
        simd.window_maxout(numbers(1, 5, 4), numbers(1, 9, 6), numbers(1, 6), 3)
    with pytest.raises(ValueError, match="columns"):
        simd.window_maxout(numbers(1, 5, 4), numbers(1, 12, 6), numbers(1, 6), 4)
    with pytest.raises(ValueError, match="rows"):
        simd.norm_add(numbers(1, 5, 4), numbers(1, 4), numbers(1, 4), numbers(1, 4, 4))
    with pytest.raises(ValueError, match="terms"):
        simd.sum6_norm(numbers(1, 5, 4), *(numbers(1, 4) for _ in range(4)))
    with pytest.raises(ValueError, match="columns"):
        simd.maxout_norm(numbers(1, 2, 7), numbers(1, 3), numbers(1, 3))


def chosen(value):
    code = "from nlpcore.kernels import simd; print(simd.chosen())"
    environment = {**os.environ, "NLPCORE_SIMD": value}
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    return result.stdout.strip() or result.stderr


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_environment_forces_a_variant(variant):
    assert chosen(variant) == variant


def test_the_best_variant_is_the_default():
    assert chosen("") == VARIANTS[0]
    assert VARIANTS[-1] == "base"


def test_an_unknown_variant_is_named(monkeypatch):
    monkeypatch.setenv("NLPCORE_SIMD", "mmx")
    with pytest.raises(errors.SimdVariantError, match=r"'mmx'.*base"):
        simd.chosen()
