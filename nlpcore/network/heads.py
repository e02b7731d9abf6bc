"""Softmax heads over token vectors, and their loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from thinc.api import Model, get_array_module
from thinc.types import Floats2d


def SoftmaxHead(nO: int, nI: int) -> Model:  # noqa: N802 - Thinc's convention
    """V (N, nI) → logits (N, nO). Starts at zero, so that before training all labels are equally likely."""
    return Model(
        "softmax_head",
        forward,
        init=init,
        params={"W": None, "b": None},
        dims={"nO": nO, "nI": nI},
        attrs={"shapes": {"W": (nI, nO), "b": (nO,)}},
    )


def init(model: Model, X: Floats2d | None = None, Y: Floats2d | None = None) -> None:
    model.set_param("W", model.ops.alloc2f(model.get_dim("nI"), model.get_dim("nO")))
    model.set_param("b", model.ops.alloc1f(model.get_dim("nO")))


def forward(model: Model, V: Floats2d, is_train: bool) -> tuple[Floats2d, Callable]:
    W = model.get_param("W")

    def backprop(d_logits: Floats2d) -> Floats2d:
        model.inc_grad("W", V.T @ d_logits)
        model.inc_grad("b", d_logits.sum(axis=0))
        return d_logits @ W.T

    return V @ W + model.get_param("b"), backprop


def best_classes(model: Model, V: Floats2d, n_best: int) -> Any:
    """V (N, nI), N > 0 → (N, n_best) int32: the classes with the highest scores, of equal ones the first.

    The result lies where V does.
    """
    scores = model.predict(V)
    xp = model.ops.xp
    rows = xp.arange(len(scores))
    best = xp.zeros((len(scores), n_best), dtype="int32")
    for k in range(n_best):
        winner = scores.argmax(axis=1)
        best[:, k] = winner
        scores[rows, winner] = -np.inf
    return best


def cross_entropy(
    logits: Floats2d, truths: np.ndarray, label_smoothing: float = 0.0
) -> tuple[float, Floats2d]:
    """Loss summed over the known tokens, and its gradient (N, C) with respect to the logits.

    truths (N,) int: the gold class, −1 where unknown (no loss, no gradient). With label smoothing e the
    gold class has the target 1 − e and the others share e.
    """
    xp = get_array_module(logits)
    truths = xp.asarray(truths)
    n_classes = logits.shape[1]
    rows = xp.flatnonzero(truths >= 0)
    d_logits = xp.zeros_like(logits)
    if len(rows) == 0 or n_classes < 2:
        return 0.0, d_logits
    known = logits if len(rows) == len(logits) else logits[rows]
    classes = truths[rows]
    shifted = known - known.max(axis=1, keepdims=True)
    probabilities = xp.exp(shifted)
    total = probabilities.sum(axis=1, keepdims=True)
    loss = float((xp.log(total)[:, 0] - shifted[xp.arange(len(rows)), classes]).sum())
    probabilities /= total
    off = label_smoothing / (n_classes - 1)
    probabilities -= off
    probabilities[xp.arange(len(rows)), classes] -= 1.0 - label_smoothing - off
    d_logits[rows] = probabilities
    return loss, d_logits


def classification_gradient(
    model: Model,
    targets: list[Any],
    lengths: list[int],
    V: Floats2d,
    scale: float,
    label_smoothing: float = 0.0,
) -> tuple[float, Floats2d]:
    """Backpropagate the cross-entropy of a softmax head.

    targets: for each document (n,) int32 classes with −1 for unknown, or None where nothing is known; V (N,
    nI) with N the sum of lengths. Returns the summed loss and scale · dV; the head's own gradients are
    scaled likewise.
    """
    truths = np.full(sum(lengths), -1, dtype="int32")
    start = 0
    for target, length in zip(targets, lengths, strict=True):
        if target is not None:
            truths[start : start + length] = target
        start += length
    logits, backprop = model(V, True)
    loss, d_logits = cross_entropy(logits, truths, label_smoothing)
    return loss, backprop(d_logits * np.float32(scale))
