"""Models whose stored state was tampered with are refused: one class of error, nothing else happens."""

import contextlib
import copy
import json
import math
import resource
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nlpcore
from nlpcore.errors import ModelDataError, NlpcoreError
from nlpcore.models.archive import dump_archive, load_archive

from .conftest import COMPONENTS

PIPES = ["tok2vec", *COMPONENTS]
ODD = [
    None,
    True,
    -1,
    0,
    2**24,
    2**31,
    2**63,
    10**30,
    0.5,
    -0.0,
    1e308,
    "",
    "x",
    "\ud800",
    [],
    {},
    [[]],
    [None],
]
ODD += [["a", "a"], {"a": 1}, [["L", "x"], ["L", "x"]], ["\x00" * 5], [1, 2, 3, 4], [2**24] * 4, "x" * 10_000]


def paths(value, here=()):
    """The places in a nested value: (keys on the way)."""
    if here:
        yield here
    if isinstance(value, dict):
        for key in list(value)[:12]:
            yield from paths(value[key], (*here, key))
    elif isinstance(value, list) and value:
        for i in sorted({0, len(value) - 1}):
            yield from paths(value[i], (*here, i))


def changed(value, path, new):
    """A copy with ``new`` at this place; ``new is paths``: without the place."""
    value = copy.deepcopy(value)
    at = value
    for key in path[:-1]:
        at = at[key]
    if new is paths:
        del at[path[-1]]
    else:
        at[path[-1]] = new
    return value


