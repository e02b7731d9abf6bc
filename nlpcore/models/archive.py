"""The archive:
one container for everything that is stored (``docs/model-format.md`` describes it byte by byte).

    preamble (64 bytes) | header (JSON) | tensors, each 64-aligned | SHA-256 of all before

What is read is checked as if the checksums did not exist: a file whose checksums hold may still have been
made to do harm.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
import sys
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from nlpcore import errors
from nlpcore.kernels.tensor import DTYPES, Tensor, widened
from nlpcore.lazy import numpy
from nlpcore.models.background import Background
from nlpcore.models.files import DIGEST, digest_of

MAGIC = b"NLPCORE\x1a"  # the last byte ends a text file on some systems: nobody takes this for text
FORMAT = 1
ALIGNMENT = 64
PREAMBLE = struct.Struct("<8sIIQQ32x")

KINDS = ("pipeline", "component", "vocab", "tokenizer", "docs", "data")

MAX_HEADER = 64 << 20
MAX_TENSORS = 100_000
MAX_DIMENSIONS = 8
MAX_DEPTH = 64
MAX_NAME = 1_000
MAX_ELEMENTS = 1 << 40
MAX_SIDE = (1 << 40) - 1

#: Whether the bytes of a stored value stand the other way round than in memory.
SWAPPED = sys.byteorder == "big"

_CONTAINERS = frozenset([dict, list])  # what JSON nests


class Archive:
    """A read archive.

    header: the JSON object that was stored, without the table of tensors.
    tensors: name -> read-only array (float16 widened to float32 unless told otherwise).
    """

    def __init__(self, header: dict[str, Any], tensors: Tensors) -> None:
        self.header = header
        self._tensors = tensors

    @property
    def tensors(self) -> dict[str, numpy.ndarray]:
        return {name: as_array(self._tensors[name]) for name in self._tensors.names()}

    def section(self, key: str) -> dict[str, Any]:
        """A dict of the header. Raises ModelDataError where it is missing or is none."""
        value = self.header.get(key)
        if not isinstance(value, dict):
            raise errors.ModelDataError(reason=f"its header has no section {key!r}")
        return value

    def tensors_of(self, prefix: str) -> dict[str, Tensor]:
        """The tensors whose names start with ``prefix/``, by the rest of their names, without NumPy."""
        start = prefix + "/"
        names = [name for name in self._tensors.names() if name.startswith(start)]
        return {name[len(start) :]: self._tensors[name] for name in names}

    def arrays_of(self, prefix: str) -> dict[str, numpy.ndarray]:
        """The tensors whose names start with ``prefix/`` as arrays, by the rest of their names."""
        return {name: as_array(tensor) for name, tensor in self.tensors_of(prefix).items()}


def as_array(tensor: Tensor) -> numpy.ndarray:
    """The read-only array on a tensor's values."""
    return numpy.frombuffer(memoryview(tensor), tensor.dtype, tensor.size).reshape(tensor.shape)


