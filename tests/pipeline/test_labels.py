"""What is said of labels, and what happens without them."""

import numpy as np
import pytest

import nlpcore
from nlpcore.training import Example


def test_a_label_is_a_string():
    for name in ("tagger", "ner"):
        with pytest.raises(ValueError, match="string"):
            nlpcore.blank("en").add_pipe(name).add_label(5)


def test_labels_of_parser_and_ner_are_sorted():
    nlp = nlpcore.blank("en")
    ner, parser = nlp.add_pipe("ner"), nlp.add_pipe("parser")
    for label in ("ORG", "LOC", "ORG"):
        ner.add_label(label)
    for label in ("nsubj", "advmod"):
        parser.add_label(label)
    assert ner.labels == ("LOC", "ORG")
    assert ner.label_data == ("ORG", "LOC")
    assert list(parser.labels) == sorted(parser.labels)


def test_a_tagger_without_labels_cannot_be_initialized():
    nlp = nlpcore.blank("en")
    nlp.add_pipe("tagger")
    with pytest.raises(ValueError, match="no labels"):
        nlp.initialize()


def test_a_list_of_ones_and_zeros_teaches_sentence_starts():
    nlp = nlpcore.blank("en")
    senter = nlp.add_pipe("senter")
    doc = nlp.make_doc("I do . You do .")
    known = Example.from_dict(doc, {"sent_starts": [1, 0, 0, 1, 0, 0]})
    assert senter.gold_labels(known) == ["S", "I", "I", "S", "I", "I"]
    assert senter.gold_labels(Example.from_dict(doc, {})) == [None] * 6


def test_initialize_needs_an_example():
    nlp = nlpcore.blank("en")
    nlp.add_pipe("ner")
    with pytest.raises(TypeError, match="without Examples"):
        nlp.initialize(lambda: [])


def test_entities_that_are_there_stay():
    nlp = nlpcore.blank("en")
    ruler, ner = nlp.add_pipe("entity_ruler"), nlp.add_pipe("ner")
    examples = [Example.from_dict(nlp.make_doc("I like New York and Rome"), {"entities": ["O"] * 6})]
    ner.add_label("LOC")
    nlp.initialize(lambda: examples)
    ruler.add_patterns([{"label": "RULE", "pattern": "York", "id": "y"}])
    doc = ruler(nlp.make_doc("I like New York and Rome"))
    ner.set_annotations([doc], [np.array([[2, 4, 0], [5, 6, 0]], dtype="int32")])
    assert [(ent.text, ent.label_, ent.ent_id_) for ent in doc.ents] == [
        ("York", "RULE", "y"),
        ("Rome", "LOC", ""),
    ]
