"""A device without a GPU: arrays that mix with NumPy's no more than CuPy's, ops that count transfers."""

import types
from collections import Counter
from contextlib import contextmanager
from typing import ClassVar

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from thinc.api import Ops, get_current_ops, set_current_ops

METHODS = ("sum", "mean", "max", "argmax", "astype", "reshape", "ravel", "view", "copy")
FUNCTIONS = ("concatenate", "zeros", "empty", "arange", "zeros_like", "exp", "log", "sqrt", "flatnonzero")


class DeviceArray(NDArrayOperatorsMixin):
    """As a cupy.ndarray: it takes scalars and its like; an array of main memory is an error, silent
    conversion too.
    """

    __array_priority__ = 100

    def __init__(self, array):
        self._array = array

    def __array__(self, *_, **__):
        raise TypeError("an array of the device was silently made one of main memory")

    def __array_ufunc__(self, ufunc, method, *inputs, out=(), **kwargs):
        if out:
            kwargs["out"] = tuple(inside(x) for x in out)
        result = getattr(ufunc, method)(*(inside(x) for x in inputs), **kwargs)
        return out[0] if out else outside(result)

    def __getitem__(self, key):
        return outside(self._array[inside_key(key)])

    def __setitem__(self, key, value):
        self._array[inside_key(key)] = inside(value)

    def __len__(self):
        return len(self._array)

    def __float__(self):
        return float(self._array)

    def __bool__(self):
        return bool(self._array)

    def __array_function__(self, function, _types, _args, _kwargs):
        raise TypeError(f"numpy.{function.__name__} was called with an array of the device")

    shape = property(lambda self: self._array.shape)
    size = property(lambda self: self._array.size)
    ndim = property(lambda self: self._array.ndim)
    dtype = property(lambda self: self._array.dtype)
    flags = property(lambda self: self._array.flags)
    T = property(lambda self: outside(self._array.T))

    def get(self):
        DeviceOps.transfers["out"] += 1
        return self._array.copy()


def inside(value):
    if isinstance(value, DeviceArray):
        return value._array
    if isinstance(value, np.ndarray):
        raise TypeError("an array of main memory was mixed with the device's")
    return value


def inside_key(key):
    return tuple(inside(k) for k in key) if isinstance(key, tuple) else inside(key)


def outside(value):
    return DeviceArray(np.asarray(value)) if isinstance(value, (np.ndarray, np.generic)) else value


def method(name):
    def call(self, *args, **kwargs):
        return outside(getattr(self._array, name)(*(inside(x) for x in args), **kwargs))

    return call


def function(name):
    def call(*args, **kwargs):
        args = [[inside(x) for x in a] if isinstance(a, list) else inside(a) for a in args]
        return outside(getattr(np, name)(*args, **kwargs))

    return call


for _name in METHODS:
    setattr(DeviceArray, _name, method(_name))


class DeviceOps(Ops):
    """Thinc ops over ``DeviceArray``; ``transfers`` counts arrays that went "in" and "out"."""

    name = "fake_device"
    transfers: ClassVar[Counter] = Counter()
    xp = types.SimpleNamespace(
        ndarray=DeviceArray,
        array=lambda data, dtype=None: uploaded(data, dtype),
        asarray=lambda data, dtype=None: uploaded(data, dtype),
        ascontiguousarray=lambda data: outside(np.ascontiguousarray(inside(data))),
        add=types.SimpleNamespace(at=lambda table, i, x: np.add.at(inside(table), inside(i), inside(x))),
        **{name: function(name) for name in FUNCTIONS},
    )

    def __init__(self):
        super().__init__("gpu", 0)

    def asarray(self, data, *, dtype=None):
        return uploaded(data, dtype)

    def clip_gradient(self, gradient, threshold):  # Thinc's own asks for NumPy's module or CuPy's
        norm = np.linalg.norm(gradient._array)
        return gradient * (threshold / norm) if norm >= threshold else gradient

    def to_numpy(self, data, *, byte_order=None):
        return data.get()


def uploaded(data, dtype):
    if isinstance(data, DeviceArray):
        return data
    DeviceOps.transfers["in"] += 1
    return DeviceArray(np.array(data, dtype=dtype))


@contextmanager
def device():
    """Within, Thinc's current ops are a fake device's, as after ``require_gpu``."""
    before = get_current_ops()
    set_current_ops(DeviceOps())
    try:
        yield
    finally:
        set_current_ops(before)


@contextmanager
def counted():
    """A Counter of the transfers made within, filled when it ends."""
    DeviceOps.transfers.clear()
    found = Counter()
    yield found
    found.update(DeviceOps.transfers)
