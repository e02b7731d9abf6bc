"""Values of models without NumPy, compared with what NumPy makes of the same bytes."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from nlpcore.kernels.tensor import DTYPES, Tensor, widened

ARRAYS = st.sampled_from(sorted(DTYPES)).flatmap(
    lambda dtype: st_numpy.arrays(
        dtype, st_numpy.array_shapes(min_dims=0, max_dims=8, min_side=0, max_side=3)
    )
)


def tensor_of(array, before=b""):
    return Tensor(before + array.tobytes(), array.dtype.name, array.shape, len(before))


@given(ARRAYS, st.integers(0, 3))
def test_numpy_sees_the_array_that_it_was_made_of(array, words_before):
    tensor = tensor_of(array, bytes(8 * words_before))
    seen = np.asarray(tensor)
    assert (seen.dtype, seen.shape) == (array.dtype, array.shape)
    assert (tensor.dtype, tensor.shape, tensor.ndim) == (array.dtype.name, array.shape, array.ndim)
    assert (tensor.size, tensor.nbytes) == (array.size, array.nbytes)
    assert seen.tobytes() == tensor.tobytes() == array.tobytes()


def test_nobody_can_write_to_it():
    tensor = tensor_of(np.ones(3, dtype="float32"))
    assert memoryview(tensor).readonly
    assert not np.asarray(tensor).flags.writeable
    with pytest.raises(ValueError, match="WRITEABLE"):
        np.asarray(tensor).flags.writeable = True


@pytest.mark.parametrize("offset", [-4, 2, 4, 2**62])
def test_values_beyond_the_data_are_refused(offset):
    with pytest.raises(ValueError, match="16 bytes from byte"):
        Tensor(bytes(16), "float32", (4,), offset)


@pytest.mark.parametrize("shape", [(-1,), (2**62, 4), (3, 2**61), (1,) * 9, (2**70,)])
def test_impossible_shapes_are_refused(shape):
    with pytest.raises((ValueError, OverflowError)):
        Tensor(bytes(16), "float32", shape, 0)


def test_an_unknown_dtype_is_refused():
    with pytest.raises(KeyError):
        Tensor(bytes(16), "object", (2,), 0)


def test_every_half_is_widened_as_numpy_widens_it():
    half = np.arange(2**16, dtype="uint16").view("float16")
    (wide,) = widened([tensor_of(half)])
    with np.errstate(invalid="ignore"):
        expected = half.astype("float32")
    found = np.asarray(wide)
    number = ~np.isnan(expected)
    assert (found.view("uint32") == expected.view("uint32"))[number].all()
    assert np.isnan(found[~number]).all()


@given(
    st.lists(
        st_numpy.arrays("float16", st_numpy.array_shapes(min_dims=1, min_side=0, max_side=4)), max_size=3
    )
)
def test_several_halves_are_widened_each_into_aligned_memory(halves):
    for half, wide in zip(halves, widened([tensor_of(half) for half in halves]), strict=True):
        array = np.asarray(wide)
        assert array.shape == half.shape
        assert array.__array_interface__["data"][0] % 64 == 0 or array.size == 0
        np.testing.assert_array_equal(array, half.astype("float32"))


def test_only_halves_are_widened():
    with pytest.raises(ValueError, match="float16"):
        widened([tensor_of(np.ones(2, dtype="float32"))])


@given(st_numpy.arrays("float32", st.integers(0, 40)))
def test_it_knows_whether_all_values_are_numbers(array):
    assert tensor_of(array).is_finite() == bool(np.isfinite(array).all())


def test_copies_are_equal():
    tensor = tensor_of(np.arange(6, dtype="int64").reshape(2, 3), bytes(8))
    again = pickle.loads(pickle.dumps(tensor))
    np.testing.assert_array_equal(np.asarray(again), np.asarray(tensor))
