"""What every trainable component promises, alone and on a shared encoder."""

import numpy as np
import pytest

import nlpcore
from nlpcore import errors
from nlpcore.errors import WouldForget
from nlpcore.training import Example

from .toy import COMPONENTS, SMALL_ENCODER, toy_examples

COLUMNS = {
    "tagger": ["TAG"],
    "morphologizer": ["POS", "MORPH"],
    "lemmatizer": ["LEMMA"],
    "parser": ["HEAD", "DEP", "SENT_START"],
    "graph_parser": ["HEAD", "DEP", "SENT_START"],
    "ner": ["ENT_IOB", "ENT_TYPE"],
    "senter": ["SENT_START"],
}
TEXTS = [
    "Anna saw Berlin.",
    "",
    "   \n ",
    "The dogs slept\n\nBob likes two dogs.",
    "x" * 300,
    "\ud800 \x00 שלום",
    ".",
]


def trained(components, steps=60):
    nlp = nlpcore.blank("en")
    nlp.add_pipe("tok2vec", config=SMALL_ENCODER)
    for name in components:
        nlp.add_pipe(name, config={"min_count": 1} if name == "lemmatizer" else {})
    examples = toy_examples(nlp)
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.01
    first = last = None
    for _ in range(steps):
        last = {}
        nlp.update(examples, sgd=optimizer, losses=last)
        first = first or last
    return nlp, examples, first, last


@pytest.fixture(scope="module", params=COMPONENTS)
def single(request):
    return request.param, *trained([request.param])


@pytest.fixture(scope="module")
def joint():
    return trained(["tagger", "morphologizer", "lemmatizer", "parser", "ner"])


def columns(nlp, name, texts=TEXTS):
    return [[doc.column(column).tolist() for column in COLUMNS[name]] for doc in nlp.pipe(texts)]


def test_learning_lowers_the_loss_and_learns_the_examples_by_heart(single):
    name, nlp, examples, first, last = single
    assert last[name] < 0.2 * first[name]
    for example in examples:
        predicted = nlp(example.reference.text)
        for column in COLUMNS[name]:
            wanted = example.reference.column(column)
            tokens = [i for i, token in enumerate(predicted) if not token.is_space]
            assert predicted.column(column)[tokens].tolist() == wanted[tokens].tolist(), column


def test_any_text_is_annotated(single):
    name, nlp, *_ = single
    for doc, found in zip(nlp.pipe(TEXTS), columns(nlp, name), strict=True):
        assert all(len(column) == len(doc) for column in found)


def test_predictions_do_not_depend_on_the_batch(single):
    name, nlp, *_ = single
    wanted = columns(nlp, name)
    assert [columns(nlp, name, [text])[0] for text in TEXTS] == wanted
    assert columns(nlp, name, TEXTS[::-1])[::-1] == wanted


def test_bytes_and_disk_give_the_same_component(single, tmp_path):
    name, nlp, *_ = single
    wanted = columns(nlp, name)
    from_bytes = nlpcore.blank("en")
    from_bytes.add_pipe("tok2vec")
    from_bytes.add_pipe(name)
    from_bytes.from_bytes(nlp.to_bytes())
    assert columns(from_bytes, name) == wanted
    nlp.to_disk(tmp_path / "model")
    assert columns(nlpcore.load(tmp_path / "model"), name) == wanted


def test_damaged_state_is_refused(single):
    name, nlp, *_ = single
    pipe = nlp.get_pipe(name)
    meta, tensors = pipe.get_state()
    some = sorted(tensors)[0]
    bad_value = tensors[some].copy()
    bad_value.flat[0] = np.nan
    for changed_meta, changed_tensors in [
        (meta, {key: value for key, value in tensors.items() if key != some}),
        (meta, {**tensors, "extra": tensors[some]}),
        (meta, {**tensors, some: tensors[some][:-1]}),
        (meta, {**tensors, some: bad_value}),
        ({}, tensors),
        ({**meta, "settings": {}}, tensors),
        ({**meta, "width": -1}, tensors),
        ({**meta, "ready": False}, tensors),
    ]:
        fresh = nlpcore.blank("en").add_pipe(name)
        with pytest.raises(errors.ModelDataError):
            fresh.set_state(changed_meta, changed_tensors)


def test_a_component_that_was_not_initialized_says_so():
    for name in COMPONENTS:
        nlp = nlpcore.blank("en")
        nlp.add_pipe(name)
        with pytest.raises(errors.ComponentNotReadyError, match=r"nlp\.initialize"):
            nlp("Anna")


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_pipeline_without_tok2vec_owns_an_encoder(name):
    nlp = nlpcore.blank("en")
    nlp.add_pipe(name)
    examples = toy_examples(nlp)
    optimizer = nlp.initialize(lambda: examples)
    losses = {}
    nlp.update(examples, sgd=optimizer, losses=losses)
    assert losses[name] > 0
    before = columns(nlp, name)
    clone = nlpcore.blank("en")
    clone.add_pipe(name)
    clone.from_bytes(nlp.to_bytes())
    assert columns(clone, name) == before