class Tensors:
    """The tensors on the bytes of an archive, all of them checked.

    Half precision is widened on a thread of its own, all that stands together in one piece, and its checksums
    are compared there: a reader who has other things to do first need not wait for it. What is wrong with
    them is raised when such a tensor is asked for.
    """

    def __init__(self, data: bytes, widen: bool) -> None:
        self._data = data
        self._widen = widen
        self._stored: dict[str, Tensor] = {}
        self._checksums: dict[str, int] = {}
        self._wide: dict[str, Background] = {}  # where the widened tensor of this name will be

    def names(self) -> Iterable[str]:
        return self._stored.keys()

    def add(self, name: str, dtype: str, shape: tuple[int, ...], position: int, crc: int) -> None:
        """A tensor; they come in the order of their positions."""
        tensor = self._stored[name] = Tensor(self._data, dtype, shape, position)
        self._checksums[name] = crc
        if SWAPPED or not self._is_widened(tensor):
            self._check(name)
        if dtype == "bool" and tensor.tobytes().strip(b"\0\1"):
            raise errors.ModelDataError(reason=f"tensor {name!r:.80} holds truth values other than 0 and 1")
        if SWAPPED:
            self._stored[name] = Tensor(as_array(tensor).byteswap().tobytes(), dtype, shape, 0)

    def _is_widened(self, tensor: Tensor) -> bool:
        return self._widen and tensor.dtype == "float16"

    def _check(self, name: str) -> None:
        """Raise ModelDataError where a tensor's checksum is wrong."""
        if zlib.crc32(self._stored[name]) != self._checksums[name]:
            raise errors.ModelDataError(reason=f"tensor {name!r:.80} is damaged (wrong checksum)")

    def begin_widening(self) -> None:
        runs: list[list[str]] = []
        goes_on = False
        for name, tensor in self._stored.items():
            if self._is_widened(tensor):
                if not goes_on:
                    runs.append([])
                runs[-1].append(name)
            goes_on = self._is_widened(tensor)
        for names in runs:
            self._wide.update(dict.fromkeys(names, Background(self._widened, names)))

    def _widened(self, names: list[str]) -> dict[str, Tensor]:
        for name in names if not SWAPPED else ():
            self._check(name)
        return dict(zip(names, widened([self._stored[name] for name in names]), strict=True))

    def __getitem__(self, name: str) -> Tensor:
        wide = self._wide.get(name)
        return self._stored[name] if wide is None else wide.result()[name]


# -- writing ------------------------------------------------------------------------------------------------


def dump_archive(header: Mapping[str, Any], tensors: Mapping[str, Any], *, half: Iterable[str] = ()) -> bytes:
    """The bytes of an archive; the same input gives the same bytes.

    header: JSON-able; its ``kind`` is one of ``KINDS``.
    tensors: name -> array of one of ``DTYPES``.
    half: names of float32 tensors to store as float16; values beyond its range are refused.

    Raises ModelDataError (a ValueError) for what the format cannot hold.
    """
    half = frozenset(half)
    table, blocks = [], []
    for name in sorted(tensors):
        data, entry = _tensor_block(name, tensors[name], name in half)
        table.append(entry)
        blocks.append(data)
    if len(table) > MAX_TENSORS:
        raise errors.ModelDataError(reason=f"{len(table)} tensors are more than the {MAX_TENSORS} that fit")
    # Offsets count from the first tensor, so that the header's own length does not change what it says.
    position = 0
    for entry, data in zip(table, blocks, strict=True):
        entry["offset"] = position
        position += len(data) + _padding(len(data))
    text = _json({**header, "tensors": table})
    body = PREAMBLE.size + len(text)
    parts: list[bytes] = [b"", text, bytes(_padding(body))]
    for data in blocks:
        parts += [data, bytes(_padding(len(data)))]
    size = body + _padding(body) + position + DIGEST
    parts[0] = PREAMBLE.pack(MAGIC, FORMAT, zlib.crc32(text), size, len(text))
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return b"".join([*parts, digest.digest()])


def _tensor_block(name: str, value: Any, as_half: bool) -> tuple[bytes, dict[str, Any]]:
    array = numpy.asarray(value)
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME:
        raise errors.ModelDataError(reason=f"{name!r:.80} cannot name a tensor")
    if array.dtype.name not in DTYPES:
        raise errors.ModelDataError(
            reason=f"tensor {name!r} has the dtype {array.dtype}, which has no place here"
        )
    if array.ndim > MAX_DIMENSIONS:
        raise errors.ModelDataError(
            reason=f"tensor {name!r} has {array.ndim} dimensions, more than {MAX_DIMENSIONS}"
        )
    if as_half and array.dtype == numpy.float32:
        with numpy.errstate(over="ignore"):
            narrow = array.astype(numpy.float16)
        if not numpy.array_equal(numpy.isfinite(narrow), numpy.isfinite(array)):
            raise errors.ModelDataError(reason=f"tensor {name!r} holds values beyond the range of float16")
        array = narrow
    data = numpy.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
    entry = {
        "name": name,
        "dtype": array.dtype.name,
        "shape": [int(n) for n in array.shape],
        "offset": 0,
        "nbytes": len(data),
        "crc32": zlib.crc32(data),
    }
    return data, entry


