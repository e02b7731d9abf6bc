"""Token and Span: attributes, setters, comparison, entities, extension attributes, groups."""

import gc
import pickle
import weakref

import numpy
import pytest

from nlpcore.attrs import IS_ALPHA, LOWER, NORM
from nlpcore.tokens import Doc, Span, SpanGroup, Token
from nlpcore.vocab.vocab import Vocab

WORDS = ["Ann", "saw", "the", "dogs", "."]


@pytest.fixture
def vocab():
    return Vocab(lex_attr_getters={LOWER: str.lower, NORM: str.lower, IS_ALPHA: str.isalpha})


@pytest.fixture
def doc(vocab):
    return Doc(
        vocab,
        words=WORDS,
        spaces=[True, True, True, False, False],
        tags=["NNP", "VBD", "DT", "NNS", "."],
        pos=["PROPN", "VERB", "DET", "NOUN", "PUNCT"],
        heads=[1, 1, 3, 1, 1],
        deps=["nsubj", "ROOT", "det", "obj", "punct"],
        lemmas=["Ann", "see", "the", "dog", "."],
        morphs=["Number=Sing", "Tense=Past", "", "Number=Plur", None],
        ents=["B-PER", "O", "O", "O", ""],
    )


def test_string_and_integer_forms(doc):
    token = doc[3]
    for name in (
        "orth",
        "lower",
        "norm",
        "tag",
        "pos",
        "dep",
        "lemma",
        "lang",
        "ent_type",
        "shape",
        "prefix",
    ):
        assert doc.vocab.strings[getattr(token, name)] == getattr(token, name + "_")
    assert (token.text, token.lower_, token.norm_, token.whitespace_) == ("dogs", "dogs", "dogs", "")
    assert str(token.morph) == "Number=Plur"
    assert token.has_morph()
    assert not Doc(doc.vocab, words=["a"])[0].has_morph()
    assert token.is_alpha
    assert token.check_flag(IS_ALPHA)
    assert not doc[4].is_alpha
    assert not token.check_flag(64)


def test_setters(doc):
    token = doc[1]
    token.tag_, token.pos_, token.lemma_, token.ent_type_, token.ent_kb_id_ = "X", "NOUN", "y", "T", "Q"
    assert (token.tag_, token.pos_, token.lemma_, token.ent_type_, token.ent_kb_id_) == (
        "X",
        "NOUN",
        "y",
        "T",
        "Q",
    )
    token.set_morph("B=2|A=1")
    assert str(token.morph) == "A=1|B=2"
    token.set_morph(None)
    assert not token.has_morph()
    token.norm_ = "other"
    assert doc.network_input()[1][1, 0] == doc.vocab.strings["other"]
    with pytest.raises(ValueError, match="part of speech"):
        token.pos_ = "NOPE"
    with pytest.raises(KeyError):
        token.pos = 5
    with pytest.raises(AttributeError):
        token.text = "x"
    with pytest.raises(OverflowError):
        token.tag = -1


def test_sentence_boundaries(doc, vocab):
    with pytest.raises(ValueError, match="parsed"):
        doc[2].is_sent_start = True
    plain = Doc(vocab, words=WORDS)
    with pytest.raises(ValueError, match="boundaries"):
        list(plain.sents)
    assert [t.is_sent_start for t in plain] == [True, None, None, None, None]
    plain[2].is_sent_start = True
    plain[3].is_sent_start = False
    assert [s.text for s in plain.sents] == ["Ann saw", "the dogs ."]
    assert plain[1].is_sent_end
    assert plain[4].sent.start == 2
    with pytest.raises(ValueError, match="next token"):
        plain[1].is_sent_end = True
    with pytest.raises(ValueError, match="True, False or None"):
        plain[1].is_sent_start = 3


def test_comparison_and_hash(doc):
    assert doc[1] == doc[1]
    assert doc[1] != doc[2]
    assert doc[1] != Doc(doc.vocab, words=WORDS)[1]
    assert doc[0] < doc[1] <= doc[1]
    assert len({doc[1], doc[1], doc[2]}) == 2
    assert doc[0:2] == doc[0:2]
    assert doc[0:2] != Span(doc, 0, 2, "L")
    assert doc[0:2] < doc[0:3] < doc[1:2]
    assert len({doc[0:2], doc[0:2]}) == 1
    assert doc[1] is not None
    assert doc[1] != 5
    for view in (doc[1], doc[0:2]):
        with pytest.raises(NotImplementedError):
            pickle.dumps(view)


