"""``nlpcore.train``: from examples to a pipeline that knows them, in one call."""

import json

import pytest
from pipeline.toy import SMALL_ENCODER, TREES, toy_examples

import nlpcore
from nlpcore.errors import ExampleTypeError, NothingToLearnError, TrainingSettingsError
from nlpcore.training import Example

FAST = {"learn_rate": 0.01, "batch_words": 5, "dropout": 0.0, "warmup_steps": 2}
GADGETS = [
    ("I bought a Foomatic today.", 11, 19),
    ("The Barmatic broke.", 4, 12),
    ("She has a Bazmatic.", 10, 18),
]


def blank(*names):
    nlp = nlpcore.blank("en")
    nlp.add_pipe("tok2vec", config=SMALL_ENCODER)
    for name in names:
        nlp.add_pipe(name)
    return nlp


def gadgets(nlp):
    return [Example.from_dict(nlp.make_doc(text), {"entities": [(a, b, "GADGET")]}) for text, a, b in GADGETS]


def test_a_blank_pipeline_learns_its_examples(tmp_path):
    nlp = blank("tagger", "parser", "ner")
    log = tmp_path / "log.jsonl"
    report = nlpcore.train(nlp, toy_examples, toy_examples, epochs=30, output=tmp_path / "m", log=log, **FAST)
    assert report.before == {}
    assert report.after["dep_las"] == report.after["tag_acc"] == report.after["ents_f"] == 1.0
    assert report.by_label() == [("LOC", None, 1.0), ("PER", None, 1.0)]
    assert "ents_f" in str(report)
    assert len(log.read_text().splitlines()) == len(report.history) == 30
    assert json.loads(log.read_text().splitlines()[0])["scores"].keys() >= {"dep_las", "tag_acc"}
    again = nlpcore.load(tmp_path / "m")
    assert [ent.text for ent in again("Anna likes Berlin.").ents] == ["Anna", "Berlin"]
    assert again.meta["performance"]["ents_f"] == 1.0
    assert [path.name for path in tmp_path.iterdir() if "checkpoint" in path.name] == []


def test_a_loaded_model_goes_on_and_gets_new_labels():
    nlp = nlpcore.load("en_core_web_sm")
    examples = gadgets(nlp)
    kept = {name: nlp.get_pipe(name).get_state()[1] for name in ("tok2vec", "parser", "tagger", "lemmatizer")}
    lemmas = dict(nlp.get_pipe("lemmatizer").lookup)
    others = [name for name in nlp.pipe_names if name != "ner"]
    report = nlpcore.train(nlp, examples, examples, frozen=others, epochs=30, **FAST)
    assert report.before["ents_f"] < report.after["ents_f"]
    assert [(ent.text, ent.label_) for ent in nlp("The Barmatic broke.").ents] == [("Barmatic", "GADGET")]
    assert {"PER", "ORG", "LOC"} < set(nlp.get_pipe("ner").labels)
    for name, before in kept.items():
        assert all((tensor == before[key]).all() for key, tensor in nlp.get_pipe(name).get_state()[1].items())
    assert nlp.get_pipe("lemmatizer").lookup == lemmas


def test_a_component_that_was_added_to_a_loaded_model_begins_anew():
    nlp = nlpcore.load("en_core_web_sm", exclude=["parser", "lemmatizer", "morphologizer"])
    nlp.add_pipe("senter")
    report = nlpcore.train(
        nlp, toy_examples, toy_examples, frozen=["tok2vec", "tagger", "ner"], **FAST, epochs=20
    )
    assert report.after["sents_f"] > 0.5


def test_files_are_read(tmp_path):
    trees = tmp_path / "toy.conllu"
    trees.write_text(TREES)
    (tmp_path / "toy.iob2").write_text("Anna\tB-PER\nmet\tO\nBob\tB-PER\n.\tO\n\nBerlin\tB-LOC\nsleeps\tO\n")
    report = nlpcore.train(
        blank("tagger"), tmp_path / "toy.conllu", tmp_path / "toy.conllu", epochs=30, **FAST
    )
    assert report.after["tag_acc"] > 0.9
    report = nlpcore.train(blank("ner"), str(tmp_path / "toy.iob2"), epochs=2, **FAST)
    assert report.after == {}


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"epoch": 3}, "Did you mean 'epochs'"),
        ({"dropout": 2.0}, "dropout is 2.0"),
        ({"epochs": "x"}, "epochs is 'x'"),
    ],
)
def test_settings_that_make_no_sense_are_named(settings, reason):
    with pytest.raises(TrainingSettingsError, match=reason):
        nlpcore.train(blank("tagger"), toy_examples, **settings)


def test_what_gives_no_examples_is_refused():
    with pytest.raises(ExampleTypeError):
        nlpcore.train(blank("tagger"), ["a text"])
    with pytest.raises(FileNotFoundError):
        nlpcore.train(blank("tagger"), "nowhere.conllu")
    with pytest.raises((NothingToLearnError, ValueError)):
        nlpcore.train(blank("tagger"), [])
