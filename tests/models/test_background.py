"""What is done on other threads while a model is loaded."""

from __future__ import annotations

import gc
import threading

import numpy as np
import pytest

import nlpcore
from nlpcore.engine.inputs import is_constant
from nlpcore.errors import ModelDataError
from nlpcore.models.archive import dump_archive, load_archive
from nlpcore.models.background import Background
from nlpcore.pipeline.trainable_pipe import all_finite, own


def fail():
    raise KeyError("x")


def test_result_and_error():
    assert Background(lambda a, b: a + b, 1, 2).result() == 3
    task = Background(fail)
    with pytest.raises(KeyError):
        task.result()
    for _ in range(2):
        with pytest.raises(ModelDataError, match="'x'"):
            task.result()


def test_without_threads(monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert Background(lambda: 5).result() == 5


def test_runs_of_halves_are_widened_in_their_places():
    sizes = {"a": 5, "c": 0, "e": 33, "g": 1}
    halves = {name: np.arange(n, dtype="float32") / 8 - n for name, n in sizes.items()}
    others = {
        "b": np.arange(7, dtype="int32"),
        "d": np.array([True, False]),
        "f": np.ones(3, dtype="float64"),
    }
    data = dump_archive({"kind": "data"}, {**halves, **others}, half=halves)
    tensors = load_archive(data, kind="data").tensors
    assert list(tensors) == sorted({**halves, **others})
    for name, array in {**halves, **others}.items():
        assert tensors[name].dtype == array.dtype
        np.testing.assert_array_equal(tensors[name], array)
        assert is_constant(tensors[name])


def test_constant_arrays_are_taken_over_and_others_copied():
    array = np.ones((2, 3), dtype="float32")
    assert own(array) is not array
    view = array[:1]
    view.flags.writeable = False
    assert not is_constant(view)  # what it is a view of may change
    array.flags.writeable = False
    assert own(array) is array
    assert own(array.T).flags.c_contiguous


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_finite(odd):
    array = np.full(100, 3e38, dtype="float32")  # whose sum is not finite
    assert all_finite(array)
    array[17] = odd
    assert not all_finite(array)


def test_collection_goes_on_after_loading(tmp_path):
    (tmp_path / "x.nlpcore").write_bytes(b"nothing")
    for enabled in (True, False):
        (gc.enable if enabled else gc.disable)()
        try:
            with pytest.raises(ModelDataError):
                nlpcore.load(tmp_path / "x.nlpcore")
            assert gc.isenabled() == enabled
        finally:
            gc.enable()
