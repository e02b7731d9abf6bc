"""Archives made by hand, sound or not, with checksums that hold: what is behind the checksums gets tested."""

from __future__ import annotations

import hashlib
import json
import zlib
from typing import Any

from nlpcore.models.archive import ALIGNMENT, FORMAT, MAGIC, PREAMBLE


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % ALIGNMENT)


def seal(header: Any, payload: bytes, *, size: int | None = None, version: int = FORMAT) -> bytes:
    """An archive with this header (JSON-able, or its bytes) and these bytes of tensors."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    gap = bytes(-(PREAMBLE.size + len(text)) % ALIGNMENT)
    total = PREAMBLE.size + len(text) + len(gap) + len(payload) + 32 if size is None else size
    body = PREAMBLE.pack(MAGIC, version, zlib.crc32(text), total, len(text)) + text + gap + payload
    return body + hashlib.sha256(body).digest()


def entry(
    name: str, data: bytes, dtype: str, shape: list[Any], offset: int = 0, **changes: Any
) -> dict[str, Any]:
    """A line of the table of tensors."""
    line = {
        "name": name,
        "dtype": dtype,
        "shape": shape,
        "offset": offset,
        "nbytes": len(data),
        "crc32": zlib.crc32(data),
    }
    return {**line, **changes}


def reseal(data: bytes) -> bytes:
    """The same bytes with all checksums computed again, as far as the header can still be read."""
    if len(data) < PREAMBLE.size + 32:
        return data
    magic, version, _, _, n = PREAMBLE.unpack_from(data)
    text = data[PREAMBLE.size : PREAMBLE.size + n]
    start = PREAMBLE.size + len(text)
    start += -start % ALIGNMENT
    payload = data[start:-32]
    try:
        header = json.loads(text)
        for line in header["tensors"]:
            piece = payload[line["offset"] : line["offset"] + line["nbytes"]]
            line["crc32"] = zlib.crc32(piece)
        text = json.dumps(header).encode()
    except Exception:
        pass
    body = bytearray(seal(text, payload, version=version)[:-32])
    body[: len(magic)] = magic
    return bytes(body) + hashlib.sha256(body).digest()
