"""Finite differences confirm every gradient of the network."""

import numpy as np
import pytest

from nlpcore.network.block import TokenBlock
from nlpcore.network.heads import SoftmaxHead, any_of, cross_entropy
from nlpcore.network.maxout_norm import MaxoutNorm
from nlpcore.network.tok2vec import EncoderShape, Tok2Vec
from nlpcore.network.transition_model import (
    TransitionModel,
    TransitionShape,
    products_of_rows_in_use,
)

STEP = 1e-2


def small_block(seed=0, lengths=(4, 1, 6)):
    rng = np.random.default_rng(seed)
    return TokenBlock.from_inputs(
        [
            (rng.integers(0, 6, (n, 4)).astype("uint64"), rng.integers(0, 5, n).astype("uint8"))
            for n in lengths
        ]
    )


def small_encoder(seed=0):
    model = Tok2Vec(EncoderShape(width=8, depth=2, pieces=2, rows=[11, 7, 7, 7]))
    model.initialize()
    rng = np.random.default_rng(seed)
    for node in model.walk():
        for name in node.param_names:
            param = node.get_param(name)
            node.set_param(name, (param + rng.normal(0, 0.3, param.shape)).astype("float32"))
    return model


def check_gradients(model, run, rng, n_probes=6):
    """``run()`` gives the loss (float64) and leaves gradients in the model. Compares some entries of every
    parameter.
    """
    run()
    gradients = {
        (node.id, name): node.get_grad(name).copy() for node in model.walk() for name in node.param_names
    }
    for node in model.walk():
        for name in node.param_names:
            param = node.get_param(name)
            gradient = gradients[node.id, name]
            # Rows that nothing addressed have no gradient to check.
            candidates = np.argwhere(np.abs(gradient) > 1e-3)
            if len(candidates) == 0:
                continue
            for probe in candidates[rng.permutation(len(candidates))[:n_probes]]:
                at = tuple(probe)
                slopes = []
                for step in (STEP, STEP / 4):
                    losses = []
                    for sign in (1, -1):
                        changed = param.copy()
                        changed[at] += sign * step
                        node.set_param(name, changed)
                        losses.append(run())
                    node.set_param(name, param)
                    slopes.append((losses[0] - losses[1]) / (2 * step))
                wanted = gradient[at]
                # Maxout has kinks: where the two slopes disagree the probe crossed one.
                if abs(slopes[0] - slopes[1]) > 0.02 * max(1.0, abs(wanted)):
                    continue
                assert slopes[1] == pytest.approx(wanted, rel=0.05, abs=0.02), (node.name, name, at)


def test_encoder_gradients_are_those_of_finite_differences():
    model, block = small_encoder(), small_block()
    rng = np.random.default_rng(1)
    weight = rng.normal(size=(len(block.lexeme), 8)).astype("float32")
    weight[block.lexeme < 0] = 0

    def run():
        for node in model.walk():
            for name in node.param_names:
                node.set_grad(name, np.zeros_like(node.get_param(name)))
        X, backprop = model(block, True)
        backprop(weight.copy())
        return float((X.astype("float64") * weight).sum())

    check_gradients(model, run, rng)


def test_heads_gradients_are_those_of_finite_differences():
    rng = np.random.default_rng(2)
    V = rng.normal(size=(9, 5)).astype("float32")
    truths = np.array([0, 1, 2, -1, 2, 2, 0, -1, 1])
    model = SoftmaxHead(3, 5)
    model.initialize()
    model.set_param("W", rng.normal(size=(5, 3)).astype("float32"))

    def run():
        for name in model.param_names:
            model.set_grad(name, np.zeros_like(model.get_param(name)))
        logits, backprop = model(V, True)
        loss, d_logits = cross_entropy(logits, truths)
        backprop(d_logits)
        return loss

    check_gradients(model, run, rng)


def test_cross_entropy_ignores_unknown_tokens():
    logits = np.array([[5.0, -5.0], [0.0, 0.0]], dtype="float32")
    loss, d_logits = cross_entropy(logits, np.array([-1, 0]))
    assert loss == pytest.approx(np.log(2))
    assert (d_logits[0] == 0).all()
    loss, d_logits = cross_entropy(logits, np.array([-1, -1]))
    assert loss == 0
    assert (d_logits == 0).all()


