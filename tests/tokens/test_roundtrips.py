"""Properties: every way of storing a Doc gives it back; bad bytes raise; retokenizing keeps the text."""

import pickle
import zlib

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpcore import errors
from nlpcore.tokens import Doc, DocBin, Span, SpanGroup, Token
from nlpcore.tokens.doc_bin import MAGIC
from nlpcore.vocab.vocab import Vocab

VOCAB = Vocab()
COLUMNS = ("TAG", "POS", "DEP", "LEMMA", "ENT_TYPE", "ENT_KB_ID", "MORPH", "HEAD", "SENT_START", "ENT_IOB")
words = st.text(st.characters(exclude_characters=" ", exclude_categories=[]), min_size=1, max_size=6)
label = st.sampled_from(["", "A", "B-C", "ü", "dep"])


@st.composite
def docs(draw, min_size=0, max_size=8):
    n = draw(st.integers(min_size, max_size))

    def several(values):
        return draw(st.lists(values, min_size=n, max_size=n))

    def maybe(values):
        return several(values) if draw(st.booleans()) else None

    options = {
        "tags": maybe(label),
        "pos": maybe(st.sampled_from(["", "NOUN", "X"])),
        "lemmas": maybe(words),
        "morphs": maybe(st.sampled_from(["", "A=1", "A=1|B=2,3"])),
        "ents": maybe(st.sampled_from(["", "O", "B-X", "B-Y"])),
    }
    if draw(st.booleans()):
        # any forest: each token hangs from one that comes before it in a random order
        order = draw(st.permutations(range(n)))
        heads = [0] * n
        for k, token in enumerate(order):
            heads[token] = order[draw(st.integers(0, k))]
        options["heads"], options["deps"] = heads, several(st.sampled_from(["det", "ROOT", "x"]))
    else:
        options["sent_starts"] = maybe(st.sampled_from([True, False, None]))
    doc = Doc(VOCAB, words=several(words), spaces=several(st.booleans()), **options)
    doc.cats = draw(st.dictionaries(st.text(max_size=3), st.floats(allow_nan=False), max_size=2))
    if n and draw(st.booleans()):
        start = draw(st.integers(0, n - 1))
        doc.spans["g"] = [Span(doc, start, draw(st.integers(start, n)), draw(label))]
        doc.tensor = numpy.arange(2 * n, dtype="f").reshape(n, 2)
    doc.user_data["k", 1] = [1, "two", None]
    return doc


def same(one, other, *, columns=COLUMNS):
    assert other.text == one.text
    for name in ("START", "LENGTH", "SPACY"):
        assert (one.column(name) == other.column(name)).all()
    for name in columns:
        left, right = one.column(name), other.column(name)
        if left is None or right is None:
            left = right = None if left is right else (left if right is None else right)
            assert left is None or not left.any() or name in ("HEAD", "SENT_START")
        else:
            assert (left == right).all(), name
    assert [t.lemma_ for t in one] == [t.lemma_ for t in other]
    assert [t.head.i for t in one] == [t.head.i for t in other]
    assert one.ents == () or [str(e) for e in one.ents] == [str(e) for e in other.ents]


@given(docs())
@settings(deadline=None, max_examples=60)
def test_bytes(doc):
    fresh = Vocab()
    other = Doc(fresh).from_bytes(doc.to_bytes())
    assert len(fresh.strings) == 0
    same(doc, other)
    assert other.to_bytes() == doc.to_bytes()
    assert other.cats == doc.cats
    assert other.user_data == doc.user_data
    assert (other.tensor == doc.tensor).all()
    assert [s.label_ for g in other.spans.values() for s in g] == [
        s.label_ for g in doc.spans.values() for s in g
    ]


@given(docs())
@settings(deadline=None, max_examples=40)
def test_copy_pickle_docbin(doc):
    same(doc, doc.copy())
    same(doc, pickle.loads(pickle.dumps(doc)))
    [other] = DocBin(store_user_data=True, docs=[doc]).get_docs(Vocab())
    same(doc, other)
    read = DocBin().from_bytes(DocBin(docs=[doc, doc]).to_bytes())
    for other in read.get_docs(Vocab()):
        same(doc, other)
    assert len(read) == 2


@given(docs())
@settings(deadline=None, max_examples=40)
def test_json(doc):
    doc.spans.clear()
    other = Doc(Vocab()).from_json(doc.to_json(), validate=True)
    same(doc, other, columns=("TAG", "POS", "DEP", "LEMMA", "HEAD", "ENT_TYPE"))
    assert [str(t.morph) for t in doc] == [str(t.morph) for t in other]


