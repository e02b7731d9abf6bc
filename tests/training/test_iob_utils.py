"""Entity tags."""

import warnings

import pytest

from nlpcore.tokens import Doc
from nlpcore.training.iob_utils import (
    biluo_tags_to_offsets,
    biluo_tags_to_spans,
    biluo_to_iob,
    closed,
    doc_to_biluo_tags,
    iob_to_biluo,
    offsets_to_biluo_tags,
    remove_bilu_prefix,
    split_bilu_label,
    tags_to_entities,
)
from nlpcore.vocab import Vocab

WORDS = ["I", "like", "London", "and", "Berlin", "."]


@pytest.fixture
def doc():
    return Doc(Vocab(), words=WORDS, spaces=[True, True, True, True, False, False])


def test_offsets(doc):
    tags = ["O", "O", "U-LOC", "O", "U-LOC", "O"]
    offsets = [(7, 13, "LOC"), (18, 24, "LOC")]
    assert offsets_to_biluo_tags(doc, offsets) == tags
    assert biluo_tags_to_offsets(doc, tags) == offsets
    assert offsets_to_biluo_tags(doc, [(7, 24, "X")]) == ["O", "O", "B-X", "I-X", "L-X", "O"]
    assert offsets_to_biluo_tags(doc, [(7, 13, "X")], missing="-") == ["-", "-", "U-X", "-", "-", "-"]
    assert [span.text for span in biluo_tags_to_spans(doc, tags)] == ["London", "Berlin"]


def test_misaligned_offsets(doc):
    with pytest.warns(UserWarning, match="do not begin and end with tokens"):
        assert offsets_to_biluo_tags(doc, [(7, 12, "X")]) == ["O", "O", "-", "O", "O", "O"]


def test_overlap(doc):
    with pytest.raises(ValueError, match="share token 2"):
        offsets_to_biluo_tags(doc, [(7, 13, "X"), (7, 24, "Y")])


def test_iob():
    iob = ["O", "B-X", "I-X", "B-X", "O", "I-X", "I-Y"]
    biluo = ["O", "B-X", "L-X", "U-X", "O", "U-X", "U-Y"]
    assert iob_to_biluo(iob) == biluo
    assert biluo_to_iob(["O", "U-X", "B-X", "L-X", "-"]) == ["O", "B-X", "B-X", "I-X", "-"]
    for bad in (["X"], ["B-"], ["-"]):
        with pytest.raises(ValueError, match="is no IOB tag"):
            iob_to_biluo(bad)


def test_entities():
    assert tags_to_entities(["U-A", "B-B", "I-B", "L-B", "-", None]) == [("A", 0, 0), ("B", 1, 3)]
    assert tags_to_entities(["B-A", "O"]) == []
    with pytest.raises(ValueError, match="no token before it begins"):
        tags_to_entities(["O", "I-A"])
    with pytest.raises(ValueError, match="is no BILUO tag"):
        tags_to_entities(["!U-A"])


def test_labels():
    assert split_bilu_label("B-A-B") == ("B", "A-B")
    assert remove_bilu_prefix("L-A-B") == "A-B"


def test_iob_is_closed():
    assert closed(["B-A", "I-A", "B-A", "O"]) == ["B-A", "L-A", "U-A", "O"]
    assert closed(["B-A", "L-A", "U-A", "-"]) == ["B-A", "L-A", "U-A", "-"]


def test_doc(doc):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert doc_to_biluo_tags(doc) == ["O"] * 6
    entities = Doc(Vocab(), words=["a", "b", "c"], ents=["B-X", "I-X", "O"])
    assert doc_to_biluo_tags(entities) == ["B-X", "L-X", "O"]
