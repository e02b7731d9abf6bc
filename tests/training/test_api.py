"""``nlpcore.train``: from examples to a pipeline that knows them, in one call."""

import json

import pytest
from pipeline.toy import SMALL_ENCODER, TREES, toy_examples

import nlpcore
from nlpcore.errors import ExampleTypeError, NothingToLearnError, RehearsalError, TrainingSettingsError
from nlpcore.training import Example
from nlpcore.training.api import make_schedule

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
    before = {name: nlp.get_pipe(name).to_bytes() for name in nlp.pipe_names}
    report = nlpcore.train(nlp, examples, examples, epochs=30, **FAST)
    assert report.before["ents_f"] < report.after["ents_f"]
    assert [(ent.text, ent.label_) for ent in nlp("The Barmatic broke.").ents] == [("Barmatic", "GADGET")]
    assert report.added == "ner_2"
    assert "ner_2" in str(report)
    assert nlp.get_pipe("ner_2").labels == ("GADGET",)
    assert {name: nlp.get_pipe(name).to_bytes() for name in before} == before
    assert {example.known_entity_labels for example in examples} == {None}  # the caller's are as they were


def test_a_model_with_a_recognizer_of_its_own_for_new_types_is_stored_and_goes_on(tmp_path):
    nlp = nlpcore.load("en_core_web_sm")
    nlpcore.train(nlp, gadgets(nlp), epochs=30, output=tmp_path / "m", **FAST)
    again = nlpcore.load(tmp_path / "m")
    text = "The Barmatic broke when Ann Smith was in Oslo."
    assert [(ent.text, ent.label_) for ent in again(text).ents] == [
        (ent.text, ent.label_) for ent in nlp(text).ents
    ]
    assert "GADGET" in {ent.label_ for ent in again(text).ents}
    # More examples of a type that it has by now go to the recognizer that has it.
    report = nlpcore.train(again, gadgets(again), epochs=1, **FAST)
    assert report.added is None
    assert again.pipe_names == nlp.pipe_names


def test_new_types_again_and_again_leave_all_that_was_there_as_it_is():
    nlp = nlpcore.load("en_core_web_sm")
    for number, label in ((2, "GADGET"), (3, "TOOL")):
        before = {name: nlp.get_pipe(name).to_bytes() for name in nlp.pipe_names}
        examples = [
            Example.from_dict(nlp.make_doc(text), {"entities": [(a, b, label)]}) for text, a, b in GADGETS
        ]
        assert nlpcore.train(nlp, examples, epochs=1, **FAST).added == f"ner_{number}"
        assert {name: nlp.get_pipe(name).to_bytes() for name in before} == before
    # Who goes on with one of them leaves the others alone.
    before = {name: nlp.get_pipe(name).to_bytes() for name in nlp.pipe_names}
    assert nlpcore.train(nlp, gadgets(nlp), epochs=1, **FAST).added is None
    changed = [name for name, data in before.items() if nlp.get_pipe(name).to_bytes() != data]
    assert changed == ["ner_2"]


def test_a_loaded_model_may_be_allowed_to_forget():
    nlp = nlpcore.load("en_core_web_sm", exclude=["lemmatizer", "parser", "morphologizer", "tagger"])
    report = nlpcore.train(nlp, gadgets(nlp), epochs=1, rehearse=False, **FAST)
    assert report.added is None
    assert {"PER", "ORG", "LOC", "GADGET"} == set(nlp.get_pipe("ner").labels)


def test_what_is_learned_in_place_is_rehearsed():
    nlp = nlpcore.load("en_core_web_sm")
    examples = [Example.from_dict(nlp.make_doc("Ann sleeps ."), {"tags": ["FW", "FW", "FW"]})]
    texts = ["Ann bought two tickets to Oslo.", "Bob, who sleeps in Berlin, was there.", "They left."]
    settings = {**FAST, "learn_rate": 0.003, "epochs": 20}
    report = nlpcore.train(nlp, examples, rehearse=texts, **settings)
    assert [token.tag_ for token in nlp("Ann sleeps .")] == ["FW", "FW", "FW"]
    other = nlpcore.load("en_core_web_sm")
    forgets = nlpcore.train(other, examples, rehearse=False, **settings)
    original = nlpcore.load("en_core_web_sm")

    def tags(pipeline):
        return [token.tag_ for text in texts for token in pipeline(text)]

    same = [sum(a == b for a, b in zip(tags(p), tags(original), strict=True)) for p in (nlp, other)]
    assert same[0] > same[1]
    assert report.kept["tag_acc"] > 0.7
    assert forgets.kept == {}


