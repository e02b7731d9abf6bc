"""Which model a name stands for, of those on this machine."""

import zipfile

import pytest

import nlpcore
from nlpcore.errors import ModelNotFound
from nlpcore.models import find_installed, installed_models
from nlpcore.models.places import model_directories, user_directory

from .places import small_model, wheel


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A directory in which Python looks for packages."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return folder


@pytest.fixture
def models(tmp_path, monkeypatch):
    """The one directory of unpacked models."""
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setenv("NLPCORE_MODELS", str(folder))
    return folder


def install(site, path):
    with zipfile.ZipFile(path) as file:
        file.extractall(site)


def test_a_package_comes_before_a_directory_and_that_before_what_is_bundled(tmp_path, site, models):
    nlp = nlpcore.load("en_core_web_sm", exclude=["ner", "parser", "tagger", "morphologizer", "lemmatizer"])
    assert find_installed("en_core_web_sm").kind == "bundled"
    nlp.to_disk(models / "en_core_web_sm-1.0.0")
    assert find_installed("en_core_web_sm").kind == "directory"
    assert nlpcore.load("en_core_web_sm").pipe_names == ["tok2vec"]
    small_model("core_web_sm", "1.0.7").to_disk(tmp_path / "m")
    install(site, nlpcore.models.package(tmp_path / "m", tmp_path))
    found = find_installed("en_core_web_sm")
    assert (found.kind, found.version) == ("package", "1.0.7")
    assert nlpcore.load("en_core_web_sm").pipe_names == ["sentencizer"]
    kinds = [(m.kind, m.version) for m in installed_models() if m.name == "en_core_web_sm"]
    assert kinds == [("package", "1.0.7"), ("directory", "1.0.0"), ("bundled", "1.0.1")]


def test_a_package_is_never_imported(tmp_path, site):
    install(site, wheel(tmp_path))
    (site / "en_tiny" / "__init__.py").write_text("raise RuntimeError('imported')")
    assert nlpcore.load("en_tiny").pipe_names == ["sentencizer"]


def test_of_unpacked_models_the_newest_that_fits_counts(models):
    for version in ("1.0.2", "1.0.10", "9.0.0"):
        small_model(version=version).to_disk(models / f"en_tiny-{version}")
    assert find_installed("en_tiny").version == "1.0.10"
    assert nlpcore.load("en_tiny").meta["version"] == "1.0.10"


def test_what_is_half_there_is_passed_over(models):
    (models / "en_tiny-1.0.0").mkdir()
    (models / ".en_tiny-1.0.0.x.tmp").mkdir()
    (models / "en_tiny").mkdir()
    assert find_installed("en_tiny") is None
    with pytest.raises(ModelNotFound, match="nlpcore download en_tiny"):
        nlpcore.load("en_tiny")


@pytest.mark.parametrize("name", ["", "../x", "a/b", "x" * 5000, "a*", "[", "en_tiny\0", "é_x"])
def test_odd_names_are_not_found(name, site, models):
    with pytest.raises(ModelNotFound):
        nlpcore.load(name)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("en_core_web_sn", "Did you mean 'en_core_web_sm'"),
        ("en-core-web-sm", "Did you mean 'en_core_web_sm'"),
        ("de_core_news_lg", "nlpcore download de_core_news_lg"),
        ("xx", "nlpcore.blank"),
        ("de", r"nlpcore.blank\('de'\)"),
        ("Russian_core", "language code"),
    ],
)
def test_the_error_says_what_may_have_been_meant(name, hint):
    with pytest.raises(ModelNotFound, match=hint):
        nlpcore.load(name)


def test_the_places_are_those_of_the_environment(monkeypatch, tmp_path):
    monkeypatch.delenv("NLPCORE_MODELS", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert model_directories() == [user_directory()]
    assert user_directory().parts[-2:] == ("nlpcore", "models")


def test_a_model_that_a_killed_writer_had_set_aside_is_found(models):
    small_model().to_disk(models / "en_tiny-1.0.0")
    (models / "en_tiny-1.0.0").rename(models / ".en_tiny-1.0.0.old")
    assert nlpcore.load("en_tiny").pipe_names == ["sentencizer"]
    assert [path.name for path in models.iterdir()] == ["en_tiny-1.0.0"]


def test_metadata_of_packages_that_makes_no_sense_is_passed_over(tmp_path, site):
    install(site, wheel(tmp_path))
    points = site / "en_tiny-1.0.0.dist-info" / "entry_points.txt"
    points.write_text("[nlpcore_models]\nen_tiny = ../en_tiny\n")
    assert find_installed("en_tiny") is None
    assert not [model for model in installed_models() if model.kind == "package"]
    points.write_text("[nlpcore_models]\nen_tiny = en_tiny\n")
    (site / "en_tiny-1.0.0.dist-info" / "METADATA").write_text("Name: en_tiny\nVersion: odd\n")
    assert not find_installed("en_tiny").fits
    assert nlpcore.load("en_tiny").pipe_names == ["sentencizer"]
    assert [v.sound for v in nlpcore.models.validate() if v.model.name == "en_tiny"] == [True]
