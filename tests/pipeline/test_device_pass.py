"""The hand-over between CPU and device, counted on a device that is none; test_gpu.py has the real one."""

import copy
import gc
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from thinc.api import NumpyOps

import nlpcore
from nlpcore.network import heads, maxout_norm
from nlpcore.pipeline import device_pass
from nlpcore.pipeline.trainable_pipe import BATCH_TOKENS, BLOCK_TOKENS, TrainablePipe
from nlpcore.training import read_conllu
from nlpcore.training.update import joint_update

from .fake_device import DeviceArray, DeviceOps, counted, device
from .near_ties import compare
from .test_trainable_contract import COLUMNS, TEXTS, trained
from .toy import SMALL_ENCODER, toy_examples

ALL = ["tagger", "morphologizer", "lemmatizer", "parser", "ner"]
LONG = "The dogs slept. Anna saw two dogs\n\nin Berlin. " * 60
MANY = [*TEXTS, "Bob sees Anna. The dogs likes Berlin.", LONG, "two dogs"] * 3


@pytest.fixture(autouse=True)
def every_batch_is_large(monkeypatch):
    monkeypatch.setattr(device_pass, "MIN_TOKENS", 1)
    device_pass.forget()


@pytest.fixture(scope="module")
def stored():
    return trained(ALL)[0].to_bytes()


def made(stored, names=("tok2vec", *ALL)):
    nlp = nlpcore.blank("en")
    for name in names:
        nlp.add_pipe(name, config=SMALL_ENCODER if name == "tok2vec" else {})
    return nlp.from_bytes(stored)


@pytest.fixture
def on_cpu(stored):
    return made(stored)


@pytest.fixture
def on_device(stored):
    with device():
        return made(stored)


@pytest.fixture
def trainable_device(monkeypatch):
    """Thinc's helpers know the arrays of NumPy and CuPy alone."""

    def array_module(array):
        return DeviceOps.xp if isinstance(array, DeviceArray) else np

    monkeypatch.setattr(heads, "get_array_module", array_module)
    monkeypatch.setattr(maxout_norm, "get_array_module", array_module)
    monkeypatch.setattr(
        "thinc.optimizers.get_array_ops",
        lambda array: DeviceOps() if isinstance(array, DeviceArray) else NumpyOps(),
    )


def annotations(docs):
    return [[doc.column(c).tolist() for name in ALL for c in COLUMNS[name]] for doc in docs]


def the_same(on_cpu, on_device, texts=MANY, **settings):
    wanted, found = list(on_cpu.pipe(texts)), list(on_device.pipe(texts, **settings))
    for a, b in zip(wanted, found, strict=True):
        np.testing.assert_allclose(a.tensor, b.tensor, rtol=1e-4, atol=1e-4)
    ties, clear = compare(on_cpu, on_device, wanted, found)
    assert clear == []
    assert ties.total() <= 1
    return found


def test_a_batch_is_moved_once_each_way(on_cpu, on_device):
    list(on_device.pipe(["Anna saw Berlin."]))  # moves the parameters
    for batch_size in (1, 5, 1000):
        n_batches = sum(1 for _ in range(0, len(MANY), batch_size))
        if batch_size == 1:  # documents without tokens go nowhere
            n_batches = sum(any(not token.is_space for token in on_cpu.make_doc(text)) for text in MANY)
        with counted() as moved:
            the_same(on_cpu, on_device, batch_size=batch_size)
        assert moved == {"in": n_batches, "out": n_batches}


def test_the_bundled_model_decides_the_same():
    texts = ["She has worked at the bank in Geneva since 1998.", "Where did Mr. Smith put my keys?", LONG] * 5
    on_cpu = nlpcore.load("en_core_web_sm")
    with device():
        on_device = nlpcore.load("en_core_web_sm")
    the_same(on_cpu, on_device, texts)