def test_a_model_that_does_not_know_its_texts_asks_for_some():
    nlp = nlpcore.load("en_core_web_sm")
    nlp.get_pipe("ner").profile = None
    with pytest.raises(RehearsalError, match="rehearse="):
        nlpcore.train(nlp, gadgets(nlp), epochs=1)
    assert nlp.pipe_names == nlpcore.load("en_core_web_sm").pipe_names
    nlpcore.train(nlp, gadgets(nlp), epochs=1, rehearse=["Ann sleeps in Oslo.", "Bob reads a letter."])
    assert "ner_2" in nlp.pipe_names


def test_what_fails_leaves_the_pipeline_as_it_was(tmp_path):
    nlp = nlpcore.load("en_core_web_sm")
    names = list(nlp.pipe_names)

    def stop(progress):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        nlpcore.train(nlp, gadgets(nlp), on_progress=stop, epochs=2, **FAST)
    assert nlp.pipe_names == names
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        nlpcore.train(nlp, gadgets(nlp), output=tmp_path / "file" / "m", epochs=1, **FAST)
    assert nlp.pipe_names == names


def test_the_progress_is_shown_where_that_is_wanted(capsys):
    nlp = blank("tagger")
    nlpcore.train(nlp, toy_examples, toy_examples, epochs=2, show=True, **FAST)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["pass", "words/s", "tag_acc"]
    assert [line.split()[0] for line in lines[1:3]] == ["1", "2"]
    nlpcore.train(blank("tagger"), toy_examples, epochs=1, show=True, **FAST)
    nlpcore.train(blank("tagger"), toy_examples, epochs=1, **FAST)
    assert "tag_acc" not in capsys.readouterr().out


def test_the_settings_of_a_run_are_in_the_metadata_of_its_model(tmp_path):
    nlp = blank("tagger")
    nlpcore.train(nlp, toy_examples, epochs=2, output=tmp_path / "m", **FAST)
    training = nlpcore.load(tmp_path / "m").meta["training"]
    assert training["schedule"]["epochs"] == 2
    assert training["schedule"]["learn_rate"] == FAST["learn_rate"]


@pytest.mark.parametrize("loaded", [True, False])
@pytest.mark.parametrize("annotation", [{}, {"entities": []}])
def test_examples_without_labels_are_refused(loaded, annotation):
    nlp = nlpcore.load("en_core_web_sm") if loaded else blank("ner")
    examples = [Example.from_dict(nlp.make_doc("It is late."), annotation)]
    if loaded and annotation:
        nlpcore.train(nlp, examples, epochs=1)  # that there are no entities is something to learn
    else:
        with pytest.raises(NothingToLearnError, match="no labels"):
            nlpcore.train(nlp, examples, epochs=1)


def test_annotation_that_does_not_fit_the_tokens_is_reported(tmp_path):
    nlp = blank("ner")
    path = tmp_path / "x.jsonl"
    path.write_text('{"text": "Annabel met Ann.", "entities": [[0, 3, "PER"], [12, 15, "PER"]]}\n')
    report = nlpcore.train(nlp, path, epochs=1)
    assert report.lost.counts["entities"] == 1
    assert "1 of 2 entities" in str(report)


@pytest.mark.parametrize("texts", [5, b"x", [1], [b"x"]])
def test_what_is_no_text_cannot_be_rehearsed(texts):
    nlp = nlpcore.load("en_core_web_sm")
    with pytest.raises(RehearsalError):
        nlpcore.train(nlp, gadgets(nlp), epochs=1, rehearse=texts)


def test_rehearsing_in_a_loop_teaches_what_the_model_gave():
    nlp = nlpcore.load("en_core_web_sm", exclude=["lemmatizer", "parser", "morphologizer", "ner"])
    text = "Ann bought two tickets to Oslo."
    before = [token.tag_ for token in nlp(text)]
    with pytest.raises(RehearsalError, match="resume_training"):
        nlp.rehearse([Example.from_dict(nlp.make_doc(text), {})])
    optimizer = nlp.resume_training()
    wrong = [Example.from_dict(nlp.make_doc(text), {"tags": ["FW"] * 7})]
    for _ in range(20):
        nlp.update(wrong, sgd=optimizer)
    assert [token.tag_ for token in nlp(text)] != before
    losses = {}
    for _ in range(60):
        nlp.rehearse([Example.from_dict(nlp.make_doc(text), {})], sgd=optimizer, losses=losses)
    assert losses["tagger"] > 0
    assert [token.tag_ for token in nlp(text)] == before


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


@pytest.mark.parametrize(("words", "size"), [(0, 10), (100, 10), (1_000, 50), (100_000, 200)])
def test_few_words_are_learned_in_small_batches(words, size):
    nlp = nlpcore.blank("en")
    assert make_schedule(nlp, {}, words, loaded=True).batch_words == size
    assert make_schedule(nlp, {"batch_words": 7}, words, loaded=True).batch_words == 7