def test_nothing_dangles(vocab):
    span = Doc(vocab, words=WORDS)[1:3]
    token = Doc(vocab, words=WORDS)[2]
    group = SpanGroup(Doc(vocab, words=WORDS), spans=[])
    gc.collect()
    assert span.text == "saw the"
    assert token.text == "the"
    assert len(group.doc) == 5
    doc = Doc(vocab, words=WORDS)
    doc.spans["g"] = [doc[0:1]]
    ref = weakref.ref(doc)
    del doc
    gc.collect()
    assert ref() is None


def test_nbor_and_bounds(doc):
    assert doc[1].nbor().i == 2
    assert doc[1].nbor(-1).i == 0
    for call in (lambda: doc[4].nbor(), lambda: doc[0].nbor(-1), lambda: Token(doc.vocab, doc, 5)):
        with pytest.raises(IndexError):
            call()
    for start, end in ((2, 1), (0, 6), (-1, 2), (6, 6)):
        with pytest.raises(IndexError):
            Span(doc, start, end)


def test_span_basics(doc):
    span = Span(doc, 2, 4, label="NP", kb_id="Q1", span_id="id")
    assert (span.text, span.text_with_ws, span.label_, span.kb_id_, span.id_) == (
        "the dogs",
        "the dogs",
        "NP",
        "Q1",
        "id",
    )
    assert (span.start_char, span.end_char, len(span)) == (8, 16, 2)
    assert span[0].text == "the"
    assert span[-1:].text == "dogs"
    assert span.root.text == "dogs"
    assert span.sent.text == doc.text
    assert span.lemma_ == "the dog"
    for index in (2, -3):
        with pytest.raises(IndexError):
            span[index]
    with pytest.raises(ValueError, match="step"):
        span[::2]
    with pytest.raises(ValueError, match="no string"):
        Span(doc, 0, 1, label=123456789)
    span.start = 1
    assert (span.text, span.start_char) == ("saw the dogs", 4)
    with pytest.raises(IndexError):
        span.end = 9
    with pytest.raises(NotImplementedError):
        span.ent_id_ = "x"


def test_entities(doc):
    assert [(e.text, e.label_) for e in doc.ents] == [("Ann", "PER")]
    doc.ents = [Span(doc, 2, 4, "ANIMAL", kb_id="Q144"), ("PER", 0, 1)]
    assert [(e.text, e.label_, e.kb_id_) for e in doc.ents] == [
        ("Ann", "PER", ""),
        ("the dogs", "ANIMAL", "Q144"),
    ]
    assert [t.ent_iob_ for t in doc] == ["B", "O", "B", "I", "O"]
    with pytest.raises(ValueError, match="more than one"):
        doc.ents = [Span(doc, 0, 2, "A"), Span(doc, 1, 3, "B")]
    with pytest.raises(IndexError):
        doc.ents = [("A", 0, 9)]
    with pytest.raises(ValueError, match="default"):
        doc.set_ents([], default="nope")
    doc.set_ents([], missing=[doc[0:1]], blocked=[doc[1:2]], default="unmodified")
    assert [t.ent_iob_ for t in doc] == ["", "B", "B", "I", "O"]
    assert [e.label_ for e in doc.ents] == ["ANIMAL"]


def test_arrays(doc):
    heads = doc.to_array("HEAD").astype("i8").tolist()
    assert heads == [1, 0, 1, -2, -3]
    array = doc.to_array(["POS", "IS_ALPHA", "SPACY", "LENGTH"])
    assert (array.dtype, array.shape) == (numpy.uint64, (5, 4))
    assert array[:, 3].tolist() == [3, 3, 3, 4, 1]
    with pytest.raises(KeyError):
        doc.to_array("NOPE")
    with pytest.raises(ValueError, match="shape"):
        doc.from_array(["POS"], numpy.zeros((3, 1), dtype="u8"))
    with pytest.raises(ValueError, match="outside"):
        doc.from_array(["HEAD", "DEP"], numpy.full((5, 2), 40, dtype="u8"))
    assert doc.count_by(doc.vocab.strings["POS"]) == {96: 1, 100: 1, 90: 1, 92: 1, 97: 1}


