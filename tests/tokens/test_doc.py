"""Doc: construction from words and from offsets, columns, the network's input."""

import numpy
import pytest

from nlpcore import errors
from nlpcore.attrs import LOWER, NORM, PREFIX, SHAPE, SUFFIX
from nlpcore.tokens import Doc, Span, Token
from nlpcore.vocab.strings import hash_string
from nlpcore.vocab.vocab import Vocab

WORDS = ["the", "big", "cat", "sat"]


@pytest.fixture
def vocab():
    getters = {
        LOWER: str.lower,
        NORM: str.lower,
        PREFIX: lambda text: text[:1],
        SUFFIX: lambda text: text[-3:],
        SHAPE: lambda text: "".join("X" if c.isupper() else "x" if c.isalpha() else c for c in text),
    }
    return Vocab(lex_attr_getters=getters)


def test_words_without_spaces(vocab):
    doc = Doc(vocab, words=WORDS)
    assert len(doc) == 4
    assert doc.text == "the big cat sat "
    assert doc.has_unknown_spaces
    assert [token.text for token in doc] == WORDS
    assert [token.idx for token in doc] == [0, 4, 8, 12]


def test_words_with_spaces(vocab):
    doc = Doc(vocab, words=["I", "'m", "in"], spaces=[False, True, False])
    assert doc.text == "I'm in"
    assert "".join(token.text_with_ws for token in doc) == doc.text
    assert not doc.has_unknown_spaces


def test_words_are_interned_and_offsets_are_not(vocab):
    Doc(vocab, words=["interned"])
    assert "interned" in vocab.strings
    doc = Doc.from_offsets(vocab, "quite new", [0, 6], [5, 3], [1, 0])
    doc.network_input()
    assert [token.text for token in doc] == ["quite", "new"]
    assert "quite" not in vocab.strings
    assert vocab.strings[doc[0].orth] == "quite"


@pytest.mark.parametrize(
    ("starts", "lengths", "spacy"),
    [
        ([0, 5], [5, 3], [1, 0]),
        ([0, 6], [5, 3], [0, 0]),
        ([0, 6], [5, 2], [1, 0]),
        ([0, 6], [5, 3], [1, 1]),
        ([0, 6], [5, 300], [1, 0]),
        ([0, 6], [5, -3], [1, 0]),
        ([0, 6, 6], [5, 0, 3], [1, 0, 0]),
        ([6, 0], [3, 5], [0, 1]),
        ([0], [5], [1]),
        ([0, 6], [5], [1, 0]),
        ([], [], []),
    ],
)
def test_offsets_must_cover_the_text(vocab, starts, lengths, spacy):
    with pytest.raises(errors.OffsetsError):
        Doc.from_offsets(vocab, "quite new", starts, lengths, spacy)


def test_bad_words(vocab):
    with pytest.raises(ValueError, match="empty"):
        Doc(vocab, words=["a", ""])
    with pytest.raises(ValueError, match="length"):
        Doc(vocab, words=["a", "b"], spaces=[True])
    with pytest.raises(ValueError, match="words"):
        Doc(vocab, spaces=[True])
    with pytest.raises(ValueError, match="str"):
        Doc(vocab, words=[b"a"])


def test_index_and_slice(vocab):
    doc = Doc(vocab, words=WORDS)
    assert isinstance(doc[1], Token)
    assert doc[-1].i == 3
    assert isinstance(doc[1:3], Span)
    assert doc[1:3].text == "big cat"
    assert doc[3:100].text == "sat"
    assert len(doc[2:1]) == 0
    for index in (4, -5):
        with pytest.raises(IndexError):
            doc[index]
    with pytest.raises(ValueError, match="step"):
        doc[0:3:2]


