"""The training loop and the run that a configuration file describes."""

import json

import numpy as np
import pytest
from pipeline.toy import SMALL_ENCODER, TREES, toy_examples

import nlpcore
from nlpcore import errors
from nlpcore.training import read_config, train, train_pipeline
from nlpcore.training.lexical_pretraining import fit_to_vectors
from nlpcore.training.settings import Schedule
from nlpcore.vocab.vector_files import read_vector_file

CONFIG = """
lang = "en"
name = "toy"
pipeline = ["tok2vec", "tagger", "parser", "ner"]

[[train]]
conllu = "toy.conllu"

[[train]]
ner = "toy.iob2"

[dev]
conllu = "toy.conllu"

[vectors]
path = "toy.vec"
passes = 2

[components.tok2vec]
width = 32
depth = 2
rows = [200, 100, 100, 100]

[schedule]
seed = 7
epochs = 30
batch_words = 10
learn_rate = 0.01
warmup_steps = 2
dropout = 0.0

[meta]
version = "1.0.0"
license = "CC0"
"""
IOB = "Anna\tB-PER\nmet\tO\nBob\tB-PER\n.\tO\n\nBerlin\tB-LOC\nsleeps\tO\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "toy.conllu").write_text(TREES)
    (tmp_path / "toy.iob2").write_text(IOB)
    (tmp_path / "toy.toml").write_text(CONFIG)
    rng = np.random.default_rng(0)
    words = ["the", "dogs", "Anna", "bob", "berlin"]
    (tmp_path / "toy.vec").write_text(
        "".join(f"{w} {' '.join(map(str, rng.normal(size=8)))}\n" for w in words)
    )
    return tmp_path


def initialized(components=("tagger", "parser")):
    nlp = nlpcore.blank("en")
    nlp.add_pipe("tok2vec", config=SMALL_ENCODER)
    for name in components:
        nlp.add_pipe(name)
    examples = toy_examples(nlp)
    nlp.initialize(lambda: examples)
    return nlp, examples


def weights(nlp):
    return {(name, key): tensor for name, pipe in nlp.pipeline for key, tensor in pipe.get_state()[1].items()}


def test_a_configuration_file_makes_a_pipeline_that_knows_its_data(folder):
    stages, seen = [], []
    nlp, result = train_pipeline(
        read_config(folder / "toy.toml"), folder, on_stage=stages.append, on_progress=seen.append
    )
    assert result.best_scores["LAS"] > 90
    assert result.best_scores["XPOS"] > 90
    assert nlp.meta["performance"] == result.best_scores
    assert (nlp.meta["lang"], nlp.meta["name"], nlp.meta["version"]) == ("en", "toy", "1.0.0")
    assert [entity.label_ for entity in nlp("Anna met Bob .").ents] == ["PER", "PER"]
    assert stages[-1] == "training"
    assert {progress.epoch for progress in seen} == set(range(1, 31))
    json.dumps(result.to_dict())


def test_what_a_corpus_is_said_not_to_know_teaches_nothing(folder):
    text = CONFIG.replace('"parser"', '"morphologizer", "lemmatizer"')
    text = text.replace('conllu = "toy.conllu"', 'conllu = "toy.conllu"\nunknown = ["feats", "xpos"]', 1)
    (folder / "toy.toml").write_text(text.replace('"tagger", ', ""))
    nlp, _ = train_pipeline(read_config(folder / "toy.toml", {"schedule.epochs": 2}), folder)
    labels = nlp.get_pipe("morphologizer").labels
    assert sorted(labels) == ["POS=DET", "POS=NOUN", "POS=NUM", "POS=PROPN", "POS=PUNCT", "POS=VERB"]


def test_a_corpus_that_is_read_twice_has_each_word_once_in_labels_and_tables(folder):
    seen = []

    def trained(repeat):
        (folder / "toy.toml").write_text(
            CONFIG.replace('"parser"', '"lemmatizer"').replace(
                "[[train]]", f"[[train]]\nrepeat = {repeat}", 1
            )
        )
        config = read_config(folder / "toy.toml", {"schedule.epochs": 1})
        nlp, _ = train_pipeline(config, folder, on_progress=seen.append)
        return nlp.get_pipe("lemmatizer")

    once, words = trained(1), seen[-1].words_in_pass
    twice = trained(2)
    assert (twice.label_data, twice.lookup) == (once.label_data, once.lookup)
    assert seen[-1].words_in_pass == 2 * words - 6


def test_equal_seeds_give_equal_weights_and_others_do_not():
    def run(seed):
        nlp, examples = initialized()
        train(nlp, examples, schedule=Schedule(seed=seed, epochs=3, batch_words=8))
        return weights(nlp)

    first, again, other = run(3), run(3), run(4)
    assert all((first[key] == again[key]).all() for key in first)
    assert any((first[key] != other[key]).any() for key in first)


def test_the_best_model_is_kept_not_the_last():
    nlp, examples = initialized()
    snapshots = []
    scores = iter([1.0, 5.0, 2.0])

    def evaluate(pipeline):
        snapshots.append({key: tensor.copy() for key, tensor in weights(pipeline).items()})
        return {"LAS": next(scores)}

    result = train(nlp, examples, evaluate=evaluate, schedule=Schedule(epochs=3, batch_words=8))
    assert result.best_epoch == 2
    assert result.best_scores == {"LAS": 5.0}
    kept = weights(nlp)
    assert all((kept[key] == snapshots[1][key]).all() for key in kept)
    assert any((kept[key] != snapshots[2][key]).any() for key in kept)


def test_nothing_to_learn_from_is_an_error():
    nlp, _ = initialized()
    with pytest.raises(errors.NothingToLearnError, match="empty"):
        train(nlp, [])
    with pytest.raises(errors.NothingToLearnError, match="component"):
        train(nlpcore.blank("en"), toy_examples(nlpcore.blank("en")))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("seed = 7", "sede = 7", "sede"),
        ("seed = 7", 'seed = "7"', "seed must be of type int"),
        ("epochs = 30", "epochs = true", "epochs"),
        ('lang = "en"', "", "lang"),
        ("[[train]]", "[[trian]]", "train"),
        ('conllu = "toy.conllu"', "gum = true", "needs"),
        ("[vectors]", "[vectors", "line"),
        ('conllu = "toy.conllu"', 'conllu = "toy.conllu"\nunknown = ["feat"]', "feats"),
    ],
)
def test_settings_that_make_no_run_are_named(folder, old, new, complaint):
    path = folder / "bad.toml"
    path.write_text(CONFIG.replace(old, new))
    with pytest.raises(errors.TrainingSettingsError, match=complaint) as caught:
        read_config(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_lexemes_come_to_predict_their_vectors(folder):
    nlp, _ = initialized()
    encoder = nlp.get_pipe("tok2vec").model
    words, vectors = read_vector_file(folder / "toy.vec")
    steps = []
    cosine = fit_to_vectors(
        encoder, nlp.vocab, words, vectors, passes=40_000, on_step=lambda *step: steps.append(step)
    )
    assert cosine > 0.9
    assert steps[-1][0] == steps[-1][1] == 100
