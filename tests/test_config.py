"""Settings and their text form."""

import pytest

from nlpcore.config import Config, nested
from nlpcore.errors import PipelineError

TEXT = """
# a comment
[nlp]
lang = "en"
pipeline = ["a", "b"]

[nlp.tokenizer]
@tokenizers = "x"

[components.a]
factory = "a"
numbers = [
    1,
    2
    ]
empty = {}
nothing = null
path = ${paths.train}

[paths]
train = "t"
both = "${paths.train}-${nlp.lang}"
"""


def test_text_becomes_sections():
    config = Config().from_str(TEXT)
    assert config["nlp"] == {"lang": "en", "pipeline": ["a", "b"], "tokenizer": {"@tokenizers": "x"}}
    assert config["components"]["a"] == {
        "factory": "a",
        "numbers": [1, 2],
        "empty": {},
        "nothing": None,
        "path": "t",
    }
    assert config["paths"]["both"] == "t-en"


def test_references_can_be_kept():
    config = Config().from_str(TEXT, interpolate=False)
    assert config["components"]["a"]["path"] == "${paths.train}"
    assert "path = ${paths.train}" in config.to_str()
    assert 'path = "t"' in config.to_str(interpolate=True)


def test_text_form_gives_the_same_settings_back(tmp_path):
    config = Config({"a": {"b": {"c": [1, {"d": None}], "e": "ü"}, "f": {}}, "g": {"h": 1.5, "i": True}})
    assert Config().from_str(config.to_str()) == config
    assert Config().from_bytes(config.to_bytes()) == config
    config.to_disk(tmp_path / "c.cfg")
    assert Config().from_disk(tmp_path / "c.cfg") == config


def test_overrides_and_merging():
    config = Config().from_str(TEXT, overrides={"nlp.lang": "de", "new.section.key": 1})
    assert config["nlp"]["lang"] == "de"
    assert config["new"]["section"]["key"] == 1
    merged = config.merge({"nlp": {"tokenizer": {"@tokenizers": "y", "k": 1}}})
    assert merged["nlp"]["tokenizer"] == {"@tokenizers": "y", "k": 1}
    assert merged["nlp"]["pipeline"] == ["a", "b"]
    assert config["nlp"]["tokenizer"] == {"@tokenizers": "x"}
    assert nested({"a.b": {"c": 1}, "a.b.d": 2}) == {"a": {"b": {"c": 1, "d": 2}}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[a]\nnonsense", "Line 2"),
        ("[a]\nb = ${c.d}", r"\$\{c.d\}"),
        ("[a]\nb = ${a.b}", "circle"),
        ("[a]\nb = 1\n[a.b.c]\nd = 1", "value already"),
    ],
)
def test_errors_say_where(text, message):
    with pytest.raises(PipelineError, match=message):
        Config().from_str(text)


def test_what_has_no_text_form_is_named():
    with pytest.raises(PipelineError, match=r"a\.b"):
        Config({"a": {"b": len}}).to_str()
    loop: dict = {}
    loop["a"] = loop
    config = Config()
    config["x"] = loop
    with pytest.raises(PipelineError, match="nested too deeply"):
        config.to_str()
    with pytest.raises(PipelineError, match="must be a dict"):
        Config([1])  # type: ignore[arg-type]


def test_a_copy_is_deep():
    config = Config({"a": {"b": [1]}})
    config.copy()["a"]["b"].append(2)
    assert config == {"a": {"b": [1]}}
