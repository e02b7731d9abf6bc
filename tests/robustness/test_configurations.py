"""Pipelines and training data at the edge of sense: nothing hangs, nothing raises without saying why."""

import math

import numpy as np
import pytest

import nlpcore
from nlpcore import errors
from nlpcore.errors import NlpcoreError
from nlpcore.pipeline.trainable_pipe import model_tensors
from nlpcore.tokens import Doc, Span
from nlpcore.training import Example
from nlpcore.training.loop import train
from nlpcore.training.settings import Schedule

from .conftest import SMALL_ENCODER, toy_examples

COMPONENTS = ["tagger", "morphologizer", "lemmatizer", "parser", "ner", "senter"]
TEXTS = ["Anna saw two dogs.", "", "  \n ", "Bob"]


def pipeline(components=COMPONENTS):
    nlp = nlpcore.blank("en")
    nlp.add_pipe("tok2vec", config=SMALL_ENCODER)
    for name in components:
        nlp.add_pipe(name, config={"min_count": 1} if name == "lemmatizer" else {})
    return nlp


def learn(nlp, examples, **settings):
    """Initialize and train a moment; the losses, all finite."""
    optimizer = nlp.initialize(lambda: examples)
    losses = {}
    for _ in range(3):
        nlp.update(examples, sgd=optimizer, losses=losses, **settings)
    assert all(math.isfinite(loss) for loss in losses.values()), losses
    return losses


def works(nlp):
    docs = list(nlp.pipe(TEXTS))
    assert [doc.text for doc in docs] == TEXTS
    clone = nlpcore.blank("en")
    for name in nlp.pipe_names:
        clone.add_pipe(name)
    clone.from_bytes(nlp.to_bytes())
    assert [doc.to_json() for doc in clone.pipe(TEXTS)] == [doc.to_json() for doc in docs]


def weights(nlp):
    return {
        f"{name}/{key}": tensor
        for name, pipe in nlp.components
        for model in pipe.models()
        for key, tensor in model_tensors(model).items()
    }


def example(nlp, text="Anna saw two dogs.", **gold):
    return Example.from_dict(nlp.make_doc(text), gold)


@pytest.mark.parametrize("name", COMPONENTS)
@pytest.mark.parametrize(
    "texts", [[""], ["  \n\n "], ["Anna saw two dogs."]], ids=["empty", "blank", "plain"]
)
def test_no_labels_at_all(name, texts):
    nlp = pipeline([name])
    examples = [example(nlp, text) for text in texts]
    if name in ("tagger", "morphologizer", "lemmatizer"):
        # Without a class there is nothing that they could ever predict.
        with pytest.raises(errors.NoLabelsError, match=name):
            nlp.initialize(lambda: examples)
        return
    nlp.initialize(lambda: examples)
    nlp.update(examples, losses={})
    works(nlp)
    nlp.evaluate(examples)


@pytest.mark.parametrize("name", COMPONENTS)
def test_one_label(name):
    nlp = pipeline([name])
    n = 5
    gold = {
        "tags": ["X"] * n, "pos": ["NOUN"] * n, "morphs": [""] * n, "lemmas": ["a"] * n, "heads": [1] * n,
        "deps": ["dep"] * n, "entities": ["U-X"] * n, "sent_starts": [1] + [-1] * (n - 1),
    }  # fmt: skip
    learn(nlp, [example(nlp, **gold)])
    works(nlp)
    if name == "tagger":
        assert {token.tag_ for token in nlp("Anna saw")} == {"X"}


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_function_that_gives_no_examples_is_refused(name):
    nlp = pipeline([name])
    with pytest.raises(errors.BadExamples, match=name):
        nlp.initialize(lambda: [])


@pytest.mark.parametrize(
    "label", ["é", "名詞", "a b", "\u202e", "x" * 500, "A|B=C", "L-", "||", "a||b||3", "-"]
)
def test_odd_labels(label):
    nlp = pipeline(["tagger", "parser", "ner"])
    n = 5
    examples = [
        example(
            nlp, tags=[label] * n, heads=[1] * n, deps=[label] * n, entities=[(0, 4, label), (5, 8, label)]
        )
    ]
    learn(nlp, examples)
    works(nlp)
    assert label in nlp.get_pipe("tagger").labels
    assert label in nlp.get_pipe("ner").labels


@pytest.mark.parametrize("name", ["tagger", "ner", "parser"])
def test_very_many_labels(name):
    nlp = pipeline([name])
    pipe = nlp.get_pipe(name)
    examples = toy_examples(nlp)
    n_labels = 5000 if name == "tagger" else 1500
    data = [f"L{i}" for i in range(n_labels)]
    if name == "parser":
        data = [[side, label] for label in data for side in "LR"]
    nlp.get_pipe("tok2vec").initialize(lambda: examples, nlp=nlp)
    pipe.initialize(lambda: examples, nlp=nlp, labels=data)
    assert len(pipe.labels) >= n_labels
    nlp.update(examples[:1], sgd=nlp.create_optimizer(), losses={})
    nlp("Anna saw two dogs.")