def test_of_a_known_group_the_classes_are_right_together():
    rng = np.random.default_rng(3)
    logits = rng.normal(0, 2, (4, 5))
    groups = np.array([7, 8, 8, 7, 9])
    truths = np.array([any_of(8), 2, -1, any_of(9)])
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)

    def loss_of(logits):
        shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        return -np.log([shares[0, 1] + shares[0, 2], shares[1, 2], shares[3, 4]]).sum()

    loss, d_logits = cross_entropy(logits, truths, 0.0, groups)
    assert loss == pytest.approx(loss_of(logits))
    for at in np.ndindex(*logits.shape):
        up, down = logits.copy(), logits.copy()
        up[at] += 1e-5
        down[at] -= 1e-5
        assert d_logits[at] == pytest.approx((loss_of(up) - loss_of(down)) / 2e-5, abs=1e-6)
    # Within the group nothing moves but in the proportion that there was.
    assert d_logits[0, 1] / d_logits[0, 2] == pytest.approx(shares[0, 1] / shares[0, 2])


def test_a_group_that_is_all_but_impossible_has_a_finite_loss():
    logits = np.array([[900.0, 0.0, 0.0]], dtype="float32")
    loss, d_logits = cross_entropy(logits, np.array([any_of(1)]), 0.0, np.array([0, 1, 1]))
    assert np.isfinite(loss)
    assert loss > 60
    assert np.isfinite(d_logits).all()
    assert d_logits[0, 0] == pytest.approx(1.0)


def test_label_smoothing_moves_the_minimum_off_certainty():
    _, certain = cross_entropy(np.array([[50.0, 0.0, 0.0]], dtype="float32"), np.array([0]), 0.1)
    assert certain[0, 0] == pytest.approx(0.1, abs=1e-4)
    assert certain.sum() == pytest.approx(0, abs=1e-5)


def test_lower_layer_gradients_are_those_of_finite_differences():
    rng = np.random.default_rng(3)
    V = rng.normal(size=(6, 5)).astype("float32")
    model = TransitionModel(5, TransitionShape(n_context=3, hidden=4, pieces=2, n_moves=7))
    model.initialize()
    weight = rng.normal(size=(6, 3, 8)).astype("float32")

    def run():
        for name in model.param_names:
            model.set_grad(name, np.zeros_like(model.get_param(name)))
        tables, backprop = model(V, True)
        backprop(weight)
        return float((tables.astype("float64") * weight).sum())

    check_gradients(model, run, rng)
    _, backprop = model(V, True)
    dV = backprop(weight)
    np.testing.assert_allclose(dV, weight.reshape(6, -1) @ model.get_param("W").T, rtol=1e-4)


def test_maxout_norm_passes_its_gradient_to_its_input():
    rng = np.random.default_rng(4)
    model = MaxoutNorm(6, 5, 3)
    model.initialize()
    X = rng.normal(size=(4, 5)).astype("float32")
    weight = rng.normal(size=(4, 6)).astype("float32")
    _, backprop = model(X, True)
    dX = backprop(weight)
    for at in [(0, 0), (1, 3), (3, 4)]:
        losses = []
        for sign in (1, -1):
            changed = X.copy()
            changed[at] += sign * 1e-3
            losses.append(float((model.predict(changed).astype("float64") * weight).sum()))
        assert (losses[0] - losses[1]) / 2e-3 == pytest.approx(dX[at], rel=0.05, abs=0.02)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 1.0])
def test_rows_that_are_not_in_use_are_left_out_of_products(share):
    rng = np.random.default_rng(0)
    V, W = rng.normal(size=(40, 5)).astype("float32"), rng.normal(size=(5, 3 * 4)).astype("float32")
    d_tables = rng.normal(size=(40, 3, 4)).astype("float32")
    d_tables[rng.random((40, 3)) >= share] = 0
    dW, dV = products_of_rows_in_use(V, W, d_tables)
    flat = d_tables.reshape(40, 12)
    np.testing.assert_allclose(dW, V.T @ flat, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(dV, flat @ W.T, rtol=1e-4, atol=1e-4)