def peak_memory():
    """Bytes, of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def try_state(nlp, name, meta, tensors):
    """Give a fresh component this state: it is refused, or the component works."""
    pipe = nlp.create_pipe(name)
    try:
        pipe.set_state(meta, tensors)
    except ModelDataError:
        assert pipe.model is None  # as it was
        return
    docs = [nlp.make_doc(text) for text in ("Anna saw two dogs.", "", " Bob")]
    with contextlib.suppress(NlpcoreError):  # a component that is not ready, say
        list(pipe.pipe(docs if name == "tok2vec" else nlp.get_pipe("tok2vec").pipe(docs)))
    pipe.to_bytes()


@pytest.mark.parametrize("name", PIPES)
def test_every_place_of_every_state_with_odd_values(nlp, name):
    meta, tensors = nlp.get_pipe(name).get_state()
    meta = json.loads(json.dumps(meta))
    before = peak_memory()
    for path in paths(meta):
        for new in [paths, *ODD]:
            try_state(nlp, name, changed(meta, path, new), tensors)
    assert peak_memory() - before < 100e6


@pytest.mark.parametrize("name", PIPES)
def test_every_tensor_with_another_shape_type_or_value(nlp, name):
    meta, tensors = nlp.get_pipe(name).get_state()
    for key, tensor in tensors.items():
        for new in (
            tensor[:0],
            tensor.ravel(),
            tensor[None],
            np.vstack([tensor, tensor]),
            tensor.astype("int64"),
            tensor.astype("float64"),
            np.full_like(tensor, np.nan),
            np.full_like(tensor, -np.inf),
            np.float32(1.0).reshape(()),
        ):
            if new.shape == tensor.shape and new.dtype == tensor.dtype and np.isfinite(new).all():
                continue
            with pytest.raises(ModelDataError, match=name):
                nlp.create_pipe(name).set_state(meta, {**tensors, key: new})


@pytest.mark.parametrize("name", PIPES)
def test_finite_but_absurd_weights_give_some_answer(nlp, name):
    meta, tensors = nlp.get_pipe(name).get_state()
    for value in (3e38, -3e38, 0.0):
        with np.errstate(all="ignore"):
            try_state(nlp, name, meta, {key: np.full_like(t, value) for key, t in tensors.items()})


def test_sizes_are_checked_before_memory_is_taken(nlp):
    meta, tensors = nlp.get_pipe("tok2vec").get_state()
    meta = copy.deepcopy(meta)
    meta["settings"]["shape"].update(width=1024, rows=[2**24] * 4, pieces=16)
    before = peak_memory()
    with pytest.raises(ModelDataError, match="shape"):
        nlpcore.blank("en").add_pipe("tok2vec").set_state(meta, tensors)
    meta, tensors = nlp.get_pipe("parser").get_state()
    meta = copy.deepcopy(meta)
    meta["width"] = 4096
    meta["settings"].update(hidden=1024, pieces=1024, context=["S0"] * 64)
    with pytest.raises(ModelDataError, match="shape"):
        nlpcore.blank("en").add_pipe("parser").set_state(meta, tensors)
    assert peak_memory() - before < 50e6


def test_a_refused_state_leaves_a_trained_component_as_it_was(nlp):
    for name in PIPES:
        own = nlpcore.blank("en")
        own.add_pipe("tok2vec", source=nlp)
        pipe = own.get_pipe("tok2vec") if name == "tok2vec" else own.add_pipe(name, source=nlp)
        meta, tensors = nlp.get_pipe(name).get_state()
        wanted = own("Anna saw two dogs.").to_json()
        for bad in (
            {**meta, "width": -5},
            {**meta, "settings": {**meta["settings"], "labels": 3, "arcs": 3}},
        ):
            if name == "tok2vec":
                bad = {**meta, "settings": {}}
            with pytest.raises(ModelDataError):
                pipe.set_state(bad, tensors)
            assert own("Anna saw two dogs.").to_json() == wanted


def test_headers_of_whole_models_with_odd_values(nlp):
    data = nlp.to_bytes()
    archive = load_archive(data, kind="pipeline")
    header = {key: value for key, value in archive.header.items() if key not in ("vocab", "tokenizer")}
    rng = np.random.default_rng(0)
    places = list(paths(header))
    for path in (places[i] for i in rng.permutation(len(places))[:60]):
        new = [paths, *ODD][rng.integers(len(ODD) + 1)]
        bad = {**archive.header, **changed(header, path, new)}
        try:
            damaged = dump_archive(bad, archive.tensors)
        except ModelDataError:
            continue
        fresh = nlpcore.blank("en", vocab=nlp.vocab)
        for name in nlp.pipe_names:
            fresh.add_pipe(name)
        try:
            fresh.from_bytes(damaged)
            fresh("Anna saw two dogs.")
        except NlpcoreError:
            pass


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_bytes_of_a_component_that_were_changed_are_refused(nlp, data):
    name = data.draw(st.sampled_from(COMPONENTS))
    raw = bytearray(nlp.get_pipe(name).to_bytes())
    kind = data.draw(st.sampled_from(["flip", "cut", "grow"]))
    at = data.draw(st.integers(0, len(raw) - 1))
    if kind == "flip":
        raw[at] ^= 1 << data.draw(st.integers(0, 7))
    elif kind == "cut":
        del raw[at:]
    else:
        raw[at:at] = b"\x00"
    with pytest.raises(NlpcoreError):
        nlp.create_pipe(name).from_bytes(bytes(raw))


def test_weights_that_are_no_numbers(nlp):
    """Weights that became NaN in training are refused when the model is loaded, by name."""
    own = nlpcore.blank("en")
    own.add_pipe("tok2vec", source=nlp)
    pipe = own.add_pipe("ner", source=nlp)
    upper = pipe.model.get_param("upper_W").copy()
    upper[0, 0] = math.nan
    pipe.model.set_param("upper_W", upper)
    doc = own("Anna saw two dogs.")  # a score that is no number decides nothing, and nothing hangs
    assert len(doc) == 5
    fresh = nlpcore.blank("en")
    fresh.add_pipe("tok2vec")
    fresh.add_pipe("ner")
    with pytest.raises(ModelDataError, match=r"ner.*upper_W.*not finite"):
        fresh.from_bytes(own.to_bytes())
