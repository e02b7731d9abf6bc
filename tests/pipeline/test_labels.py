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


def test_where_features_are_unset_the_part_of_speech_alone_is_learned():
    nlp = nlpcore.blank("en")
    morphologizer = nlp.add_pipe("morphologizer")

    def example(pos, morphs):
        doc = nlp.make_doc("dogs see it")
        reference = nlpcore.tokens.Doc(nlp.vocab, words=["dogs", "see", "it"], pos=pos, morphs=morphs)
        return Example(doc, reference)

    known = example(["NOUN", "VERB", "PRON"], ["Number=Plur", "_", "Case=Acc"])
    partly = example(["NOUN", "VERB", "X"], None)
    morphologizer.add_labels_from([known, partly])
    assert morphologizer.labels == ("Number=Plur|POS=NOUN", "POS=VERB", "Case=Acc|POS=PRON", "POS=X")
    assert morphologizer.make_targets(known).tolist() == [0, 1, 2]
    open_ = morphologizer.make_targets(partly)
    assert (open_ < -1).all()
    assert len(set(open_.tolist())) == 3
    # One that the labels do not have teaches nothing.
    assert morphologizer.make_targets(example(["INTJ"] * 3, None)) is None


def test_supertags_of_unset_features_are_all_that_agree_otherwise():
    nlp = nlpcore.blank("en")
    encoder = nlp.add_pipe("tok2vec")
    nlp.add_pipe("tagger")

    def example(morphs):
        values = {"tags": ["A", "B"], "pos": ["NOUN", "VERB"], "heads": [1, 1], "deps": ["nsubj", "ROOT"]}
        given = {} if morphs is None else {"morphs": morphs}
        return Example.from_dict(nlp.make_doc("dogs see"), {**values, **given})

    known = [example(["Number=Plur", "_"]), example(["Number=Sing", "_"])] * 5
    nlp.initialize(lambda: [*known, *[example(None)] * 10])
    assert len(encoder.supertags) == 3
    first, second = (encoder.make_targets(e)["supertag"].tolist() for e in known[:2])
    assert first[0] != second[0]
    assert first[1] == second[1] >= 0
    open_ = encoder.make_targets(example(None))["supertag"]
    assert (open_ < -1).all()
    nlp.update([example(None)], losses=(losses := {}))
    assert losses["tok2vec"] > 0
    # Without any features there is a supertag for each pair.
    nlp.initialize(lambda: [example(None)] * 10)
    assert len(encoder.supertags) == 2
    assert encoder.make_targets(example(None))["supertag"].tolist() == [0, 1]


def test_features_stay_where_parts_of_speech_alone_are_taught():
    nlp = nlpcore.blank("en")
    nlp.add_pipe("morphologizer", config={"label_smoothing": 0.0})
    words, pos = ["dogs", "see"], ["NOUN", "VERB"]
    doc = nlpcore.tokens.Doc(nlp.vocab, words=words, pos=pos, morphs=["Number=Plur", "_"])
    known = Example(nlp.make_doc("dogs see"), doc)
    optimizer = nlp.initialize(lambda: [known])
    for _ in range(40):
        nlp.update([known], sgd=optimizer)
    bare = nlpcore.tokens.Doc(nlp.vocab, words=words, pos=pos)
    for _ in range(40):
        nlp.update([Example(nlp.make_doc("dogs see"), bare)], sgd=optimizer)
    assert [(token.pos_, str(token.morph)) for token in nlp("dogs see")] == [
        ("NOUN", "Number=Plur"),
        ("VERB", ""),
    ]


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
