"""Where the networks run: Thinc's current ops, which a pipeline follows when it is made or loaded
(docs/gpu.md).
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

from nlpcore import errors


def prefer_gpu(gpu_id: int = 0) -> bool:
    """Use a GPU if there is one. Returns whether one is used.

    Call it before pipelines are made or loaded, in the thread that does so: those that exist stay where
    they are.
    """
    if why_no_gpu(gpu_id):
        return False
    use_gpu(gpu_id)
    return True


def require_gpu(gpu_id: int = 0) -> bool:
    """As ``prefer_gpu``, but raises NoGpuError (a ValueError), which says what is missing. Returns True."""
    reason = why_no_gpu(gpu_id)
    if reason:
        raise errors.NoGpuError(reason=reason)
    use_gpu(gpu_id)
    return True


def require_cpu() -> bool:
    """Let pipelines that are made or loaded from now on use the CPU. Returns True."""
    # As long as nobody has imported Thinc, nobody can have chosen anything else.
    if "thinc" in sys.modules:
        from thinc.api import require_cpu

        require_cpu()
    return True


def use_gpu(gpu_id: int) -> None:
    from thinc.api import CupyOps, set_active_gpu, set_current_ops

    set_active_gpu(gpu_id)
    set_current_ops(CupyOps(device_id=gpu_id))


def why_no_gpu(gpu_id: int) -> str:
    """What is missing to use this GPU; "" if nothing is."""
    if find_spec("cupy") is None:
        return (
            "CuPy is not installed. Install it for your version of CUDA: `pip install 'nlpcore[cuda12x]'` or "
            "`pip install 'nlpcore[cuda13x]'`."
        )
    try:
        import cupy
    except ImportError as e:
        return f"CuPy is installed but cannot be imported. It says: {e}"
    try:
        n_devices = cupy.cuda.runtime.getDeviceCount()
    except RuntimeError as e:  # CUDARuntimeError: no driver, an old one, no device
        return f"CuPy {cupy.__version__} is installed but finds no CUDA device or driver. It says: {e}"
    if not 0 <= gpu_id < n_devices:
        return f"there is no device {gpu_id}: CuPy {cupy.__version__} counts {n_devices}."
    return ""