@given(docs())
@settings(deadline=None, max_examples=40)
def test_arrays(doc):
    names = ["TAG", "POS", "DEP", "LEMMA", "ENT_TYPE", "ENT_IOB", "MORPH", "SENT_START", "HEAD", "ENT_KB_ID"]
    other = Doc(VOCAB, words=[t.text for t in doc], spaces=[bool(t.whitespace_) for t in doc])
    other.from_array(names, doc.to_array(names))
    same(doc, other)


@pytest.mark.filterwarnings("ignore:`Doc.from_docs` leaves out")
@given(st.lists(docs(), min_size=1, max_size=3))
@settings(deadline=None, max_examples=30)
def test_from_docs(parts):
    whole = Doc.from_docs(parts, ensure_whitespace=False)
    assert whole.text == "".join(part.text for part in parts)
    tokens = [token for part in parts for token in part]
    assert [t.lemma_ for t in whole] == [t.lemma_ for t in tokens]
    assert [t.head.i - t.i for t in whole] == [t.head.i - t.i for t in tokens]


@given(docs(min_size=1), st.data())
@settings(deadline=None, max_examples=40)
def test_as_doc(doc, data):
    start = data.draw(st.integers(0, len(doc) - 1))
    span = doc[start : data.draw(st.integers(start, len(doc)))]
    part = span.as_doc()
    assert part.text == span.text_with_ws
    assert [t.tag_ for t in part] == [t.tag_ for t in span]
    for token in part:
        list(token.subtree)


@given(docs(min_size=1), st.data())
@settings(deadline=None, max_examples=80)
def test_retokenize_keeps_the_text(doc, data):
    text, n = doc.text, len(doc)
    bounds = sorted(data.draw(st.sets(st.integers(0, n), min_size=2, max_size=5))) if n > 1 else [0, n]
    spans = [doc[a:b] for a, b in zip(bounds[::2], bounds[1::2], strict=False) if b > a]
    merged = [len(span) - 1 for span in spans]
    free = [token for token in doc if len(token) > 1 and not any(s.start <= token.i < s.end for s in spans)]
    with doc.retokenize() as retokenizer:
        for span in spans:
            retokenizer.merge(span, attrs={"TAG": "M"})
        for token in free[:1]:
            cut = data.draw(st.integers(1, len(token) - 1))
            retokenizer.split(token, [token.text[:cut], token.text[cut:]], [(token, 1), (token, 1)])
    assert doc.text == text
    assert "".join(token.text_with_ws for token in doc) == text
    assert len(doc) == n - sum(merged) + len(free[:1])
    for token in doc:
        assert 0 <= token.head.i < len(doc)
        list(token.subtree)
    assert isinstance(doc.ents, tuple)


def annotated():
    doc = Doc(
        VOCAB,
        words=["Ann", "sees", "New", "York"],
        heads=[1, 1, 3, 1],
        deps=["nsubj", "ROOT", "compound", "obj"],
        ents=["B-PER", "O", "B-LOC", "I-LOC"],
        lemmas=["Ann", "see", "New", "York"],
    )
    doc.spans["g"] = [Span(doc, 0, 2, "L")]
    doc.cats = {"A": 1.0}
    doc.tensor = numpy.ones((4, 2), dtype="f")
    return doc


def test_every_truncation_is_refused():
    data = annotated().to_bytes()
    for cut in range(len(data)):
        with pytest.raises(errors.DocDataError):
            Doc(Vocab()).from_bytes(data[:cut])


@given(st.data())
@settings(deadline=None, max_examples=300)
def test_damaged_bytes_raise_or_load(data):
    doc = annotated()
    group = SpanGroup(doc, name="g", spans=[doc[0:2]])
    raw, read = data.draw(
        st.sampled_from(
            [
                (doc.to_bytes(), lambda b: Doc(Vocab()).from_bytes(b)),
                (
                    zlib.decompress(DocBin(docs=[doc]).to_bytes()[len(MAGIC) :]),
                    lambda b: list(DocBin().from_bytes(MAGIC + zlib.compress(b)).get_docs(Vocab())),
                ),
                (group.to_bytes(), lambda b: SpanGroup(doc).from_bytes(b)),
            ]
        )
    )
    broken = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(broken) - 1))
        broken[at] = data.draw(st.integers(0, 255))
    try:
        result = read(bytes(broken))
    except errors.DocDataError:
        return
    for doc in result if isinstance(result, list) else [result] if isinstance(result, Doc) else []:
        for token in doc:
            assert token.text_with_ws, token.lemma_ + token.tag_ + token.ent_type_ + token.dep_
            list(token.subtree)
        for group in doc.spans.values():
            assert [span.text + span.label_ for span in group]
        doc.to_bytes()


