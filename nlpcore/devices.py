"""Where the arithmetic runs. Pipelines of this version compute on the CPU, whatever else the machine has."""

from __future__ import annotations

from nlpcore import errors


def prefer_gpu(gpu_id: int = 0) -> bool:
    """Use a GPU if possible. Returns whether one is used: False."""
    return False


def require_gpu(gpu_id: int = 0) -> bool:
    """Use a GPU or fail. Raises NoGpuError (a ValueError)."""
    raise errors.NoGpuError()


def require_cpu() -> bool:
    """Use the CPU. Returns True."""
    return True
