"""Choosing a GPU: what is said where there is none, and what is chosen where there is one."""

import subprocess
import sys
import types

import pytest

import nlpcore
from nlpcore import devices, errors


class CUDARuntimeError(RuntimeError):
    pass


def pretend_cupy(monkeypatch, count_devices):
    cupy = types.ModuleType("cupy")
    cupy.__version__ = "13.0"
    runtime = types.SimpleNamespace(getDeviceCount=count_devices)
    cupy.cuda = types.SimpleNamespace(runtime=runtime)
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    monkeypatch.setattr(devices, "find_spec", lambda name: True)


def no_device():
    raise CUDARuntimeError("cudaErrorNoDevice: no CUDA-capable device is detected")


def test_without_cupy_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(devices, "find_spec", lambda name: None)
    assert nlpcore.prefer_gpu() is False
    with pytest.raises(errors.NoGpuError, match=r"(?s)CuPy is not installed.*nlpcore\[cuda12x\].*prefer_gpu"):
        nlpcore.require_gpu()


def test_with_cupy_alone_its_own_words_are_given(monkeypatch):
    pretend_cupy(monkeypatch, no_device)
    assert nlpcore.prefer_gpu() is False
    with pytest.raises(ValueError, match=r"CuPy 13.0 is installed but.*no CUDA-capable device is detected"):
        nlpcore.require_gpu()


def test_a_cupy_that_cannot_be_imported(monkeypatch):
    monkeypatch.setattr(devices, "find_spec", lambda name: True)
    monkeypatch.setitem(sys.modules, "cupy", None)
    assert nlpcore.prefer_gpu() is False
    with pytest.raises(errors.NoGpuError, match="cannot be imported"):
        nlpcore.require_gpu()


@pytest.mark.parametrize("gpu_id", [-1, 2])
def test_devices_are_counted(monkeypatch, gpu_id):
    pretend_cupy(monkeypatch, lambda: 2)
    assert nlpcore.prefer_gpu(gpu_id) is False
    with pytest.raises(errors.NoGpuError, match=f"no device {gpu_id}: CuPy 13.0 counts 2"):
        nlpcore.require_gpu(gpu_id)


def test_the_device_asked_for_is_used(monkeypatch):
    used = []
    monkeypatch.setattr(devices, "use_gpu", used.append)
    pretend_cupy(monkeypatch, lambda: 2)
    assert nlpcore.prefer_gpu() is True
    assert nlpcore.require_gpu(1) is True
    assert used == [0, 1]


def test_require_cpu_chooses_thincs_cpu_ops():
    from thinc.api import NumpyOps, Ops, get_current_ops, set_current_ops

    before = get_current_ops()
    set_current_ops(Ops())
    try:
        assert nlpcore.require_cpu() is True
        assert isinstance(get_current_ops(), NumpyOps)
    finally:
        set_current_ops(before)


def test_nothing_is_imported_where_nothing_is_chosen():
    code = (
        "import sys, nlpcore; from nlpcore import devices\n"
        "devices.find_spec = lambda name: None\n"
        "assert not nlpcore.prefer_gpu() and nlpcore.require_cpu()\n"
        "print([m for m in ('thinc', 'cupy') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
