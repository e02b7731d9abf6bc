"""The fused kernels against plain NumPy twins."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from thinc.api import Adam as ThincAdam
from thinc.api import NumpyOps

from nlpcore.kernels import training as kernels
from nlpcore.network.maxout_norm import maxout_ln_backward_reference, maxout_ln_reference
from nlpcore.training.optimizer import Adam


@given(st.lists(st.integers(0, 2**64 - 1), max_size=20), st.integers(0, 2**32 - 1), st.integers(1, 10_000))
def test_bloom_rows_are_thincs_hash_modulo_the_table_size(ids, seed, n_rows):
    ids = np.array(ids, dtype="uint64")
    rows = kernels.bloom_rows(ids.reshape(-1, 1), [seed], [n_rows])
    assert rows.shape == (len(ids), 1, 4)
    if len(ids):
        assert (rows[:, 0] == NumpyOps().hash(ids, seed) % n_rows).all()


@given(st.integers(0, 12), st.integers(1, 3), st.integers(1, 40), st.integers(0, 2**32))
def test_bloom_embed_sums_four_rows_and_scatters_their_gradient(n, n_tables, width, seed):
    rng = np.random.default_rng(seed)
    tables = [rng.normal(size=(r + 2, width)).astype("float32") for r in range(n_tables)]
    rows = np.stack([rng.integers(0, len(t), (n, 4)) for t in tables], axis=1).astype("int32")
    out = kernels.bloom_embed(tables, rows)
    expected = np.concatenate([t[rows[:, f]].sum(axis=1) for f, t in enumerate(tables)], axis=1)
    np.testing.assert_allclose(out, expected, atol=1e-5)

    d_out = rng.normal(size=out.shape).astype("float32")
    d_tables = [np.zeros_like(t) for t in tables]
    kernels.bloom_embed_backward(d_tables, rows, d_out)
    for f, d_table in enumerate(d_tables):
        twin = np.zeros_like(d_table)
        for k in range(4):
            np.add.at(twin, rows[:, f, k], d_out[:, f * width : (f + 1) * width])
        np.testing.assert_allclose(d_table, twin, atol=1e-4)


@given(st.integers(0, 9), st.integers(1, 4), st.integers(1, 70), st.integers(0, 2**32))
def test_maxout_ln_is_its_reference(n, pieces, width, seed):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(n, pieces * width)).astype("float32")
    bias = rng.normal(size=pieces * width).astype("float32")
    gain, shift = rng.normal(size=(2, width)).astype("float32")
    out, which, xhat, rstd = kernels.maxout_ln(y, bias, gain, shift)
    expected = maxout_ln_reference(y, bias, gain, shift)
    # A single column has no variance: its normalized value is 0/sqrt(eps), whatever rounding leaves of 0.
    for got, wanted in zip((out, which, xhat, rstd), expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=2e-3, atol=2e-3)

    d_out = rng.normal(size=out.shape).astype("float32")
    got = kernels.maxout_ln_backward(d_out, which, xhat, rstd, gain, pieces)
    wanted = maxout_ln_backward_reference(d_out, which, xhat, rstd, gain, pieces)
    for g, w in zip(got, wanted, strict=True):
        np.testing.assert_allclose(g, w, rtol=1e-3, atol=1e-3 * max(1.0, np.abs(w).max(initial=0)))


def test_rows_out_of_a_table_are_refused():
    table = np.zeros((3, 2), dtype="float32")
    for bad in (-1, 3):
        rows = np.full((1, 1, 4), bad, dtype="int32")
        with pytest.raises(IndexError, match="of a table of 3 rows"):
            kernels.bloom_embed([table], rows)
        with pytest.raises(IndexError):
            kernels.bloom_embed_backward([table.copy()], rows, np.zeros((1, 2), dtype="float32"))


def test_shapes_that_do_not_fit_are_refused():
    f = np.zeros(4, dtype="float32")
    with pytest.raises(ValueError, match="columns"):
        kernels.maxout_ln(np.zeros((2, 5), dtype="float32"), f, f, f)
    with pytest.raises(ValueError, match="bias"):
        kernels.maxout_ln(np.zeros((2, 8), dtype="float32"), f, f, f)
    with pytest.raises(ValueError, match="one seed"):
        kernels.bloom_rows(np.zeros((1, 2), dtype="uint64"), [1], [5])


@given(
    st.integers(1, 40),
    st.integers(1, 5),
    st.sampled_from([0.0, 0.01]),
    st.sampled_from([0.0, 0.5]),
    st.integers(0, 2**32),
)
def test_steps_of_adam_are_thincs(n, steps, decay, clip, seed):
    rng = np.random.default_rng(seed)
    settings = {"L2": decay, "grad_clip": clip, "L2_is_weight_decay": True}
    ours, theirs = Adam(0.01, **settings), ThincAdam(0.01, **settings)
    start = rng.normal(size=(n, 2)).astype("float32")
    mine, other = start.copy(), start.copy()
    for _ in range(steps):
        gradient = rng.normal(size=(n, 2)).astype("float32")
        mine, zero = ours((1, "W"), mine, gradient.copy())
        other, _ = theirs((1, "W"), other, gradient.copy())
        assert not zero.any()
    np.testing.assert_allclose(mine, other, atol=1e-5)
    np.testing.assert_allclose(ours.averages[1, "W"], theirs.averages[1, "W"], atol=1e-5)
    np.testing.assert_allclose(ours.mom2[1, "W"], theirs.mom2[1, "W"].reshape(-1), atol=1e-6)


def test_what_the_fused_step_does_not_know_takes_thincs():
    start = np.ones((3, 4), dtype="float32")
    turned = np.asfortranarray(start)
    Adam(0.1)((1, "W"), turned, np.ones((3, 4), dtype="float32"))
    plain, _ = Adam(0.1, use_averages=False)((1, "W"), start.copy(), np.ones((3, 4), dtype="float32"))
    assert (plain < 1).all()
    one, two = np.zeros(1, "f"), np.zeros(2, "f")
    with pytest.raises(ValueError, match="one length"):
        kernels.adam(one, one, two, one, one, learn_rate=1, beta1=0.9, beta2=0.9, epsilon=1, decay=0, share=1)
