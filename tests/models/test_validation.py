"""What ``nlpcore validate`` says of the models of this machine."""

import pytest

from nlpcore.models import validate, validation

from .places import small_model


@pytest.fixture
def models(tmp_path, monkeypatch):
    monkeypatch.setenv("NLPCORE_MODELS", str(tmp_path))
    return tmp_path


def verdicts(name="en_tiny"):
    return {v.model.version: v for v in validate() if v.model.name == name}


def test_the_bundled_model_is_known_and_newest():
    bundled = next(v for v in validate() if v.model.kind == "bundled")
    assert bundled.sound
    assert validation.known_versions()[bundled.model.name][0] == bundled.model.version


def test_models_that_do_not_fit_come_with_the_command_that_mends_it(models):
    small_model(version="1.0.0").to_disk(models / "en_tiny-1.0.0")
    small_model(version="5.0.0").to_disk(models / "en_tiny-5.0.0")
    found = verdicts()
    assert found["1.0.0"].sound
    assert found["1.0.0"].found
    assert not found["5.0.0"].sound
    assert "nlpcore 5" in found["5.0.0"].advice
    assert "nlpcore download en_tiny --target" in found["5.0.0"].advice


def test_a_damaged_model_is_named(models):
    small_model().to_disk(models / "en_tiny-1.0.0")
    path = models / "en_tiny-1.0.0" / "model.nlpcore"
    path.write_bytes(path.read_bytes()[:-1])
    assert "bytes" in verdicts()["1.0.0"].advice
    assert not verdicts()["1.0.0"].sound


def test_a_newer_version_is_offered(models, monkeypatch):
    small_model().to_disk(models / "en_tiny-1.0.0")
    monkeypatch.setattr(validation, "known_versions", lambda: {"en_tiny": ["1.0.4", "1.0.0"]})
    assert verdicts()["1.0.0"].advice == "1.0.4 is out: nlpcore download en_tiny"
