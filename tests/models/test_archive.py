"""The archive gives back what was stored, and refuses everything else by name."""

from __future__ import annotations

import contextlib
import io
import json
import random
import time

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from nlpcore.errors import ModelDataError, ModelFormatError
from nlpcore.models import archive
from nlpcore.models.archive import DTYPES, dump_archive, load_archive

from .raw import entry, padded, reseal, seal

ARRAYS = st.sampled_from(sorted(DTYPES)).flatmap(
    lambda dtype: st_numpy.arrays(
        dtype, st_numpy.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)
    )
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def example() -> bytes:
    rng = numpy.random.default_rng(7)
    tensors = {
        "a/W": rng.normal(size=(16, 8)).astype("f"),
        "a/b": numpy.zeros(8, "f"),
        "ids": rng.integers(0, 2**60, 11).astype("uint64"),
        "half": rng.normal(size=33).astype("float16"),
        "flags": numpy.array([True, False, True]),
        "none": numpy.zeros((0, 4), "int32"),
    }
    return dump_archive({"kind": "data", "meta": {"x": [1, 2, {"y": "ü\ud800"}]}}, tensors)


@given(st.dictionaries(st.text(min_size=1, max_size=20), ARRAYS, max_size=4), VALUES)
@settings(max_examples=60, deadline=None)
def test_gives_back_what_was_stored(tensors, value):
    data = dump_archive({"kind": "data", "value": value}, tensors)
    back = load_archive(data, kind="data", widen=False)
    assert back.header == {"kind": "data", "value": value}
    assert set(back.tensors) == set(tensors)
    for name, array in tensors.items():
        assert back.tensors[name].dtype == array.dtype
        assert back.tensors[name].shape == array.shape
        numpy.testing.assert_array_equal(back.tensors[name], array)


def test_same_input_gives_same_bytes():
    a = dump_archive({"kind": "data", "x": {"b": 1, "a": 2}}, {"q": numpy.arange(3), "p": numpy.ones(2)})
    b = dump_archive({"x": {"a": 2, "b": 1}, "kind": "data"}, {"p": numpy.ones(2), "q": numpy.arange(3)})
    assert a == b


def test_non_contiguous_and_big_endian_arrays_are_stored_by_value():
    array = numpy.arange(12, dtype=">i4").reshape(3, 4).T
    back = load_archive(dump_archive({"kind": "data"}, {"x": array}), kind="data").tensors["x"]
    numpy.testing.assert_array_equal(back, array)


def test_arrays_are_read_only_and_aligned(example):
    for array in load_archive(example, kind="data").tensors.values():
        assert not array.flags.writeable


def test_float16_on_disk_is_float32_in_memory():
    array = numpy.linspace(-2, 2, 50, dtype="f")
    data = dump_archive({"kind": "data"}, {"x": array}, half=["x"])
    wide = load_archive(data, kind="data").tensors["x"]
    assert wide.dtype == numpy.float32
    numpy.testing.assert_allclose(wide, array, rtol=1e-3)
    assert load_archive(data, kind="data", widen=False).tensors["x"].dtype == numpy.float16
    with pytest.raises(ModelDataError, match="range of float16"):
        dump_archive({"kind": "data"}, {"x": array * 1e6}, half=["x"])


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({"x": numpy.array(["a"])}, "dtype"),
        ({"x": numpy.array([None])}, "dtype"),
        ({"x": numpy.zeros((1,) * 9)}, "dimensions"),
        ({"": numpy.zeros(1)}, "name"),
        ({"y" * 1001: numpy.zeros(1)}, "name"),
    ],
)
def test_what_the_format_cannot_hold_is_refused_on_writing(tensors, message):
    with pytest.raises(ModelDataError, match=message):
        dump_archive({"kind": "data"}, tensors)


@pytest.mark.parametrize("value", [{1, 2}, float("nan"), float("inf"), object(), b"x"])
def test_what_is_not_json_is_refused_on_writing(value):
    with pytest.raises(ModelDataError, match="not JSON"):
        dump_archive({"kind": "data", "x": value}, {})


