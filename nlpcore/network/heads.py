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


def any_of(group: Any) -> Any:
    """The truth of a token of which only the group of its class is known (see ``cross_entropy``)."""
    return -2 - group


def cross_entropy(
    logits: Floats2d, truths: np.ndarray, label_smoothing: float = 0.0, groups: np.ndarray | None = None
) -> tuple[float, Floats2d]:
    """Loss summed over the known tokens, and its gradient (N, C) with respect to the logits.

    truths (N,) int: the gold class; −1 where unknown (no loss, no gradient); ``any_of(g)`` where it is one
    of the classes with the number g in ``groups`` (C,): the loss is then −log of their probability together
    (partial labels, Cour et al. 2011). With label smoothing e the gold class has the target 1 − e and the
    others share e.
    """
    xp = get_array_module(logits)
    truths = xp.asarray(truths)
    n_classes = logits.shape[1]
    d_logits = xp.zeros_like(logits)
    loss = 0.0
    if groups is not None:
        loss, rows, d_partial = group_cross_entropy(logits, truths, xp.asarray(groups))
        d_logits[rows] = d_partial
    rows = xp.flatnonzero(truths >= 0)
    if len(rows) == 0 or n_classes < 2:
        return loss, d_logits
    known = logits if len(rows) == len(logits) else logits[rows]
    classes = truths[rows]
    shifted = known - known.max(axis=1, keepdims=True)
    probabilities = xp.exp(shifted)
    total = probabilities.sum(axis=1, keepdims=True)
    loss += float((xp.log(total)[:, 0] - shifted[xp.arange(len(rows)), classes]).sum())
    probabilities /= total
    off = label_smoothing / (n_classes - 1)
    probabilities -= off
    probabilities[xp.arange(len(rows)), classes] -= 1.0 - label_smoothing - off
    d_logits[rows] = probabilities
    return loss, d_logits


def group_cross_entropy(
    logits: Floats2d, truths: np.ndarray, groups: np.ndarray
) -> tuple[float, np.ndarray, Floats2d]:
    """Loss, rows (M,) and gradient (M, C) of the tokens of which the group is known.

    p − q, with q the probabilities among the classes of the group: it moves nothing between these.
    """
    xp = get_array_module(logits)
    rows = xp.flatnonzero(truths < -1)
    known = logits[rows]
    if len(rows) == 0:
        return 0.0, rows, known
    among = groups[None, :] == any_of(truths[rows])[:, None]
    exps = xp.exp(known - known.max(axis=1, keepdims=True))
    inside = exps * among
    total, right = exps.sum(axis=1, keepdims=True), inside.sum(axis=1, keepdims=True)
    # All of the group can be so unlikely that nothing is left of it in float32.
    floor = np.float32(1e-30)
    right = xp.maximum(right, floor)
    loss = float((xp.log(total) - xp.log(right)).sum())
    return loss, rows, exps / total - inside / right


def classification_gradient(
    model: Model,
    targets: list[Any],
    lengths: list[int],
    V: Floats2d,
    scale: float,
    label_smoothing: float = 0.0,
    groups: np.ndarray | None = None,
) -> tuple[float, Floats2d]:
    """Backpropagate the cross-entropy of a softmax head.

    targets: for each document (n,) int32 truths (see ``cross_entropy``), or None where nothing is known; V
    (N, nI) with N the sum of lengths. Returns the summed loss and scale · dV; the head's own gradients are
    scaled likewise.
    """
    truths = np.full(sum(lengths), -1, dtype="int32")
    start = 0
    for target, length in zip(targets, lengths, strict=True):
        if target is not None:
            truths[start : start + length] = target
        start += length
    logits, backprop = model(V, True)
    loss, d_logits = cross_entropy(logits, truths, label_smoothing, groups)
    return loss, backprop(d_logits * np.float32(scale))
