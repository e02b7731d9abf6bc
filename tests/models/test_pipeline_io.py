"""Pipelines on disk and as bytes: what is stored comes back, and nothing half-works."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random

import numpy
import pytest

import nlpcore
from nlpcore.errors import ModelDataError, ModelNotFound, ModelVersionError, NoModelThere, UnknownFactory
from nlpcore.language import Language
from nlpcore.models.archive import PREAMBLE, load_archive
from nlpcore.models.pipeline_io import dump_pipeline, parse_archive
from nlpcore.pipeline.pipe import Pipe

from .raw import reseal, seal


class Weights(Pipe):
    """A component with a state: one matrix and a list of labels."""

    def __init__(self, nlp, name, width: int = 3):
        self.name = name
        self.vocab = nlp.vocab
        self.matrix = numpy.zeros((2, width), "f")
        self._labels = []

    @property
    def labels(self):
        return tuple(self._labels)

    def __call__(self, doc):
        return doc

    def get_state(self):
        return {"labels": list(self._labels)}, {"matrix": self.matrix}

    def set_state(self, meta, tensors):
        labels = meta["labels"]
        if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
            raise ModelDataError(reason="labels")
        if set(tensors) != {"matrix"} or tensors["matrix"].shape != self.matrix.shape:
            raise ModelDataError(reason="the matrix has another shape")
        self._labels, self.matrix = labels, tensors["matrix"].astype("f")


class OwnFiles:
    """A component that writes files itself, as people write them who come from elsewhere."""

    def __init__(self, nlp, name):
        self.data = "nothing"

    def __call__(self, doc):
        return doc

    def to_disk(self, path, exclude=()):
        assert list(exclude) == ["vocab"]
        path.mkdir()
        (path / "data.txt").write_text(self.data)

    def from_disk(self, path, exclude=()):
        self.data = (path / "data.txt").read_text()
        return self

    def to_bytes(self, exclude=()):
        return self.data.encode()

    def from_bytes(self, data, exclude=()):
        self.data = data.decode()
        return self


Language.factory("weights", func=Weights)
Language.factory("own_files", func=OwnFiles)
Language.component("stateless", func=lambda doc: doc)


@pytest.fixture
def nlp():
    nlp = nlpcore.blank("en", meta={"name": "mine", "author": "me", "license": "MIT"})
    weights = nlp.add_pipe("weights", name="w")
    weights.matrix = numpy.arange(6, dtype="f").reshape(2, 3)
    weights._labels = ["A", "\ud800"]
    nlp.add_pipe("own_files").data = "some data"
    nlp.add_pipe("stateless")
    nlp.add_pipe("sentencizer", config={"punct_chars": ["|"]})
    nlp.disable_pipe("stateless")
    nlp.vocab.strings.add("a string")
    nlp.tokenizer.add_special_case("ab", [{"ORTH": "a"}, {"ORTH": "b"}])
    return nlp


def check_same(one, two):
    assert two.component_names == one.component_names
    assert two.disabled == one.disabled
    assert two.lang == one.lang
    numpy.testing.assert_array_equal(two.get_pipe("w").matrix, one.get_pipe("w").matrix)
    assert two.get_pipe("w").labels == one.get_pipe("w").labels
    assert two.get_pipe("own_files").data == one.get_pipe("own_files").data
    assert two.get_pipe("sentencizer").punct_chars == {"|"}
    assert [t.text for t in two("ab | c")] == ["a", "b", "|", "c"]
    assert "a string" in two.vocab.strings
    assert two.meta == one.meta
    assert two.config == one.config


def test_to_disk_and_load(nlp, tmp_path):
    nlp.to_disk(tmp_path / "m")
    assert sorted(os.listdir(tmp_path / "m")) == ["meta.json", "model.nlpcore", "own_files"]
    loaded = nlpcore.load(tmp_path / "m")
    check_same(nlp, loaded)
    assert loaded.path == tmp_path / "m"
    check_same(nlp, nlpcore.load(str(tmp_path / "m")))
    assert json.loads((tmp_path / "m" / "meta.json").read_text())["author"] == "me"


def test_to_bytes_and_from_bytes(nlp):
    data = nlp.to_bytes()
    other = nlpcore.blank("en")
    for name, factory in nlp.pipe_factories.items():
        other.add_pipe(factory, name=name)
    other.disable_pipe("stateless")
    assert other.from_bytes(data) is other
    assert other.get_pipe("own_files").data == "some data"
    numpy.testing.assert_array_equal(other.get_pipe("w").matrix, nlp.get_pipe("w").matrix)
    assert other.meta["author"] == "me"
    assert other.to_bytes() == other.to_bytes()


def test_only_components_that_are_there_take_something_over(nlp, tmp_path):
    data = nlp.to_bytes()
    empty = nlpcore.blank("en").from_bytes(data)
    assert empty.pipe_names == []
    assert [t.text for t in empty("ab")] == ["a", "b"]
    nlp.to_disk(tmp_path / "m")
    assert nlpcore.blank("en").from_disk(tmp_path / "m").pipe_names == []
    more = nlpcore.blank("en")
    more.add_pipe("weights", name="other")
    more.from_bytes(data)
    with pytest.raises(ModelDataError, match=r"no component 'other' \(it has: w, own_files"):
        more.from_disk(tmp_path / "m")


def test_parts_can_be_left_out(nlp, tmp_path):
    other = nlpcore.blank("en")
    other.add_pipe("weights", name="w")
    other.from_bytes(nlp.to_bytes(), exclude=["w", "tokenizer", "vocab"])
    assert other.get_pipe("w").labels == ()
    assert [t.text for t in other("ab")] == ["ab"]
    assert "a string" not in other.vocab.strings
    other.from_bytes(nlp.to_bytes(exclude="w"))
    assert other.get_pipe("w").labels == ()
    nlp.to_disk(tmp_path / "m", exclude=["w"])
    with pytest.raises(ModelDataError, match=r"exclude=\['w'\]"):
        nlpcore.load(tmp_path / "m")
    assert "w" not in nlpcore.load(tmp_path / "m", exclude=["w"]).component_names


def test_loading_with_components_off(nlp, tmp_path):
    nlp.to_disk(tmp_path / "m")
    load = lambda **settings: nlpcore.load(tmp_path / "m", **settings)  # noqa: E731
    assert load(disable=["w"]).disabled == ["w", "stateless"]
    assert load(disable="w").get_pipe("w").labels == nlp.get_pipe("w").labels
    assert load(enable=["w"]).pipe_names == ["w"]
    assert load(enable="w").component_names == nlp.component_names
    assert load(exclude=["w", "nope"]).component_names == ["own_files", "stateless", "sentencizer"]
    with pytest.raises(ValueError, match="contradict"):
        load(enable=["w"], disable=["w"])


def test_loading_with_other_settings(nlp, tmp_path):
    nlp.to_disk(tmp_path / "m")
    loaded = nlpcore.load(tmp_path / "m", config={"nlp": {"batch_size": 3}, "components.w.width": 3})
    assert loaded.batch_size == 3
    with pytest.raises(ModelDataError, match=r"'w'.*another shape"):
        nlpcore.load(tmp_path / "m", config={"components.w.width": 4})


def test_a_vocab_can_be_shared(nlp, tmp_path):
    nlp.to_disk(tmp_path / "m")
    vocab = nlpcore.blank("en").vocab
    loaded = nlpcore.load(tmp_path / "m", vocab=vocab)
    assert loaded.vocab is vocab
    assert loaded.get_pipe("w").vocab is vocab


def test_an_archive_file_is_a_model(nlp, tmp_path):
    nlp.remove_pipe("own_files")
    path = tmp_path / "x.nlpcore"
    path.write_bytes(nlp.to_bytes())
    assert nlpcore.load(path).pipe_names == nlp.pipe_names
    assert nlpcore.load(io.BytesIO(nlp.to_bytes())).pipe_names == nlp.pipe_names


def test_the_same_pipeline_gives_the_same_bytes(nlp, tmp_path):
    nlp.to_disk(tmp_path / "a")
    nlpcore.load(tmp_path / "a").to_disk(tmp_path / "b")
    assert (tmp_path / "a" / "model.nlpcore").read_bytes() == (tmp_path / "b" / "model.nlpcore").read_bytes()


def test_weights_can_be_stored_in_half_the_space(nlp):
    archive = load_archive(dump_pipeline(nlp, half=True), kind="pipeline", widen=False)
    assert archive.tensors["c0/matrix"].dtype == numpy.float16


def test_saving_over_a_model_replaces_it_whole(nlp, tmp_path):
    nlp.to_disk(tmp_path / "m")
    (tmp_path / "m" / "left_over").write_text("x")
    nlp.remove_pipe("own_files")
    nlp.to_disk(tmp_path / "m")
    assert sorted(os.listdir(tmp_path / "m")) == ["meta.json", "model.nlpcore"]
    assert os.listdir(tmp_path) == ["m"]


def test_a_failure_while_saving_leaves_the_old_model(nlp, tmp_path):
    nlp.to_disk(tmp_path / "m")
    before = (tmp_path / "m" / "model.nlpcore").read_bytes()
    nlp.get_pipe("own_files").to_disk = lambda path, exclude: 1 / 0
    with pytest.raises(ZeroDivisionError):
        nlp.to_disk(tmp_path / "m")
    assert (tmp_path / "m" / "model.nlpcore").read_bytes() == before
    assert os.listdir(tmp_path) == ["m"]


def test_an_interrupted_replacement_is_put_back(nlp, tmp_path):
    nlp.to_disk(tmp_path / "m")
    os.rename(tmp_path / "m", tmp_path / ".m.old")
    assert nlpcore.blank("en").from_disk(tmp_path / "m").meta["author"] == "me"
    os.rename(tmp_path / "m", tmp_path / ".m.old")
    assert nlpcore.load(tmp_path / "m").meta["author"] == "me"
    os.rename(tmp_path / "m", tmp_path / ".m.old")
    assert nlpcore.load(str(tmp_path / "m")).meta["author"] == "me"


@pytest.mark.parametrize("name", ["../up", "a/b", "..", ".hidden", "model.nlpcore", "meta.json", "a\\b", ""])
def test_names_of_components_never_leave_the_directory(name, tmp_path):
    nlp = nlpcore.blank("en")
    nlp.add_pipe("own_files", name=name)
    with pytest.raises(ModelDataError, match="cannot be the name of a file"):
        nlp.to_disk(tmp_path / "m")
    assert os.listdir(tmp_path) == []


def test_a_missing_factory_is_named(nlp, tmp_path):
    Language.component("for_a_moment", func=lambda doc: doc)
    nlp.add_pipe("for_a_moment")
    nlp.to_disk(tmp_path / "m")
    nlpcore.pipeline.factories._functions.pop("for_a_moment")
    with pytest.raises(UnknownFactory, match=r"'for_a_moment'.*import"):
        nlpcore.load(tmp_path / "m")


def test_paths_without_a_model(tmp_path):
    with pytest.raises(ModelNotFound, match=r"There is no model 'en_core_web_smm'\."):
        nlpcore.load("en_core_web_smm")
    with pytest.raises(OSError, match="does not exist"):
        nlpcore.load(tmp_path / "nothing")
    with pytest.raises(NoModelThere, match=r"no model\.nlpcore in it"):
        nlpcore.load(tmp_path)
    (tmp_path / "text").write_text("hello")
    with pytest.raises(ModelDataError, match=r"text.*does not begin"):
        nlpcore.load(tmp_path / "text")
    with pytest.raises(OSError, match="nothing"):
        nlpcore.blank("en").from_disk(tmp_path / "nothing")
    with pytest.raises(ValueError, match=r"is bytes"):
        nlpcore.blank("en").from_bytes("text")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OSError, match="is a file"):
        nlpcore.blank("en").to_disk(tmp_path / "file")


@pytest.mark.parametrize(
    ("name", "version", "message"),
    [
        ("core_web_sm", "2.0.0", r"en_core_web_sm has version 2\.0\.0.*reads 1\.0\.x"),
        ("core_web_sm", "1.99.0", r"reads 1\.0\.x"),
        ("mine", "7.0.0", "nlpcore 7"),
        ("mine", "x", "no version"),
    ],
)
def test_versions_that_do_not_fit_are_refused(tmp_path, name, version, message):
    nlp = nlpcore.blank("en", meta={"name": name, "version": version})
    nlp.to_disk(tmp_path / "m")
    with pytest.raises(ValueError, match=message) as caught:
        nlpcore.load(tmp_path / "m")
    assert version == "x" or isinstance(caught.value, ModelVersionError)


def _header(data):
    *_, n = PREAMBLE.unpack_from(data)
    start = 64 + n + (-(64 + n) % 64)
    return json.loads(data[64 : 64 + n]), data[start:-32]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda h: h.pop("schema"), "schema None"),
        (lambda h: h.update(schema=2), "schema 2"),
        (lambda h: h.pop("meta"), "'meta'"),
        (lambda h: h["meta"].pop("version"), "'version'"),
        (lambda h: h["meta"].update(name=3), "'name'"),
        (lambda h: h["meta"].update(lang=3), "language"),
        (lambda h: h["config"].update(nlp=3), "'nlp'"),
        (lambda h: h["config"]["nlp"].update(lang="../x"), "no language"),
        (lambda h: h["config"]["nlp"].update(pipeline="w"), r"nlp\.pipeline"),
        (lambda h: h["config"]["nlp"].update(pipeline=["nope"]), "'nope'"),
        (lambda h: h["config"].update(components=[]), "'components'"),
        (lambda h: h["config"]["components"]["w"].update(factory="nope"), "'nope'"),
        (lambda h: h["config"]["components"]["w"].update(factory=3), "needs a `factory`"),
        (lambda h: h["config"]["components"]["w"].update(more=3), "no setting 'more'"),
        (lambda h: h.update(components={}), "no list of components"),
        (lambda h: h["components"].append(h["components"][0]), "twice"),
        (lambda h: h["components"][0].update(storage="pickle"), "unknown way"),
        (lambda h: h["components"][0].update(storage="bytes"), "missing|'w'"),
        (lambda h: h["components"][0].update(state=[]), "no state"),
        (lambda h: h["components"][0]["state"].pop("labels"), "'w'.*labels"),
        (lambda h: h["components"][0].update(factory=None), "no factory"),
        (lambda h: h.update(vocab=3), "'vocab'"),
        (lambda h: h["vocab"].update(storage="x"), "unknown way"),
        (lambda h: h["vocab"]["state"].update(strings=3), "strings|vocab"),
        (lambda h: h.update(tokenizer=[]), "'tokenizer'"),
    ],
)
def test_unsound_headers_are_refused(nlp, change, message):
    nlp.remove_pipe("own_files")
    header, payload = _header(nlp.to_bytes())
    change(header)
    with pytest.raises(ValueError, match=message):
        nlpcore.load(io.BytesIO(seal(header, payload)))


def test_mutated_models_load_or_are_refused(nlp):
    nlp.remove_pipe("own_files")
    data = nlp.to_bytes()
    rng = random.Random(5)
    loaded = 0
    for i in range(120):
        changed = bytearray(data)
        for _ in range(rng.choice([1, 3, 20])):
            changed[rng.randrange(64, len(changed))] = rng.randrange(256)
        mutated = reseal(bytes(changed)) if i % 4 else bytes(changed)
        try:
            other = nlpcore.load(io.BytesIO(mutated))
        except (nlpcore.errors.NlpcoreError, OSError):
            continue
        loaded += 1
        other("Some text, with ab | and more.")
    assert loaded < 120


def _places(value, path=()):
    """All paths to values inside a header."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in items:
        yield (*path, key)
        yield from _places(child, (*path, key))