def test_other_kinds_and_types_are_refused(example):
    with pytest.raises(ModelDataError, match="'pipeline' was expected"):
        load_archive(example, kind="pipeline")
    with pytest.raises(ModelDataError, match="is bytes"):
        load_archive(io.BytesIO(example), kind="data")  # type: ignore[arg-type]
    with pytest.raises(ModelDataError, match="does not begin"):
        load_archive(b"\x80\x04K\x01.", kind="data")
    with pytest.raises(ModelDataError, match="does not begin"):
        load_archive(b"", kind="data")


def test_another_format_version_says_what_to_do():
    with pytest.raises(ModelFormatError, match=r"version 2 .* reads version 1.*pip install"):
        load_archive(seal({"kind": "data", "tensors": []}, b"", version=2), kind="data")


def test_every_truncation_is_detected(example):
    for n in range(len(example)):
        with pytest.raises(ModelDataError):
            load_archive(example[:n], kind="data")
    with pytest.raises(ModelDataError):
        load_archive(example + b"\0", kind="data")


def test_every_single_bit_flip_is_detected(example):
    for at in range(len(example)):
        flipped = bytearray(example)
        flipped[at] ^= 1 << (at % 8)
        with pytest.raises(ModelDataError):
            load_archive(bytes(flipped), kind="data")


ONE = numpy.ones(4, "f").tobytes()
TWO = padded(ONE) + padded(ONE)


def _table(*lines):
    return {"kind": "data", "tensors": list(lines)}


@pytest.mark.parametrize(
    ("header", "payload", "message"),
    [
        (_table(entry("x", ONE, "float32", [5])), padded(ONE), "contradict"),
        (_table(entry("x", ONE, "float32", [-4])), padded(ONE), "impossible shape"),
        (_table(entry("x", ONE, "float32", [4.0])), padded(ONE), "impossible shape"),
        (_table(entry("x", ONE, "float32", [True, 4])), padded(ONE), "impossible shape"),
        (_table(entry("x", ONE, "float32", "4")), padded(ONE), "impossible shape"),
        (_table(entry("x", ONE, "float32", [1] * 9 + [4])), padded(ONE), "impossible shape"),
        (_table(entry("x", b"", "float32", [0, 2**39, 2**39])), b"", "too large"),
        (_table(entry("x", ONE, "float32", [2**31, 2**31])), padded(ONE), "too large"),
        (_table(entry("x", ONE, "float32", [2**62, 4])), padded(ONE), "impossible shape"),
        (_table(entry("x", ONE, "object", [4])), padded(ONE), "dtype"),
        (_table(entry("x", ONE, "O", [4])), padded(ONE), "dtype"),
        (_table(entry("x", ONE, ["f"], [4])), padded(ONE), "dtype"),
        (_table(entry("x", ONE, "float32", [4], -64)), padded(ONE), "impossible offset"),
        (_table(entry("x", ONE, "float32", [4], 64)), padded(ONE) * 2, "not where"),
        (_table(entry("x", ONE, "float32", [4], 10**18)), padded(ONE), "impossible offset"),
        (_table(entry("x", ONE, "float32", [4]), entry("x", ONE, "float32", [4], 64)), TWO, "twice"),
        (_table(entry("x", ONE, "float32", [4]), entry("y", ONE, "float32", [4], 0)), TWO, "not where"),
        (_table(entry("y", ONE, "float32", [4], 64), entry("x", ONE, "float32", [4], 0)), TWO, "not where"),
        (_table(entry("x", ONE, "float32", [400], nbytes=1600)), padded(ONE), "beyond the end"),
        (_table(entry("x", ONE, "float32", [4], crc32=1)), padded(ONE), "damaged"),
        (_table(entry("x", ONE, "float32", [4])), TWO, "belong to no tensor"),
        (_table(entry("x", ONE, "float32", [4])), ONE + b"\1" * 48, "not zero"),
        (_table(entry("x", ONE, "float32", [4], more=1)), padded(ONE), "fields"),
        (_table({"name": "x"}), b"", "fields"),
        (_table(7), b"", "fields"),
        (_table(entry("", ONE, "float32", [4])), padded(ONE), "name"),
        (_table(entry(["x"], ONE, "float32", [4])), padded(ONE), "name"),
        (_table(entry("x", b"\2", "bool", [1])), padded(b"\2"), "truth values"),
        ({"kind": "data", "tensors": {}}, b"", "no table"),
        ({"kind": "data"}, b"", "no table"),
        ({"kind": ["data"], "tensors": []}, b"", "expected"),
        ([1], b"", "not a JSON object"),
        (b'{"kind":"data","kind":"data","tensors":[]}', b"", "twice"),
        (b'{"kind":"data","tensors":[],"x":NaN}', b"", "NaN"),
        (b'{"kind":"data","tensors":[],"x":-Infinity}', b"", "Infinity"),
        (b'{"kind":"data","tensors":[],"x":1e999}', b"", "too large"),
        (b'{"kind":"data","tensors":[],"x":' + b"9" * 6000 + b"}", b"", "not JSON"),
        (b'{"kind":"data","tensors":[],"x":' + b"[" * 100 + b"]" * 100 + b"}", b"", "nested"),
        (b"[" * 100_000 + b"]" * 100_000, b"", "not JSON|nested"),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, b"", "not JSON|nested"),
        (b"\xff\xfe", b"", "not JSON"),
        (b"", b"", "not JSON"),
        (b"{", b"", "not JSON"),
        (b"__import__('os')", b"", "not JSON"),
    ],
)
def test_unsound_archives_with_sound_checksums_are_refused(header, payload, message):
    start = time.perf_counter()
    with pytest.raises(ModelDataError, match=message):
        load_archive(seal(header, payload), kind="data")
    assert time.perf_counter() - start < 1


