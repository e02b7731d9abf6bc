"""Annotation that does not fit the tokens is counted and listed."""

import pytest

import nlpcore
from nlpcore.errors import CorpusError
from nlpcore.training import Example, lost_annotation
from nlpcore.training.api import read_examples


@pytest.fixture(scope="module")
def nlp():
    return nlpcore.blank("en")


def test_nothing_is_lost_on_the_same_tokens(nlp):
    doc = nlp.make_doc("Ann sleeps.")
    example = Example.from_dict(doc, {"tags": ["A", "B", "C"], "entities": [(0, 3, "PER")]})
    lost = lost_annotation([example])
    assert not lost
    assert str(lost) == "no annotation is lost"
    assert lost.totals == {"tags": 3, "entities": 1}


def test_tags_of_other_tokens_are_lost(nlp):
    reference = nlpcore.tokens.Doc(
        nlp.vocab, words=["mother", "in", "law", "left"], spaces=[False, False, True, False],
        tags=["N", "P", "N", "V"],
    )  # fmt: skip
    example = Example(
        nlpcore.tokens.Doc(nlp.vocab, words=["motherinlaw", "left"], spaces=[True, False]), reference
    )
    lost = lost_annotation([example])
    assert lost.counts == {"tags": 3}
    assert len(lost.places) == 3
    assert lost.places[1] == "token in example 0, characters 6 to 8: mother[in]law left"


def test_entities_inside_of_tokens_are_lost_and_listed(nlp, tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text(
        '{"text": "Annabel met Ann.", "entities": [[0, 3, "PER"], [12, 15, "PER"]]}\n{"text": "No one."}\n'
    )
    lost = lost_annotation(read_examples(nlp, path))
    assert (lost.counts["entities"], lost.totals["entities"]) == (1, 2)
    assert lost.places == ["entity PER in example 0, characters 0 to 3: [Ann]abel met Ann."]
    assert "1 of 2 entities" in str(lost)


def test_white_space_at_the_ends_of_entities_does_not_count(nlp, tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text('{"text": "Ann left.", "entities": [[0, 4, "PER"]]}\n')
    (example,) = read_examples(nlp, path)
    assert [ent.text for ent in example.reference.ents] == ["Ann"]
    path.write_text('{"text": "Ann  left.", "entities": [[3, 5, "PER"]]}\n')
    with pytest.raises(CorpusError, match="white space"):
        list(read_examples(nlp, path))