def test_headers_with_any_value_replaced_load_or_are_refused(nlp):
    nlp.remove_pipe("own_files")
    text, payload = _header(nlp.to_bytes())
    places = list(_places(text))
    rng = random.Random(11)
    others = [None, True, -1, 0, 2**40, 1.5, "", "x", "../x", [], ["x"], {}, {"x": 1}, {"@misc": "x"}, [[]]]
    for _ in range(80):
        header = json.loads(json.dumps(text))
        *path, last = rng.choice(places)
        at = header
        for key in path:
            at = at[key]
        if isinstance(at, dict) and rng.random() < 0.2:
            del at[last]
        else:
            at[last] = rng.choice(others)
        with contextlib.suppress(nlpcore.errors.NlpcoreError):
            other = nlpcore.load(io.BytesIO(seal(header, payload)))
            other("Some text, with ab | and more.")
            other.to_bytes()


def test_every_truncation_is_detected(nlp):
    data = nlp.to_bytes()
    for n in random.Random(1).sample(range(len(data)), 300):
        with pytest.raises(ModelDataError):
            parse_archive(data[:n])


def test_a_component_alone(nlp, tmp_path):
    weights = nlp.get_pipe("w")
    other = nlpcore.blank("en").add_pipe("weights")
    assert other.from_bytes(weights.to_bytes()).labels == weights.labels
    weights.to_disk(tmp_path / "w")
    another = nlpcore.blank("en").add_pipe("weights")
    another.from_disk(tmp_path / "w")
    numpy.testing.assert_array_equal(another.matrix, weights.matrix)
    with pytest.raises(ModelDataError):
        nlpcore.blank("en").add_pipe("sentencizer").from_bytes(weights.to_bytes())


def test_cards(nlp, tmp_path, capsys):
    nlp.meta["performance"] = {"tag_acc": 0.945, "nothing": None}
    nlp.meta["sources"] = [{"name": "A corpus", "license": "CC BY-SA 4.0"}, "another"]
    nlp.to_disk(tmp_path / "m")
    data = nlpcore.info(tmp_path / "m")
    assert data["name"] == "mine"
    assert data["parameters"] == 6
    assert capsys.readouterr().out == ""
    nlpcore.info(tmp_path / "m", silent=False)
    out = capsys.readouterr().out
    for text in ("en_mine", "MIT", "94.5", "A corpus (CC BY-SA 4.0)", "another", "w, own_files"):
        assert text in out
    assert nlpcore.info(tmp_path / "m", markdown=True).startswith("| | |")
    assert nlpcore.info()["nlpcore_version"] == nlpcore.__version__
