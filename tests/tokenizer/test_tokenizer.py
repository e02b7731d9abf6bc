"""The tokenizer on texts of all kinds: nothing lost, special cases, user rules, storage."""

import pickle
import re

import pytest

from nlpcore.attrs import NORM, ORTH
from nlpcore.lang.en import EnglishDefaults
from nlpcore.tokenizer import Tokenizer, create_tokenizer


@pytest.fixture(scope="module")
def tokenizer():
    return create_tokenizer(None, EnglishDefaults)


def tokens(tokenizer, text):
    starts, lengths, _, _ = tokenizer.offsets(text)
    return [text[s : s + n] for s, n in zip(starts.tolist(), lengths.tolist(), strict=True)]


def rebuilt(tokenizer, text):
    starts, lengths, spacy, _ = tokenizer.offsets(text)
    pieces = zip(starts.tolist(), lengths.tolist(), spacy.tolist(), strict=True)
    return "".join(text[s : s + n] + " " * blank for s, n, blank in pieces)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" ", [" "]),
        ("  hi  there \n x ", ["  ", "hi", " ", "there", "\n ", "x"]),
        ("a\n\nb", ["a", "\n\n", "b"]),
        ("a \t b", ["a", "\t ", "b"]),
        ("a\xa0b", ["a", "\xa0", "b"]),
        ("(don't)", ["(", "do", "n't", ")"]),
        ("hi:)", ["hi", ":)"]),
        ("b\0c \ud800", ["b\0c", "\ud800"]),
    ],
)
def test_splits(tokenizer, text, expected):
    assert tokens(tokenizer, text) == expected
    assert rebuilt(tokenizer, text) == text


def test_special_cases_are_checked():
    tokenizer = Tokenizer(None)
    with pytest.raises(ValueError, match="spell"):
        tokenizer.add_special_case("gimme", [{ORTH: "give"}, {ORTH: "me"}])
    tokenizer.add_special_case("gimme", [{ORTH: "gim", NORM: "give"}, {ORTH: "me"}])
    assert tokens(tokenizer, "gimme that") == ["gim", "me", "that"]
    assert tokenizer.rules == {"gimme": [{ORTH: "gim", NORM: "give"}, {ORTH: "me"}]}
    norms = tokenizer.offsets("gimme that")[3].tolist()
    assert [tokenizer.norm_table[i] if i >= 0 else None for i in norms] == ["give", None, None]


def test_user_functions_replace_rules(tokenizer):
    own = create_tokenizer(None, EnglishDefaults)
    own.infix_finditer = re.compile("~").finditer
    assert tokens(own, "well-known a~b (c)") == ["well-known", "a", "~", "b", "(", "c", ")"]
    again = Tokenizer(None).from_bytes(own.to_bytes())
    assert tokens(again, "well-known a~b (c)") == tokens(own, "well-known a~b (c)")


def test_storage(tokenizer, tmp_path):
    text = "Dr. Who can't (really) pay $5km... http://a.com/b? :) its a No. Apples, etc."
    tokenizer.to_disk(tmp_path / "tokenizer")
    for again in (
        pickle.loads(pickle.dumps(tokenizer)),
        Tokenizer(None).from_bytes(tokenizer.to_bytes()),
        Tokenizer(None).from_disk(tmp_path / "tokenizer"),
    ):
        assert again.explain(text) == tokenizer.explain(text)
        assert again.to_bytes() == tokenizer.to_bytes()


def test_special_cases_that_look_like_affixes():
    tokenizer = create_tokenizer(None, EnglishDefaults)
    for string in ("_SPECIAL_", "New York", "...gimme...?", "COVID-19"):
        tokenizer.add_special_case(string, [{ORTH: string}])
    assert tokens(tokenizer, "(_SPECIAL_) _SPECIAL_. a_SPECIAL_b") == [
        "(", "_SPECIAL_", ")", "_SPECIAL_", ".", "a_SPECIAL_b",
    ]  # fmt: skip
    assert tokens(tokenizer, "in New York-based New  York") == [
        "in",
        "New York",
        "-",
        "based",
        "New",
        " ",
        "York",
    ]
    assert tokens(tokenizer, "('...gimme...?')") == ["(", "'", "...gimme...?", "'", ")"]
    assert tokens(tokenizer, "COVID-19-related") == ["COVID-19", "-", "related"]


def test_docs_spell_their_text(tokenizer):
    import nlpcore

    nlp = nlpcore.blank("en")
    for text in ("", " ", "\n\n", "Don't\u00a0(stop)  now!\n\n\ud800\0 x", "שלום, עולם!", "a" * 1000):
        doc = nlp(text)
        assert doc.text == "".join(token.text_with_ws for token in doc) == text


@pytest.mark.parametrize("value", [None, 3, b"bytes", ["a"]])
def test_only_strings_are_tokenized(tokenizer, value):
    with pytest.raises(TypeError, match="takes a str"):
        tokenizer.offsets(value)
