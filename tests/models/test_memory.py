"""What was loaded goes when nobody holds it any more, and not when Python next looks for garbage."""

import contextlib
import gc
import io
import json
import weakref

import pytest

import nlpcore
from benchmarks.fuzz_loader import small_model
from nlpcore.errors import ModelDataError
from nlpcore.models.archive import ALIGNMENT, PREAMBLE, dump_archive, load_archive
from nlpcore.models.background import Background

from .raw import seal


@pytest.fixture
def no_collection():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("use", ["nothing", "a text", "a stream", "its settings"])
def test_a_pipeline_goes_with_its_last_reference(no_collection, use):
    nlp = nlpcore.load(io.BytesIO(small_model()))
    gc.disable()
    if use == "a text":
        nlp("Ann went to Oslo.")
    elif use == "a stream":
        list(nlp.pipe(["Ann went to Oslo.", "Oslo"], threads=2))
    elif use == "its settings":
        assert nlp.meta
        assert nlp.config
    watched = [weakref.ref(nlp), *(weakref.ref(pipe) for _, pipe in nlp.pipeline)]
    del nlp
    assert [ref() for ref in watched] == [None] * len(watched)


def test_a_failure_on_another_thread_holds_nothing(no_collection):
    class Data:
        pass

    def fail(data):
        raise ModelDataError(reason="unsound")

    data = Data()
    watched = weakref.ref(data)
    task = Background(fail, data)
    for _ in range(2):
        with contextlib.suppress(ModelDataError):
            task.result()
    del data, task
    assert watched() is None


def test_what_is_loaded_counts_as_old_and_frozen_objects_stay_frozen():
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        nlpcore.load(io.BytesIO(small_model()))
        assert gc.get_freeze_count() >= frozen - 100
    finally:
        gc.unfreeze()
    assert gc.isenabled()


def test_a_checksum_that_is_wrong_is_raised_where_the_tensor_is_asked_for():
    archive = load_archive(small_model(), kind="pipeline")
    halved = [name for name in archive.tensors if name.startswith("c0/")]
    data = dump_archive(archive.header, archive.tensors, half=halved)
    n = PREAMBLE.unpack_from(data)[4]
    text = data[PREAMBLE.size : PREAMBLE.size + n]
    start = PREAMBLE.size + n + -(PREAMBLE.size + n) % ALIGNMENT
    header = json.loads(text)
    next(line for line in header["tensors"] if line["name"] == halved[0])["crc32"] ^= 1
    broken = seal(header, data[start:-32])
    assert load_archive(broken, kind="pipeline").header  # nothing has been asked for yet
    with pytest.raises(ModelDataError, match="wrong checksum"):
        nlpcore.load(io.BytesIO(broken))
