"""What comes from callers, checked: compiled code knows no bounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nlpcore.lazy import numpy as np

from ..errors import EngineInputError
from ..kernels.tensor import Tensor


def floats(array: Any, shape: Sequence[int | None], name: str) -> Any:
    """The array as C-contiguous float32, a Tensor of float32 as it is; ``shape``: what it must have, None for
    any size.
    """
    if not (isinstance(array, Tensor) and array.dtype == "float32"):
        array = np.ascontiguousarray(array, dtype="float32")
    fits = array.ndim == len(shape)
    if not fits or any(w is not None and w != g for w, g in zip(shape, array.shape, strict=True)):
        raise EngineInputError(name=name, reason=f"its shape is {array.shape} and must be {tuple(shape)}")
    return array


def is_constant(array: np.ndarray | Tensor) -> bool:
    """Whether nobody can write to an array, nor to what it is a view of."""
    base: Any = array
    while not isinstance(base, Tensor) and isinstance(base, np.ndarray):
        if base.flags.writeable:
            return False
        base = base.base
    if isinstance(base, memoryview):
        base = base.obj
    return base is None or isinstance(base, (bytes, Tensor))


def document_lengths(lengths: Any, n: int) -> np.ndarray:
    """int32 token counts that sum to n."""
    lengths = np.ascontiguousarray(lengths, dtype="int32").reshape(-1)
    if (lengths < 0).any() or int(lengths.sum(dtype="int64")) != n:
        raise EngineInputError(name="lengths", reason=f"they must be token counts that sum to {n}")
    return lengths
