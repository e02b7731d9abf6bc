"""Shared helpers and the registry of functions."""

import pickle

import pytest

from nlpcore import errors, util
from nlpcore.registries import registry


def test_minibatch_reads_no_further_than_a_batch():
    read = []

    def stream():
        for i in range(7):
            read.append(i)
            yield i

    batches = util.minibatch(stream(), 3)
    assert next(batches) == [0, 1, 2]
    assert read == [0, 1, 2]
    assert list(batches) == [[3, 4, 5], [6]]
    assert list(util.minibatch(range(6), iter([1, 2, 3]))) == [[0], [1, 2], [3, 4, 5]]
    assert list(util.minibatch([], 2)) == []


def test_frozen_collections_refuse_changes():
    frozen = util.FrozenList([1, 2], error="Say it so.")
    for change in (
        lambda: frozen.append(3),
        lambda: frozen.sort(),
        lambda: frozen.__setitem__(0, 1),
        frozen.clear,
    ):
        with pytest.raises(NotImplementedError, match="Say it so"):
            change()
    table = util.FrozenDict(a=1)
    with pytest.raises(NotImplementedError):
        table["b"] = 2
    with pytest.raises(NotImplementedError):
        table.update(b=2)
    assert frozen == [1, 2]
    assert table == {"a": 1}
    assert pickle.loads(pickle.dumps(frozen)) == [1, 2]


def test_words_and_spaces_are_found_in_a_text():
    assert util.get_words_and_spaces(["a", "b", "c"], "a  b c") == (
        ["a", " ", "b", "c"],
        [True, False, True, False],
    )
    assert util.get_words_and_spaces(["a", "b"], " ab ") == ([" ", "a", "b"], [False, False, True])
    with pytest.raises(ValueError, match="do not spell"):
        util.get_words_and_spaces(["a"], "b")


def test_slices_are_normalized():
    assert util.normalize_slice(5, None, None) == (0, 5)
    assert util.normalize_slice(5, -2, 9) == (3, 5)
    assert util.normalize_slice(5, 4, 2) == (4, 4)
    with pytest.raises(ValueError, match="stepped"):
        util.normalize_slice(5, 0, 4, 2)


def test_registered_functions_are_found_and_called():
    @registry.misc("tests.add.v1")
    def add(a, b=1):
        return a + b

    assert registry.get("misc", "tests.add.v1") is add
    assert registry.has("misc", "tests.add.v1")
    assert not registry.has("nothing", "x")
    assert "misc" in registry.get_registry_names()
    settings = {
        "x": [{"@misc": "tests.add.v1", "a": 2}],
        "y": {"z": {"@misc": "tests.add.v1", "a": 1, "b": 5}},
    }
    assert registry.resolve(settings) == {"x": [3], "y": {"z": 6}}
    with pytest.raises(ValueError, match=r"tests\.nope"):
        registry.get("misc", "tests.nope")
    with pytest.raises(ValueError, match="no registry"):
        registry.get("nope", "x")


def test_errors_show_code_and_text_and_pickle():
    error = errors.UnknownComponent(name="ner", known="tagger")
    assert str(error) == "[N401] No component 'ner' in the pipeline. There is: tagger."
    assert isinstance(error, KeyError)
    assert isinstance(error, ValueError)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_every_error_has_a_code_of_its_own():
    found = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.NlpcoreError)]
    codes = [c.__dict__["code"] for c in found if "code" in c.__dict__]
    assert len(codes) == len(set(codes)) == len(found)


def test_notes_keep_type_and_message():
    error = ValueError("x")
    util.add_note(error, "in a")
    util.add_note(error, "in a")
    assert str(error) == "x"
    assert error.__notes__ == ["in a"]