def test_retokenize_merge_attributes():
    doc = annotated()
    tokens = list(doc)
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[2:4], attrs={"LEMMA": "New York", "POS": "PROPN"})
    assert [t.text for t in doc] == ["Ann", "sees", "New York"]
    assert doc[2].head.i == 1
    assert doc[2].dep_ == "obj"
    assert doc[2].ent_iob_ == "B"
    assert doc[2].lemma_ == "New York"
    assert [ent.text for ent in doc.ents] == ["Ann", "New York"]
    with pytest.raises(IndexError):
        str(tokens[3])
    assert doc.tensor.shape == (3, 2)


def test_retokenize_split():
    doc = Doc(VOCAB, words=["I", "gimme", "it"], heads=[1, 1, 1], deps=["a", "ROOT", "b"])
    with doc.retokenize() as retokenizer:
        retokenizer.split(doc[1], ["gim", "me"], [(doc[1], 0), (doc[1], 0)], attrs={"TAG": ["V", "P"]})
    assert [(t.text, t.head.i, t.tag_) for t in doc] == [
        ("I", 1, ""),
        ("gim", 1, "V"),
        ("me", 1, "P"),
        ("it", 1, ""),
    ]


def test_retokenize_errors_leave_the_doc_alone():
    doc = annotated()
    before = doc.to_bytes()
    with doc.retokenize() as retokenizer:
        retokenizer.split(doc[0], ["Ann"], [doc[1]])
        with pytest.raises(ValueError, match="overlaps"):
            retokenizer.merge(doc[0:2])
    with pytest.raises(ValueError, match="no tokens"), doc.retokenize() as retokenizer:
        retokenizer.merge(doc[0:0])
    with pytest.raises(ValueError, match="spell"), doc.retokenize() as retokenizer:
        retokenizer.split(doc[0], ["A", "x"], [doc[1], doc[1]])
    with pytest.raises(ValueError, match="part"), doc.retokenize() as retokenizer:
        retokenizer.split(doc[0], ["A", "nn"], [doc[1], (doc[0], 5)])
    with pytest.raises(ValueError, match="cycle"), doc.retokenize() as retokenizer:
        retokenizer.split(doc[0], ["A", "nn"], [(doc[0], 1), (doc[0], 0)])
    assert doc.to_bytes() == before


def test_retokenize_spans_follow():
    doc = annotated()
    held, broken = doc[1:3], doc[3:4]
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[0:1], attrs={"_": {}})
        retokenizer.merge(doc[2:4])
    assert [(s.start, s.end, s.text) for s in doc.spans["g"]] == [(0, 2, "Ann sees")]
    with pytest.raises(IndexError):
        held.text  # noqa: B018
    with pytest.raises(IndexError):
        broken.text  # noqa: B018


def test_numpy_and_tuples_in_user_data():
    doc = annotated()
    doc.user_data["array"] = numpy.arange(4).reshape(2, 2)
    doc.user_data["scalar"] = numpy.float32(0.5)
    other = Doc(Vocab()).from_bytes(doc.to_bytes())
    assert (other.user_data["array"] == doc.user_data["array"]).all()
    assert other.user_data["scalar"] == 0.5
    doc.user_data["bad"] = object()
    with pytest.raises(TypeError):
        doc.to_bytes()


def test_docbin_refuses_other_data():
    for data in (
        b"",
        b"abc",
        MAGIC,
        MAGIC + b"x",
        MAGIC + zlib.compress(b""),
        MAGIC + zlib.compress(b"\x91\x01"),
    ):
        with pytest.raises(ValueError, match="N218"):
            DocBin().from_bytes(data)
    with pytest.raises(KeyError):
        DocBin(attrs=["NOPE"])
    with pytest.raises(ValueError, match="different attributes"):
        DocBin(attrs=["TAG"]).merge(DocBin(attrs=["POS"]))


def test_token_extensions_survive(tmp_path):
    Token.set_extension("mark_", default=None, force=True)
    doc = annotated()
    doc[1]._.mark_ = "x"
    doc.to_disk(tmp_path / "doc")
    other = Doc(Vocab()).from_disk(tmp_path / "doc")
    assert other[1]._.mark_ == "x"
    assert other[0]._.mark_ is None
    Token.remove_extension("mark_")


def test_a_tensor_of_any_shape_survives():
    doc = annotated()
    doc.tensor = numpy.ones((1, 3), dtype="float32")
    assert Doc(Vocab()).from_bytes(doc.to_bytes()).tensor.tolist() == [[1.0, 1.0, 1.0]]
