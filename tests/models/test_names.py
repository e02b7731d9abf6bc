"""Names and versions of models."""

import pytest

import nlpcore
from nlpcore.errors import ModelNameError, ModelVersionError
from nlpcore.models.names import (
    ModelName,
    check_own_name,
    check_version,
    full_name,
    parse_name,
    parse_version,
)


def test_our_own_names_are_taken_apart():
    assert parse_name("en_core_web_sm") == ModelName("en", "core_web_sm", "core", "web", "sm")
    assert parse_name("en_core_web_sm").is_ours
    assert str(parse_name("de_dep_news_lg")) == "de_dep_news_lg"


@pytest.mark.parametrize("name", ["en_mine", "xx_my_model_2", "grc_core_web_xl", "en_core_web"])
def test_other_names_are_free(name):
    parsed = parse_name(name)
    assert not parsed.is_ours
    assert str(parsed) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "en",
        "en_",
        "_x",
        "EN_core",
        "en-core",
        "en_core__sm",
        "en_core_",
        "en_cöre",
        "en_a\n",
        "../en_x",
        None,
    ],
)
def test_names_of_another_form_are_refused(name):
    with pytest.raises(ModelNameError, match="language code"):
        parse_name(name)


def test_a_misspelt_name_of_ours_gets_a_hint():
    with pytest.raises(ModelNameError, match=r"Did you mean 'core'"):
        check_own_name("en_cor_web_sm")


def test_versions():
    assert parse_version("1.0.3") == (1, 0, 3)
    assert parse_version("1.10.0a1") == (1, 10, 0)
    for wrong in ["1.0", "1.0.0.0.", "v1.0.0", "1.-1.0", "01.0.0", "", None, "1.0.0/../x", "1.0.9999999"]:
        with pytest.raises(ModelNameError):
            parse_version(wrong)


@pytest.mark.parametrize(
    ("name", "version", "fits"),
    [
        ("en_core_web_sm", "1.0.0", True),
        ("en_core_web_sm", "1.0.17", True),
        ("en_core_web_sm", "1.1.0", False),
        ("en_core_web_sm", "2.0.0", False),
        ("en_core_web_sm", "0.0.0", False),
        ("en_mine", "0.0.0", True),
        ("en_mine", "1.7.0", True),
        ("en_mine", "2.0.0", False),
        ("pipeline", "0.0.0", True),
    ],
)
def test_which_versions_fit(name, version, fits):
    if fits:
        check_version(name, version)
    else:
        with pytest.raises(ModelVersionError) as caught:
            check_version(name, version)
        assert version in str(caught.value)
        assert nlpcore.__version__ in str(caught.value)


def test_full_name():
    assert full_name("en", "core_web_sm") == "en_core_web_sm"
    assert full_name("en", "en_core_web_sm") == "en_core_web_sm"
    assert full_name(None, "x") == "x"