@pytest.mark.skipif("NLPCORE_DATA" not in os.environ, reason="NLPCORE_DATA is not set")
def test_near_ties_are_few_on_a_development_set(capsys):
    (path,) = Path(os.environ["NLPCORE_DATA"]).glob("UD_English-EWT/*-dev.conllu")
    texts = [document.text for document in read_conllu(path)]
    on_cpu = nlpcore.load("en_core_web_sm")
    with device():
        on_device = nlpcore.load("en_core_web_sm")
    wanted, found = list(on_cpu.pipe(texts)), list(on_device.pipe(texts))
    ties, clear = compare(on_cpu, on_device, wanted, found)
    with capsys.disabled():
        print(f"\n{sum(map(len, wanted))} tokens, near ties: {dict(ties)}")
    assert clear == []
    assert ties.total() <= max(1, 5 * sum(map(len, wanted)) // 100_000)


@pytest.mark.parametrize("name", ALL)
def test_the_comparison_finds_what_is_no_near_tie(on_cpu, on_device, name):
    pipe = on_device.get_pipe(name)
    param = "upper_W" if name in ("parser", "ner") else "W"
    pipe.model.set_param(param, pipe.model.get_param(param) * -1.0)
    docs = [list(nlp.pipe(TEXTS)) for nlp in (on_cpu, on_device)]
    _, clear = compare(on_cpu, on_device, *docs)
    assert name in {component for component, _, _ in clear}


def test_single_texts_and_components_in_turn(on_cpu, on_device):
    wanted = annotations(on_cpu.pipe(MANY))
    assert annotations(on_device(text) for text in MANY) == wanted
    docs = [on_device.make_doc(text) for text in MANY]
    for name in on_device.pipe_names:
        pipe = on_device.get_pipe(name)
        docs = [pipe(doc) for doc in docs]
    assert annotations(docs) == wanted


def test_small_batches_stay_on_the_cpu(on_cpu, on_device, monkeypatch):
    monkeypatch.setattr(device_pass, "MIN_TOKENS", 200)
    with counted() as moved:
        found = [on_device("Anna saw Berlin."), *on_device.pipe(TEXTS)]
    assert moved == {}
    wanted = [on_cpu("Anna saw Berlin."), *on_cpu.pipe(TEXTS)]
    assert annotations(found) == annotations(wanted)
    assert all((a.tensor == b.tensor).all() for a, b in zip(found, wanted, strict=True))
    with counted() as moved:
        list(on_device.pipe([LONG]))
    assert moved["out"] == 1


def test_a_whole_batch_of_pipe_fits_in_one_pass():
    with device():
        nlp = nlpcore.load("en_core_web_sm")
    encoder = nlp.get_pipe("tok2vec")
    assert device_pass.pass_tokens(encoder, encoder.readers()) == device_pass.PASS_TOKENS >= 2 * BATCH_TOKENS


def test_long_documents_and_narrow_bounds(on_cpu, on_device, monkeypatch):
    """Pieces and several passes a batch: more transfers, the same answers."""
    monkeypatch.setattr(device_pass, "PASS_TOKENS", 500)
    monkeypatch.setattr("nlpcore.pipeline.trainable_pipe.BATCH_TOKENS", 700)
    texts = ["Anna saw two dogs. " * 40, LONG * 6, *MANY, LONG * 5]
    assert len(on_cpu.make_doc(texts[-1])) > BLOCK_TOKENS
    with counted() as moved:
        the_same(on_cpu, on_device, texts)
    assert moved["out"] > 11 * len(on_device.make_doc(LONG)) / 500


def test_tables_are_bounded_by_memory(on_device, monkeypatch):
    encoder = on_device.get_pipe("tok2vec")
    readers = encoder.readers()
    values = 32 + sum(pipe.part_size() for pipe in readers)
    assert values > 13 * 128
    monkeypatch.setattr(device_pass, "PASS_BYTES", 4 * values * 100)
    assert device_pass.pass_tokens(encoder, readers) == 100
    monkeypatch.setattr(device_pass, "KEPT_BYTES", 4 * values * 250)
    docs = [on_device.make_doc("Anna saw two dogs. " * 18) for _ in range(8)]
    encoder.set_annotations(docs, encoder.predict(docs))
    assert sum(batch.nbytes for batch in device_pass._kept) <= device_pass.KEPT_BYTES


def test_what_is_put_aside_is_let_go(on_device):
    docs = list(on_device.pipe(MANY))
    assert len(device_pass._kept) == 0
    assert len(docs) == len(MANY)
    encoder = on_device.get_pipe("tok2vec")
    encoder.set_annotations(docs, encoder.predict(docs))
    assert len(device_pass._kept) == 1
    on_device.get_pipe("parser").use_params({}).__enter__()
    assert len(device_pass._kept) == 0
    del docs
    gc.collect()
    assert device_pass._slots == {}


def test_components_that_are_off_get_nothing(on_cpu, on_device):
    encoder = on_device.get_pipe("tok2vec")
    assert [pipe.name for pipe in encoder.readers()] == ALL
    with on_device.select_pipes(disable=["parser"]):
        assert [pipe.name for pipe in encoder.readers()] == [name for name in ALL if name != "parser"]
        assert not any(doc.has_annotation("DEP") for doc in on_device.pipe(MANY) if len(doc))
    # Switched off for one call only: its part is computed, and dropped with the next batch or the documents.
    list(on_device.pipe(MANY, disable=["parser"]))
    the_same(on_cpu, on_device)


def test_vectors_that_somebody_changed_are_read(on_cpu, on_device):
    found = []
    for nlp in (on_cpu, on_device):
        doc = nlp.make_doc("Anna saw two dogs. Bob sees Berlin.")
        nlp.get_pipe("tok2vec")(doc)
        doc.tensor = doc.tensor[::-1] * 0.5
        for name in ALL:
            nlp.get_pipe(name)(doc)
        found.append(doc)
    assert annotations(found[:1]) == annotations(found[1:])


def test_a_component_that_reads_vectors_itself_gets_them(on_cpu, on_device):
    class Norms(TrainablePipe):
        def predict_vectors(self, docs, lengths, V):
            return np.split(np.linalg.norm(V, axis=1), np.cumsum(lengths)[:-1])

    docs = list(on_device.pipe(["Anna saw Berlin.", "two dogs"]))
    with device():
        pipe = Norms(on_device.vocab, "norms")
    pipe._params, pipe._width = {}, 32
    for doc, norms in zip(docs, pipe.predict(docs), strict=True):
        np.testing.assert_allclose(norms, np.linalg.norm(doc.tensor, axis=1), rtol=1e-5)


@pytest.mark.parametrize("name", ["tagger", "parser", "ner"])
def test_a_component_with_an_encoder_of_its_own(name, stored, on_cpu):
    nlp = nlpcore.blank("en")
    nlp.add_pipe(name)
    nlp.initialize(lambda: toy_examples(nlp))
    with device():
        other = made(nlp.to_bytes(), [name])
    list(other.pipe(["Anna saw Berlin."]))
    with counted() as moved:
        found = list(other.pipe(MANY))
    assert moved == {"in": 1, "out": 1}
    for a, b in zip(nlp.pipe(MANY), found, strict=True):
        assert all((a.column(c) == b.column(c)).all() for c in COLUMNS[name])


def test_a_pipeline_stays_where_it_was_loaded(on_cpu, on_device, stored):
    with device():
        assert not on_cpu.get_pipe("ner").on_device
        assert isinstance(on_cpu.get_pipe("ner").model.ops, NumpyOps)
        with counted() as moved:
            wanted = annotations(on_cpu.pipe(MANY))
        assert moved == {}
    for name in ("tagger", "parser", "ner"):
        pipe = on_device.get_pipe(name)
        assert pipe.on_device
        assert pipe.engine() is None
        assert isinstance(pipe.model.ops, DeviceOps)
    assert annotations(on_device.pipe(MANY)) == wanted  # also with parameters on the device alone
    assert on_device.to_bytes() == on_cpu.to_bytes()


def test_components_are_copied_and_pickled_without_their_pipeline(on_device):
    for clone in (
        copy.deepcopy(on_device.get_pipe("tok2vec")),
        pickle.loads(pickle.dumps(on_device.get_pipe("tok2vec"))),
    ):
        assert clone.readers() == []
    other = pickle.loads(pickle.dumps(on_device))
    assert [pipe.name for pipe in other.get_pipe("tok2vec").readers()] == ALL


def test_labels_can_be_added_on_the_device(on_device):
    for name in ("tagger", "parser", "ner"):
        assert on_device.get_pipe(name).add_label("NEW") == 1
        assert isinstance(on_device.get_pipe(name).model.ops, DeviceOps)
    assert "NEW" in on_device.get_pipe("ner").labels
    assert len(list(on_device.pipe(MANY))) == len(MANY)


def test_training_computes_the_same_gradients(on_cpu, on_device, trainable_device):
    gradients, losses = [], []
    for nlp in (on_cpu, on_device):
        examples = toy_examples(nlp)
        losses.append({})
        # Dropout is drawn from NumPy's generator on both. One document says nothing about entities.
        examples[1].reference.set_ents([], default="missing")
        np.random.seed(0)
        joint_update(nlp, examples, drop=0.2, losses=losses[-1])
        gradients.append(
            {
                (name, i, param): node.get_grad(param)
                for name, pipe in nlp.pipeline
                for i, node in enumerate(pipe.model.walk())
                for param in node.param_names
            }
        )
    assert losses[1] == pytest.approx(losses[0], rel=1e-3)
    assert gradients[0].keys() == gradients[1].keys()
    for key, wanted in gradients[0].items():
        np.testing.assert_allclose(gradients[1][key].get(), wanted, rtol=1e-3, atol=1e-5, err_msg=str(key))


def test_learning_on_the_device(trainable_device):
    with device():
        nlp, examples, first, last = trained(ALL, steps=40)
        assert all(last[name] < 0.5 * first[name] for name in ALL)
        texts = [example.reference.text for example in examples]
        before = annotations(nlp.pipe(texts))
        parser = nlp.get_pipe("parser")
        W = parser.model.get_param("W")
        with parser.use_params({(parser.model.id, "W"): W * -1.0}):
            assert annotations(nlp.pipe(texts)) != before
        assert annotations(nlp.pipe(texts)) == before
        assert annotations(made(nlp.to_bytes()).pipe(texts)) == before