def test_components_share_one_encoder_and_learn_together(joint):
    nlp, examples, first, last = joint
    assert set(last) == {"tok2vec", "tagger", "morphologizer", "lemmatizer", "parser", "ner"}
    assert all(last[name] < 0.3 * first[name] for name in last)
    scores = nlp.evaluate([Example(nlp.make_doc(e.reference.text), e.reference) for e in examples])
    for score in ("tag_acc", "pos_acc", "morph_acc", "lemma_acc", "dep_las", "ents_f", "sents_f"):
        assert scores[score] == pytest.approx(1.0), score


def test_missing_vectors_are_named(joint):
    nlp, *_ = joint
    with nlp.select_pipes(disable=["tok2vec"]), pytest.raises(errors.VectorsMissingError, match="tok2vec"):
        nlp("Anna saw Berlin.")


def test_space_tokens_hang_on_the_token_before_them(joint):
    nlp, *_ = joint
    doc = nlp(" \nAnna saw  Berlin.\n\nThe dogs slept")
    spaces = [token for token in doc if token.is_space]
    assert len(spaces) == 3
    assert spaces[0].head.text == "Anna"
    assert all(token.head.i == token.i - 1 for token in spaces[1:])
    assert all(token.tag_ == "_SP" and token.pos_ == "SPACE" and token.dep_ == "dep" for token in spaces)
    assert doc[0].is_sent_start
    assert sum(1 for _ in doc.sents) == 2


def test_sentence_starts_that_are_set_bind_the_parser(joint):
    nlp, *_ = joint
    doc = nlp.make_doc("Anna saw two dogs. Bob sees Berlin.")
    starts = [-1] * len(doc)
    starts[0] = starts[3] = 1
    for token, start in zip(doc, starts, strict=True):
        token.is_sent_start = start == 1
    assert [sent.start for sent in nlp(doc).sents] == [0, 3]


def test_labels_can_be_added_to_a_trained_component(joint):
    nlp, *_ = trained(["tagger", "parser", "ner"], steps=2)
    before = {name: nlp.get_pipe(name).predict([nlp("Anna saw Berlin.")]) for name in ("parser", "ner")}
    for name in ("tagger", "parser", "ner"):
        assert nlp.get_pipe(name).add_label("NEW") == 1
        assert nlp.get_pipe(name).add_label("NEW") == 0
        assert "NEW" in nlp.get_pipe(name).labels
    nlp("Anna saw Berlin.")
    clone = nlpcore.blank("en")
    for name in nlp.pipe_names:
        clone.add_pipe(name)
    clone.from_bytes(nlp.to_bytes())
    assert clone("Anna saw Berlin.").to_json() == nlp("Anna saw Berlin.").to_json()
    assert before["ner"][0].shape[1] == 3


def test_an_example_without_annotation_changes_nothing(joint):
    nlp, *_ = trained(["tagger", "parser", "ner"], steps=1)
    doc = nlp.make_doc("Anna saw Berlin.")
    losses = {}
    nlp.update([Example(doc, nlp.make_doc("Anna saw Berlin."))], losses=losses)
    assert all(loss == 0 for loss in losses.values())


def test_frozen_components_keep_their_weights():
    nlp, examples, *_ = trained(["tagger", "ner"], steps=3)
    tagger = nlp.get_pipe("tagger").model.get_param("W").copy()
    encoder = nlp.get_pipe("tok2vec").model.layers[1].get_param("W").copy()
    ner = nlp.get_pipe("ner").model.get_param("W").copy()
    nlp.update(examples, sgd=nlp.create_optimizer(), exclude=["tagger", "tok2vec"])
    assert (nlp.get_pipe("tagger").model.get_param("W") == tagger).all()
    assert (nlp.get_pipe("tok2vec").model.layers[1].get_param("W") == encoder).all()
    assert not (nlp.get_pipe("ner").model.get_param("W") == ner).all()


def test_initializing_a_loaded_model_must_be_asked_for():
    nlp = nlpcore.load("en_core_web_sm", exclude=["parser", "ner", "lemmatizer", "morphologizer"])
    before = nlp.get_pipe("tagger").get_state()[1]["0.softmax_head.b"].copy()
    example = Example.from_dict(
        nlp.make_doc("Ann sleeps"), {"tags": ["NNP", "VBZ"], "pos": ["PROPN", "VERB"]}
    )
    with pytest.raises(WouldForget, match="tok2vec, tagger"):
        nlp.initialize(lambda: [example])
    assert (nlp.get_pipe("tagger").get_state()[1]["0.softmax_head.b"] == before).all()
    assert nlp.resume_training() is not None
    nlp.add_pipe("morphologizer", name="new")
    with nlp.select_pipes(enable=["new"]):
        nlp.initialize(lambda: [example])
    nlp.initialize(lambda: [example], overwrite=True)
    nlp.initialize(lambda: [example])  # it is no loaded model any more
