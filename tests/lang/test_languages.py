"""Languages by code, and what they declare."""

import pickle

import pytest

import nlpcore
from nlpcore.errors import UnknownLanguageError
from nlpcore.lang import get_lang_class, language_codes, set_lang_class
from nlpcore.lang.en import English, EnglishDefaults
from nlpcore.lang.en.lex_attrs import like_num
from nlpcore.lang.xx import MultiLanguage


def test_own_modules():
    assert get_lang_class("en") is English
    assert get_lang_class("xx") is get_lang_class("mul") is MultiLanguage
    assert isinstance(nlpcore.blank("en"), English)
    assert nlpcore.blank("en").lang == nlpcore.blank("en").vocab.lang == "en"


def test_any_iso_code_gets_the_general_rules():
    nlp = nlpcore.blank("de")
    assert nlp.lang == nlp.vocab.lang == "de"
    assert [token.text for token in nlp("Hallo (Welt)!")] == ["Hallo", "(", "Welt", ")", "!"]
    assert get_lang_class("de") is get_lang_class("de")
    assert pickle.loads(pickle.dumps(get_lang_class("fi"))) is get_lang_class("fi")
    assert {"de", "en", "xx", "ja"} <= set(language_codes())


def test_every_code_makes_a_pipeline():
    for code in language_codes():
        assert get_lang_class(code).lang == code


@pytest.mark.parametrize(
    ("code", "hint"),
    [("english", "'en'"), ("EN", "'en'"), ("en_US", "'en'"), ("German", "'de'"), ("eng", "'en'")],
)
def test_unknown_codes_say_what_may_be_meant(code, hint):
    with pytest.raises(UnknownLanguageError, match=f"Did you mean {hint}"):
        get_lang_class(code)


@pytest.mark.parametrize("code", ["zz", "", "../en", 3, None])
def test_unknown_codes_are_import_errors(code):
    with pytest.raises(ImportError):
        get_lang_class(code)


def test_a_class_of_ones_own():
    class Klingon(English):
        lang = "tlh"

    set_lang_class("tlh", Klingon)
    assert get_lang_class("tlh") is Klingon


def test_writing_systems():
    assert nlpcore.blank("ar").vocab.writing_system["direction"] == "rtl"
    assert nlpcore.blank("zh").vocab.writing_system["has_letters"] is False
    assert nlpcore.blank("en").vocab.writing_system == {
        "direction": "ltr",
        "has_case": True,
        "has_letters": True,
    }


@pytest.mark.parametrize("word", ["the", "a", "and", "is", "n't", "’s", "not", "would", "you"])
def test_stop_words(word):
    assert word in EnglishDefaults.stop_words
    assert nlpcore.blank("en").vocab[word].is_stop


def test_stop_words_are_lower_case_and_no_content_words():
    assert all(word == word.lower() for word in EnglishDefaults.stop_words)
    assert not {"apple", "house", "run", "good", "people"} & EnglishDefaults.stop_words
    assert 300 <= len(EnglishDefaults.stop_words) <= 400


@pytest.mark.parametrize(
    "text",
    ["10", "1,000", "3.5", "1/2", "ten", "Twenty", "million", "first", "third", "twentieth", "21st", "10th"],
)
def test_numbers(text):
    assert like_num(text)


@pytest.mark.parametrize("text", ["dog", "", "th", "one-way", "ten-ish", "oneth", "1a"])
def test_no_numbers(text):
    assert not like_num(text)


def test_defaults_show_the_rules_to_users():
    for kind in ("prefixes", "suffixes", "infixes"):
        assert all(isinstance(pattern, str) for pattern in getattr(EnglishDefaults, kind))
    assert EnglishDefaults.url_match("http://a.com/b")
    assert not EnglishDefaults.url_match("word")
    assert EnglishDefaults.token_match is None
    assert "cannot" in EnglishDefaults.tokenizer_exceptions


def test_multi_language_punctuation_and_possessives():
    nlp = nlpcore.blank("xx")
    assert [token.text for token in nlp("It's हिन्दी। ok، ok")] == ["It", "'s", "हिन्दी", "।", "ok", "،", "ok"]


def test_a_registered_class_serves_its_code():
    @nlpcore.registry.languages("en-registered")
    class Registered(English):
        lang = "en-registered"

    assert isinstance(nlpcore.blank("en-registered"), Registered)
