"""Broken models, made on purpose: what ``fuzz_loader.py`` feeds to the loader.

A mutant is made from a sound archive by one to three changes. In half of them all checksums and the
fingerprint are computed again afterwards, as whoever means harm would do: the checks behind them are reached
then.
"""

from __future__ import annotations

import hashlib
import io
import json
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

from nlpcore.models.archive import ALIGNMENT, DTYPES, FORMAT, MAGIC, PREAMBLE, load_archive
from nlpcore.models.fingerprint import fingerprint

NASTY: list[Any] = [None, True, False, 0, 1, -1, 2, 7, 255, 2**15, 2**31, 2**32, 2**40, 2**63, 2**64, 10**30]
NASTY += [
    -(2**31),
    -(2**63),
    0.5,
    -0.0,
    1e308,
    -1e308,
    "",
    "x",
    "x" * 5000,
    "\0",
    "\ud800",
    "../../x",
    "🙂",
    "en",
]
NASTY += [[], {}, [[]], [None], {"": None}, [0] * 5000, ["x"] * 3000, [-1], [2**40] * 4]
FLOATS = [float("nan"), float("inf"), -float("inf"), 3e38, -3e38, 1e-45, 0.0, -1.0]


class Parts:
    """An archive taken apart: its header without the table, and name → (dtype, shape, bytes)."""

    def __init__(self, data: bytes) -> None:
        archive = load_archive(data, kind="pipeline", widen=False)
        self.header = archive.header
        self.tensors = {
            name: (array.dtype.name, list(array.shape), array.tobytes())
            for name, array in archive.tensors.items()
        }

    def copy(self) -> Parts:
        new = Parts.__new__(Parts)
        new.header = json.loads(json.dumps(self.header))
        new.tensors = dict(self.tensors)
        return new

    def sign(self) -> None:
        """Name the architecture that is stored, as far as there is one."""
        try:
            own = {n[10:]: _Bytes(d) for n, (_, _, d) in self.tensors.items() if n.startswith("tokenizer/")}
            self.header["fingerprint"] = fingerprint(self.header, own)
        except Exception:
            pass

    def table(self) -> list[dict[str, Any]]:
        table, position = [], 0
        for name, (dtype, shape, data) in self.tensors.items():
            table.append(
                {
                    "name": name,
                    "dtype": dtype,
                    "shape": shape,
                    "offset": position,
                    "nbytes": len(data),
                    "crc32": zlib.crc32(data),
                }
            )
            position += len(data) + -len(data) % ALIGNMENT
        return table

    def payload(self) -> bytes:
        return b"".join(data + bytes(-len(data) % ALIGNMENT) for _, _, data in self.tensors.values())


class _Bytes(bytes):
    def tobytes(self) -> bytes:
        return self


def seal(text: bytes, payload: bytes) -> bytes:
    """An archive with this header and these tensors, all checksums right."""
    gap = bytes(-(PREAMBLE.size + len(text)) % ALIGNMENT)
    size = PREAMBLE.size + len(text) + len(gap) + len(payload) + 32
    body = PREAMBLE.pack(MAGIC, FORMAT, zlib.crc32(text), size, len(text)) + text + gap + payload
    return body + hashlib.sha256(body).digest()


def as_json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii")


# -- changes of the header -----------------------------------------------------------------------------------


def places(value: Any, found: list[tuple[Any, Any]] | None = None) -> list[tuple[Any, Any]]:
    """(container, key) of everything in a JSON value; of long lists a few."""
    found = [] if found is None else found
    if isinstance(value, dict):
        items: Any = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value[:4])) + list(enumerate(value))[4:][-2:]
    else:
        return found
    for key, child in items:
        found.append((value, key))
        places(child, found)
    return found


