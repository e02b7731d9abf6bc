"""Gold Docs, streams of Examples, and CoNLL-U out of Docs."""

import os
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nlpcore
from nlpcore.tokens import Doc, DocBin
from nlpcore.training import conll18
from nlpcore.training.conllu import parse_conllu, to_conllu
from nlpcore.training.corpus import (
    Corpus,
    documents_to_docs,
    documents_to_examples,
    gold_doc,
    plain_doc,
    read_documents,
    shuffled,
    split_document,
)
from nlpcore.training.documents import Entity
from nlpcore.vocab import Vocab

from .conllu_samples import SAMPLE, random_conllu, random_text

VOCAB = Vocab()


class Pipeline:
    """What `documents_to_examples` needs of one: a tokenizer that splits at blanks."""

    vocab = VOCAB

    def make_doc(self, text):
        words = text.split(" ")
        return Doc(VOCAB, words=words, spaces=[True] * (len(words) - 1) + [False])


def test_gold_doc():
    document = parse_conllu(SAMPLE)[0]
    document.sentences = [document.sentences[0], document.sentences[2]]
    document.text = ""
    for sentence in document.sentences:
        sentence.starts = []
    from nlpcore.training.raw_text import assemble

    doc = gold_doc(VOCAB, assemble(document))
    assert doc.text == document.text == "They don't know Ada.\n\nSue likes tea, Bob coffee"
    words = ["They", "do", "n't", "know", "Ada", ".", "\n\n", "Sue", "likes", "tea", ",", "Bob", "coffee"]
    assert [token.text for token in doc] == words
    assert [sent.start for sent in doc.sents] == [0, 7]
    assert [token.head.i for token in doc] == [3, 3, 3, 3, 3, 3, 6, 8, 8, 8, 11, 8, 11]
    assert doc[3].dep_ == doc[8].dep_ == "ROOT"
    assert (doc[6].tag_, doc[6].dep_, doc[6].pos_) == ("", "", "")
    assert str(doc[0].morph) == "Case=Nom|Number=Plur"
    assert doc[5].morph.key != 0
    assert (doc[2].lemma_, doc[2].tag_, doc[2].pos_) == ("not", "RB", "PART")
    assert not doc.has_annotation("ENT_IOB")


def test_words_that_do_not_spell_the_text():
    document = parse_conllu(SAMPLE)[0]
    doc = gold_doc(VOCAB, document)
    assert doc.text == "They don't know Ada. Vamos ael mar\n\nSue likes tea, Bob coffee"
    assert [token.text for token in doc][6:10] == ["Vamos", "a", "el", "mar"]
    assert [token.head.text for token in doc][6:10] == ["Vamos", "mar", "mar", "Vamos"]


def test_gaps_are_tokens_as_the_tokenizer_makes_them():
    text = "# text = a  b\n1\ta\t_\t_\t_\t_\t_\t_\t_\t_\n2\tb\t_\t_\t_\t_\t_\t_\t_\t_\n\n"
    doc = gold_doc(VOCAB, parse_conllu(text)[0])
    assert [(token.text, token.whitespace_) for token in doc] == [("a", " "), (" ", ""), ("b", "")]


def test_entities_and_unknown_spans():
    document = parse_conllu(SAMPLE)[0]
    first, _, third = document.sentences
    first.entities = [Entity(16, 19, "PER")]
    third.entities = [
        Entity(third.starts[0], third.ends[0], None),
        Entity(third.starts[2], third.ends[2] - 1, "X"),
    ]
    doc = gold_doc(VOCAB, document)
    assert [(ent.text, ent.label_) for ent in doc.ents] == [("Ada", "PER")]
    codes = {token.text: token.ent_iob for token in doc}
    assert codes["Ada"] == 3
    assert codes["They"] == 2
    assert codes["Vamos"] == codes["mar"] == 0  # not annotated
    assert codes["Sue"] == codes["tea"] == 0  # unknown label; ends inside a word
    assert codes["likes"] == codes["coffee"] == 2


