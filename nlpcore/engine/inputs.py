"""What comes from callers, checked: compiled code knows no bounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import EngineInputError


def floats(array: Any, shape: Sequence[int | None], name: str) -> np.ndarray:
    """The array as C-contiguous float32; ``shape``: what it must have, None for any size."""
    array = np.ascontiguousarray(array, dtype="float32")
    fits = array.ndim == len(shape)
    if not fits or any(w is not None and w != g for w, g in zip(shape, array.shape, strict=True)):
        raise EngineInputError(name=name, reason=f"its shape is {array.shape} and must be {tuple(shape)}")
    return array


def is_constant(array: np.ndarray) -> bool:
    """Whether an array and all those that it is a view of are read-only."""
    base: Any = array
    while isinstance(base, np.ndarray):
        if base.flags.writeable:
            return False
        base = base.base
    return base is None or isinstance(base, bytes)


def document_lengths(lengths: Any, n: int) -> np.ndarray:
    """int32 token counts that sum to n."""
    lengths = np.ascontiguousarray(lengths, dtype="int32").reshape(-1)
    if (lengths < 0).any() or int(lengths.sum(dtype="int64")) != n:
        raise EngineInputError(name="lengths", reason=f"they must be token counts that sum to {n}")
    return lengths