def test_misaligned_and_contradicting_gold():
    nlp = pipeline()
    words = ["An", "nas", "aw", "two dogs", "."]
    doc = Doc(nlp.vocab, words=["Anna", "saw", "two", "dogs", "."], spaces=[True, True, True, False, False])
    reference = Doc(nlp.vocab, words=words, spaces=[False, False, True, False, False])
    assert len(reference) == 5
    gold = toy_examples(nlp)
    for left, right in [(gold[0].reference, gold[0].predicted), (gold[1].predicted, gold[1].reference)]:
        learn(nlp, [Example(left, right), *gold])
    other = Doc(nlp.vocab, words=["Anna", "saw", "Bob", "."])
    with pytest.raises(NlpcoreError, match=r"part at.*bob"):
        Example(doc, other).gold_arrays()
    works(nlp)


def test_preset_sentences_that_contradict_gold_and_cut_entities():
    nlp = pipeline(["parser", "ner"])
    examples = toy_examples(nlp)
    learn(nlp, examples)
    doc = nlp.make_doc("Anna saw two dogs. Bob sees Berlin.")
    for token in doc:
        token.is_sent_start = True
    doc = nlp(doc)
    assert len(list(doc.sents)) == len(doc)
    assert all(token.head == token for token in doc)
    doc.set_ents([Span(doc, 0, 2, "X")])
    assert nlp(doc).text == doc.text
    none = nlp.make_doc("Anna saw two dogs. Bob sees Berlin.")
    for token in none[1:]:
        token.is_sent_start = False
    assert len(list(nlp(none).sents)) == 1


def test_an_update_with_nothing():
    nlp = pipeline()
    examples = toy_examples(nlp)
    learn(nlp, examples)
    before = weights(nlp)
    assert nlp.update([], sgd=nlp.create_optimizer(), losses={}) == {}
    blank = example(nlp, "")
    losses = nlp.update([blank, example(nlp, "   ")], losses={})
    assert all(loss == 0 for loss in losses.values())
    assert all(np.isfinite(tensor).all() for tensor in weights(nlp).values())
    assert before.keys() == weights(nlp).keys()


def test_a_learning_rate_of_zero_changes_nothing():
    nlp = pipeline()
    examples = toy_examples(nlp)
    nlp.initialize(lambda: examples)
    before = {key: tensor.copy() for key, tensor in weights(nlp).items()}
    train(nlp, examples, schedule=Schedule(epochs=2, learn_rate=0.0))
    after = weights(nlp)
    assert all((before[key] == after[key]).all() for key in before)


@pytest.mark.parametrize("drop", [0.0, 0.9, 1.0, 1.5, -0.1, math.nan])
def test_any_dropout(drop):
    nlp = pipeline()
    examples = toy_examples(nlp)
    nlp.initialize(lambda: examples)
    if 0.0 <= drop < 1.0:
        nlp.update(examples, drop=drop, losses={})
    else:
        with pytest.raises(ValueError, match="drop"):
            nlp.update(examples, drop=drop, losses={})
    assert all(np.isfinite(tensor).all() for tensor in weights(nlp).values())


def test_equal_seeds_give_equal_weights():
    runs = []
    for seed in (3, 3, 4):
        nlp = pipeline()
        examples = toy_examples(nlp)
        nlp.initialize(lambda examples=examples: examples)
        train(nlp, examples, schedule=Schedule(epochs=3, batch_words=10, seed=seed, word_dropout=0.1))
        runs.append(weights(nlp))
    first, again, other = runs
    assert all((first[key] == again[key]).all() for key in first)
    assert any((first[key] != other[key]).any() for key in first)


def test_the_best_weights_are_kept():
    nlp = pipeline(["tagger"])
    examples = toy_examples(nlp)
    nlp.initialize(lambda: examples)
    seen = []

    def evaluate(pipeline):
        seen.append({key: tensor.copy() for key, tensor in weights(pipeline).items()})
        return {"UPOS": [1.0, 5.0, 2.0, 5.0][len(seen) - 1]}

    schedule = Schedule(epochs=4, score_weights={"UPOS": 1.0})
    result = train(nlp, examples, evaluate=evaluate, schedule=schedule)
    assert (result.best_epoch, result.best_scores, len(result.history)) == (2, {"UPOS": 5.0}, 4)
    now = weights(nlp)
    assert all((now[key] == seen[1][key]).all() for key in now if not key.startswith("tok2vec/0.softmax"))


def test_scores_that_are_no_numbers_do_not_lose_the_model():
    nlp = pipeline(["tagger"])
    examples = toy_examples(nlp)
    nlp.initialize(lambda: examples)
    schedule = Schedule(epochs=2, score_weights={"UPOS": 1.0})
    result = train(nlp, examples, evaluate=lambda _: {"UPOS": math.nan}, schedule=schedule)
    assert len(result.history) == 2
    assert all(np.isfinite(tensor).all() for tensor in weights(nlp).values())
    works(nlp)


def test_training_without_dev_data_keeps_the_last():
    nlp = pipeline()
    examples = toy_examples(nlp)
    nlp.initialize(lambda: examples)
    result = train(nlp, examples, schedule=Schedule(epochs=2))
    assert result.best_epoch == 2
    works(nlp)


def test_nothing_to_learn_from_is_said():
    nlp = pipeline()
    examples = toy_examples(nlp)
    with pytest.raises(NlpcoreError, match="no trainable component is ready"):
        train(nlp, examples)
    nlp.initialize(lambda: examples)
    for empty in ([], [example(nlp, "")], [example(nlp, " \n ")]):
        with pytest.raises(NlpcoreError, match="examples are empty"):
            train(nlp, empty)
