"""Whatever goes into the bundled pipeline: no crash, no hang, and an annotation that hangs together."""

import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nlpcore
from nlpcore.errors import BadInput
from nlpcore.tokens import Doc, Span

ODD = [
    "\ud800",
    "\udfff",
    "\0",
    "\u202e",
    "e\u0301\u0302",
    "😀",
    "\U0010ffff",
    "שלום",
    "İ",
    "ß",
    "\ufeff",
    "ﬁ",
]
WHITE = [" ", "  ", "\n", "\n\n", "\t", "\r\n", "\u2029", "\xa0", "\u3000", "\x1c"]
WORDS = ["Anna", "didn't", "U.K.", "$1,000", ":-)", "New York", ".", "”", "http://a.b/c?d", "x" * 130]
pieces = st.sampled_from(ODD + WHITE + WORDS) | st.text(max_size=6)
texts = st.lists(pieces, max_size=40).map("".join)
words = st.lists((st.sampled_from(ODD + WHITE + WORDS) | st.text(min_size=1, max_size=6)), max_size=25)


@pytest.fixture(scope="module")
def nlp():
    return nlpcore.load("en_core_web_sm")


def hangs_together(nlp, doc):
    assert "".join(token.text_with_ws for token in doc) == doc.text
    tree = Doc(nlp.vocab, words=["x"] * len(doc))  # raises where the arcs are no trees of their sentences
    tree.set_parse(doc.column("HEAD"), doc.column("DEP"), doc.column("SENT_START"))
    assert all(sentence.root.head == sentence.root for sentence in doc.sents)
    iob, types = doc.column("ENT_IOB"), doc.column("ENT_TYPE")
    assert ((iob == 2) == (types == 0)).all()
    assert not (np.concatenate(([2], iob))[:-1][iob == 1] == 2).any()
    assert all(token.lemma_ and token.tag_ and token.pos_ and token.dep_ for token in doc)
    assert (doc.tensor[doc.network_input()[0]] != 0).any(axis=1).all()


@settings(deadline=None, max_examples=60)
@given(st.lists(texts, max_size=6))
def test_any_text(nlp, block):
    docs = list(nlp.pipe(block, threads=2))
    assert [doc.text for doc in docs] == block
    for doc in docs:
        hangs_together(nlp, doc)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_any_doc(nlp, data):
    own = data.draw(words)
    n = len(own)
    flags = st.lists(st.booleans(), min_size=n, max_size=n)
    spaces = data.draw(st.none() | flags)
    starts = data.draw(st.none() | st.lists(st.sampled_from([True, False, None]), min_size=n, max_size=n))
    doc = Doc(nlp.vocab, words=own, spaces=spaces, sent_starts=starts)
    if n and data.draw(st.booleans()):
        first = data.draw(st.integers(0, n - 1))
        doc.set_ents([Span(doc, first, data.draw(st.integers(first + 1, n)), "X")])
    kept = [(span.start, span.end, span.label_) for span in doc.ents]
    (found,) = nlp.pipe([doc])
    assert found is doc
    hangs_together(nlp, doc)
    assert set(kept) <= {(span.start, span.end, span.label_) for span in doc.ents}


HUGE = {
    "letters": "a" * 1_000_000,
    "letters of two bytes": "É日" * 500_000,
    "marks": "e" + "\u0301" * 1_000_000,
    "surrogates": "\ud800" * 1_000_000,
    "line feeds": "\n" * 1_000_000,
    "one-letter tokens": "a " * 30_000,
    "dots and quotes": ".\"'" * 10_000,
}


@pytest.mark.parametrize("name", HUGE)
def test_huge_texts(nlp, name):
    doc = nlp(HUGE[name])
    assert doc.text == HUGE[name]
    assert "".join(token.text_with_ws for token in doc) == doc.text
    Doc(nlp.vocab, words=["x"] * len(doc)).set_parse(*map(doc.column, ("HEAD", "DEP", "SENT_START")))


