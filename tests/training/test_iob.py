"""Entity files, and entities put onto a treebank."""

import os
from collections import Counter
from pathlib import Path

import pytest

from nlpcore.errors import IobError
from nlpcore.training.conllu import parse_conllu, read_conllu
from nlpcore.training.iob import LABEL_MAPS, attach_entities, read_iob

from .conllu_samples import SAMPLE


def read(tmp_path, text, **options):
    path = tmp_path / "a.iob2"
    path.write_text(text, "utf8")
    return list(read_iob(path, **options))


def spans(document):
    return [(document.text[entity.start : entity.end], entity.label) for entity in document.entities]


SCHEMES = {
    "iob1": ["I-LOC", "I-LOC", "B-LOC", "O", "I-PER"],
    "iob2": ["B-LOC", "I-LOC", "B-LOC", "O", "B-PER"],
    "biluo": ["B-LOC", "L-LOC", "U-LOC", "O", "U-PER"],
    "bioes": ["B-LOC", "E-LOC", "S-LOC", "O", "S-PER"],
}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("separator", ["\t", " "])
def test_schemes(tmp_path, scheme, separator):
    words = ["New", "York", "London", "met", "Ada"]
    text = "".join(f"{word}{separator}{tag}\n" for word, tag in zip(words, SCHEMES[scheme], strict=True))
    (document,) = read(tmp_path, text)
    assert document.text == "New York London met Ada"
    assert spans(document) == [("New York", "LOC"), ("London", "LOC"), ("Ada", "PER")]
    assert document.sentences[0].heads is None


def test_numbered_layout_and_documents(tmp_path):
    text = (
        "# newdoc id = d1\n# sent_id = s1\n# text = Ada's cat\n"
        "1\tAda\tB-PER\t-\tx\n2\t's\tO\t-\t-\n3\tcat\tO\t-\t-\n\n"
        "# text = Bob\n1\tBob\tB-PER\t-\tx\n\n# newdoc id = d2\n1\tEve\tO\t-\t-\n"
    )
    first, second = read(tmp_path, text)
    assert (first.name, second.name) == ("d1", "d2")
    assert first.text == "Ada's cat Bob"
    assert spans(first) == [("Ada", "PER"), ("Bob", "PER")]


def test_docstart_and_conll_columns(tmp_path):
    text = "-DOCSTART- -X- O O\n\nAda NNP - I-PER\nran VBD - O\n\nBob NNP - I-PER\n\n"
    text += "-DOCSTART- -X- O O\n\nx NN - O\n"
    first, second = read(tmp_path, text)
    assert first.text == "Ada ran Bob"
    assert spans(first) == [("Ada", "PER"), ("Bob", "PER")]
    assert second.text == "x"


def test_sentences_are_documents_where_none_are_marked(tmp_path):
    documents = read(tmp_path, "#hash\tO\n# O\n\n# x\nb\tO\n".replace("# O", "#\tO").replace("# x", "#\tO"))
    assert [document.text for document in documents] == ["#hash #", "# b"]


def test_labels(tmp_path):
    text = "a\tB-person\n\nb\tB-product\n\nc\tB-group\n\n"
    documents = read(tmp_path, text, labels="wnut17")
    assert [spans(document) for document in documents] == [[("a", "PER")], [], [("c", "ORG")]]
    documents = read(tmp_path, text, labels={"person": "PER", "product": None, "*": "O"})
    assert [spans(document) for document in documents] == [[("a", "PER")], [("b", None)], []]
    with pytest.raises(IobError, match=r"a\.iob2:3: the label 'product' is not among those asked"):
        read(tmp_path, text, labels={"person": "PER"})


def test_universal_ner_labels_o_and_oth(tmp_path):
    text = "1\ta\tB-O\t-\t-\n2\tb\tI-O\t-\t-\n3\tc\tB-OTH\t-\t-\n4\td\tB-PER\t-\t-\n"
    (document,) = read(tmp_path, text, labels="uner", scheme="iob2")
    assert spans(document) == [("d", "PER")]


def test_missing(tmp_path):
    (document,) = read(tmp_path, "a\t-\nb\tB-PER\n")
    assert spans(document) == [("a", None), ("b", "PER")]


