from typing import Any

import numpy as np

NAMES: tuple[str, ...]
VARIABLE: str

def available() -> tuple[str, ...]: ...
def chosen() -> str: ...
def matmul(
    a: np.ndarray, w: np.ndarray, bias: np.ndarray | None = None, *, variant: str | None = None
) -> np.ndarray: ...
def packed_weights(w: np.ndarray, variant: str | None = None) -> np.ndarray: ...
def maxout_norm(
    y: np.ndarray,
    gain: np.ndarray,
    shift: np.ndarray,
    residual: np.ndarray | None = None,
    *,
    variant: str | None = None,
) -> np.ndarray: ...
def best_columns(scores: np.ndarray, n_best: int, *, variant: str | None = None) -> np.ndarray: ...
def sum6_norm(
    terms: np.ndarray,
    gain: np.ndarray,
    shift: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    *,
    variant: str | None = None,
) -> np.ndarray: ...
def window_maxout(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, width: int, *, variant: str | None = None
) -> np.ndarray: ...
def norm_add(
    y: np.ndarray,
    gain: np.ndarray,
    shift: np.ndarray,
    rows: np.ndarray,
    *,
    variant: str | None = None,
) -> np.ndarray: ...
def fma_peak(seconds: float = ..., *, variant: str | None = None) -> float: ...
def scattered_matmul(
    a: np.ndarray,
    order: np.ndarray,
    w: np.ndarray,
    bias: np.ndarray | None = None,
    *,
    variant: str | None = None,
) -> np.ndarray: ...
def sum_maxout(rows: np.ndarray, *, variant: str | None = None) -> np.ndarray: ...
def best_allowed(scores: np.ndarray, allowed: Any, *, variant: str | None = None) -> int: ...
def filter_inputs(rows: np.ndarray, *, variant: str | None = None) -> np.ndarray: ...
def filter_results(
    products: np.ndarray, bias: np.ndarray, n: int, *, variant: str | None = None
) -> np.ndarray: ...