def test_split_document():
    document = parse_conllu(SAMPLE)[0]
    document.sentences[2].entities = [
        Entity(document.sentences[2].starts[0], document.sentences[2].ends[0], "PER")
    ]
    pieces = list(split_document(document, 10))
    assert [len(piece) for piece in pieces] == [10, 6]
    assert pieces[1].text == "Sue likes tea, Bob coffee"
    assert pieces[1].sentences[0].starts[0] == 0
    assert [(ent.text, ent.label_) for ent in gold_doc(VOCAB, pieces[1]).ents] == [("Sue", "PER")]
    assert list(split_document(document, 0)) == [document]
    assert [len(piece) for piece in split_document(document, 1)] == [6, 4, 6]


def test_examples():
    documents = parse_conllu(SAMPLE)
    (first,) = documents_to_examples(Pipeline(), documents[1:])
    assert first.predicted.text == "Hi"
    (gold,) = documents_to_examples(Pipeline(), documents[:1], gold_tokens=True)
    assert gold.alignment.is_identity
    assert gold.predicted.column("TAG") is None
    docs = list(documents_to_docs(VOCAB, documents, max_words=6))
    assert len(docs) == 4


def test_corpus(tmp_path):
    path = tmp_path / "a.conllu"
    path.write_text(SAMPLE, "utf8")
    iob = tmp_path / "a.iob2"
    iob.write_text("They\tO\ndon't\tO\nknow\tO\nAda\tB-PER\n.\tO\n", "utf8")
    reports = []
    corpus = Corpus(path, ner=iob, gold_tokens=True, max_words=6, on_report=reports.append)
    examples = list(corpus(Pipeline()))
    assert [ent.text for example in examples for ent in example.reference.ents] == ["Ada"]
    assert reports[0].entities == 1
    assert len(list(Corpus(path, limit=1)(Pipeline()))) == 1
    assert len(read_documents(path)) == 2


def test_shuffled():
    items = list(range(100))
    once = list(shuffled(iter(items), 1, buffer=10))
    assert once == list(shuffled(iter(items), 1, buffer=10)) != list(shuffled(iter(items), 2, buffer=10))
    assert sorted(once) == items
    assert list(shuffled(items, 0, buffer=1000)) != items
    with pytest.raises(ValueError, match="at least 1"):
        list(shuffled(items, 0, buffer=0))


# -- CoNLL-U out of Docs -----------------------------------------------------------------------------------


def test_to_conllu():
    text = to_conllu(gold_doc(VOCAB, parse_conllu(SAMPLE)[0]), name="first")
    lines = text.split("\n")
    assert lines[0] == "# newdoc id = first"
    assert lines[2] == "# text = They don't know Ada."
    assert lines[3] == "1\tThey\tthey\tPRON\tPRP\tCase=Nom|Number=Plur\t4\tnsubj\t_\t_"
    assert lines[7].endswith("\t_\tSpaceAfter=No")
    assert "# newpar" in lines
    (again,) = parse_conllu(text)
    assert again.text == "They don't know Ada. Vamos ael mar\n\nSue likes tea, Bob coffee"


def test_to_conllu_of_odd_docs():
    assert to_conllu(Doc(VOCAB)) == ""
    assert to_conllu(Doc(VOCAB, words=["\n\n", " "])) == ""
    bare = to_conllu(Doc(VOCAB, words=["a\tb", "c|d"], spaces=[False, False]))
    assert bare.split("\n")[3] == "1\ta b\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No"
    # "the" hangs on white space, whose head is "man"
    words = ["the", " ", "man", "\n\n", "ran"]
    doc = Doc(
        VOCAB, words=words, spaces=[True, False, False, False, False], heads=[1, 2, 4, 4, 4], deps=["x"] * 5
    )
    (document,) = parse_conllu(to_conllu(doc))
    assert document.sentences[0].forms == ["the", "man", "ran"]
    assert document.sentences[0].heads == [1, 2, 2]
    assert "SpacesAfter=\\s\\s" in to_conllu(doc)
    assert "SpacesAfter=\\n\\n" in to_conllu(doc)


