from collections.abc import Sequence

from numpy import float32, int32, uint8, uint64
from numpy.typing import NDArray

def bloom_rows(ids: NDArray[uint64], seeds: Sequence[int], n_rows: Sequence[int]) -> NDArray[int32]: ...
def bloom_embed(tables: list[NDArray[float32]], rows: NDArray[int32]) -> NDArray[float32]: ...
def bloom_embed_backward(
    d_tables: list[NDArray[float32]], rows: NDArray[int32], d_out: NDArray[float32]
) -> None: ...
def maxout_ln(
    y: NDArray[float32], bias: NDArray[float32], gain: NDArray[float32], shift: NDArray[float32]
) -> tuple[NDArray[float32], NDArray[uint8], NDArray[float32], NDArray[float32]]: ...
def maxout_ln_backward(
    d_out: NDArray[float32],
    which: NDArray[uint8],
    xhat: NDArray[float32],
    rstd: NDArray[float32],
    gain: NDArray[float32],
    pieces: int,
) -> tuple[NDArray[float32], NDArray[float32], NDArray[float32], NDArray[float32]]: ...
def adam(
    weights: NDArray[float32],
    gradient: NDArray[float32],
    mom1: NDArray[float32],
    mom2: NDArray[float32],
    average: NDArray[float32],
    *,
    learn_rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    decay: float,
    share: float,
) -> None: ...
