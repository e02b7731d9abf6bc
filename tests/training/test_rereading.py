"""Corpora that are gone through again and again."""

import pytest

import nlpcore
from nlpcore.training import Example
from nlpcore.training.rereading import Rereading


def corpus(n):
    """n Examples of two words each, and how often they were read."""
    nlp = nlpcore.blank("en")
    times = []

    def read():
        times.append(1)
        for i in range(n):
            yield Example.from_dict(nlp.make_doc(f"word {i}"), {})

    return read, times


@pytest.mark.parametrize(("kept_words", "reads"), [(100, 1), (6, 1), (5, 3), (0, 3)])
def test_small_corpora_are_read_once_and_large_ones_each_time(kept_words, reads):
    read, times = corpus(3)
    examples = Rereading(read, kept_words=kept_words)
    texts = [[example.text for example in examples] for _ in range(3)]
    assert texts == [["word 0", "word 1", "word 2"]] * 3
    assert (examples.n_examples, examples.n_words) == (3, 6)
    assert len(times) == reads


def test_what_was_not_gone_through_to_its_end_is_read_again():
    read, times = corpus(3)
    examples = Rereading(read)
    assert next(iter(examples)).text == "word 0"
    assert len(list(examples)) == 3
    assert len(times) == 2


def test_an_empty_corpus_gives_nothing():
    examples = Rereading(corpus(0)[0])
    assert list(examples) == []
    assert examples.n_words == 0
