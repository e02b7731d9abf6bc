"""Names and versions of models."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nlpcore
from nlpcore.errors import ModelNameError, ModelVersionError
from nlpcore.lang import language_codes
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


REFERENCE_NAME = re.compile(r"[a-z]{2,3}_[a-z0-9]+(?:_[a-z0-9]+)*\Z", re.ASCII)
NUMBER = "(0|[1-9][0-9]{0,5})"
REFERENCE_VERSION = re.compile(
    rf"{NUMBER}\.{NUMBER}\.{NUMBER}(?:(?:a|b|rc|\.dev|\.post)[0-9]{{1,6}})?\Z", re.ASCII
)
NEARLY_NAMES = st.text("aezEN019_-. é", max_size=12) | st.sampled_from(["en", "xx", "qq", "eng"]).flatmap(
    lambda code: st.text("ab1_", max_size=8).map(lambda rest: f"{code}_{rest}")
)
NEARLY_VERSIONS = st.text("0123456789.abrcdevpost٣ ", max_size=14) | st.lists(
    st.integers(0, 10**7).map(str), min_size=2, max_size=4
).map(".".join)


@given(st.text() | NEARLY_NAMES)
def test_names_are_those_of_the_pattern_in_a_known_language(name):
    known = REFERENCE_NAME.match(name) is not None and name.split("_")[0] in {*language_codes(), "mul"}
    if known:
        assert str(parse_name(name)) == name
    else:
        with pytest.raises(ModelNameError):
            parse_name(name)


@given(st.text() | NEARLY_VERSIONS)
def test_versions_are_those_of_the_pattern(version):
    match = REFERENCE_VERSION.match(version)
    if match is not None:
        assert parse_version(version) == tuple(map(int, match.groups()))
    else:
        with pytest.raises(ModelNameError):
            parse_version(version)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("En-Core.Web SM", "'en_core_web_sm'"),
        ("qq_core_web_sm", "'qq'"),
        ("english_core_web_sm", "language code"),
        ("en__core", "'en_core'"),
        ("jp_core_news_sm", "language code"),
    ],
)
def test_what_may_have_been_meant(name, hint):
    with pytest.raises(ModelNameError, match=hint):
        parse_name(name)