def change_value(rng: random.Random, root: Any) -> None:
    """One place of a JSON value gets another value."""
    container, key = rng.choice(places(root))
    old = container[key]
    kind = rng.randrange(8)
    if kind == 0 and isinstance(container, dict):
        del container[key]
    elif kind == 1 and type(old) is int:
        container[key] = rng.choice([old + 1, old - 1, old * 2, -old, old << 16])
    elif kind == 2 and isinstance(old, list) and old:
        container[key] = rng.choice([old[:-1], old + old[-1:], old[::-1], old * 3, old[1:]])
    elif kind == 3 and isinstance(old, str) and old:
        at = rng.randrange(len(old))
        container[key] = (
            old[:at] + rng.choice(["", "|", "=", "[", "(", "\\", "*", "{9999}", "é", "\0"]) + old[at + 1 :]
        )
    elif kind == 4 and isinstance(container, dict):
        container[rng.choice(["", "x", str(key) + "2", "__class__"])] = container.pop(key)
    elif kind == 5:
        other, place = rng.choice(places(root))
        try:
            container[key], other[place] = other[place], container[key]
        except (KeyError, IndexError):
            container[key] = None
    elif kind == 6:
        deep: Any = old
        for _ in range(rng.choice([3, 63, 70, 200])):
            deep = [deep] if rng.random() < 0.5 else {"a": deep}
        container[key] = deep
    else:
        container[key] = rng.choice(NASTY)


def header_values(rng: random.Random, parts: Parts) -> None:
    change_value(rng, parts.header)


def state_values(rng: random.Random, parts: Parts) -> None:
    """A change in what one component stored of itself, or in its settings."""
    entry = rng.choice(parts.header["components"])
    change_value(rng, rng.choice([entry, entry, parts.header["config"]["components"]]))


def tokenizer_values(rng: random.Random, parts: Parts) -> None:
    """A change in the tokenizer's rules: patterns, classes, special cases."""
    dtype, _, data = parts.tensors["tokenizer/bytes"]
    state = json.loads(data)
    if rng.random() < 0.5:
        kind = rng.choice(["prefixes", "suffixes", "infixes", "token_match", "url_match", "kept"])
        patterns = state[kind] or [""]
        at = rng.randrange(len(patterns))
        patterns[at] = hostile_pattern(rng, patterns[at])
        state[kind] = patterns
    else:
        change_value(rng, state)
    data = as_json(state)
    parts.tensors["tokenizer/bytes"] = dtype, [len(data)], data


