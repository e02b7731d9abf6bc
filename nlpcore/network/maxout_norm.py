"""Affine layer, maxout and layer norm as one Thinc layer: the building stone of the encoder."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from thinc.api import Model, NumpyOps, get_array_module
from thinc.types import Floats2d

from ..kernels import training as kernels
from .workers import later

LAYER_NORM_EPSILON = 1e-5


def MaxoutNorm(nO: int, nI: int, pieces: int) -> Model:  # noqa: N802 - Thinc's convention
    """X (n, nI) → layer_norm(max over the pieces of X @ W + b) (n, nO).

    W is (nI, pieces·nO), piece-major: columns p·nO … (p+1)·nO belong to piece p.
    """
    return Model(
        "maxout_norm",
        forward,
        init=init,
        params={"W": None, "b": None, "gain": None, "shift": None},
        dims={"nO": nO, "nI": nI},
        attrs={
            "pieces": pieces,
            "seed": 0,
            "shapes": {"W": (nI, pieces * nO), "b": (pieces * nO,), "gain": (nO,), "shift": (nO,)},
        },
    )


def init(model: Model, X: Floats2d | None = None, Y: Floats2d | None = None) -> None:
    nO, nI, pieces = model.get_dim("nO"), model.get_dim("nI"), model.attrs["pieces"]
    rng = np.random.default_rng(model.attrs["seed"])
    limit = (6.0 / (nI + nO)) ** 0.5
    asarray = model.ops.asarray
    model.set_param("W", asarray(rng.uniform(-limit, limit, (nI, pieces * nO)).astype("float32")))
    model.set_param("b", model.ops.alloc1f(pieces * nO))
    model.set_param("gain", model.ops.alloc1f(nO) + 1)
    model.set_param("shift", model.ops.alloc1f(nO))


def forward(model: Model, X: Floats2d, is_train: bool) -> tuple[Floats2d, Callable]:
    W = model.get_param("W")
    b, gain, shift = (model.get_param(name) for name in ("b", "gain", "shift"))
    pieces = model.attrs["pieces"]
    on_cpu = isinstance(model.ops, NumpyOps)
    epilogue = kernels.maxout_ln if on_cpu else maxout_ln_reference
    Y, which, xhat, rstd = epilogue(X @ W, b, gain, shift)

    def backprop(dY: Floats2d) -> Floats2d:
        backward = kernels.maxout_ln_backward if on_cpu else maxout_ln_backward_reference
        d_pre, d_bias, d_gain, d_shift = backward(model.ops.as_contig(dY), which, xhat, rstd, gain, pieces)
        later(lambda: model.inc_grad("W", X.T @ d_pre))
        model.inc_grad("b", d_bias)
        model.inc_grad("gain", d_gain)
        model.inc_grad("shift", d_shift)
        return d_pre @ W.T

    return Y, backprop


def maxout_ln_reference(y, bias, gain, shift):
    """What ``kernels.maxout_ln`` computes, in array operations; runs on NumPy and CuPy arrays alike."""
    t = gain.shape[0]
    pieces = (y + bias).reshape(y.shape[0], bias.shape[0] // t, t)
    which = pieces.argmax(axis=1).astype("uint8")
    x = pieces.max(axis=1)
    centred = x - x.mean(axis=1, keepdims=True)
    rstd = 1.0 / ((centred**2).mean(axis=1) + LAYER_NORM_EPSILON) ** 0.5
    xhat = centred * rstd[:, None]
    return xhat * gain + shift, which, xhat, rstd


def maxout_ln_backward_reference(d_out, which, xhat, rstd, gain, pieces):
    """What ``kernels.maxout_ln_backward`` computes, in array operations."""
    d_xhat = d_out * gain
    mean = d_xhat.mean(axis=1, keepdims=True)
    mean_dot = (d_xhat * xhat).mean(axis=1, keepdims=True)
    d_x = rstd[:, None] * (d_xhat - mean - xhat * mean_dot)
    winner = which[:, None, :] == arange_like(which, pieces)[None, :, None]
    d_y = (d_x[:, None, :] * winner).reshape(d_x.shape[0], pieces * d_x.shape[1])
    return d_y, d_y.sum(axis=0), (d_out * xhat).sum(axis=0), d_out.sum(axis=0)


def arange_like(array, n):
    """0 … n−1 in the array module and on the device of ``array``."""
    return get_array_module(array).arange(n, dtype="uint8")
