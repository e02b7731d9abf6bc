"""The configuration that ``nlpcore init config`` writes."""

from dataclasses import asdict, fields
from pathlib import Path

import pytest

from nlpcore.errors import TrainingSettingsError, UnknownLanguageError
from nlpcore.training import read_config
from nlpcore.training.config_text import MEANING, config_text, settings_text
from nlpcore.training.settings import Schedule


def test_it_is_read_back_as_the_defaults(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text(config_text("ru", ["tok2vec", "tagger", "ner"], "mine"), encoding="utf8")
    config = read_config(path)
    assert (config.lang, config.name, config.pipeline) == ("ru", "mine", ["tok2vec", "tagger", "ner"])
    assert asdict(config.schedule) == asdict(Schedule())
    assert set(config.components) == {"tok2vec", "tagger", "ner"}
    assert config.components["tok2vec"]["width"] == 96


def test_every_setting_is_there_and_explained():
    assert set(MEANING) == {field.name for field in fields(Schedule)}
    text = config_text("en")
    assert all(f"\n{name} = " in text for name in MEANING)


CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.toml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_the_settings_of_a_run_are_read_back(path, tmp_path):
    overrides = {
        "lang": "en",
        "name": "x",
        "schedule.epochs": 3,
        "schedule.augment": {"lower": 0.25},
        "schedule.learn_rate": 1e-05,
        "components.ner": {"hidden": 32},
        "meta.odd key": 'quoted "…"\n\t\\',
        "meta.sources": [{"name": "a b", "n": 1}],
    }
    if path.stem == "treebank":
        overrides |= {"train.conllu": "t.conllu", "dev.conllu": "d.conllu"}
        del overrides["components.ner"]
    config = read_config(path, overrides)
    again = tmp_path / "training.toml"
    again.write_text(settings_text(config), encoding="utf8")
    assert read_config(again) == config


def test_what_is_unknown_is_refused():
    with pytest.raises(UnknownLanguageError):
        config_text("english?")
    with pytest.raises(TrainingSettingsError, match="tager"):
        config_text("en", ["tager"])
