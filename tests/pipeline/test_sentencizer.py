"""The sentencizer."""

import pytest

import nlpcore
from nlpcore.tokens import Doc


@pytest.fixture
def nlp():
    nlp = nlpcore.blank("en")
    nlp.add_pipe("sentencizer")
    return nlp


@pytest.mark.parametrize(
    ("words", "starts"),
    [
        ([], []),
        (["a"], [0]),
        (["a", "."], [0]),
        ([".", "."], [0]),
        (["a", ".", "b", "!", "c", "?"], [0, 2, 4]),
        (["a", "?", "!", ")", '"', "b"], [0, 5]),
        (["«", "a", "。", "»", "b"], [0, 4]),
        (["...", "a"], [0]),
        (["!", "!", "a"], [0, 2]),
        (["a", "։", "b", "؟", "c", "।", "d"], [0, 2, 4, 6]),
    ],
)
def test_sentences_end_after_punctuation(nlp, words, starts):
    doc = nlp(Doc(nlp.vocab, words=words))
    assert [token.i for token in doc if token.is_sent_start] == starts


def test_own_punctuation():
    nlp = nlpcore.blank("en")
    component = nlp.add_pipe("sentencizer", config={"punct_chars": ["|"]})
    assert [s.text for s in nlp("a. b | c").sents] == ["a. b |", "c"]
    assert component.punct_chars == {"|"}
    with pytest.raises(ValueError, match="punct_chars"):
        nlp.add_pipe("sentencizer", name="x", config={"punct_chars": "|"})


def test_starts_that_are_set_stay_unless_told_otherwise(nlp):
    for overwrite, starts in ((False, [0, 1]), (True, [0, 2])):
        doc = Doc(nlp.vocab, words=["a", ".", "b"], sent_starts=[True, True, False])
        nlp.get_pipe("sentencizer").overwrite = overwrite
        nlp(doc)
        assert [token.i for token in doc if token.is_sent_start] == starts


def test_streams_and_storage(nlp):
    assert [len(list(doc.sents)) for doc in nlp.pipe(["A dog. A cat.", "", "c"])] == [2, 0, 1]
    component = nlp.get_pipe("sentencizer")
    component.punct_chars = {"x"}
    other = nlpcore.blank("en").add_pipe("sentencizer").from_bytes(component.to_bytes())
    assert other.punct_chars == {"x"}
    with pytest.raises(ValueError, match="punctuation"):
        other.set_state({"punct_chars": 3, "overwrite": False}, {})
    with pytest.raises(ValueError, match="overwrite"):
        other.set_state({"punct_chars": [], "overwrite": 1}, {})


def test_rows_of_punctuation_are_one_token_and_end_a_sentence(nlp):
    assert [s.text for s in nlp("Really?! Yes!!! He left... so").sents] == [
        "Really?!",
        "Yes!!!",
        "He left... so",
    ]
