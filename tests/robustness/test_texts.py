"""Any text gets a whole, consistent analysis: nothing raises, nothing is lost."""

import json
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlpcore.errors import ConlluError
from nlpcore.tokens import Doc
from nlpcore.training.conllu import parse_conllu, to_conllu

TEXTS = {
    "empty": "",
    "blank": " ",
    "white space": " \t\n\r\f\v\u00a0\u2003\u2028\u3000\u200b ",
    "line breaks": "\n" * 1000,
    "NUL": "Anna\x00saw\x00\x00 dogs\x00",
    "controls": "".join(map(chr, range(32))) + "\x7f\x85",
    "lone surrogates": "\ud800 Anna \udfff\ud800saw\udc00 .",
    "byte order marks": "\ufeffAnna \ufeff saw\ufffe\uffff",
    "mixed scripts": "Анна saw 二匹の犬 और कुत्ते πίθηκος wа́s 개 두 마리. ไม่มีช่องว่าง",
    "right to left": "אנה ראתה שני כלבים. \u202eآنا رأت كلبين\u202c (abc) ١٢٣",
    "combining": "e\u0301" * 200 + "a" + "\u0300" * 500,
    "emoji": "👩‍👩‍👧‍👦🇩🇪👍🏽 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f!",
    "private use and unassigned": "\ue000\U000f0000\U0010ffff\u0378",
    "case that changes length": "İSTANBUL ẞ ŉ ﬃ ΐ straßE",
    "punctuation": ".,;:!?()[]{}\"'`´“”‘’–—…" * 20,
    "no sentence end": "dogs " * 3000,
    "sentence ends": ". " * 1500,
    "one long token": "x" * 20_000,
    "one long number": "1" * 5_000 + "." + "2" * 5_000,
    "long URL": "http://a.b/" + "c/" * 3_000,
    "quotes never closed": '"(«' * 1000,
    "apostrophes": "'s" * 2_000,
    "conllu in the text": "# text = x\n1\tAnna\t_\t_\n\n",
    "markup": "<b>Anna</b> &amp; <a href='x'>" * 50,
}


def check(doc, text):
    """Everything that holds for an annotated Doc, whatever its text."""
    n = len(doc)
    assert doc.text == text
    assert "".join(token.text_with_ws for token in doc) == text
    for name in ("TAG", "POS", "MORPH", "LEMMA", "HEAD", "DEP", "SENT_START", "ENT_IOB"):
        column = doc.column(name)
        assert (column is not None and len(column) == n) or n == 0, name
    sentences = list(doc.sents)
    assert [t.i for s in sentences for t in s] == list(range(n))
    for sentence in sentences:
        assert sum(token.head.i == token.i for token in sentence) == 1
        assert all(sentence.start <= token.head.i < sentence.end for token in sentence)
    ends = 0
    for ent in doc.ents:
        assert ends <= ent.start < ent.end <= n
        assert ent.label_
        ends = ent.end
    for token in doc:
        assert token.lemma_
        assert token.tag_
        assert token.pos_
        assert token.is_space == (token.pos_ == "SPACE")
    list(doc.noun_chunks)


def check_conllu(doc):
    """As CoNLL-U it has the same words; a text that is no Unicode is refused by who reads it."""
    written = to_conllu(doc)
    if any("\ud800" <= char <= "\udfff" for char in doc.text):
        with pytest.raises(ConlluError, match=r"<text>:\d+: not UTF-8"):
            parse_conllu(written)
        return
    words = [form for d in parse_conllu(written) for sentence in d.sentences for form in sentence.forms]
    assert len(words) == sum(not token.is_space for token in doc)


@pytest.mark.parametrize("name", TEXTS)
def test_odd_texts_are_annotated_whole(nlp, name):
    text = TEXTS[name]
    doc = nlp(text)
    check(doc, text)
    assert doc.tensor.shape[0] == len(doc)


@pytest.mark.parametrize("name", TEXTS)
def test_annotated_odd_texts_survive_storage(nlp, name):
    doc = nlp(TEXTS[name])
    wanted = doc.to_json()
    assert Doc(nlp.vocab).from_bytes(doc.to_bytes()).to_json() == wanted
    assert Doc(nlp.vocab).from_json(json.loads(json.dumps(wanted))).to_json() == wanted
    assert doc.copy().to_json() == wanted


@pytest.mark.parametrize("name", TEXTS)
def test_annotated_odd_texts_are_valid_conllu(nlp, name):
    check_conllu(nlp(TEXTS[name]))


# Whatever a text may hold, with what matters to a tokenizer more often.
CHARACTERS = st.one_of(
    st.characters(),
    st.characters(categories=["Cs", "Cc", "Cf", "Co", "Cn"]),
    st.sampled_from(" \n\t.,;:!?'\"()[]-–…/@#$%&*0123456789\u00a0\u200d\ufe0f"),
)
FUZZ = st.lists(
    st.one_of(st.text(CHARACTERS, max_size=30), st.sampled_from(["Anna saw ", "don't", " "]))
).map("".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=FUZZ)
def test_any_text(nlp, text):
    doc = nlp(text)
    check(doc, text)
    assert Doc(nlp.vocab).from_bytes(doc.to_bytes()).to_json() == doc.to_json()
    check_conllu(doc)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(FUZZ, max_size=6), batch_size=st.integers(1, 4))
def test_any_stream_of_texts_in_any_batches(nlp, texts, batch_size):
    docs = list(nlp.pipe(texts, batch_size=batch_size))
    assert [doc.text for doc in docs] == texts
    for doc, text in zip(docs, texts, strict=True):
        check(doc, text)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.text(CHARACTERS, min_size=1, max_size=8), max_size=20), data=st.data())
def test_any_words(nlp, words, data):
    spaces = data.draw(st.lists(st.booleans(), min_size=len(words), max_size=len(words)))
    doc = nlp(Doc(nlp.vocab, words=words, spaces=spaces))
    assert [token.text for token in doc] == words
    assert sum(len(sentence) for sentence in doc.sents) == len(words)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=FUZZ)
def test_any_text_in_sentences_without_a_parser(senter, text):
    doc = senter(text)
    assert doc.text == text
    assert sum(len(sentence) for sentence in doc.sents) == len(doc)


def test_every_category_of_characters_in_one_text(nlp):
    seen = {}
    for code in range(0x110000):
        seen.setdefault(unicodedata.category(chr(code)), []).append(chr(code))
    text = " ".join("".join(chars[:40]) for chars in seen.values())
    check(nlp(text), text)


def test_a_document_longer_than_all_windows_reads_as_its_parts(nlp):
    # Paragraphs that end sentences for certain: so the parts' analyses are those of the whole.
    part = "Anna saw two dogs. Bob sees Berlin.\n\nThe dogs slept in Berlin.\n\n"
    whole, one = nlp(part * 400), nlp(part)
    assert len(whole) > 5000
    n = len(one)
    starts = [t.i for t in whole if t.is_sent_start]
    assert starts[:2] == [t.i for t in one if t.is_sent_start][:2]
    # Whatever the analysis, far from the edges it repeats with the text.
    for name in ("TAG", "POS", "LEMMA", "ENT_IOB"):
        column = whole.column(name)
        assert (column[n : 2 * n] == column[300 * n : 301 * n]).all(), name


def test_batches_of_any_size_give_the_same(nlp):
    texts = ["Anna saw two dogs. " * n for n in (1, 40, 300, 0, 7, 600, 2)]
    alone = [nlp(text).to_json() for text in texts]
    for batch_size in (1, 3, 1000):
        assert [doc.to_json() for doc in nlp.pipe(texts, batch_size=batch_size)] == alone
