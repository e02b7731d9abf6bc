"""Msgpack for data that may come from anywhere: no code, no pickle, and one error for all that is wrong."""

from __future__ import annotations

from typing import Any

from nlpcore import errors
from nlpcore.lazy import numpy

ARRAY_KINDS = "biuf"


def dumps(data: Any) -> bytes:
    """Bytes of plain data: None, bool, int, float, str, bytes, list, tuple, dict, and numeric arrays.

    Raises TypeError for other objects.
    """
    from srsly import msgpack  # costs as much as all of nlpcore: not before it is needed

    return msgpack.packb(_plain(data), use_bin_type=True, unicode_errors="surrogatepass")


def loads(data: Any, what: str, *, tuples: bool = False) -> Any:
    """What `dumps` wrote. tuples: give tuples instead of lists. Raises DocDataError naming `what`."""
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise errors.DocDataError(f"{what}: bytes are needed, not {type(data).__name__}.")
    from srsly import msgpack

    try:
        return msgpack.unpackb(
            bytes(data),
            raw=False,
            use_list=not tuples,
            strict_map_key=False,
            unicode_errors="surrogatepass",
            object_pairs_hook=_pairs,
        )
    except errors.DocDataError:
        raise
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception as error:  # msgpack has a dozen classes for damaged data
        raise errors.DocDataError(f"{what}: the bytes are damaged or something else ({error}).") from None


def _plain(data: Any) -> Any:
    if isinstance(data, numpy.ndarray):
        return pack_array(data)
    if isinstance(data, numpy.generic):
        return data.item()
    if isinstance(data, dict):
        return {key: _plain(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_plain(value) for value in data]
    return data


def _pairs(pairs: list[tuple[Any, Any]]) -> Any:
    data = dict(pairs)
    return unpack_array(data, "array") if "__array__" in data else data


def pack_array(array: Any) -> dict[str, Any]:
    """A numeric array as plain data, little-endian. Raises TypeError for other arrays."""
    if hasattr(array, "get") and not isinstance(array, numpy.ndarray):
        array = array.get()  # from a GPU
    array = numpy.ascontiguousarray(array)
    if array.dtype.kind not in ARRAY_KINDS:
        raise TypeError(f"Arrays of {array.dtype} cannot be stored; only numbers and bool can.")
    array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return {"__array__": array.dtype.str, "shape": list(array.shape), "data": array.tobytes()}


def unpack_array(data: Any, what: str) -> numpy.ndarray:
    """The array of `pack_array`; already decoded arrays are returned. Raises DocDataError."""
    if isinstance(data, numpy.ndarray):
        return data
    try:
        dtype, shape, raw = data["__array__"], data["shape"], data["data"]
        if not isinstance(dtype, str) or not isinstance(raw, bytes):
            raise ValueError("dtype or data of the wrong type")
        kind = numpy.dtype(dtype)
        if kind.kind not in ARRAY_KINDS or kind.hasobject or len(dtype) > 4:
            raise ValueError(f"dtype {dtype!r}")
        if len(shape) > 32 or not all(type(size) is int and 0 <= size < 2**40 for size in shape):
            raise ValueError("shape")
        total = kind.itemsize
        for size in shape:
            total *= size
        if total != len(raw):
            raise ValueError(f"{len(raw)} bytes for the shape {tuple(shape)} of {dtype}")
        return numpy.frombuffer(raw, dtype=kind).reshape(shape).astype(kind.newbyteorder("="), copy=True)
    except (KeyError, TypeError, ValueError) as error:
        raise errors.DocDataError(f"{what}: no array ({error}).") from None


def column(raw: Any, dtype: str, n: int, what: str) -> numpy.ndarray:
    """`n` values from little-endian bytes. Raises DocDataError for another number."""
    kind = numpy.dtype(dtype)
    if not isinstance(raw, bytes) or len(raw) != n * kind.itemsize:
        raise errors.DocDataError(f"{what}: {n} values of {dtype} are needed.")
    return numpy.frombuffer(raw, dtype=kind).astype(kind.newbyteorder("="))


def expect(value: Any, kind: type | tuple[type, ...], what: str) -> Any:
    """`value` if it is of this type. Raises DocDataError."""
    if not isinstance(value, kind):
        raise errors.DocDataError(f"{what}: {type(value).__name__} is not what belongs here.")
    return value