@pytest.mark.parametrize("seed", range(30))
def test_round_trip(seed):
    rng = random.Random(seed)
    lines = [
        line for line in random_conllu(rng, random_text(rng)).split("\n") if "-" not in line.split("\t")[0]
    ]
    text = "\n".join(line.replace("SpaceAfter=No", rng.choice(["_", "SpaceAfter=No"])) for line in lines)
    documents = parse_conllu(text)
    again = [parse_conllu(to_conllu(gold_doc(VOCAB, document)))[0] for document in documents]
    assert [document.text for document in again] == [document.text for document in documents]
    for one, other in zip(documents[0].sentences, again[0].sentences, strict=True):
        for layer in ("forms", "lemmas", "upos", "xpos", "heads", "starts", "ends"):
            assert getattr(one, layer) == getattr(other, layer), layer
        # a Doc's features are sorted
        assert [sorted(f.split("|")) for f in one.feats] == [sorted(f.split("|")) for f in other.feats]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)


@given(st.lists(st.tuples(TEXT, st.booleans()), max_size=8))
def test_any_doc_can_be_written_and_read(tokens):
    words = [word for word, _ in tokens]
    doc = Doc(Vocab(), words=words, spaces=[space for _, space in tokens])
    documents = parse_conllu(to_conllu(doc))
    found = [form for document in documents for sentence in document.sentences for form in sentence.forms]
    assert found == [" ".join(word.split()) for word in words if not word.isspace()]


DATA = os.environ.get("NLPCORE_DATA")


@pytest.mark.slow
@pytest.mark.skipif(not DATA, reason="NLPCORE_DATA is not set")
def test_treebank_round_trip():
    folder = Path(DATA)
    documents = read_documents(
        folder / "UD_English-EWT/en_ewt-ud-dev.conllu", ner=folder / "UNER_English-EWT/en_ewt-ud-dev.iob2"
    )
    docs = [gold_doc(VOCAB, document) for document in documents]
    assert [doc.text for doc in docs] == [document.text for document in documents]
    assert sum(len(doc.ents) for doc in docs) == 966
    back = parse_conllu("".join(map(to_conllu, docs)))
    assert [document.text for document in back] == [document.text for document in documents]
    for document in documents:
        for sentence in document.sentences:
            sentence.multiword = []
    scores = conll18.score_documents(documents, back)
    assert all(score.f1 == 1.0 for score in scores.values())
    assert [token.text for token in plain_doc(VOCAB, documents[0])] == [token.text for token in docs[0]]


def test_stored_docs_are_a_corpus(tmp_path):
    nlp = nlpcore.blank("en")
    DocBin(docs=[Doc(nlp.vocab, words=["do", "n't"], spaces=[False, False], tags=["A", "B"])]).to_disk(
        tmp_path / "x.docs"
    )
    for gold_tokens in (False, True):
        (example,) = Corpus(tmp_path / "x.docs", gold_tokens=gold_tokens)(nlp)
        assert example.get_aligned("TAG", as_string=True) == ["A", "B"]


def test_a_folder_of_files_of_several_kinds_is_one_corpus(tmp_path):
    nlp = nlpcore.blank("en")
    (tmp_path / "a.iob2").write_text("Ann\tB-PER\nleft\tO\n")
    (tmp_path / "b.jsonl").write_text('{"text": "Bob left.", "entities": [[0, 3, "PER"]]}\n')
    (tmp_path / "c.conllu").write_text("1\tIt\tit\tPRON\t_\t_\t0\troot\t_\t_\n\n")
    (tmp_path / ".hidden").write_text("no corpus")
    examples = list(Corpus(tmp_path)(nlp))
    assert [example.text for example in examples] == ["Ann left", "Bob left.", "It"]
    assert [len(example.reference.ents) for example in examples] == [1, 1, 0]
    assert examples[2].reference[0].pos_ == "PRON"


def test_a_folder_without_files_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="no files"):
        Corpus(tmp_path).files()


def test_examples_come_shuffled_by_a_seed(tmp_path):
    nlp = nlpcore.blank("en")
    lines = [f'{{"text": "word {i}"}}\n' for i in range(30)]
    (tmp_path / "x.jsonl").write_text("".join(lines))
    texts = [
        [example.text for example in Corpus(tmp_path / "x.jsonl", shuffle=seed, buffer=10)(nlp)]
        for seed in (0, 0, 1, None)
    ]
    assert texts[0] == texts[1] != texts[2]
    assert sorted(texts[0]) == sorted(texts[3])
    assert texts[3] == [f"word {i}" for i in range(30)]
