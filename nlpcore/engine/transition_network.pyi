from typing import Any

import numpy as np
from typing_extensions import Self

class TransitionNetwork:
    system: Any
    width: int
    multiply_adds: int
    def __new__(
        cls,
        system: Any,
        W: np.ndarray,
        pad: np.ndarray,
        bias: np.ndarray,
        upper: np.ndarray,
        upper_bias: np.ndarray,
        *,
        variant: str | None = None,
    ) -> Self: ...
    def tables(self, V: np.ndarray) -> np.ndarray: ...
    def decode(self, V: np.ndarray, lengths: Any, *, preset: np.ndarray | None = None) -> Any: ...
