from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import Self

from nlpcore.transition.systems import ArcEager, Biluo

Floats = NDArray[np.float32]
Gradients = tuple[Floats, Floats, Floats, Floats, Floats] | list[Floats]

@overload
def decode(
    system: ArcEager,
    tables: Floats,
    pad: Floats,
    bias: Floats,
    upper: Floats,
    upper_bias: Floats,
    lengths: ArrayLike,
    *,
    preset: NDArray[np.int8] | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int8]]: ...
@overload
def decode(
    system: Biluo,
    tables: Floats,
    pad: Floats,
    bias: Floats,
    upper: Floats,
    upper_bias: Floats,
    lengths: ArrayLike,
    *,
    preset: NDArray[np.int8] | None = None,
) -> NDArray[np.int32]: ...

class WindowDecoder:
    system: ArcEager | Biluo
    n: int
    def __new__(
        cls,
        system: ArcEager | Biluo,
        pad: Floats,
        bias: Floats,
        upper: Floats,
        upper_bias: Floats,
        n: int,
        *,
        preset: NDArray[np.int8] | None = None,
    ) -> Self: ...
    @property
    def is_final(self) -> bool: ...
    def window(self, size: int) -> NDArray[np.int32]: ...
    def run(self, tables: Floats) -> None: ...
    def result(self) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int8]] | NDArray[np.int32]: ...

def train_batch(
    system: ArcEager | Biluo,
    tables: Floats,
    pad: Floats,
    bias: Floats,
    upper: Floats,
    upper_bias: Floats,
    lengths: ArrayLike,
    gold: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int8]]
    | tuple[NDArray[np.int8], NDArray[np.int32]],
    gradients: Gradients,
    *,
    preset: NDArray[np.int8] | None = None,
    explore: float = 0.0,
    dropout: float = 0.0,
    seed: int = 0,
) -> tuple[float, int, int]: ...
def score_states(
    system: ArcEager | Biluo,
    tables: Floats,
    pad: Floats,
    bias: Floats,
    upper: Floats,
    upper_bias: Floats,
    moves: ArrayLike,
    *,
    preset: NDArray[np.int8] | None = None,
) -> Floats: ...
