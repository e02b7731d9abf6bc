"""Heads that exclude classes by small integers answer as those that compute every score in float32."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpcore.engine import forward
from nlpcore.kernels import simd

VARIANTS = simd.available()


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def screens(head, width):
    """Whether this variant has integer kernels at all."""
    V = normal(0, 1, width)
    return head.candidates(V)[0] < head.n_classes


def assert_answers(W, b, V, n_best, variant):
    """Both heads give the best float32 scores, which have the same bits in both."""
    plain = forward.Head(W, b, screened=False, variant=variant)
    screened = forward.Head(W, b, variant=variant)
    scores = plain.scores(V)
    wanted = plain.predict(V, n_best)
    finite = np.isfinite(scores).all(axis=1)
    best = np.argsort(-scores, axis=1, kind="stable")[:, :n_best]
    assert (wanted[finite] == best[finite]).all()
    assert (screened.predict(V, n_best) == wanted).all()
    assert (screened.candidates(V, n_best) >= n_best).all()
    alone = [screened.predict(V[i : i + 1], n_best)[0] for i in range(len(V))]
    assert (np.array(alone).reshape(wanted.shape) == wanted).all()


@pytest.mark.parametrize("variant", VARIANTS)
@settings(deadline=None, max_examples=60)
@given(st.data())
def test_heads_of_any_shape_and_scale(variant, data):
    n, k, m = (data.draw(st.integers(1, most)) for most in (40, 130, 400))
    seed = data.draw(st.integers(0, 99))
    exponents = st.integers(-30, 18)
    W = normal(seed, k, m) * np.float32(10.0 ** data.draw(exponents))
    V = normal(seed + 1, n, k) * np.float32(10.0 ** data.draw(exponents))
    b = normal(seed + 2, m) * np.float32(10.0 ** data.draw(exponents))
    assert_answers(W, b, V, data.draw(st.integers(1, min(m, 10))), variant)


@pytest.mark.parametrize("variant", VARIANTS)
@settings(deadline=None, max_examples=60)
@given(st.data())
def test_near_ties_and_duplicates(variant, data):
    """Classes that differ from one another by some units in the last place, or not at all."""
    k, m = data.draw(st.integers(1, 100)), data.draw(st.integers(33, 400))
    kinds = data.draw(st.integers(1, 50))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    kind = rng.integers(0, kinds, m)
    nudge = 1 + rng.integers(-2, 3, (k, m)) * np.float32(data.draw(st.sampled_from([0, 6e-8, 1e-4])))
    W = (rng.normal(size=(k, kinds))[:, kind] * nudge).astype("float32")
    b = rng.normal(size=kinds)[kind].astype("float32")
    V = rng.normal(size=(25, k)).astype("float32")
    assert_answers(W, b, V, data.draw(st.integers(1, 9)), variant)


def odd_rows(k):
    """Rows that are zero, denormal, huge, not finite, or have one value that is like no other."""
    V = normal(5, 60, k)
    V[0] = 0
    V[1] = 1e-40
    V[2] *= 1e30
    V[3, 1], V[4, 2], V[5, 0] = np.nan, np.inf, -np.inf
    V[6, 3] = 1e9
    V[7, 1:] = 0
    V[8, 4] = 1e-42
    V[9, :] = 1e-10
    V[10] *= 1e-12
    return V


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("n_best", [1, 3, 8, 9])
def test_odd_rows(n_best, variant):
    W, b = normal(1, 96, 200), normal(2, 200)
    V = odd_rows(96)
    assert_answers(W, b, V, n_best, variant)
    head = forward.Head(W, b, variant=variant)
    if screens(head, 96):
        assert (head.candidates(V[:6]) == 200).all()
        assert head.candidates(V[11:]).mean() < 3


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf, 1e38, 1e-42, 0.0])
def test_odd_weights(odd, variant):
    V = odd_rows(96)
    for column in (0, 77, 199):
        W, b = normal(1, 96, 200), normal(2, 200)
        W[:, column] = odd
        assert_answers(W, b, V, 3, variant)
        W, b = normal(1, 96, 200), normal(2, 200)
        b[column] = odd
        assert_answers(W, b, V, 3, variant)
    assert_answers(np.full((96, 200), odd, "float32"), normal(2, 200), V, 3, variant)


@pytest.mark.parametrize("variant", VARIANTS)
def test_candidates_are_few_where_scores_differ(variant):
    W, b, V = normal(1, 96, 380), normal(2, 380), normal(3, 1000, 96)
    head = forward.Head(W, b, variant=variant)
    assert (forward.Head(W, b, screened=False, variant=variant).candidates(V) == 380).all()
    if screens(head, 96):
        assert head.candidates(V).mean() < 3
        assert head.candidates(V, 3).mean() < 10
        assert (head.candidates(V) == [head.candidates(row[None])[0] for row in V]).all()


def test_integers_are_used_where_the_cpu_has_them():
    """Else all of the above proves nothing."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        pytest.skip("cannot tell what this CPU has")
    if "avx512" not in VARIANTS or "avx512_vnni" not in flags:
        pytest.skip("this CPU has no AVX-512 VNNI")
    assert screens(forward.Head(normal(1, 96, 380), normal(2, 380), variant="avx512"), 96)


def rounded(x, axis):
    """x in the nearest 255 steps of its largest value along an axis."""
    step = (np.abs(x).max(axis=axis, keepdims=True) / 127).astype("float32").astype("float64")
    return step * np.clip(np.rint(x / np.where(step, step, 1)), -127, 127)


def twin(W, b, V):
    """Approximate scores, all less one number for each row, and how far they may be from those in float32."""
    W, b, V = (x.astype("float64") for x in (W, b, V))
    centred = W - W.mean(axis=1, keepdims=True)
    w8, v8 = rounded(centred, 0), rounded(V, 1)

    def length(x, axis):
        return np.sqrt((x**2).sum(axis=axis, keepdims=True))

    unit = 2 * (len(W) + 16) * 2.0**-24
    error = length(V, 1) * (length(centred - w8, 0) + unit * (length(W, 0) + 2 * length(w8, 0)))
    return v8 @ w8 + b, error + length(V - v8, 1) * length(w8, 0) + unit * np.abs(b)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 130), st.integers(33, 400), st.sampled_from([0, 1, 30]), st.integers(0, 99))
def test_bounds_hold_and_are_those_of_the_twin(k, m, offset, seed):
    """The twin's bound is true of the float32 scores, and as many classes are left as by the twin's."""
    W, b, V = normal(seed, k, m) + np.float32(offset), normal(seed + 1, m), normal(seed + 2, 40, k)
    head = forward.Head(W, b)
    score, error = twin(W, b, V)
    common = V.astype("float64") @ W.astype("float64").mean(axis=1, keepdims=True)
    assert (np.abs(head.scores(V) - common - score) <= error).all()
    if not screens(head, k):
        return
    for n_best in (1, 3):
        lanes = [(score - error)[:, lane::32].max(axis=1) for lane in range(32)]
        threshold = np.sort(lanes, axis=0)[-n_best][:, None]
        spare = 1e-4 * error + 1e-6 * np.abs(score)  # what rounding may change
        most = (score + error + spare >= threshold - spare).sum(axis=1)
        least = (score + error - spare >= threshold + spare).sum(axis=1)
        found = head.candidates(V, n_best)
        assert ((found >= least) & (found <= np.where(most > 64, m, most))).all()
