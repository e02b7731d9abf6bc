"""Thinc's Adam, with a step that passes over a parameter once where it lies in main memory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from thinc.api import Optimizer

from ..kernels import training as kernels

#: A moving average never takes less than this of the new weights.
LEAST_SHARE = 1e-4


class Adam(Optimizer):
    """Adam with averages, clipping by norm, and decay of the weights; to be used as Thinc's.

    Its steps are Thinc's, but for the order in which numbers are rounded. Parameters on other devices, or
    settings that the fused step does not know, take Thinc's own.
    """

    __slots__ = ("rates",)

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        #: By the id of a node and a parameter's name: what the learn rate is multiplied by.
        self.rates: dict[tuple[int, str], float] = {}

    def begin_averages(self, parameters: Iterable[tuple[Any, str]]) -> None:
        """Let averages begin with the weights: those that begin at zero would shrink these in a short run.

        parameters: (node, name) of each.
        """
        for node, name in parameters:
            self.averages[node.id, name] = node.get_param(name).copy()

    def __call__(
        self, key: tuple[int, str], weights: Any, gradient: Any, *, lr_scale: float = 1.0
    ) -> tuple[Any, Any]:
        """A step of one parameter: (weights, gradient), both changed in place, the gradient zero."""
        lr_scale *= self.rates.get(key, 1.0)
        fused = (
            self._is_plain(weights)
            and self._is_plain(gradient)
            and self.averages is not None
            and not self.use_radam
            and self.b1 > 0.0
            and self.b2 > 0.0
            and (self.L2 == 0 or self.L2_is_weight_decay)
        )
        if not fused or len(gradient) < 1:
            return super().__call__(key, weights, gradient, lr_scale=lr_scale)
        self.nr_update[key] += 1
        step = self.nr_update[key]
        if self.grad_clip:
            norm = float(np.linalg.norm(gradient))
            if norm >= self.grad_clip:
                gradient *= self.grad_clip / norm
        for moments in (self.mom1, self.mom2):
            if key not in moments:
                moments[key] = np.zeros(weights.size, dtype="float32")
        if key not in self.averages:
            self.averages[key] = np.zeros(weights.shape, dtype="float32")
        corrections = (1.0 - self.b2**step) ** 0.5 / (1.0 - self.b1**step)
        kernels.adam(
            weights.reshape(-1),
            gradient.reshape(-1),
            self.mom1[key].reshape(-1),
            self.mom2[key].reshape(-1),
            self.averages[key].reshape(-1),
            learn_rate=self.learn_rate * corrections * lr_scale,
            beta1=self.b1,
            beta2=self.b2,
            epsilon=self.eps,
            decay=lr_scale * self.learn_rate * self.L2,
            share=max(LEAST_SHARE, 1.0 - (1.0 + step) / (10.0 + step)),
        )
        return weights, gradient

    @staticmethod
    def _is_plain(array: Any) -> bool:
        """Whether the fused step can change the array where it lies."""
        return (
            isinstance(array, np.ndarray)
            and array.dtype == np.float32
            and array.flags.c_contiguous
            and array.flags.writeable
        )