def _json(value: Any) -> bytes:
    """One spelling for each value: sorted keys, no blanks, ASCII (lone surrogates survive as escapes)."""
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")
    except (TypeError, ValueError, RecursionError) as e:
        raise errors.ModelDataError(reason=f"its metadata is not JSON: {e}") from e


def _padding(size: int) -> int:
    return -size % ALIGNMENT


# -- reading ------------------------------------------------------------------------------------------------


def load_archive(
    data: bytes | bytearray | memoryview, *, kind: str, widen: bool = True, digest: bytes | None = None
) -> Archive:
    """Read an archive from bytes.

    data: the whole archive; the arrays are views of it.
    kind: what it must hold, see ``KINDS``.
    widen: give float16 tensors as float32.
    digest: ``digest_of(data)``, where it is known already.

    Raises ModelDataError (a ValueError), which says what is wrong; ModelFormatError for another format
    version.
    """
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise errors.ModelDataError(reason=f"an archive is bytes, not {type(data).__name__}")
    header_end = _check_preamble(data)
    data = bytes(data)
    if (digest_of(data) if digest is None else digest) != data[-DIGEST:]:
        raise errors.ModelDataError(reason="it is damaged (wrong SHA-256). Get it again")
    header = parse_json(data[PREAMBLE.size : header_end])
    if not isinstance(header, dict):
        raise errors.ModelDataError(reason="its header is not a JSON object")
    table = header.pop("tensors", None)
    tensors = _read_tensors(data, header_end, table, widen)
    if header.get("kind") != kind:
        raise errors.ModelDataError(
            reason=f"it holds {header.get('kind')!r:.80}, where {kind!r} was expected"
        )
    return Archive(header, tensors)


def _check_preamble(data: bytes | bytearray | memoryview) -> int:
    """Where the header ends."""
    if isinstance(data, memoryview) and (data.format != "B" or not data.contiguous):
        data = bytes(data)
    if data[: len(MAGIC)] != MAGIC:
        raise errors.ModelDataError(reason="it does not begin like an nlpcore archive")
    if len(data) < PREAMBLE.size + DIGEST:
        raise errors.ModelDataError(reason=f"it breaks off after {len(data)} bytes")
    _, version, crc, size, header_size = PREAMBLE.unpack_from(data)
    if version != FORMAT:
        raise errors.ModelFormatError(found=version, known=FORMAT)
    if size != len(data):
        raise errors.ModelDataError(reason=f"it should have {size} bytes and has {len(data)}")
    if any(data[PREAMBLE.size - 32 : PREAMBLE.size]):
        raise errors.ModelDataError(reason="bytes that must be zero are not")
    if header_size > min(MAX_HEADER, len(data) - PREAMBLE.size - DIGEST):
        raise errors.ModelDataError(
            reason=f"a header of {header_size} bytes has no place in {len(data)} bytes"
        )
    end = PREAMBLE.size + header_size
    if zlib.crc32(data[PREAMBLE.size : end]) != crc:
        raise errors.ModelDataError(reason="its header is damaged (wrong checksum)")
    return end