@pytest.mark.slow
def test_a_document_of_a_million_tokens(nlp):
    text = "Anna saw two dogs in New York.\n" * 125_000
    doc = nlp(text)
    assert len(doc) >= 1_000_000
    Doc(nlp.vocab, words=["x"] * len(doc)).set_parse(*map(doc.column, ("HEAD", "DEP", "SENT_START")))


@pytest.mark.parametrize("threads", [1, 3])
def test_a_stream_that_raises_gives_first_what_it_gave(nlp, threads):
    def source():
        yield "Anna"
        yield "Bob"
        raise OSError("the file ends here")

    found = []
    with pytest.raises(OSError, match="ends here"):
        found.extend(doc.text for doc in nlp.pipe(source(), threads=threads))
    # `extend` keeps what came before the error.
    assert found == ["Anna", "Bob"]


@pytest.mark.parametrize("threads", [1, 3])
def test_a_stream_that_is_closed_early_closes_its_source(nlp, threads):
    closed = []

    def source():
        try:
            while True:
                yield "Anna saw Berlin. " * 50
        finally:
            closed.append(True)

    stream = nlp.pipe(source(), threads=threads)
    assert next(stream).text.startswith("Anna")
    before = threading.active_count()
    stream.close()
    assert closed == [True]
    assert threading.active_count() <= before


def test_what_is_no_text_is_refused(nlp):
    for item in (None, 3, ["a"], object()):
        with pytest.raises(BadInput):
            list(nlp.pipe([item]))
        with pytest.raises(BadInput):
            nlp(item)


def test_a_pipeline_may_be_called_while_it_annotates():
    """From what a vocab calls for the ids of a word: the outer text is annotated all the same."""
    nlp = nlpcore.load("en_core_web_sm")
    wanted = [token.tag_ for token in nlp("Zoë sah Ünsal in Köln.")]
    nlp = nlpcore.load("en_core_web_sm")
    suffix, inner = nlp.vocab.lex_attr_getters[nlpcore.attrs.SUFFIX], []

    def asks(word):
        if word == "Ünsal" and not inner:
            inner.append(None)
            inner[0] = nlp("She was there.")
        return suffix(word)

    nlp.vocab.lex_attr_getters[nlpcore.attrs.SUFFIX] = asks
    assert [token.tag_ for token in nlp("Zoë sah Ünsal in Köln.")] == wanted
    assert [token.text for token in inner[0]] == ["She", "was", "there", "."]


def test_a_failure_leaves_nothing_behind(nlp):
    """Neither in memory that is kept from block to block nor in caches."""
    own = nlpcore.load("en_core_web_sm")
    text = "Zoë saw Ünsal " * 50
    wanted = nlp(text).to_bytes(exclude=["user_data"])
    norm = own.vocab.lex_attr_getters[nlpcore.attrs.SUFFIX]

    def fails(word):
        if word == "Ünsal":
            raise RuntimeError("no suffix")
        return norm(word)

    own.vocab.lex_attr_getters[nlpcore.attrs.SUFFIX] = fails
    for _ in range(3):
        with pytest.raises(RuntimeError, match="no suffix"):
            own(text)
        assert own("Anna saw Bob.").text == "Anna saw Bob."
    own.vocab.lex_attr_getters[nlpcore.attrs.SUFFIX] = norm
    assert own(text).to_bytes(exclude=["user_data"]) == wanted


def test_tokens_that_another_thread_merges_meanwhile(nlp):
    """The Doc is annotated as it was or as it is, or an error says what happened; it is never a mixture."""
    for wait in np.linspace(0, 0.02, 12):
        doc = nlp.make_doc("Anna saw two dogs in New York. " * 400)

        def merge(doc=doc, wait=wait):
            time.sleep(wait)
            with doc.retokenize() as retokenizer:
                retokenizer.merge(doc[1 : len(doc) - 1])

        other = threading.Thread(target=merge)
        other.start()
        try:
            nlp(doc)
        except ValueError:
            continue
        finally:
            other.join()
        for name in ("TAG", "HEAD", "ENT_TYPE"):
            assert doc.column(name) is None or len(doc.column(name)) == len(doc)
        if doc.column("HEAD") is not None:
            assert (doc.column("HEAD") < len(doc)).all()
