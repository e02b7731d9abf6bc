from typing import Any

import numpy as np
from typing_extensions import Self

from nlpcore.kernels.tensor import Tensor

_Values = np.ndarray | Tensor

class TransitionNetwork:
    system: Any
    width: int
    multiply_adds: int
    def __new__(
        cls,
        system: Any,
        W: _Values,
        pad: _Values,
        bias: _Values,
        upper: _Values,
        upper_bias: _Values,
        *,
        variant: str | None = None,
    ) -> Self: ...
    def tables(self, V: np.ndarray) -> np.ndarray: ...
    def decode(self, V: np.ndarray, lengths: Any, *, preset: np.ndarray | None = None) -> Any: ...
