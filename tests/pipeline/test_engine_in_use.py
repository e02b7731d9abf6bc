"""Annotating runs on the engine: no Thinc, no stale weights, the network's decisions."""

import subprocess
import sys

import numpy as np
import pytest
from thinc.api import Model

import nlpcore
from nlpcore.network.block import TokenBlock
from nlpcore.transition import decode, score_states

from .test_trainable_contract import COLUMNS, TEXTS, trained
from .toy import COMPONENTS

ALL = ["tagger", "morphologizer", "lemmatizer", "parser", "ner"]


@pytest.fixture(scope="module")
def pipeline():
    return trained(ALL)[0]


def annotations(nlp, texts=TEXTS):
    names = [column for name in ALL for column in COLUMNS[name]]
    return [[doc.column(name).tolist() for name in names] for doc in nlp.pipe(texts)]


def thinc_forwards(monkeypatch):
    calls = []
    for name in ("__call__", "predict"):
        original = getattr(Model, name)

        def counted(self, *args, original=original):
            calls.append(self.name)
            return original(self, *args)

        monkeypatch.setattr(Model, name, counted)
    return calls


def test_no_thinc_forward_runs_while_annotating(pipeline, monkeypatch):
    calls = thinc_forwards(monkeypatch)
    annotations(pipeline)
    pipeline("Anna saw Berlin. " * 3000)
    assert calls == []


def test_a_loaded_pipeline_annotates_without_importing_thinc(pipeline, tmp_path):
    pipeline.to_disk(tmp_path / "model")
    code = (
        "import sys, nlpcore\n"
        f"nlp = nlpcore.load({str(tmp_path / 'model')!r})\n"
        "doc = nlp('Anna saw Berlin.')\n"
        "list(nlp.pipe(['Bob likes two dogs.', '']))\n"
        "nlp.to_bytes()\n"
        "print(doc.ents, *[m for m in ('thinc', 'cupy', 'torch', 'pydantic') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "(Anna, Berlin)"


def test_loading_builds_no_network(pipeline):
    clone = copy_of(pipeline)
    annotations(clone)
    assert all(clone.get_pipe(name)._model is None for name in ["tok2vec", *ALL])
    assert clone.get_pipe("tagger").model.name == "softmax_head"
    assert annotations(clone) == annotations(pipeline)


def copy_of(nlp):
    clone = nlpcore.blank("en")
    for name in nlp.pipe_names:
        clone.add_pipe(name)
    return clone.from_bytes(nlp.to_bytes())


@pytest.mark.parametrize("name", ["tok2vec", *COMPONENTS])
def test_parameter_names_and_shapes_are_the_networks(name):
    nlp = trained([] if name == "tok2vec" else [name], steps=0)[0]
    pipe = nlp.get_pipe(name)
    wanted = {key: value.shape for key, value in pipe.parameters().items()}
    assert pipe.parameter_shapes(nlp.get_pipe("tok2vec").width) == wanted


def test_changed_parameters_are_seen_at_once(pipeline):
    nlp = copy_of(pipeline)
    before = nlp("Anna saw Berlin.")
    tagger = nlp.get_pipe("tagger")
    W = tagger.model.get_param("W").copy()
    tagger.model.get_param("W")[:] *= -1  # in place, as optimizers do
    assert [t.tag_ for t in nlp("Anna saw Berlin.")] != [t.tag_ for t in before]
    tagger.model.set_param("W", W)
    assert [t.tag_ for t in nlp("Anna saw Berlin.")] == [t.tag_ for t in before]
    with tagger.use_params({(tagger.model.id, "W"): -W}):
        assert [t.tag_ for t in nlp("Anna saw Berlin.")] != [t.tag_ for t in before]
    assert [t.tag_ for t in nlp("Anna saw Berlin.")] == [t.tag_ for t in before]
    encoder = nlp.get_pipe("tok2vec")
    encoder.model.layers[0].get_param("table_0")[:] = 0
    assert (nlp("Anna saw Berlin.").tensor != before.tensor).any()


def test_labels_can_be_added_to_a_loaded_component(pipeline):
    nlp = copy_of(pipeline)
    wanted = annotations(nlp)
    for name in ("tagger", "parser", "ner"):
        assert nlp.get_pipe(name)._model is None
        assert nlp.get_pipe(name).add_label("NEW") == 1
    nlp("Anna saw Berlin.")
    assert "NEW" in copy_of(nlp).get_pipe("ner").labels
    assert len(annotations(nlp)) == len(wanted)


@pytest.mark.parametrize("words", [2047, 2048, 2049, 5003])
def test_a_long_document_in_pieces_has_the_bits_of_the_whole(pipeline, words):
    tok2vec = pipeline.get_pipe("tok2vec")
    doc = pipeline.make_doc("Anna saw two dogs in Berlin and Bob likes " * (words // 9 + 1))[:words].as_doc()
    _, ids, gaps = doc.network_input()
    whole = tok2vec.engine().encode(ids, gaps, [words])
    assert (tok2vec.encode([doc])[0] == whole).all()
    assert (tok2vec.predict([pipeline.make_doc("Anna"), doc])[1] == whole).all()


def test_a_long_text_in_windows_has_the_bits_of_the_whole(pipeline):
    doc = next(pipeline.pipe(["Anna saw two dogs in Berlin and Bob likes " * 1500]))
    index, ids, gaps = doc.network_input()
    whole = pipeline.get_pipe("tok2vec").engine().encode(ids, gaps, [len(gaps)])
    assert (doc.tensor[index] == whole).all()


def test_vectors_and_decisions_are_the_networks(pipeline):
    """Decisions equal the reference's where its margin is not tiny; scores under forced decoding agree."""
    docs = [pipeline(text) for text in TEXTS]
    tok2vec = pipeline.get_pipe("tok2vec")
    block = TokenBlock.from_inputs([doc.network_input()[1:] for doc in docs])
    V = np.ascontiguousarray(tok2vec.model.predict(block)[block.rows])
    np.testing.assert_allclose(tok2vec.encode(docs)[0], V, rtol=1e-4, atol=1e-4)
    for name in ("tagger", "morphologizer", "lemmatizer"):
        pipe = pipeline.get_pipe(name)
        scores = pipe.model.predict(V)
        ordered = np.sort(scores, axis=1)
        clear = ordered[:, -1] - ordered[:, -2] >= 1e-3
        assert (pipe.best_classes(V, 1)[clear, 0] == scores.argmax(axis=1)[clear]).all()
    for name in ("parser", "ner"):
        pipe = pipeline.get_pipe(name)
        tables = np.ascontiguousarray(pipe.model.predict(V))
        lengths = np.array(block.lengths, dtype="int32")
        wanted = decode(pipe.system, tables, *pipe.step_arrays(), lengths)
        found = pipe.engine().decode(V, lengths)
        assert all((a == b).all() for a, b in zip(wanted, found, strict=True))
        own = pipe.engine().tables(V[:5])
        state = pipe.system.state(5)
        moves = []
        while not state.is_final:
            moves.append(int(np.flatnonzero(state.valid_moves())[0]))
            state.apply(moves[-1])
        a = score_states(pipe.system, own, *pipe.step_arrays(), moves)
        b = score_states(pipe.system, tables[:5], *pipe.step_arrays(), moves)
        assert (np.abs(a - b) <= 1e-4 * np.maximum(1, np.abs(b))).all()
