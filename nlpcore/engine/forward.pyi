from collections.abc import Sequence
from typing import Any

import numpy as np
from typing_extensions import Self

from nlpcore.kernels.tensor import Tensor

_Values = np.ndarray | Tensor

N_GAPS: int
TABLE_BUDGET: int

class Encoder:
    width: int
    variant: str
    reach: int
    tile: int
    n_tabulated: int
    n_computed: int
    lexeme_multiply_adds: int
    def __new__(
        cls,
        tables: Sequence[_Values],
        seeds: Sequence[int],
        mixer: Sequence[_Values],
        convolutions: Sequence[Sequence[_Values]],
        gaps: _Values,
        *,
        budget: int = ...,
        variant: str | None = None,
        vectors: Any = None,
    ) -> Self: ...
    def layer_multiply_adds(self, lengths: Any) -> int: ...
    def encode(self, ids: np.ndarray, gaps: np.ndarray, lengths: Any) -> np.ndarray: ...

class Head:
    width: int
    n_classes: int
    def __new__(cls, W: _Values, b: _Values, *, screened: bool = ..., variant: str | None = None) -> Self: ...
    def predict(self, V: np.ndarray, n_best: int = 1) -> np.ndarray: ...
    def candidates(self, V: np.ndarray, n_best: int = 1) -> np.ndarray: ...
    def scores(self, V: np.ndarray) -> np.ndarray: ...
