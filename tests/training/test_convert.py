"""Corpora in other formats, and JSON lines that are none."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nlpcore
from nlpcore.errors import CorpusError
from nlpcore.tokens import DocBin
from nlpcore.training.convert import convert, read_docs
from nlpcore.training.jsonl import read_jsonl

LINES = """\
{"text": "Ada Lovelace wrote letters.", "entities": [[0, 12, "PER"]]}

{"text": "The ferry from Oslo was late.", "spans": [{"start": 15, "end": 19, "label": "LOC"}], "id": 7}
{"text": "Nothing is known here."}
"""


@pytest.fixture
def nlp():
    return nlpcore.blank("en")


@pytest.fixture
def path(tmp_path):
    (tmp_path / "a.jsonl").write_text("\ufeff" + LINES, encoding="utf8")
    return tmp_path / "a.jsonl"


def entities(docs):
    return [[(ent.text, ent.label_) for ent in doc.ents] for doc in docs]


def test_json_lines_are_read(nlp, path):
    examples = list(read_jsonl(nlp, path))
    assert entities(e.reference for e in examples) == [[("Ada Lovelace", "PER")], [("Oslo", "LOC")], []]
    assert [e.reference.has_annotation("ENT_IOB") for e in examples] == [True, True, False]


@pytest.mark.parametrize("suffix", [".jsonl", ".iob2", ".docbin"])
def test_entities_go_through_every_format(nlp, path, tmp_path, suffix):
    target = tmp_path / f"b{suffix}"
    assert convert(nlp, path, target) == 3
    if suffix == ".docbin":
        found = entities(DocBin().from_disk(target).get_docs(nlp.vocab))
    else:
        found = entities(read_docs(nlp, target))
    assert [spans for spans in found if spans] == [[("Ada Lovelace", "PER")], [("Oslo", "LOC")]]


def test_a_treebank_goes_through_conllu(nlp, tmp_path):
    from benchmarks.kill_training import write_treebank

    write_treebank(tmp_path, 5)
    convert(nlp, tmp_path / "train.conllu", tmp_path / "b.conllu")
    one, two = (
        [[(t.text, t.pos_, t.dep_, t.head.i) for t in doc] for doc in read_docs(nlp, tmp_path / name)]
        for name in ("train.conllu", "b.conllu")
    )
    assert one == two
    convert(nlp, tmp_path / "train.conllu", tmp_path / "b.jsonl", ner=tmp_path / "train.iob2")
    assert len(json.loads((tmp_path / "b.jsonl").read_text().splitlines()[0])["entities"]) == 5


def test_an_ending_that_is_not_known_is_named(nlp, path, tmp_path):
    with pytest.raises(CorpusError, match=r"\.conllu"):
        convert(nlp, path, tmp_path / "b.xyz")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "no JSON"),
        ("[]", "no object"),
        ('{"text": 5}', "no object"),
        ('{"text": "x", "entities": {}}', "one list"),
        ('{"text": "x", "entities": [], "spans": []}', "one list"),
        ('{"text": "x", "entities": [[0, 2, "A"]]}', "not inside"),
        ('{"text": "x", "entities": [[0, 1]]}', "no span"),
        ('{"text": "x", "entities": [[0, true, "A"]]}', "no span"),
        ('{"text": "a b", "entities": [[0, 1, "A"], [0, 3, "B"]]}', "share token"),
    ],
)
def test_lines_that_make_no_sense_are_named_with_their_number(nlp, tmp_path, line, problem):
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"text": "fine"}}\n{line}\n')
    with pytest.raises(CorpusError, match=rf"a\.jsonl:2: .*{problem}"):
        list(read_jsonl(nlp, path))


def test_another_encoding_is_named(nlp, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "fine"}\n{"text": "caf\xe9"}\n')
    with pytest.raises(CorpusError, match=r":2: .*not UTF-8"):
        list(read_jsonl(nlp, path))


@given(st.binary(max_size=60) | st.text('{}[]",:0123456789texspani \\n', max_size=60).map(str.encode))
def test_no_bytes_do_anything_else(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("fuzz") / "a.jsonl"
    path.write_bytes(data)
    try:
        list(read_jsonl(nlpcore.blank("xx"), path))
    except CorpusError as e:
        assert str(path) in str(e)  # noqa: PT017