def hostile_pattern(rng: random.Random, old: str) -> str:
    made = [
        "(a*)*b",
        "(a|a)*",
        "(?:x{1000}){1000}",
        "[^a]{5000}",
        "(.{50})*" * 20,
        "((((a?){30}){30}){30}){30}",
    ]
    made += [
        "a" * 20000,
        "[\\U0010ffff-\\U0010fff0]",
        "(" * 500,
        "[",
        "\\",
        "(?=a)",
        "\\p{nothing}",
        "a{99999999999}",
    ]
    made += [
        "(?:.*a.{18})",
        "|".join(f"w{i}" for i in range(3000)),
        old + old,
        old[: len(old) // 2],
        old[::-1],
    ]
    return rng.choice(made)


# -- changes of the tensors ----------------------------------------------------------------------------------


def tensor_data(rng: random.Random, parts: Parts) -> None:
    """Numbers of one tensor change: some of them, or all."""
    name = rng.choice(list(parts.tensors))
    dtype, shape, data = parts.tensors[name]
    code = {"float32": "<f", "float16": "<e"}.get(dtype)
    piece = rng.randbytes(rng.choice([1, 2, 4, 64]))
    if code is not None:
        value = rng.choice(FLOATS)
        try:
            piece = struct.pack(code, value)
        except OverflowError:
            piece = struct.pack(code, float("inf"))
    if rng.random() < 0.5 or len(data) < len(piece):
        data = (piece * (len(data) // len(piece) + 1))[: len(data)]
    else:
        at = rng.randrange(len(data) // len(piece)) * len(piece)
        data = data[:at] + piece + data[at + len(piece) :]
    parts.tensors[name] = dtype, shape, data


def tensor_shape(rng: random.Random, parts: Parts) -> None:
    """Another shape or dtype, with as many bytes as it takes or not."""
    name = rng.choice(list(parts.tensors))
    dtype, shape, data = parts.tensors[name]
    shape = list(shape)
    kind = rng.randrange(6)
    if kind == 0 and shape:
        at = rng.randrange(len(shape))
        shape[at] = rng.choice([0, 1, shape[at] + 1, shape[at] - 1, shape[at] * 2, 2**40, -1])
    elif kind == 1:
        shape = shape[::-1]
    elif kind == 2:
        shape = [*shape, 1]
    elif kind == 3:
        dtype = rng.choice(list(DTYPES))
    elif kind == 4:
        shape = [len(data) // 4]
    else:
        shape, data = [rng.choice([0, 1, 3]), *shape[1:]], b""
    if rng.random() < 0.5:
        size = int(dtype.lstrip("abcdefghijklmnopqrstuvwxyz") or 8) // 8
        count = size
        for n in shape:
            count *= n
        if 0 <= count <= 1 << 20:
            data = (data * (count // max(1, len(data)) + 1))[:count] if data else bytes(count)
    parts.tensors[name] = dtype, shape, data


def tensor_names(rng: random.Random, parts: Parts) -> None:
    names = list(parts.tensors)
    a, b = rng.choice(names), rng.choice(names)
    kind = rng.randrange(4)
    if kind == 0:
        parts.tensors[a], parts.tensors[b] = parts.tensors[b], parts.tensors[a]
    elif kind == 1:
        del parts.tensors[a]
    elif kind == 2:
        parts.tensors[rng.choice(["", "c99/x", a + "x", "../" + a, "c0/"])] = parts.tensors.pop(a)
    else:
        parts.tensors[a] = parts.tensors[b]


# -- changes of the table, and of bytes ----------------------------------------------------------------------


def table_entries(rng: random.Random, table: list[dict[str, Any]]) -> None:
    """Swapped offsets, huge shapes, wrong dtypes and sizes: what the table says and the data does not."""
    a, b = rng.choice(table), rng.choice(table)
    kind = rng.randrange(5)
    if kind == 0:
        a["offset"], b["offset"] = b["offset"], a["offset"]
    elif kind == 1:
        a["shape"] = rng.choice([[2**40, 2**40], [2**62], [-1, 4], [1] * 9, [1.5], "x", [], [0], [2**63, 2]])
    elif kind == 2:
        a["dtype"] = rng.choice([*DTYPES, "object", "V8", "<f4", "complex64", 3, None, "U100000000"])
    elif kind == 3:
        key = rng.choice(list(a))
        a[key] = rng.choice(NASTY)
    else:
        table.append(dict(a))


def twice(rng: random.Random, text: bytes) -> bytes:
    """A key that occurs twice, numbers that are none, nesting: what no JSON writer makes."""
    kind = rng.randrange(5)
    if kind == 0:
        return b'{"kind":"pipeline",' + text[1:]
    if kind == 1:
        return text.replace(b":true", rng.choice([b":NaN", b":Infinity", b":1e999", b":-Infinity"]), 1)
    if kind == 2:
        n = rng.choice([100, 5000, 100_000])
        return text[:-1] + b',"deep":' + b"[" * n + b"]" * n + b"}"
    if kind == 3:
        return text + rng.choice([b"{}", b"\0", b"x", b" "])
    return text.replace(b'"', b"\xff", 1)


def blind(rng: random.Random, data: bytes) -> bytes:
    """Bytes change without regard to what they mean."""
    kind = rng.randrange(6)
    body = bytearray(data)
    if kind == 0:
        for _ in range(rng.choice([1, 1, 2, 8, 64])):
            body[rng.randrange(len(body))] ^= 1 << rng.randrange(8)
    elif kind == 1:
        return bytes(body[: rng.randrange(len(body))])
    elif kind == 2:
        body += rng.randbytes(rng.choice([1, 64, 4096]))
    elif kind == 3:
        n = rng.choice([1, 8, 64, 512])
        a, b = rng.randrange(len(body)), rng.randrange(len(body))
        body[a : a + n], body[b : b + n] = body[b : b + n], body[a : a + n]
    elif kind == 4:
        at = rng.randrange(len(body))
        body[at : at + rng.choice([4, 64, 1024])] = bytes(rng.choice([4, 64, 1024]))
    else:
        body[: PREAMBLE.size] = rng.randbytes(PREAMBLE.size)
        if rng.random() < 0.5:
            body[:8] = MAGIC
    return bytes(body)


def resealed(data: bytes) -> bytes:
    """The same bytes with all checksums right, as far as there is a header that can be read."""
    if len(data) < PREAMBLE.size + 32:
        return data
    n = PREAMBLE.unpack_from(data)[4]
    start = PREAMBLE.size + n + -(PREAMBLE.size + n) % ALIGNMENT
    text, payload = data[PREAMBLE.size : PREAMBLE.size + n], data[start:-32]
    try:
        header = json.loads(text)
        for line in header["tensors"]:
            line["crc32"] = zlib.crc32(payload[line["offset"] : line["offset"] + line["nbytes"]])
        text = as_json(header)
    except (ValueError, TypeError, LookupError, RecursionError):
        pass
    return seal(text, payload)


# -- wheels --------------------------------------------------------------------------------------------------


def zip_trick(rng: random.Random, archive: bytes) -> bytes:
    """A wheel with something in it that a model's wheel must not have, or a damaged one."""
    name = "en_x/model/model.nlpcore"
    tricks = ["../evil", "/etc/evil", "C:\\evil", "a\\..\\b", "a/../../b", "a//b", "./a", "a\0b", "x" * 60000]
    out = io.BytesIO()
    kind = rng.randrange(8)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr("en_x/__init__.py", "")
        wheel.writestr(zipfile.ZipInfo(name), archive)
        if kind == 0:
            wheel.writestr(rng.choice(tricks), b"evil")
        elif kind == 1:
            link = zipfile.ZipInfo("en_x/model/link")
            link.external_attr = rng.choice([0o120777, 0o60777, 0o20777, 0o10777]) << 16
            wheel.writestr(link, "/etc/passwd")
        elif kind == 2:
            wheel.writestr("en_x/model/bomb", bytes(rng.choice([20, 60]) << 20))
        elif kind == 3:
            wheel.writestr(rng.choice(["fr_y", "a/b/c", "en_x/model/sub"]) + "/model/model.nlpcore", archive)
        elif kind == 4:
            for i in range(rng.choice([10, 11_000])):
                wheel.writestr(f"f{i}", b"")
    data = out.getvalue()
    if kind == 5:
        return data.replace(name.encode(), b"en_x/model/model.nlpcorf", 1)
    if kind == 6:  # sizes in the directory that are not true
        at = data.rfind(b"PK\x01\x02")
        where = at + rng.choice([20, 24, 42])
        return data[:where] + struct.pack("<I", rng.choice([0, 1, 2**31, 2**32 - 1])) + data[where + 4 :]
    return blind(rng, data) if kind == 7 else data


# -- all together --------------------------------------------------------------------------------------------

PART_CHANGES: dict[str, Callable[[random.Random, Parts], None]] = {
    "header values": header_values,
    "state values": state_values,
    "tokenizer rules": tokenizer_values,
    "tensor data": tensor_data,
    "tensor shapes": tensor_shape,
    "tensor names": tensor_names,
}
KINDS = [*PART_CHANGES, "table entries", "odd JSON", "blind bytes", "zip tricks"]


def mutant(seed: int, parts: Parts) -> tuple[str, bool, bytes]:
    """(kind, whether its checksums hold as far as can be, the bytes) of the mutant of a number."""
    rng = random.Random(seed)
    kind = KINDS[seed // 2 % len(KINDS)]
    sealed = seed % 2 == 0
    new = parts.copy()
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        change = PART_CHANGES.get(kind)
        if change is not None:
            try:
                change(rng, new)
            except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError):
                continue
    if sealed:
        new.sign()
    table = new.table()
    if kind == "table entries":
        table_entries(rng, table)
    try:
        text = as_json({**new.header, "tensors": table})
    except (ValueError, RecursionError):  # something was put into itself
        text = as_json({**parts.header, "tensors": table})
    if kind == "odd JSON":
        text = twice(rng, text)
    data = seal(text, new.payload())
    if kind == "zip tricks":
        return kind, sealed, zip_trick(rng, data)
    if kind == "blind bytes":
        data = blind(rng, data)
        return kind, sealed, resealed(data) if sealed else data
    if not sealed:  # the checksums are those of the sound file
        body = bytearray(data)
        body[-32:] = hashlib.sha256(b"sound").digest()
        data = bytes(body)
    return kind, sealed, data