BAD = {
    "one column": ("a\tO\nb\n", 2, "1 columns where a token and its tag need 2"),
    "tag": ("a\tPER\n", 1, "'PER' is no entity tag"),
    "prefix": ("a\tX-PER\n", 1, "no entity tag"),
    "no label": ("a\tB-\n", 1, "no entity tag"),
    "empty token": ("a\tO\n\tB-PER\n", 2, "the token is empty"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(tmp_path, case):
    text, line, message = BAD[case]
    with pytest.raises(IobError, match=message) as caught:
        read(tmp_path, text)
    assert caught.value.line == line
    assert f"a.iob2:{line}:" in str(caught.value)


def test_strict_iob2(tmp_path):
    with pytest.raises(IobError, match=r"2: I-PER continues no entity; in IOB2 .* B-PER"):
        read(tmp_path, "a\tB-LOC\nb\tI-PER\n", scheme="iob2")
    with pytest.raises(ValueError, match="scheme"):
        read(tmp_path, "", scheme="iob3")


def test_not_utf8(tmp_path):
    path = tmp_path / "a.iob2"
    path.write_bytes(b"a\tO\n\xff\tO\n")
    with pytest.raises(IobError, match=r"a\.iob2:2: not UTF-8"):
        list(read_iob(path))


def test_empty_token_without_entity_is_left_out(tmp_path):
    (document,) = read(tmp_path, "a\tO\n\tO\nb\tO\n")
    assert document.text == "a b"


def test_attach_by_characters(tmp_path):
    documents = parse_conllu(SAMPLE)
    text = (
        "They\tO\ndon't\tO\nknow\tO\nAda.\tB-LOC\n\n"  # splits otherwise, and ends inside the last token
        "Hi\tO\n\nSue likes\tB-PER\ntea,\tO\nBo\tB-PER\nb\tO\ncoffee\tO\n\nnobody\tO\n"
    )
    path = tmp_path / "a.iob2"
    path.write_text(text)
    report = attach_entities(documents, read_iob(path))
    first, second = documents
    assert spans(first) == [("Ada.", "LOC"), ("Sue likes", "PER"), ("Bo", "PER")]
    assert first.sentences[1].entities is None  # unknown, not empty
    assert second.sentences[0].entities == []
    assert (report.sentences, report.entities) == (3, 3)
    assert report.unannotated == ["<text>:13"]
    assert [problem.line for problem in report.problems] == [8, 14]
    assert "'Bo' does not begin and end with words" in str(report)
    assert "no sentence of the treebank has this text: 'nobody'" in str(report)


def test_twins_are_used_in_order(tmp_path):
    documents = parse_conllu("1\tAda\t_\t_\t_\t_\t0\troot\t_\t_\n\n" * 3)
    path = tmp_path / "a.iob2"
    path.write_text("Ada\tB-PER\n\nAda\tO\n\n")
    report = attach_entities(documents, read_iob(path))
    assert [sentence.entities and len(sentence.entities) for sentence in documents[0].sentences] == [
        1,
        [],
        None,
    ]
    assert len(report.unannotated) == 1


DATA = os.environ.get("NLPCORE_DATA")


@pytest.mark.slow
@pytest.mark.skipif(not DATA, reason="NLPCORE_DATA is not set")
def test_universal_ner_on_the_treebank():
    expected = {
        "train": {"PER": 2873, "ORG": 1434, "LOC": 2698},
        "dev": {"PER": 343, "ORG": 224, "LOC": 399},
    }
    for part, counts in expected.items():
        documents = list(read_conllu(Path(DATA, "UD_English-EWT", f"en_ewt-ud-{part}.conllu")))
        iob = Path(DATA, "UNER_English-EWT", f"en_ewt-ud-{part}.iob2")
        report = attach_entities(documents, read_iob(iob, labels="uner", scheme="iob2"))
        assert Counter(entity.label for document in documents for entity in document.entities) == counts
        assert len(report.problems) <= 4
        assert len(report.unannotated) <= 2


def test_label_maps_are_consistent():
    assert {label for labels in LABEL_MAPS.values() for label in labels.values()} == {
        "PER",
        "ORG",
        "LOC",
        "O",
        None,
    }


def test_guessed_blanks(tmp_path):
    joined = """He said : " I do n't know ( Ohio ) " , it 's $ 5 and / or `` x ''"""
    words = joined.split(" ")
    text = "".join(f"{word}\tO\n" for word in words)
    (document,) = read(tmp_path, text, guess_blanks=True)
    assert document.text == """He said: "I don't know (Ohio)", it's $5 and/or ``x''"""
    (document,) = read(tmp_path, text)
    assert document.text == joined
