"""Components that are plain functions."""

import pytest

import nlpcore
from nlpcore.tokens import Doc


def run(name, doc, **settings):
    nlp = nlpcore.blank("en", vocab=doc.vocab)
    nlp.add_pipe(name, config=settings)
    return nlp(doc)


@pytest.fixture
def doc():
    vocab = nlpcore.blank("en").vocab
    return Doc(
        vocab,
        words=["New", "York", "and", "San", "Jose", "are", "far"],
        heads=[1, 5, 1, 4, 1, 5, 5],
        deps=["compound", "nsubj", "cc", "compound", "conj", "ROOT", "acomp"],
        tags=["NNP", "NNP", "CC", "NNP", "NNP", "VBP", "RB"],
        ents=["B-LOC", "I-LOC", "O", "B-LOC", "I-LOC", "O", "O"],
    )


def test_entities_become_one_token(doc):
    doc = run("merge_entities", doc)
    assert [token.text for token in doc] == ["New York", "and", "San Jose", "are", "far"]
    assert [token.ent_type_ for token in doc] == ["LOC", "", "LOC", "", ""]
    assert doc[0].tag_ == "NNP"
    assert doc[0].dep_ == "nsubj"
    assert [ent.text for ent in doc.ents] == ["New York", "San Jose"]


def test_nothing_to_join():
    vocab = nlpcore.blank("en").vocab
    for name in ("merge_entities", "merge_noun_chunks", "merge_subtokens"):
        assert [token.text for token in run(name, Doc(vocab, words=["a", "b"]))] == ["a", "b"]
        assert len(run(name, Doc(vocab))) == 0


def test_subtokens_become_one_token():
    vocab = nlpcore.blank("en").vocab
    doc = Doc(vocab, words=["a", "b", "c", "d"], heads=[1, 2, 3, 3], deps=["subtok", "subtok", "x", "ROOT"])
    assert [token.text for token in run("merge_subtokens", doc)] == ["a b c", "d"]


def test_cleaning():
    vocab = nlpcore.blank("en").vocab
    doc = Doc(vocab, words=["a"])
    doc.user_data["x"] = 1
    assert run("doc_cleaner", doc, attrs={"user_data": {}}).user_data == {}
    with pytest.warns(UserWarning, match="'nothing'"):
        run("doc_cleaner", doc, attrs={"nothing": None}, silent=False)


def test_long_tokens_are_cut():
    nlp = nlpcore.blank("en")
    nlp.add_pipe("token_splitter", config={"min_length": 5, "split_length": 3})
    doc = nlp("abcdefgh is fine")
    assert [token.text for token in doc] == ["abc", "def", "gh", "is", "fine"]
    assert doc.text == "abcdefgh is fine"
    other = nlpcore.blank("en")
    other.add_pipe("token_splitter")
    assert len(other.from_bytes(nlp.to_bytes())("abcdefgh")) == 3


def test_a_parsed_token_is_cut_below_its_head():
    nlp = nlpcore.blank("en")
    splitter = nlp.add_pipe("token_splitter", config={"min_length": 5, "split_length": 3})
    doc = splitter(Doc(nlp.vocab, words=["abcdef", "is"], heads=[1, 1], deps=["nsubj", "ROOT"]))
    assert [token.head.i for token in doc] == [1, 2, 2]
