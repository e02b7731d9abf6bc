"""Meta data and tensors as bytes: for ``to_bytes`` of vocab objects. Models on disk have an archive format
of their own.

The layout: the magic, the size of the header as 8 bytes (little-endian), the header (JSON: ``meta`` and,
for each tensor, ``[name, dtype, shape]``), then the tensors one after the other, C-contiguous,
little-endian.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from nlpcore.lazy import numpy

from ..errors import BadDataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAGIC = b"NLPSTATE"
DTYPES = ("float16", "float32", "float64", "int32", "int64", "uint8", "uint32", "uint64")


def state_to_bytes(meta: Any, tensors: dict[str, NDArray[Any]]) -> bytes:
    """``meta`` must be what JSON can hold, the dtypes among ``DTYPES``."""
    index = [[name, str(tensor.dtype), list(tensor.shape)] for name, tensor in tensors.items()]
    header = json.dumps({"meta": meta, "tensors": index}, separators=(",", ":")).encode("ascii")
    parts = [MAGIC, len(header).to_bytes(8, "little"), header]
    parts += [
        numpy.ascontiguousarray(tensor, tensor.dtype.newbyteorder("<")).tobytes()
        for tensor in tensors.values()
    ]
    return b"".join(parts)


def bytes_to_state(data: bytes) -> tuple[Any, dict[str, NDArray[Any]]]:
    """Reads what ``state_to_bytes`` wrote. The tensors are read-only views of ``data``. Raises
    BadDataError."""
    start = len(MAGIC) + 8
    if data[: len(MAGIC)] != MAGIC or len(data) < start:
        raise BadDataError(what="state", why="it does not begin as such data do")
    size = int.from_bytes(data[len(MAGIC) : start], "little")
    if size > len(data) - start:
        raise BadDataError(what="state", why="it is cut off")
    try:
        header = json.loads(data[start : start + size])
        meta, index = header["meta"], header["tensors"]
        index = [(str(name), str(dtype), [int(n) for n in shape]) for name, dtype, shape in index]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BadDataError(what="state", why=f"its header is damaged ({error})") from None
    tensors = {}
    at = start + size
    for name, dtype, shape in index:
        if dtype not in DTYPES or any(n < 0 for n in shape) or len(shape) > 8:
            raise BadDataError(what="state", why=f"the tensor {name!r} has type {dtype} and shape {shape}")
        count = math.prod(shape)
        n_bytes = count * numpy.dtype(dtype).itemsize
        if n_bytes > len(data) - at:
            raise BadDataError(what="state", why=f"the tensor {name!r} is cut off")
        values = numpy.frombuffer(data, numpy.dtype(dtype).newbyteorder("<"), count, at)
        tensors[name] = values.reshape(shape).astype(dtype, copy=False)
        at += n_bytes
    if at != len(data):
        raise BadDataError(what="state", why=f"{len(data) - at} bytes follow its end")
    return meta, tensors
