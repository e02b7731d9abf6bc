from pathlib import Path

import pytest

import nlpcore
from nlpcore import util


def test_settings_travel_as_text_and_file(tmp_path):
    nlp = nlpcore.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.config.to_disk(tmp_path / "config.cfg")
    config = util.load_config(tmp_path / "config.cfg", overrides={"nlp.batch_size": 7})
    assert config["nlp"]["pipeline"] == ["sentencizer"]
    assert util.load_model_from_config(config).batch_size == 7
    assert util.load_config_from_str('[nlp]\nlang = "en"\n')["nlp"] == {"lang": "en"}
    with pytest.raises(ValueError, match="no language"):
        util.load_model_from_config({"nlp": {}})


def test_a_pipeline_is_loaded_from_its_directory(tmp_path):
    nlpcore.blank("xx").to_disk(tmp_path / "model")
    assert util.load_model_from_path(tmp_path / "model").lang == "xx"
    with pytest.raises(OSError, match="nothing"):
        util.load_model_from_path(tmp_path / "nothing")


def test_directories_for_a_while():
    before = Path.cwd()
    with util.make_tempdir() as path:
        with util.working_dir(path) as current:
            assert Path.cwd() == current == path.resolve()
        assert Path.cwd() == before
    assert not path.exists()


def test_language_classes_that_are_there():
    util.get_lang_class("en")
    assert util.lang_class_is_loaded("en")
    assert not util.lang_class_is_loaded("qqq")
