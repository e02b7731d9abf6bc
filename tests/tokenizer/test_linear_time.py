"""Time grows with the text and no faster, whatever the text; large and odd inputs come through."""

import time

import pytest

from nlpcore.lang.en import EnglishDefaults
from nlpcore.tokenizer import create_tokenizer

UNITS = [
    "a", "(", ".", "1,", "http://", "a-", "'", "\U0001f469\u200d", "n't", "(http://", "\"a.", "-",
    "a@b.", "!?", "(-", "A.", "=)", "-a", ":)", "#", "$5,", "x.X", "'s", "(((((((a", "a/", "non-",
    "..a", "its", "(a@b.com)", "[...", "–", "🇩", "\ud800", "a\u0301", "www.", "1/2", "'n'", "😀",
    "--'",
]  # fmt: skip
SIZE = 300_000


@pytest.fixture(scope="module")
def tokenizer():
    return create_tokenizer(None, EnglishDefaults)


def seconds(tokenizer, text):
    best = float("inf")
    for _ in range(4):
        start = time.process_time()
        tokenizer.offsets(text)
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("mirrored", [False, True])
def test_time_is_linear(tokenizer, unit, mirrored):
    unit = unit[::-1] if mirrored else unit
    text = unit * (SIZE // len(unit))
    once, twice = seconds(tokenizer, text), seconds(tokenizer, text + text)
    # A quadratic matcher needs minutes for the second text, 4 times what it needs for the first.
    assert twice < 2.5 * once + 0.02
    assert twice < 2.0


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000 + "a" * 100_000 + ")" * 100_000,
        "." * 1000 + "a" * 200_000 + "." * 1000,
        ("(" + "x" * 150) * 2000,
        ("'s" + "-" * 200) * 1000,
        "http://" + "a." * 100_000 + ")" * 100_000,
    ],
)
def test_mixtures_are_quick(tokenizer, text):
    assert seconds(tokenizer, text) < 1.0


@pytest.mark.parametrize("char", ["a", " ", "\n", "\0", "\ud800", "א", "😀", "."])
def test_ten_megabytes_of_one_character(tokenizer, char):
    text = char * 10_000_000
    starts, lengths, spacy, _ = tokenizer.offsets(text)
    assert int(lengths.sum()) + int(spacy.sum()) == len(text)
    assert (starts[1:] == starts[:-1] + lengths[:-1] + spacy[:-1]).all()


def test_results_do_not_depend_on_what_came_before(tokenizer):
    texts = ["etc. and", "etc. And", "its a", "its", "No. 5", "No.", "don't", ":)", "x" * 1000, "", "it's"]
    fresh = [create_tokenizer(None, EnglishDefaults).explain(text) for text in texts]
    assert [tokenizer.explain(text) for text in texts] == fresh
    assert [tokenizer.explain(text) for text in reversed(texts)] == fresh[::-1]
    together = tokenizer.explain("\n\n".join(texts))
    assert together == [item for text in fresh for item in text]
