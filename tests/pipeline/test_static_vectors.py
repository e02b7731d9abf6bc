"""Word vectors that the encoder reads: training, storage, the engine, and vectors that are not there."""

import numpy as np
import pytest

import nlpcore
from nlpcore.errors import WordVectorsError
from nlpcore.network.block import TokenBlock
from nlpcore.training.starting import begin_before, vectors_pipeline

from .toy import SMALL_ENCODER, toy_examples

VECTORS = "anna 1 0 0\nbob 0.9 0.1 0\nmary 0.95 0 0.1\ndogs 0 0 1\ncats 0 0.1 0.9\n"


@pytest.fixture
def starter(tmp_path):
    (tmp_path / "toy.vec").write_text(VECTORS)
    return vectors_pipeline("en", tmp_path / "toy.vec")


def pipeline(starter, steps=60):
    nlp = nlpcore.blank("en")
    nlp.add_pipe("tok2vec", config={**SMALL_ENCODER, "static_vectors": True})
    nlp.add_pipe("tagger")
    nlp.add_pipe("parser")
    begin_before(nlp, starter)
    examples = toy_examples(nlp)
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.01
    for _ in range(steps):
        nlp.update(examples, sgd=optimizer)
    return nlp


def vectors_of(nlp, text):
    return nlp(text).tensor


def test_words_with_the_vectors_of_learned_ones_are_tagged_like_them(starter):
    nlp = pipeline(starter)
    assert nlp("Mary saw two cats.")[0].tag_ == "NNP"
    shape = nlp.get_pipe("tok2vec").shape
    assert shape.vectors == 3
    mixer = nlp.get_pipe("tok2vec").parameters()["2.maxout_norm.W"]
    assert mixer.shape == (4 * shape.width + 3, 3 * shape.width)


def test_the_vectors_stay_as_they_were(starter):
    nlp = pipeline(starter, steps=5)
    assert (nlp.vocab.vectors.data == starter.vocab.vectors.data).all()


def test_engine_and_network_give_the_same(starter):
    nlp = pipeline(starter, steps=5)
    encoder = nlp.get_pipe("tok2vec")
    texts = ["Anna saw two dogs.", "Nobody knows Mary's cats", "x"]
    docs = [nlp.make_doc(text) for text in texts]
    found = encoder.encode(docs)[0]
    block = TokenBlock.from_inputs([doc.network_input()[1:] for doc in docs])
    assert np.allclose(found, encoder.network_vectors(block), atol=1e-4)


def test_stored_models_have_them(starter, tmp_path):
    nlp = pipeline(starter)
    nlp.to_disk(tmp_path / "model")
    other = nlpcore.load(tmp_path / "model")
    for text in ("Anna saw two dogs.", "Mary likes cats"):
        assert np.allclose(vectors_of(nlp, text), vectors_of(other, text), atol=1e-5)
        assert [token.tag_ for token in nlp(text)] == [token.tag_ for token in other(text)]


def test_other_vectors_of_the_same_width_are_read_from_then_on(starter):
    nlp = pipeline(starter, steps=5)
    before = vectors_of(nlp, "Anna sleeps")
    nlp.vocab.set_vector("anna", np.array([0.0, 5.0, 5.0], dtype="float32"))
    nlp.vocab.vectors.data = nlp.vocab.vectors.data.copy()
    assert (vectors_of(nlp, "Anna sleeps") != before).any()


def test_vectors_that_are_not_there_are_missed(starter, tmp_path):
    nlp = nlpcore.blank("en")
    nlp.add_pipe("tok2vec", config={**SMALL_ENCODER, "static_vectors": True})
    nlp.add_pipe("tagger")
    with pytest.raises(WordVectorsError, match="some"):
        nlp.initialize(lambda: toy_examples(nlp))
    trained = pipeline(starter, steps=2)
    alone = nlpcore.blank("en").add_pipe("tok2vec", config=SMALL_ENCODER)
    alone.set_state(*trained.get_pipe("tok2vec").get_state())
    with pytest.raises(WordVectorsError, match="width 3"):
        alone(nlpcore.blank("en").make_doc("Anna"))
