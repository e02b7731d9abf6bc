"""Adding, removing and switching components."""

from __future__ import annotations

import pytest

import nlpcore
from nlpcore.errors import (
    BadComponentConfig,
    ComponentExists,
    PipelineError,
    UnknownComponent,
    UnknownFactory,
)
from nlpcore.language import Language

for letter in "abcd":
    Language.component(f"same_{letter}", func=lambda doc: doc)


class Holder:
    """A component with settings."""

    def __init__(self, nlp, name, size: int = 1, words=None):
        self.name = name
        self.vocab = nlp.vocab
        self.size = size
        self.words = words

    def __call__(self, doc):
        return doc


Language.factory("holder", func=Holder, default_config={"size": 2, "words": {"a": 1, "b": 2}})


@pytest.fixture
def nlp():
    nlp = nlpcore.blank("en")
    nlp.add_pipe("same_a")
    nlp.add_pipe("same_b")
    return nlp


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, "ABX"),
        ({"last": True}, "ABX"),
        ({"first": True}, "XAB"),
        ({"before": "same_b"}, "AXB"),
        ({"after": "same_a"}, "AXB"),
        ({"before": 0}, "XAB"),
        ({"before": 1}, "AXB"),
        ({"after": 0}, "AXB"),
        ({"after": 1}, "ABX"),
    ],
)
def test_where_a_component_goes(nlp, where, expected):
    nlp.add_pipe("same_c", **where)
    letters = {"same_a": "A", "same_b": "B", "same_c": "X"}
    assert "".join(letters[name] for name in nlp.pipe_names) == expected


@pytest.mark.parametrize(
    "where",
    [
        {"before": "same_a", "after": "same_b"},
        {"first": True, "last": True},
        {"first": False},
        {"last": False},
        {"before": "same_a", "first": True},
        {"before": 2},
        {"after": 2},
        {"before": -1},
        {"before": "nope"},
        {"after": "nope"},
        {"after": 1.5},
        {"before": True},
    ],
)
def test_impossible_places(nlp, where):
    with pytest.raises(ValueError, match="same_a, same_b"):
        nlp.add_pipe("same_c", **where)
    assert nlp.pipe_names == ["same_a", "same_b"]


def test_names_are_unique(nlp):
    with pytest.raises(ComponentExists, match="'same_a'"):
        nlp.add_pipe("same_a")
    nlp.add_pipe("same_a", name="again")
    with pytest.raises(ValueError, match="'again'"):
        nlp.rename_pipe("same_b", "again")
    assert nlp.pipe_factories == {"same_a": "same_a", "same_b": "same_b", "again": "same_a"}


def test_unknown_factories_are_named_with_what_there_is(nlp):
    for call in (nlp.add_pipe, nlp.create_pipe):
        with pytest.raises(UnknownFactory, match=r"'sentencizr'.*Did you mean 'sentencizer'.*same_a"):
            call("sentencizr")
    with pytest.raises(ValueError, match="takes the name of a registered factory"):
        nlp.add_pipe(lambda doc: doc)


def test_getting_components(nlp):
    holder = nlp.add_pipe("holder")
    assert nlp.get_pipe("holder") is holder
    assert nlp.has_pipe("holder")
    assert not nlp.has_pipe("nope")
    with pytest.raises(KeyError, match="'nope'"):
        nlp.get_pipe("nope")
    nlp.disable_pipe("holder")
    assert nlp.get_pipe("holder") is holder
    assert not nlp.has_pipe("holder")


@pytest.mark.parametrize(
    "method", ["get_pipe", "remove_pipe", "disable_pipe", "enable_pipe", "get_pipe_meta"]
)
def test_unknown_components_are_named_with_what_there_is(nlp, method):
    with pytest.raises(UnknownComponent, match=r"'nope'.*same_a, same_b"):
        getattr(nlp, method)("nope")
    with pytest.raises(ValueError, match="'nope'"):
        nlp.rename_pipe("nope", "x")
    with pytest.raises(ValueError, match="'nope'"):
        nlp.replace_pipe("nope", "same_c")


def test_removing(nlp):
    name, component = nlp.remove_pipe("same_a")
    assert name == "same_a"
    assert callable(component)
    assert nlp.component_names == ["same_b"]
    assert "same_a" not in nlp.config["components"]
    nlp.disable_pipe("same_b")
    nlp.remove_pipe("same_b")
    nlp.add_pipe("same_b")
    assert nlp.disabled == []


