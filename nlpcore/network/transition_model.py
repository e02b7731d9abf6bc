"""The network that scores transitions: one lower layer, pre-computed for all tokens, and one upper layer.

A state's hidden vector is a maxout over the sum of one row for each context position. The rows of all
tokens and positions are ONE product, done before stepping begins (Kiperwasser & Goldberg 2016 read from
encoder vectors; the pre-computation is that of Chen & Manning 2014, for every token instead of the frequent
words). A state then only adds F rows.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from thinc.api import Model, NumpyOps
from thinc.types import Floats2d

from .shapes import TransitionShape

#: From this share of the rows on, it is faster not to pick them.
DENSE = 0.8


def TransitionModel(nI: int, shape: TransitionShape) -> Model:  # noqa: N802 - Thinc's convention
    """V (N, nI) → tables (N, F, hidden·pieces) float32: each token's share of the hidden sum at each context
    position.

    The other parameters are used by stepping: ``pad`` (F, hidden·pieces), the share of an empty position;
    ``bias`` (hidden·pieces); ``upper_W`` (moves, hidden); ``upper_b`` (moves). Unit h's piece p stands at
    h·pieces + p.
    """
    n_units = shape.hidden * shape.pieces
    shapes = {
        "W": (nI, shape.n_context * n_units),
        "pad": (shape.n_context, n_units),
        "bias": (n_units,),
        "upper_W": (shape.n_moves, shape.hidden),
        "upper_b": (shape.n_moves,),
    }
    return Model(
        "transition_model",
        forward,
        init=init,
        params={"W": None, "pad": None, "bias": None, "upper_W": None, "upper_b": None},
        dims={"nI": nI, "nO": shape.n_moves},
        attrs={"shape": shape, "shapes": shapes},
    )


def init(model: Model, X: Floats2d | None = None, Y: Floats2d | None = None) -> None:
    shape, nI = model.attrs["shape"], model.get_dim("nI")
    n_units = shape.hidden * shape.pieces
    rng = np.random.default_rng(shape.n_context)
    # Several rows are summed: the deviation that one layer over all positions would have.
    limit = (6.0 / (nI * shape.n_context + shape.hidden)) ** 0.5
    W = rng.uniform(-limit, limit, (nI, shape.n_context * n_units)).astype("float32")
    pad = rng.normal(0, 0.05, (shape.n_context, n_units)).astype("float32")
    model.set_param("W", model.ops.asarray(W))
    model.set_param("pad", model.ops.asarray(pad))
    model.set_param("bias", model.ops.alloc1f(n_units))
    model.set_param("upper_W", model.ops.alloc2f(shape.n_moves, shape.hidden))
    model.set_param("upper_b", model.ops.alloc1f(shape.n_moves))


def forward(model: Model, V: Floats2d, is_train: bool) -> tuple[np.ndarray, Callable]:
    shape = model.attrs["shape"]
    W = model.get_param("W")
    tables = (V @ W).reshape(V.shape[0], shape.n_context, shape.hidden * shape.pieces)

    def backprop(d_tables: np.ndarray) -> Floats2d:
        if isinstance(model.ops, NumpyOps):
            dW, dV = products_of_rows_in_use(V, W, d_tables)
        else:
            flat = model.ops.asarray(d_tables).reshape(V.shape[0], W.shape[1])
            dW, dV = V.T @ flat, flat @ W.T
        model.inc_grad("W", dW)
        return dV

    return tables, backprop


def products_of_rows_in_use(V: Floats2d, W: Floats2d, d_tables: np.ndarray) -> tuple[Floats2d, Floats2d]:
    """Gradients of W (T, F·U) and V (N, T) from those of the tables (N, F, U).

    No state has read most rows of some positions, as that of a token's second child: they are zero, and left
    out.
    """
    n, n_context, n_units = d_tables.shape
    in_use = np.any(d_tables, axis=2).reshape(n, n_context)
    dW, dV = np.zeros_like(W), np.zeros_like(V)
    for f in range(n_context):
        columns = slice(f * n_units, (f + 1) * n_units)
        rows = np.flatnonzero(in_use[:, f])
        if len(rows) > DENSE * n:
            d = np.ascontiguousarray(d_tables[:, f])
            dW[:, columns] = V.T @ d
            dV += d @ W[:, columns].T
        elif len(rows):
            d = d_tables[rows, f]
            dW[:, columns] = V[rows].T @ d
            dV[rows] += d @ W[:, columns].T
    return dW, dV
