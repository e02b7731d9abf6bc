"""The configuration that ``nlpcore init config`` writes."""

from dataclasses import asdict, fields

import pytest

from nlpcore.errors import TrainingSettingsError, UnknownLanguageError
from nlpcore.training import read_config
from nlpcore.training.config_text import MEANING, config_text
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


def test_what_is_unknown_is_refused():
    with pytest.raises(UnknownLanguageError):
        config_text("english?")
    with pytest.raises(TrainingSettingsError, match="tager"):
        config_text("en", ["tager"])
