"""What is odd about training data is found, with its place."""

import pytest

from nlpcore.errors import CorpusError
from nlpcore.training import debug_data, parse_conllu
from nlpcore.training.documents import Entity

TREES = """\
# newdoc id = a
# text = Ann sold ten old boats yesterday .
1\tAnn\tAnn\tPROPN\tNNP\t_\t2\tnsubj\t_\t_
2\tsold\tsell\tVERB\tVBD\t_\t0\troot\t_\t_
3\tten\tten\tNUM\tCD\t_\t5\tnummod\t_\t_
4\told\told\tADJ\tJ J\t_\t5\tamod\t_\t_
5\tboats\tboat\tNOUN\tNNS\t_\t2\tobj\t_\t_
6\tyesterday\tyesterday\tADV\tRB\t_\t2\tadvmod\t_\t_
7\t.\t.\tPUNCT\t.\t_\t2\tpunct\t_\t_

"""
CROSSING = TREES.replace("6\tyesterday\tyesterday\tADV\tRB\t_\t2", "6\tyesterday\tyesterday\tADV\tRB\t_\t4")
NEW_LABEL = TREES.replace("NNS", "NNX").replace("Ann sold", "Bob sold").replace("1\tAnn", "1\tBob")


def documents(text, entities=()):
    found = list(parse_conllu(text))
    for document in found:
        document.sentences[0].entities = [Entity(*entity) for entity in entities]
    return found


def found(report):
    return {finding.what: finding for finding in report.findings}


def test_nothing_to_train_on_is_an_error():
    with pytest.raises(CorpusError, match="nothing to train on"):
        debug_data([])


def test_labels_are_counted_and_odd_ones_named():
    report = debug_data(documents(TREES, [(0, 3, "PER")]))
    assert report.labels["UPOS"]["PROPN"] == 1
    assert report.labels["entities"] == {"PER": 1}
    assert report.sizes == {"train": {"documents": 1, "sentences": 1, "words": 7, "entities": 1}}
    assert "'J J'" in found(report)["labels with blanks, or very long ones"].examples[0]
    assert found(report)["rare entity labels"].examples == ["PER 1"]
    assert report.is_sound


@pytest.mark.parametrize(
    ("entities", "what", "sound"),
    [
        ([(0, 2, "PER")], "entities that do not begin and end with words", True),
        ([(0, 8, "PER"), (4, 12, "ORG")], "entities that overlap another", False),
        ([(18, 34, "X"), (33, 34, "X")], "entities that overlap another", False),
        ([(0, 4, "PER")], "entities with blanks or signs at their ends", True),
    ],
)
def test_entities_with_odd_borders_are_shown_with_their_place(entities, what, sound):
    report = debug_data(documents(TREES, entities))
    assert what in found(report)
    assert ":2: " in found(report)[what].examples[0] or ":1: " in found(report)[what].examples[0]
    assert report.is_sound is sound


def test_texts_with_several_labels_are_named():
    report = debug_data([*documents(TREES, [(0, 3, "PER")]), *documents(TREES, [(0, 3, "ORG")])])
    assert found(report)["texts with several entity labels"].examples == ["'Ann': PER 1, ORG 1"]


def test_crossing_arcs_and_duplicates_are_found():
    report = debug_data(documents(CROSSING + CROSSING.replace("id = a", "id = b")))
    assert found(report)["trees with crossing arcs"].count == 2
    assert found(report)["sentences that occur twice"].count == 1


def test_dev_data_is_compared():
    report = debug_data(documents(TREES), documents(NEW_LABEL))
    assert found(report)["labels of the dev data that the training data lacks"].examples == ["XPOS: NNX 1"]
    assert report.is_sound
    report = debug_data(documents(TREES), documents(TREES))
    assert not report.is_sound
    assert "ERROR: sentences of the dev data that are training data: 1" in report.as_text()