def test_renaming(nlp):
    holder = nlp.add_pipe("holder", config={"size": 5})
    nlp.disable_pipe("holder")
    nlp.rename_pipe("holder", "other")
    assert nlp.component_names == ["same_a", "same_b", "other"]
    assert nlp.disabled == ["other"]
    assert holder.name == "other"
    assert nlp.get_pipe_config("other")["size"] == 5
    assert "holder" not in nlp.config["components"]


def test_replacing_keeps_name_and_place(nlp):
    new = nlp.replace_pipe("same_a", "holder", config={"size": 9})
    assert nlp.pipe_names == ["same_a", "same_b"]
    assert nlp.get_pipe("same_a") is new
    assert (new.size, new.name) == (9, "same_a")
    assert nlp.pipe_factories["same_a"] == "holder"
    with pytest.raises(UnknownFactory):
        nlp.replace_pipe("same_a", "nope")
    assert nlp.get_pipe("same_a") is new


def test_switching_off_and_on(nlp):
    nlp.disable_pipe("same_a")
    assert nlp.pipe_names == ["same_b"]
    assert nlp.component_names == ["same_a", "same_b"]
    assert nlp.disabled == ["same_a"]
    assert [name for name, _ in nlp.components] == ["same_a", "same_b"]
    assert [name for name, _ in nlp.pipeline] == ["same_b"]
    nlp.enable_pipe("same_a")
    assert nlp.pipe_names == ["same_a", "same_b"]


def test_selecting_for_a_block_and_for_good(nlp):
    with nlp.select_pipes(disable="same_a") as off:
        assert off == ["same_a"]
        assert nlp.pipe_names == ["same_b"]
    assert nlp.pipe_names == ["same_a", "same_b"]
    with nlp.select_pipes(enable=["same_a"]):
        assert nlp.pipe_names == ["same_a"]
    with nlp.select_pipes(enable=[]):
        assert nlp.pipe_names == []
    off = nlp.select_pipes(disable=["same_a", "same_b"])
    assert nlp.pipe_names == []
    off.restore()
    assert nlp.pipe_names == ["same_a", "same_b"]
    with pytest.raises(RuntimeError), nlp.select_pipes(disable=["same_a"]):
        raise RuntimeError
    assert nlp.pipe_names == ["same_a", "same_b"]


def test_selecting_leaves_alone_what_was_off_before(nlp):
    nlp.disable_pipe("same_a")
    with nlp.select_pipes(disable=["same_a", "same_b"]):
        assert nlp.pipe_names == []
    assert nlp.pipe_names == ["same_b"]


@pytest.mark.parametrize(
    "selection",
    [{}, {"enable": ["same_a"], "disable": ["same_a"]}, {"disable": ["nope"]}, {"disable": "nope"}],
)
def test_impossible_selections(nlp, selection):
    with pytest.raises(ValueError, match=r"\[N40"):
        nlp.select_pipes(**selection)
    assert nlp.pipe_names == ["same_a", "same_b"]


def test_the_old_way_of_selecting(nlp):
    with pytest.warns(DeprecationWarning, match="select_pipes"), nlp.disable_pipes("same_a", "same_b"):
        assert nlp.pipe_names == []
    assert nlp.pipe_names == ["same_a", "same_b"]


def test_computed_lists_cannot_be_changed(nlp):
    for values in (nlp.pipe_names, nlp.pipeline, nlp.components, nlp.component_names, nlp.disabled):
        with pytest.raises(NotImplementedError, match=r"nlp\.add_pipe"):
            values.append("x")
    with pytest.raises(AttributeError):
        nlp.pipe_names = []
    with pytest.raises(NotImplementedError):
        nlp.pipe_labels["x"] = []