def test_has_annotation(doc, vocab):
    for name in ("TAG", "POS", "DEP", "HEAD", "LEMMA", "MORPH", "SENT_START"):
        assert doc.has_annotation(name, require_complete=name != "ENT_IOB")
    assert doc.has_annotation("ENT_IOB")
    assert not doc.has_annotation("ENT_IOB", require_complete=True)
    assert not Doc(vocab, words=["a", "b"]).has_annotation("TAG")
    assert Doc(vocab).has_annotation("TAG")
    with pytest.raises(ValueError, match="NOPE"):
        doc.has_annotation("NOPE")


def test_vectors_come_from_the_tensor(doc):
    assert not doc.has_vector
    assert doc.vector.shape == (0,)
    doc.tensor = numpy.arange(10, dtype="f").reshape(5, 2)
    assert doc[1].vector.tolist() == [2, 3]
    assert doc[1:3].vector.tolist() == [3, 4]
    assert doc.vector.tolist() == [4, 5]
    assert doc[1].has_vector
    with pytest.warns(UserWarning, match="static vectors"):
        assert 0.9 < doc[1].similarity(doc[2]) < 1


def test_extensions(doc):
    Token.set_extension("t_", default=[], force=True)
    Span.set_extension("s_", getter=lambda span: len(span), force=True)
    Doc.set_extension("d_", method=lambda doc, n: doc[n].text, force=True)
    try:
        doc[0]._.t_.append(1)
        assert doc[0]._.t_ == [1]
        assert doc[1]._.t_ == []
        assert doc[1:3]._.s_ == 2
        assert doc._.d_(1) == "saw"
        assert doc[0]._.has("t_")
        with pytest.raises(AttributeError):
            doc._.nope  # noqa: B018
        with pytest.raises(AttributeError):
            doc._.nope = 1
        with pytest.raises(ValueError, match="force"):
            Token.set_extension("t_", default=1)
        with pytest.raises(ValueError, match="exactly one"):
            Token.set_extension("u_", default=1, getter=len)
        with pytest.raises(ValueError, match="callable"):
            Token.set_extension("u_", getter=3)
    finally:
        Token.remove_extension("t_")
        Span.remove_extension("s_")
        Doc.remove_extension("d_")
    with pytest.raises(ValueError, match="remove"):
        Doc.remove_extension("d_")


def test_groups(doc, vocab):
    doc.spans["g"] = [doc[0:2], doc[1:3]]
    group = doc.spans["g"]
    assert isinstance(group, SpanGroup)
    assert (group.name, len(group), group.has_overlap) == ("g", 2, True)
    group += [doc[4:5]]
    del group[0]
    assert [s.text for s in group] == ["saw the", "."]
    other = Doc(vocab, words=["x"])
    with pytest.raises(ValueError, match="another Doc"):
        group.append(other[0:1])
    with pytest.raises(ValueError, match="another Doc"):
        doc.spans["h"] = [other[0:1]]
    with pytest.raises(TypeError):
        group.append(3)
    with pytest.raises(IndexError):
        group[5]
    assert doc.spans.setdefault("new") is doc.spans["new"]
    assert [s.text for s in doc.copy().spans["g"]] == ["saw the", "."]
    fresh = SpanGroup(doc).from_bytes(group.to_bytes())
    assert (fresh.name, list(fresh)) == ("g", list(group))


def test_hooks(doc):
    doc.user_hooks["vector"] = lambda item: numpy.ones(2)
    doc.user_token_hooks["sentiment"] = lambda token: 0.5
    doc.user_span_hooks["root"] = lambda span: span[0]
    assert doc.vector.tolist() == [1, 1]
    assert doc[0].sentiment == 0.5
    assert doc[2:4].root.text == "the"