def parse_json(text: bytes) -> Any:
    """JSON without duplicate keys, numbers that are not finite, or nesting beyond ``MAX_DEPTH``."""
    try:
        value = json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except errors.ModelDataError:
        raise
    except (ValueError, RecursionError) as e:
        raise errors.ModelDataError(
            reason=f"its header is not JSON ({type(e).__name__}: {str(e)[:200]})"
        ) from None
    if type(value) in _CONTAINERS:
        _check_depth(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise errors.ModelDataError(reason=f"its header has the key {twice!r:.80} twice")
    return value


def _refuse_constant(name: str) -> Any:
    raise errors.ModelDataError(reason=f"its header holds {name}, which is no number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise errors.ModelDataError(reason=f"its header holds the number {text[:40]}, which is too large")
    return value


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for parent in level
            for child in (parent.values() if type(parent) is dict else parent)
            if type(child) in _CONTAINERS
        ]
        if not level:
            return
    raise errors.ModelDataError(reason=f"its header is nested deeper than {MAX_DEPTH} levels")


def _read_tensors(data: bytes, header_end: int, table: Any, widen: bool) -> Tensors:
    if not isinstance(table, list) or len(table) > MAX_TENSORS:
        raise errors.ModelDataError(reason="its header has no table of tensors, or one that is too long")
    start = header_end + _padding(header_end)
    end = len(data) - DIGEST
    if start > end or any(data[header_end:start]):
        raise errors.ModelDataError(reason="bytes between the header and the tensors are missing or not zero")
    tensors = Tensors(data, widen)
    position = start
    for entry in table:
        name, dtype, shape, offset, nbytes, crc = _check_entry(entry)
        if name in tensors.names():
            raise errors.ModelDataError(reason=f"it has the tensor {name!r:.80} twice")
        # Tensors stand one after another in the order of the table: so none overlaps, and no byte is left
        # out.
        if start + offset != position:
            raise errors.ModelDataError(reason=f"tensor {name!r:.80} is not where it must be")
        stop = position + nbytes
        padded = stop + _padding(nbytes)
        if padded > end:
            raise errors.ModelDataError(reason=f"tensor {name!r:.80} reaches beyond the end")
        if any(data[stop:padded]):
            raise errors.ModelDataError(reason=f"bytes after the tensor {name!r:.80} are not zero")
        tensors.add(name, dtype, shape, position, crc)
        position = padded
    if position != end:
        raise errors.ModelDataError(reason=f"{end - position} bytes at its end belong to no tensor")
    tensors.begin_widening()
    return tensors


def _check_entry(entry: Any) -> tuple[str, str, tuple[int, ...], int, int, int]:
    """A line of the table, every value of it checked against the others."""
    if not isinstance(entry, dict) or set(entry) != {"name", "dtype", "shape", "offset", "nbytes", "crc32"}:
        raise errors.ModelDataError(reason="a line of its table of tensors has missing or unknown fields")
    name, dtype, shape = entry["name"], entry["dtype"], entry["shape"]
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME:
        raise errors.ModelDataError(reason=f"{name!r:.80} cannot name a tensor")
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise errors.ModelDataError(reason=f"tensor {name!r:.80} has the unknown dtype {dtype!r:.80}")
    if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS or not all(_is_size(n) for n in shape):
        raise errors.ModelDataError(reason=f"tensor {name!r:.80} has the impossible shape {shape!r:.80}")
    # A zero among the dimensions must not let the others be as large as they like.
    if math.prod(n or 1 for n in shape) > MAX_ELEMENTS:
        raise errors.ModelDataError(reason=f"tensor {name!r:.80} is too large: {shape}")
    offset, nbytes, crc = entry["offset"], entry["nbytes"], entry["crc32"]
    if not (_is_size(offset) and _is_size(nbytes) and _is_size(crc)):
        raise errors.ModelDataError(reason=f"tensor {name!r:.80} has an impossible offset, size or checksum")
    if math.prod(shape) * DTYPES[dtype][1] != nbytes:
        raise errors.ModelDataError(
            reason=f"tensor {name!r:.80}: its shape and its size contradict each other"
        )
    return name, dtype, tuple(shape), offset, nbytes, crc


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_SIDE
