"""A student learns from a teacher: the whole recipe, as its command runs it."""

import json

import pytest
from pipeline.tiny_bert import write_tiny_bert
from pipeline.toy import TREES

import nlpcore
from nlpcore.cli.run import run

from .test_silver import model, teacher  # noqa: F401 - fixtures

CONFIG = """
lang = "en"
name = "toy_student"
pipeline = ["tok2vec", "tagger", "morphologizer", "parser", "lemmatizer"]
[[train]]
conllu = "toy.conllu"
[dev]
conllu = "toy.conllu"
[components.tok2vec]
width = 32
depth = 2
rows = [200, 100, 100, 100]
[schedule]
epochs = 4
batch_words = 60
learn_rate = 0.01
gold_passes = 1
[meta]
version = "1.0.0"
license = "MIT"
[[meta.sources]]
name = "Toy"
license = "CC0"
"""


@pytest.fixture
def files(tmp_path):
    (tmp_path / "toy.conllu").write_text(TREES)
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.txt").write_text("Anna likes two dogs. Bob saw Berlin.\n" * 20)
    (tmp_path / "raw" / "b.txt").write_text("The dogs slept.\n" * 20)
    (tmp_path / "student.toml").write_text(CONFIG)
    return tmp_path


def distill(files, model, *options):  # noqa: F811
    given = ["distill", str(model), str(files / "raw"), str(files / "student.toml"), "--data", str(files)]
    return run([*given, "--output", str(files / "out"), "--processes", "1", *options])


def test_the_command_makes_silver_data_a_student_and_a_comparison(files, model, capsys):  # noqa: F811
    assert distill(files, model) == 0
    printed = capsys.readouterr().out
    scores = json.loads((files / "out" / "scores.json").read_text())
    assert list(scores["scores"]) == ["teacher", "student", "student without teacher"]
    assert scores["silver_words"] == 20 * 9 + 20 * 4
    for who, found in scores["scores"].items():
        assert who in printed
        assert 0 <= found["LAS"] <= 100
    student = nlpcore.load(files / "out" / "student")
    assert student("Anna likes Berlin.")[0].pos_
    names = [source["name"] for source in student.meta["sources"]]
    assert names[0] == "Toy"
    assert names[1].startswith("en_toy_teacher 1.0.0 (the teacher: it annotated 260 tokens")
    assert (files / "out" / "alone").is_dir()
    assert nlpcore.load(files / "out" / "alone").meta["sources"] == [{"name": "Toy", "license": "CC0"}]
    assert not list((files / "out").glob("*.checkpoint"))


def test_other_gold_data_words_and_a_baseline_can_be_given(files, model, capsys):  # noqa: F811
    (files / "gold.conllu").write_text(TREES)
    (files / "toy.conllu").write_text(TREES)
    options = [
        "--gold",
        str(files / "gold.conllu"),
        "--words",
        "50",
        "--baseline",
        str(model),
        "--certain",
        "0",
    ]
    assert distill(files, model, *options, "--schedule.epochs", "1", "--silver", str(files / "silver")) == 0
    scores = json.loads((files / "out" / "scores.json").read_text())
    assert scores["scores"]["student without teacher"] == scores["scores"]["teacher"]
    assert 50 <= scores["silver_words"] < 100
    assert not (files / "out" / "alone").exists()
    assert list((files / "silver").glob("*.silver"))


def test_what_is_missing_is_said(files, model, capsys):  # noqa: F811
    (files / "raw" / "a.txt").unlink()
    (files / "raw" / "b.txt").unlink()
    assert distill(files, model) != 0
    assert "no files of text" in capsys.readouterr().err
    assert distill(files, "nowhere_at_all") != 0


def test_silver_data_teaches_what_the_treebank_does_not_show(files, model):  # noqa: F811
    (files / "gold.conllu").write_text(TREES.partition("# text = Bob")[0])
    (files / "raw" / "c.txt").write_text("Anna sees two dogs. Bob likes Berlin.\nAnna saw Berlin.\n" * 20)
    assert distill(files, model, "--gold", str(files / "gold.conllu"), "--schedule.epochs", "8") == 0
    scores = json.loads((files / "out" / "scores.json").read_text())["scores"]
    assert scores["student"]["UPOS"] > scores["student without teacher"]["UPOS"]


def test_the_whole_recipe_from_a_transformers_files_to_a_student(files, capsys):
    for module in ("torch", "tokenizers", "safetensors"):
        pytest.importorskip(module)
    tiny = write_tiny_bert(files / "tiny")
    settings = CONFIG[: CONFIG.index("[components")] + CONFIG[CONFIG.index("[schedule]") :]
    for old, new in (("tok2vec", "transformer"), ('"parser', '"graph_parser'), ("student", "trf")):
        settings = settings.replace(old, new)
    (files / "teacher.toml").write_text(settings)
    given = ["train", str(files / "teacher.toml"), str(files / "teacher"), "--data", str(files)]
    given += ["--components.transformer.source", str(tiny), "--schedule.encoder_learn_rate", "0.003"]
    schedule = {"epochs": 150, "evaluate_every": 75, "dropout": 0}
    assert run(given + [part for key in schedule for part in (f"--schedule.{key}", str(schedule[key]))]) == 0
    assert distill(files, files / "teacher") == 0
    scores = json.loads((files / "out" / "scores.json").read_text())["scores"]
    assert scores["teacher"]["LAS"] > 50
    assert scores["teacher"]["UPOS"] > 90
    names = [source["name"] for source in nlpcore.load(files / "out" / "student").meta["sources"]]
    assert names[1].startswith("en_toy_trf 1.0.0")