def test_columns(vocab):
    doc = Doc(vocab, words=WORDS)
    assert doc.column("TAG") is None
    tags = numpy.array([hash_string("X")] * 4, dtype="u8")
    doc.set_column("TAG", tags, strings=["X"])
    assert [token.tag_ for token in doc] == ["X"] * 4
    assert "X" in vocab.strings  # a symbol: the store always knows it
    doc.set_column("LEMMA", [hash_string("unseen")] * 4, strings=["unseen"])
    assert doc[0].lemma_ == "unseen"
    assert "unseen" not in vocab.strings
    assert vocab.strings[doc[0].lemma] == "unseen"
    with pytest.raises(ValueError, match="read-only"):
        doc.column("TAG")[0] = 1


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("TAG", [1, 2, 3]),
        ("TAG", [1.5] * 4),
        ("TAG", [-1] * 4),
        ("FOO", [1] * 4),
        ("START", [0] * 4),
        ("SENT_START", [2] * 4),
        ("ENT_IOB", [4] * 4),
        ("HEAD", [4] * 4),
        ("HEAD", [-1] * 4),
        ("HEAD", [1, 0, 2, 3]),
        ("TAG", [[1, 2, 3, 4]]),
    ],
)
def test_bad_columns(vocab, name, values):
    doc = Doc(vocab, words=WORDS)
    with pytest.raises(ValueError, match="N20"):
        doc.set_column(name, values)
    assert doc.column("TAG") is None
    assert doc.column("HEAD") is None


def test_set_parse(vocab):
    doc = Doc(vocab, words=WORDS)
    label = vocab.strings.add("dep")
    doc.set_parse([1, 1, 3, 3], [label] * 4, [1, -1, 1, -1])
    assert [token.head.i for token in doc] == [1, 1, 3, 3]
    assert [sent.text for sent in doc.sents] == ["the big", "cat sat"]
    with pytest.raises(errors.HeadError, match="another sentence"):
        doc.set_parse([1, 1, 1, 3], [label] * 4, [1, -1, 1, -1])
    assert doc[2].head.i == 3


def test_set_entity_spans(vocab):
    doc = Doc(vocab, words=WORDS)
    label = vocab.strings.add("ORG")
    doc.set_entity_spans([0, 2], [2, 3], [label, label])
    assert [(ent.start, ent.end, ent.label_) for ent in doc.ents] == [(0, 2, "ORG"), (2, 3, "ORG")]
    assert [token.ent_iob_ for token in doc] == ["B", "I", "B", "O"]
    for starts, ends in (([0, 1], [2, 3]), ([2, 0], [3, 1]), ([1], [1]), ([3], [5]), ([-1], [1])):
        with pytest.raises(errors.EntityError):
            doc.set_entity_spans(starts, ends, [label] * len(starts))
    assert len(doc.ents) == 2


def test_network_input(vocab):
    text = "It's\n\nnew  \r\n x"
    pieces = ["It", "'s", "\n\n", "new", " \r\n ", "x"]
    starts, spacy, position = [], [], 0
    for piece in pieces:
        starts.append(position)
        position += len(piece)
        spacy.append(piece == "new")
        position += piece == "new"
    doc = Doc.from_offsets(vocab, text, starts, [len(p) for p in pieces], spacy, norms={1: "is"})
    index, ids, gaps = doc.network_input()
    assert index.tolist() == [0, 1, 3, 5]
    assert gaps.tolist() == [4, 1, 4, 3]
    assert (index.dtype, ids.dtype, gaps.dtype) == (numpy.int32, numpy.uint64, numpy.uint8)
    expected = vocab.lexical_ids(["It", "'s", "new", "x"])
    expected[1, 0] = hash_string("is")
    assert (ids == expected).all()
    assert doc.network_input()[1] is ids
    assert doc[1].norm_ == "is"
    assert doc[0].norm_ == "it"


def test_network_input_of_unknown_spaces(vocab):
    doc = Doc(vocab, words=["a", "b", "\n", "c"])
    assert doc.network_input()[2].tolist() == [4, 0, 3]
