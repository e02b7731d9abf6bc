"""Names out of GUM's mentions."""

import pytest

from nlpcore.errors import ConlluError
from nlpcore.training.conllu import parse_conllu
from nlpcore.training.gum import gum_entities, mentions


def sentence(*rows):
    """Rows of form, UPOS, XPOS, head, relation, Entity=."""
    lines = [
        f"{i}\t{form}\t_\t{upos}\t{xpos}\t_\t{head}\t{deprel}\t_\t{('Entity=' + entity) if entity else '_'}"
        for i, (form, upos, xpos, head, deprel, entity) in enumerate(rows, 1)
    ]
    return parse_conllu("\n".join(lines) + "\n\n", name="gum.conllu")[0]


def names(document):
    gum_entities(document)
    return [(document.text[entity.start : entity.end], entity.label) for entity in document.entities]


def test_a_title_a_determiner_and_a_nested_place():
    document = sentence(
        ("President", "PROPN", "NNP", 2, "nmod:desc", "(1-person-new-cf1-_-1,2-coref-Joe_Biden"),
        ("Biden", "PROPN", "NNP", 3, "nsubj", "1)"),
        ("left", "VERB", "VBD", 0, "root", ""),
        ("the", "DET", "DT", 5, "det", "(2-organization-new-_-cf2-2,3,4-coref-U"),
        ("University", "PROPN", "NNP", 3, "obj", ""),
        ("of", "ADP", "IN", 7, "case", ""),
        ("Texas", "PROPN", "NNP", 5, "nmod", "(3-place-new-_-cf3-1-coref-Texas)2)"),
    )
    assert names(document) == [("Biden", "PER"), ("University of Texas", "ORG")]


def test_what_is_no_name():
    document = sentence(
        ("Americans", "PROPN", "NNPS", 2, "nsubj", "(1-person-new-_-cf1-1-coref-Americans)"),
        ("saw", "VERB", "VBD", 0, "root", ""),
        ("him", "PRON", "PRP", 2, "obj", "(2-person-new-_-cf1-1-ana-Joe_Biden)"),
        ("on", "ADP", "IN", 5, "case", ""),
        ("Monday", "PROPN", "NNP", 2, "obl", "(3-time-new-_-cf1-1-sgl)"),
    )
    assert names(document) == []


def test_unknown():
    document = sentence(
        ("YouTube", "PROPN", "NNP", 2, "nsubj", "(1-abstract-new-_-cf1-1-coref-YouTube)"),
        ("likes", "VERB", "VBZ", 0, "root", ""),
        ("Ford", "PROPN", "NNP", 4, "compound", "(2-object-new-_-cf1-2-sgl"),
        ("cars", "NOUN", "NNS", 2, "obj", "2)"),
    )
    assert names(document) == [("YouTube", None), ("Ford", None)]


def test_coordinated_names_are_marked_one_by_one():
    document = sentence(
        ("Ada", "PROPN", "NNP", 4, "nsubj", "(1-person-new-_-cf1-1,3-coref(2-person-new-_-cf2-1-coref)"),
        ("and", "CCONJ", "CC", 3, "cc", ""),
        ("Bob", "PROPN", "NNP", 1, "conj", "(3-person-new-_-cf3-1-coref)1)"),
        ("ran", "VERB", "VBD", 0, "root", ""),
    )
    assert names(document) == [("Ada", "PER"), ("Bob", "PER")]
    assert [(m.first, m.end) for m in mentions(document.sentences[0])] == [(0, 1), (2, 3), (0, 3)]


@pytest.mark.parametrize(
    ("entity", "message"),
    [
        ("1)", r"gum\.conllu:1: .*1\) closes nothing"),
        ("(1-person-new-_-cf1-1-coref", r"\(1 is never closed"),
        ("(1-person)", "no minimal span"),
        ("(1-person-new-_-cf1-9-coref)", "the minimal span leaves the mention"),
    ],
)
def test_bad_brackets(entity, message):
    with pytest.raises(ConlluError, match=message):
        gum_entities(sentence(("Ada", "PROPN", "NNP", 0, "root", entity)))
