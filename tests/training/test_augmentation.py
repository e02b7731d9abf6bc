"""Altered copies of examples: what changes, and what must not."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipeline.toy import toy_examples

import nlpcore
from nlpcore.errors import TrainingSettingsError
from nlpcore.training import Example
from nlpcore.training.augmentation import (
    Augmentation,
    lower_cased,
    misspelled,
    respelled,
    upper_cased,
    with_other_gaps,
    with_other_signs,
    with_slip,
)

TEXT = 'Ann said: "Berlin is large", and left - at once.'


@pytest.fixture(scope="module")
def nlp():
    return nlpcore.blank("en")


def example_of(nlp, text=TEXT):
    doc = nlp.make_doc(text)
    n = len(doc)
    return Example.from_dict(
        doc,
        {
            "tags": ["X"] * n,
            "lemmas": [token.text.lower() for token in doc],
            "heads": [0] * n,
            "deps": ["ROOT", *["dep"] * (n - 1)],
            "entities": [(0, 3, "PER")],
        },
    )


@pytest.mark.parametrize("alter", [lower_cased, upper_cased, with_other_signs, misspelled])
def test_annotation_stays_on_the_same_tokens(nlp, alter):
    example = example_of(nlp)
    altered = alter(nlp, example, Random(0))
    assert altered.text != example.text
    before, after = example.reference, altered.reference
    assert len(before) == len(after)
    for name in ("TAG", "DEP", "HEAD", "SENT_START", "ENT_IOB", "ENT_TYPE"):
        assert (before.column(name) == after.column(name)).all()
    assert [ent.label_ for ent in after.ents] == ["PER"]
    assert [token.whitespace_ for token in before] == [token.whitespace_ for token in after]


def test_cases(nlp):
    assert lower_cased(nlp, example_of(nlp), Random(0)).text == TEXT.lower()
    assert upper_cased(nlp, example_of(nlp), Random(0)).text == TEXT.upper()
    assert lower_cased(nlp, example_of(nlp, "all is low"), Random(0)) is None


def test_lemmas_of_misspelled_words_are_unknown_and_others_stay(nlp):
    example = example_of(nlp)
    altered = misspelled(nlp, example, Random(1))
    for old, new in zip(example.reference, altered.reference, strict=True):
        assert new.lemma_ == (old.lemma_ if old.text == new.text else "")


@given(st.text("abcde", min_size=4, max_size=12), st.integers(0, 100))
def test_a_slip_keeps_the_first_letter_and_changes_the_length_by_one_at_most(word, seed):
    slipped = with_slip(word, Random(seed))
    assert slipped[0] == word[0]
    assert abs(len(slipped) - len(word)) <= 1
    assert len(slipped) != len(word) or sorted(slipped) == sorted(word)


def test_other_white_space_keeps_the_reference(nlp):
    example = example_of(nlp)
    altered = with_other_gaps(nlp, example, Random(0))
    assert altered.reference is example.reference
    assert altered.text != example.text
    assert altered.text.split() == example.text.split()
    tags = {token.text: altered.gold_arrays()["tags"][token.i] for token in altered.predicted}
    assert tags["Berlin"] == example.gold_arrays()["tags"][0]


def test_text_without_blanks_or_with_other_tokens_than_the_pipelines_keeps_its_white_space(nlp):
    assert with_other_gaps(nlp, Example.from_dict(nlp.make_doc("word"), {}), Random(0)) is None
    doc = nlpcore.tokens.Doc(nlp.vocab, words=["can", "not", "go"], spaces=[True, True, False])
    glued = nlpcore.tokens.Doc(nlp.vocab, words=["ab", "c", "d"], spaces=[False, True, False])
    assert with_other_gaps(nlp, Example(doc, doc), Random(0)) is not None
    assert with_other_gaps(nlp, Example(glued, glued), Random(0)) is None


def test_tokens_that_were_the_pipelines_are_found_again(nlp):
    reference = nlpcore.tokens.Doc(nlp.vocab, words=["can", "not", "Go"], spaces=[False, True, False])
    example = Example(nlp.make_doc("cannot Go"), reference)
    altered = respelled(nlp, example, ["CAN", "NOT", "GO"])
    assert [token.text for token in altered.predicted] == [t.text for t in nlp.make_doc("CANNOT GO")]


def test_equal_seeds_give_equal_copies(nlp):
    augmentation = Augmentation.of(
        {"lower": 0.5, "typos": 0.5, "punctuation": 0.5, "whitespace": 0.5, "upper": 0.5}
    )
    examples = [example_of(nlp) for _ in range(10)]
    texts = [[e.text for e in augmentation(nlp, examples, seed)] for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]
    assert 10 < len(texts[0]) <= 60
    assert [e.text for e in Augmentation()(nlp, examples)] == [TEXT] * 10


def test_what_an_example_speaks_of_stays(nlp):
    example = example_of(nlp)
    example.known_entity_labels = frozenset({"PER"})
    assert lower_cased(nlp, example, Random(0)).known_entity_labels == {"PER"}


@pytest.mark.parametrize(
    ("shares", "reason"),
    [
        ({"lowr": 0.1}, "Did you mean 'lower'"),
        ({"lower": 2}, "share from 0 to 1"),
        ({"lower": True}, "share"),
    ],
)
def test_other_names_and_values_are_refused(shares, reason):
    with pytest.raises(TrainingSettingsError, match=reason):
        Augmentation.of(shares)


def test_training_sees_the_copies():
    nlp = nlpcore.blank("en")
    nlp.add_pipe("tagger")
    settings = {"epochs": 30, "learn_rate": 0.01, "batch_words": 5, "dropout": 0.0, "warmup_steps": 2}
    report = nlpcore.train(nlp, toy_examples, augment={"upper": 1.0}, **settings)
    examples = [upper_cased(nlp, example, Random(0)) for example in toy_examples(nlp)]
    assert nlp.evaluate([e for e in examples if e is not None])["tag_acc"] == 1.0
    assert report.words_per_second > 0