def test_settings_over_defaults():
    nlp = nlpcore.blank("en")
    holder = nlp.add_pipe("holder", config={"words": {"b": 3}})
    assert holder.size == 2
    assert holder.words == {"a": 1, "b": 3}
    assert nlp.get_pipe_config("holder") == {"factory": "holder", "size": 2, "words": {"a": 1, "b": 3}}
    assert nlp.get_factory_config("holder") == {"size": 2, "words": {"a": 1, "b": 2}}
    holder.words["c"] = 4
    assert Language.get_factory_meta("holder").default_config == {"size": 2, "words": {"a": 1, "b": 2}}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"siz": 1}, r"no setting 'siz'\. Did you mean 'size'"),
        ({"nlp": 1}, "no setting 'nlp'"),
        ({"size": "x"}, "must be int"),
        ({"size": True}, "must be int"),
        ([1], "must be a dict, not list"),
        ({"words": {"@misc": "nope"}}, "'nope'"),
    ],
)
def test_settings_that_do_not_fit(config, message):
    nlp = nlpcore.blank("en")
    with pytest.raises(ValueError, match=message):
        nlp.add_pipe("holder", config=config)
    assert nlp.component_names == []


def test_settings_without_validation():
    assert nlpcore.blank("en").add_pipe("holder", config={"size": "x"}, validate=False).size == "x"


def test_a_missing_setting_is_named():
    @Language.factory("needs_a")
    def make(nlp, name, a):
        return lambda doc: doc

    with pytest.raises(BadComponentConfig, match="'a'"):
        nlpcore.blank("en").add_pipe("needs_a")


def test_settings_can_call_registered_functions():
    nlpcore.registry.misc("tests.words.v1", func=lambda n: ["w"] * n)
    holder = nlpcore.blank("en").add_pipe("holder", config={"words": {"@misc": "tests.words.v1", "n": 2}})
    assert holder.words == ["w", "w"]


def test_a_component_of_another_pipeline_is_shared():
    source = nlpcore.blank("en")
    holder = source.add_pipe("holder", name="h", config={"size": 7})
    source.vocab.strings.add("a string of the source")
    nlp = nlpcore.blank("en")
    assert nlp.add_pipe("h", source=source) is holder
    assert nlp.add_pipe("h", name="again", source=source) is holder
    assert nlp.pipe_factories == {"h": "holder", "again": "holder"}
    assert nlp.get_pipe_config("again")["size"] == 7
    assert "a string of the source" in nlp.vocab.strings
    with pytest.raises(KeyError, match="'nope'"):
        nlp.add_pipe("nope", source=source)
    with pytest.raises(ValueError, match="loaded pipeline"):
        nlp.add_pipe("h2", source="en_core_web_sm")


def test_decorators_return_what_they_decorate():
    def function(doc):
        return doc

    assert Language.component("decorated")(function) is function
    assert Language.component("decorated_2", func=function) is function
    assert Language.factory("decorated_3")(Holder) is Holder
    nlp = nlpcore.blank("en")
    assert nlp.add_pipe("decorated") is function
    assert nlp.create_pipe("decorated_2") is function


@pytest.mark.parametrize(
    ("decorate", "message"),
    [
        (lambda: Language.component("a.b"), "no dot"),
        (lambda: Language.factory("a.b"), "no dot"),
        (lambda: Language.component(len), "with parentheses"),
        (lambda: Language.factory(len), "with parentheses"),
        (lambda: Language.factory("x", func=lambda nlp: None), "`nlp` and `name`"),
        (lambda: Language.factory("x", default_config=3), "must be a dict"),
        (lambda: Language.component("x", assigns=["tag"], func=len), "'tag'"),
        (lambda: Language.component("x", requires=["token."], func=len), "token"),
    ],
)
def test_what_cannot_be_registered(decorate, message):
    with pytest.raises(PipelineError, match=message):
        decorate()


def test_factories_of_one_language():
    english = nlpcore.util.get_lang_class("en")
    english.component("only_english", func=lambda doc: doc)
    assert english.has_factory("only_english")
    assert not Language.has_factory("only_english")
    assert nlpcore.blank("en").add_pipe("only_english")
    with pytest.raises(UnknownFactory):
        nlpcore.blank("xx").add_pipe("only_english")


def test_what_is_known_of_factories():
    meta = Language.get_factory_meta("sentencizer")
    assert meta.factory == "sentencizer"
    assert meta.assigns == ["token.is_sent_start", "doc.sents"]
    assert meta.default_score_weights["sents_f"] == 1.0
    assert meta.scores == ["sents_f", "sents_p", "sents_r"]
    assert not Language.has_factory("nope")
    with pytest.raises(ValueError, match="'nope'"):
        Language.get_factory_meta("nope")
    nlp = nlpcore.blank("en")
    assert "sentencizer" in nlp.factory_names
    assert callable(nlp.factories["merge_entities"])