def test_the_hand_made_archive_is_sound_where_it_should_be():
    data = seal(_table(entry("x", ONE, "float32", [2, 2]), entry("y", ONE, "float32", [4], 64)), TWO)
    assert load_archive(data, kind="data").tensors["x"].shape == (2, 2)


def test_sizes_that_lie_are_refused(example):
    magic, version, crc, size, n = archive.PREAMBLE.unpack_from(example)
    for wrong in [(size + 1, n), (size - 1, n), (2**63, n), (0, n), (size, 2**63), (size, size), (size, 0)]:
        head = archive.PREAMBLE.pack(magic, version, crc, *wrong)
        with pytest.raises(ModelDataError):
            load_archive(
                reseal(head + example[len(head) :]) if wrong[0] == size else head + example[64:], kind="data"
            )


def _mutated(data: bytes, rng: random.Random) -> bytes:
    """One mutation of bytes, or of the header's values."""
    kind = rng.randrange(7)
    if kind < 3:
        changed = bytearray(data)
        for _ in range(rng.choice([1, 1, 4, 40])):
            at = rng.randrange(len(changed))
            changed[at] = rng.choice([changed[at] ^ (1 << rng.randrange(8)), 0, 255, rng.randrange(256)])
        return bytes(changed)
    if kind == 3:
        return data[: rng.randrange(len(data))]
    if kind == 4:
        at, n = rng.randrange(len(data)), rng.randrange(1, 200)
        return data[:at] + data[at : at + n] + data[at:]
    _, _, _, _, n = archive.PREAMBLE.unpack_from(data)
    header = json.loads(data[64 : 64 + n])
    table = header["tensors"]
    line = rng.choice(table)
    if kind == 5:
        other = rng.choice(table)
        key = rng.choice(list(line))
        line[key], other[key] = other[key], line[key]
    else:
        key = rng.choice(list(line))
        line[key] = rng.choice(
            [0, -1, 2**31, 2**63, 2**70, 1.5, None, "x", [], {}, [2**33, 2**33], [[1]], True]
        )
    start = 64 + n + (-(64 + n) % 64)
    return seal(header, data[start:-32])


def test_mutated_archives_load_or_are_refused_quickly(example):
    rng = random.Random(3)
    for i in range(4000):
        data = _mutated(example, rng)
        if i % 2:
            data = reseal(data)
        start = time.perf_counter()
        with contextlib.suppress(ModelDataError):
            loaded = load_archive(data, kind="data")
            assert sum(array.nbytes for array in loaded.tensors.values()) < 10 * len(data)
        assert time.perf_counter() - start < 1
