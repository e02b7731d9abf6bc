"""The engine's run over a block gives what the components give one by one, whatever else is in the block."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nlpcore
from nlpcore.tokens import Doc

COLUMNS = [
    *["START", "LENGTH", "SPACY", "NORM", "TAG", "POS", "MORPH", "LEMMA", "DEP", "HEAD"],
    *["SENT_START", "ENT_IOB", "ENT_TYPE"],
]
SPOKEN = """
    Apple bought U.K. startups for $1 billion . Anna's dogs can't swim … “ Hé l’homme ” İstanbul naïve CAFÉ ß
    New York Mr. Smith went to Washington , D.C. and 12,000 others didn't : http://x.org/a?b=c :-) 日本語
    word-by-word WOLVES geese Geese running Running
"""
PIECES = [
    *SPOKEN.split(),
    "\ud800",
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    "\u2029",
    "\xa0",
    "é",
    "a" * 120,
    "É" * 40,
]
texts = st.lists(st.sampled_from(PIECES), max_size=30).map(lambda words: " ".join(words))


@pytest.fixture(scope="module")
def nlp():
    return nlpcore.load("en_core_web_sm")


def annotator(nlp):
    return nlp._engine_runs.find(nlp.vocab, nlp.tokenizer, nlp.pipeline)[2]


def by_components(nlp, doc):
    for _, component in nlp.pipeline:
        doc = component(doc)
    return doc


def facts(doc):
    columns = [doc.column(name) for name in COLUMNS]
    return (
        [None if column is None else column.tolist() for column in columns],
        doc.tensor.tobytes(),
        [(token.lemma_, token.norm_, token.tag_, token.dep_, str(token.morph)) for token in doc],
        [(span.text, span.label_) for span in doc.ents],
    )


def long_text():
    sentences = [
        "The cat sat on the mat in New York .",
        "Dogs bark  loudly ,",
        "and Anna did n't \n see Bob .",
    ]
    return " ".join(sentences[(i * i) % 3] + f" {i}" for i in range(2500))


@settings(deadline=None, max_examples=60)
@given(st.lists(texts, min_size=1, max_size=6))
def test_a_block_is_annotated_as_by_the_components(nlp, block):
    wanted = [facts(by_components(nlp, nlp.make_doc(text))) for text in block]
    assert [facts(doc) for doc in annotator(nlp).annotate(block)] == wanted


@settings(deadline=None, max_examples=30)
@given(st.lists(texts, min_size=1, max_size=6), st.randoms())
def test_batch_order_and_what_was_read_before_change_no_bit(nlp, block, random):
    first = {text: facts(annotator(nlp).annotate([text])[0]) for text in block}
    random.shuffle(block)
    assert [facts(doc) for doc in annotator(nlp).annotate(block)] == [first[text] for text in block]
    fresh = nlpcore.load("en_core_web_sm")
    assert [facts(doc) for doc in fresh.pipe(block, threads=1)] == [first[text] for text in block]


@settings(deadline=None, max_examples=30)
@given(texts)
def test_docs_that_are_given_are_annotated_as_their_text(nlp, text):
    (wanted,) = annotator(nlp).annotate([text])
    given_doc = nlp.make_doc(text)
    assert annotator(nlp).annotate([given_doc]) == [given_doc]
    assert facts(given_doc) == facts(wanted)


def test_a_document_longer_than_a_window_is_annotated_as_by_the_components(nlp):
    text = long_text()
    (doc,) = annotator(nlp).annotate([text])
    assert len(doc) > 2 * 8192
    assert facts(doc) == facts(by_components(nlp, nlp.make_doc(text)))
    # Not alone in its block, it is not read in windows.
    assert facts(annotator(nlp).annotate([text, "x"])[0]) == facts(doc)


def test_documents_without_words(nlp):
    for text in ("", " ", "\n\n \t"):
        (doc,) = annotator(nlp).annotate([text])
        assert facts(doc) == facts(by_components(nlp, nlp.make_doc(text)))
    assert annotator(nlp).annotate([]) == []


def test_sentence_starts_that_a_doc_brings_along_bind_the_parser(nlp):
    words = ["I", "saw", "Anna", "she", "was", "there"]
    starts = [True, False, False, True, False, False]
    docs = [Doc(nlp.vocab, words=words, sent_starts=starts) for _ in range(2)]
    (doc,) = annotator(nlp).annotate([docs[0]])
    assert [token.is_sent_start for token in doc] == starts
    assert facts(doc) == facts(by_components(nlp, docs[1]))


def test_entities_that_a_doc_brings_along_stay(nlp):
    words = ["Anna", "lives", "in", "New", "York", "City", "with", "Bob"]
    docs = [
        Doc(nlp.vocab, words=words, ents=["O", "O", "O", "O", "B-ORG", "I-ORG", "O", "O"]) for _ in range(2)
    ]
    (doc,) = annotator(nlp).annotate([docs[0]])
    assert ("York City", "ORG") in [(span.text, span.label_) for span in doc.ents]
    assert facts(doc) == facts(by_components(nlp, docs[1]))


def test_annotating_adds_nothing_to_the_vocab(nlp):
    annotator(nlp).annotate(["warm up"])
    before = len(nlp.vocab.strings), len(nlp.vocab)
    docs = annotator(nlp).annotate(["Zyxwv Qrstuvian blorfed the grimbles ’round Ünseenville " * 5])
    assert (len(nlp.vocab.strings), len(nlp.vocab)) == before
    assert [token.lemma_ for token in docs[0]][:2] == ["Zyxwv", "Qrstuvian"]
    assert docs[0].vocab.strings[docs[0][3].lemma] == docs[0][3].lemma_  # who asks for an id gets it interned


def test_a_docs_memory_outlives_all_that_made_it():
    nlp = nlpcore.load("en_core_web_sm")
    docs = list(nlp.pipe(["Anna's dogs can't swim in New York."] * 3, threads=2))
    wanted = facts(docs[0])
    tag, tensor, token = docs[1].column("TAG"), docs[1].tensor, docs[2][1]
    values = tag.tolist(), tensor.tobytes()
    del nlp
    copy = facts(docs[0])
    del docs[1:]
    np.ones(10_000_000)  # uses memory that was given back
    assert copy == wanted
    assert (tag.tolist(), tensor.tobytes()) == values
    assert (token.text, token.lemma_, token.head.text) == ("'s", "'s", "Anna") or token.doc.text


def test_tokens_of_an_annotated_doc_can_be_merged_and_split(nlp):
    doc, whole = annotator(nlp).annotate(["I live in New York City now."] * 2)
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[3:6], attrs={"LEMMA": "New York City"})
    assert [token.text for token in doc] == ["I", "live", "in", "New York City", "now", "."]
    assert doc.tensor.shape == (6, whole.tensor.shape[1])
    assert (doc.tensor[[0, 1, 2, 4, 5]] == whole.tensor[[0, 1, 2, 6, 7]]).all()
    assert [token.lemma_ for token in doc] == ["I", "live", "in", "New York City", "now", "."]
    with doc.retokenize() as retokenizer:
        retokenizer.split(doc[3], ["New", " York City"], heads=[(doc[3], 1), doc[1]])
    assert len(doc) == 7
    assert (doc.tensor[3:5] == 0).all()
    assert doc.text == whole.text


@pytest.mark.parametrize("change", ["lexeme", "getter", "rules"])
def test_changes_of_vocab_and_tokenizer_are_seen_at_once(change):
    nlp = nlpcore.load("en_core_web_sm")
    text = "The gizmo ran."
    before = facts(nlp(text))
    if change == "lexeme":
        nlp.vocab["gizmo"].norm_ = "the"
    elif change == "getter":
        nlp.vocab.lex_attr_getters[nlpcore.attrs.SUFFIX] = lambda word: word[-1:]
    else:
        nlp.tokenizer.add_special_case("gizmo", [{"ORTH": "giz"}, {"ORTH": "mo"}])
    after = facts(nlp(text))
    assert after != before
    assert after == facts(by_components(nlp, nlp.make_doc(text)))
