"""The most multiply-adds that one core does in a second, measured here and now."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

ROUNDS = 200_000  # of a burst, a millisecond or less
BURSTS = 200


def peak_meter() -> Callable[[], float] | None:
    """A function that gives floating-point operations a second: nlpcore's own, or a small C loop.

    None where there is neither.
    """
    from nlpcore.kernels import simd

    if hasattr(simd, "fma_peak"):
        return lambda: as_operations(simd.fma_peak())
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return None
    source = Path(__file__).with_name("fma_peak.c")
    flags = ["-O3", "-march=native", "-mprefer-vector-width=512", "-ffp-contract=fast", "-shared", "-fPIC"]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "fma_peak.so"
        for options in (flags, [flag for flag in flags if "vector-width" not in flag]):
            done = subprocess.run([compiler, *options, str(source), "-o", str(target)], capture_output=True)
            if done.returncode == 0:
                break
        else:
            return None
        library = ctypes.CDLL(str(target))
    library.fma_peak.restype = ctypes.c_double
    library.fma_peak.argtypes = [ctypes.c_long, ctypes.POINTER(ctypes.c_float)]
    sink = ctypes.c_float(0.0)
    # Whoever interrupts makes a burst slower, never faster: the best one comes next to the peak.
    return lambda: max(library.fma_peak(ROUNDS, ctypes.byref(sink)) for _ in range(BURSTS))


def as_operations(value: float) -> float:
    """What ``simd.fma_peak`` gives may be in operations or in thousands of millions of them."""
    return value * 1e9 if value < 1e6 else value
