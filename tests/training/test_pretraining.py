"""Encoders that have read raw text."""

import gzip

import numpy as np
import pytest
from pipeline.toy import SMALL_ENCODER

import nlpcore
from nlpcore.cli.run import run
from nlpcore.errors import NothingToLearnError, RawTextError, TrainingSettingsError
from nlpcore.pipeline.trainable_pipe import find_encoder
from nlpcore.training.pretraining import Pretraining, batches, frequent_words, inputs, pretrain
from nlpcore.training.text_files import raw_lines

TEXTS = ["the cat sat on the mat", "a dog ran to the park", "", "the cat ran and the dog sat"] * 20


def encoder_pipeline():
    nlp = nlpcore.blank("en")
    nlp.add_pipe("tok2vec", config=SMALL_ENCODER)
    return nlp


def test_hidden_words_are_learned_from_those_around_them():
    nlp = encoder_pipeline()
    heard = []
    settings = Pretraining(words=20_000, classes=50, batch_words=50, learn_rate=0.01, warmup_steps=5)
    result = pretrain(nlp, lambda: TEXTS * 60, settings, on_progress=lambda *progress: heard.append(progress))
    assert 20_000 <= result.words < 20_100
    assert result.loss < heard[5][1] / 2
    assert result.accuracy > 0.5
    assert heard[-1] == (result.words, result.loss, result.accuracy)
    assert find_encoder(nlp).is_ready


def test_equal_seeds_give_equal_encoders_and_others_do_not():
    found = []
    for seed in (1, 1, 2):
        nlp = encoder_pipeline()
        pretrain(nlp, lambda: TEXTS, Pretraining(words=300, batch_words=50, seed=seed))
        found.append({key: value.copy() for key, value in find_encoder(nlp).parameters().items()})
    assert all((found[0][key] == found[1][key]).all() for key in found[0])
    assert any((found[0][key] != found[2][key]).any() for key in found[0])


def test_it_goes_on_with_an_encoder_that_is_ready():
    nlp = encoder_pipeline()
    pretrain(nlp, lambda: TEXTS, Pretraining(words=300, batch_words=50))
    before = find_encoder(nlp).parameters()["0.tok2vec.gaps"].copy()
    pretrain(nlp, lambda: TEXTS, Pretraining(words=50, batch_words=50, learn_rate=0.0))
    assert (find_encoder(nlp).parameters()["0.tok2vec.gaps"] == before).all()


def test_the_most_frequent_words_are_told_apart():
    nlp = nlpcore.blank("en")
    (found,) = frequent_words(nlp, TEXTS, 1).tolist()
    assert found == nlp.vocab.strings.add("the")
    assert len(frequent_words(nlp, TEXTS, 100)) == len(set(" ".join(TEXTS).split()))


def test_long_texts_are_cut_and_empty_ones_left_out():
    nlp = nlpcore.blank("en")
    sizes = [len(gaps) for _, gaps in inputs(nlp, ["word " * 450, ""])]
    assert sizes == [200, 200, 50]
    parts = list(batches(inputs(nlp, TEXTS), 20))
    assert [len(np.concatenate([gaps for _, gaps in part])) >= 20 for part in parts[:-1]]


def test_what_cannot_be_done_is_refused():
    with pytest.raises(TrainingSettingsError, match="no component tok2vec"):
        pretrain(nlpcore.blank("en"), lambda: TEXTS)
    with pytest.raises(TrainingSettingsError, match="hidden is 2"):
        pretrain(encoder_pipeline(), lambda: TEXTS, Pretraining(hidden=2))
    with pytest.raises(NothingToLearnError):
        pretrain(encoder_pipeline(), lambda: [])


def test_files_take_turns_and_broken_ones_are_named(tmp_path):
    (tmp_path / "a.txt").write_text("".join(f"a{i}\n\n" for i in range(25)))
    with gzip.open(tmp_path / "b.txt.gz", "wt") as file:
        file.write("b0\nb1\n")
    lines = list(raw_lines([tmp_path / "a.txt", tmp_path / "b.txt.gz"]))
    assert lines == [f"a{i}" for i in range(20)] + ["b0", "b1"] + [f"a{i}" for i in range(20, 25)]
    (tmp_path / "bad.txt").write_bytes(b"fine\n\xff\n")
    with pytest.raises(RawTextError, match=r"bad\.txt, line 2"):
        list(raw_lines([tmp_path / "bad.txt"]))
    data = (tmp_path / "b.txt.gz").read_bytes()
    (tmp_path / "c.txt.gz").write_bytes(data[:-9])
    with pytest.raises(RawTextError, match="breaks off"):
        list(raw_lines([tmp_path / "c.txt.gz"]))


def test_the_command_writes_a_model_that_runs_begin_with(tmp_path):
    raw = tmp_path / "raw.txt"
    raw.write_text("\n".join(TEXTS))
    config = tmp_path / "c.toml"
    config.write_text("[components.tok2vec]\nwidth = 16\ndepth = 1\nrows = [50, 50, 50, 50]\n")
    arguments = ["pretrain", str(tmp_path / "m"), str(raw), "--config", str(config), "--words", "300"]
    assert run(arguments) == 0
    nlp = nlpcore.load(tmp_path / "m")
    assert nlp.pipe_names == ["tok2vec"]
    assert nlp.meta["name"] == "starter_tok2vec"
    assert nlp("the cat sat").tensor.shape == (3, 16)
    arguments[1] = str(tmp_path / "again")
    assert run([*arguments, "--init", str(tmp_path / "m")]) == 0
    assert run(["pretrain", str(tmp_path / "x"), str(tmp_path / "nowhere.txt")]) == 1
