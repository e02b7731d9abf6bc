"""Language: running a pipeline."""

from __future__ import annotations

import copy
import pickle

import pytest

import nlpcore
from nlpcore.errors import BadInput, NotADoc
from nlpcore.language import Language
from nlpcore.tokens import Doc
from nlpcore.training import Example

ORDER: list[str] = []


def register(name, func):
    Language.component(name, func=func)
    return name


def noting(name):
    def component(doc):
        ORDER.append(name)
        doc.user_data.setdefault("seen", []).append(name)
        return doc

    return register(name, component)


NAMES = [noting(f"note_{c}") for c in "abc"]


@Language.component("fails_on_x")
def fails_on_x(doc):
    if doc.text == "x":
        raise KeyError("no x")
    return doc


class Batches:
    """Remembers the batch sizes and arguments that it was called with."""

    def __init__(self, nlp, name):
        self.calls = []

    def __call__(self, doc, **settings):
        self.calls.append(settings)
        return doc

    def pipe(self, docs, batch_size, **settings):
        self.calls.append((batch_size, settings))
        yield from docs


Language.factory("batches", func=Batches)


@pytest.fixture
def nlp():
    ORDER.clear()
    nlp = nlpcore.blank("en")
    for name in NAMES:
        nlp.add_pipe(name)
    return nlp


def test_a_blank_pipeline_tokenizes():
    nlp = nlpcore.blank("en")
    doc = nlp("Hello world!")
    assert [token.text for token in doc] == ["Hello", "world", "!"]
    assert doc.vocab is nlp.vocab
    assert nlp.make_doc("a b").text == "a b"
    assert (nlp.lang, nlp.meta["lang"], nlp.vocab.lang, nlp.path) == ("en", "en", "en", None)
    assert nlp.pipe_names == []


def test_components_run_in_order(nlp):
    nlp("a")
    assert list(ORDER) == NAMES
    ORDER.clear()
    list(nlp.pipe(["a", "b"]))
    assert sorted(ORDER) == sorted(NAMES * 2)


def test_components_can_be_left_out_for_a_call(nlp):
    assert nlp("a", disable=["note_b"]).user_data["seen"] == ["note_a", "note_c"]
    (doc,) = nlp.pipe(["a"], disable=["note_a", "not_there"])
    assert doc.user_data["seen"] == ["note_b", "note_c"]
    nlp.disable_pipe("note_c")
    assert nlp("a").user_data["seen"] == ["note_a", "note_b"]


def test_a_doc_may_be_given(nlp):
    doc = nlp.make_doc("a b c")
    assert nlp(doc) is doc
    assert [d.text for d in nlp.pipe([doc, "x y"])] == ["a b c", "x y"]


def test_bytes_of_a_doc_may_be_given(nlp):
    assert nlp(nlp.make_doc("d e").to_bytes()).text == "d e"


@pytest.mark.parametrize("text", [None, 3, ["a"], object()])
def test_other_input_is_refused(nlp, text):
    with pytest.raises(BadInput, match=type(text).__name__):
        nlp(text)
    with pytest.raises(ValueError, match="str, a Doc, or the bytes"):
        list(nlp.pipe([text]))


def test_the_stream_is_lazy_and_bounded(nlp):
    read = []

    def texts():
        for i in range(100):
            read.append(i)
            yield f"text {i}"

    stream = nlp.pipe(texts(), batch_size=10)
    assert read == []
    assert next(stream).text == "text 0"
    assert len(read) <= 20
    stream.close()


def test_the_order_is_kept_and_nothing_is_lost(nlp):
    texts = [f"text number {i}" for i in range(57)]
    for size in (1, 3, 57, 1000):
        assert [doc.text for doc in nlp.pipe(iter(texts), batch_size=size)] == texts
    assert [doc.text for doc in nlp.pipe(texts, n_process=2)] == texts
    assert list(nlp.pipe([])) == []
    assert [doc.text for doc in nlp.pipe("abc")] == ["a", "b", "c"]


def test_pairs_keep_what_belongs_to_a_text(nlp):
    pairs = [("a", {"id": 1}), ("b", None), (nlp.make_doc("c"), 3)]
    assert [(doc.text, context) for doc, context in nlp.pipe(pairs, as_tuples=True)] == [
        ("a", {"id": 1}),
        ("b", None),
        ("c", 3),
    ]
    with pytest.raises(ValueError, match="unpack"):
        list(nlp.pipe(["abc"], as_tuples=True))


def test_errors_of_the_stream_reach_the_caller(nlp):
    def texts():
        yield "a"
        raise RuntimeError("the source broke")

    stream = nlp.pipe(texts(), batch_size=1)
    with pytest.raises(RuntimeError, match="the source broke") as caught:
        list(stream)
    assert not getattr(caught.value, "__notes__", [])
    with pytest.raises(TypeError):
        list(nlp.pipe(None))


def test_arguments_for_components():
    nlp = nlpcore.blank("en")
    component = nlp.add_pipe("batches")
    nlp("a", component_cfg={"batches": {"x": 1}})
    list(nlp.pipe(["a"], batch_size=7))
    list(nlp.pipe(["a"], batch_size=7, component_cfg={"batches": {"batch_size": 2, "x": 1}}))
    list(nlp.pipe(["a"]))
    assert component.calls == [{"x": 1}, (7, {}), (2, {"x": 1}), (1000, {})]


@pytest.mark.parametrize("result", [None, 3, "doc"])
def test_a_component_that_returns_no_doc_is_named(result):
    register("returns_other", lambda doc: result)
    nlp = nlpcore.blank("en")
    nlp.add_pipe("returns_other", name="mine")
    for run in (lambda: nlp("a"), lambda: list(nlp.pipe(["a"]))):
        with pytest.raises(NotADoc, match=f"'mine' returned {type(result).__name__}"):
            run()


def test_errors_of_a_component_keep_their_type_and_name_it():
    nlp = nlpcore.blank("en")
    nlp.add_pipe("fails_on_x", name="mine")
    for run in (lambda: nlp("x"), lambda: list(nlp.pipe(["a", "x"]))):
        with pytest.raises(KeyError, match="no x") as caught:
            run()
        assert any("'mine'" in note for note in caught.value.__notes__)


def test_an_error_handler_lets_the_others_through():
    nlp = nlpcore.blank("en")
    nlp.add_pipe("fails_on_x")
    nlp.add_pipe("sentencizer")
    seen = []
    nlp.set_error_handler(
        lambda name, proc, docs, error: seen.append((name, [d.text for d in docs], str(error)))
    )
    assert [doc.text for doc in nlp.pipe(["a", "x", "b"])] == ["a", "b"]
    assert seen == [("fails_on_x", ["x"], "'no x'")]
    pairs = nlp.pipe([("a", 1), ("x", 2), ("b", 3)], as_tuples=True)
    assert [(doc.text, context) for doc, context in pairs] == [("a", 1), ("b", 3)]
    assert nlp("x").text == "x"


def test_length_is_not_limited():
    nlp = nlpcore.blank("en")
    nlp.max_length = 10
    assert len(nlp("word " * 100)) == 100


def test_the_tokenizer_can_be_replaced():
    nlp = nlpcore.blank("en")
    nlp.tokenizer = lambda text: Doc(nlp.vocab, words=text.split("-"))
    assert [token.text for token in nlp("a-b")] == ["a", "b"]
    assert [len(doc) for doc in nlp.pipe(["a-b-c"])] == [3]


def test_a_vocab_can_be_shared():
    one = nlpcore.blank("en")
    two = nlpcore.blank("en", vocab=one.vocab)
    assert one.vocab is two.vocab
    with pytest.raises(ValueError, match="must be a Vocab"):
        nlpcore.blank("en", vocab="x")


def test_unknown_languages():
    with pytest.raises(ImportError, match="'zz'"):
        nlpcore.blank("zz")
    for code in ("", "../en", "en.defaults", "EN"):
        with pytest.raises(ImportError):
            nlpcore.blank(code)


def test_meta_is_filled_and_can_be_changed(nlp):
    meta = nlp.meta
    assert meta["name"] == "pipeline"
    assert meta["version"] == "0.0.0"
    assert meta["pipeline"] == meta["components"] == NAMES
    assert meta["disabled"] == []
    meta["author"] = "me"
    assert nlp.meta["author"] == "me"
    nlp.disable_pipe("note_a")
    assert nlp.meta["disabled"] == ["note_a"]
    assert nlp.meta["pipeline"] == NAMES[1:]
    nlp.meta = {"name": "other", "extra": [1]}
    assert nlp.meta["name"] == "other"
    assert nlp.meta["extra"] == [1]
    assert nlp.meta["lang"] == "en"
    assert nlpcore.blank("en", meta={"name": "x"}).meta["name"] == "x"


def test_config_follows_the_pipeline(nlp):
    config = nlp.config
    assert config["nlp"]["lang"] == "en"
    assert config["nlp"]["pipeline"] == NAMES
    assert config["components"]["note_a"] == {"factory": "note_a"}
    assert set(config) >= {"paths", "system", "nlp", "components", "corpora", "training", "initialize"}
    nlp.add_pipe("sentencizer", config={"punct_chars": ["|"]})
    assert nlp.config["components"]["sentencizer"]["punct_chars"] == ["|"]
    assert nlp.config["training"]["score_weights"]["sents_f"] == 1.0
    again = type(nlp).from_config(nlp.config)
    assert again.pipe_names == nlp.pipe_names
    assert again.config == nlp.config
    assert '[components.sentencizer]\nfactory = "sentencizer"' in nlp.config.to_str()


def test_a_pipeline_is_built_from_settings():
    settings = {
        "nlp": {"lang": "en", "pipeline": ["s", "note_a"], "disabled": ["note_a"], "batch_size": 5},
        "components": {
            "s": {"factory": "sentencizer", "punct_chars": ["|"]},
            "note_a": {"factory": "note_a"},
            "unused": {"factory": "nothing"},
        },
    }
    cls = nlpcore.util.get_lang_class("en")
    nlp = cls.from_config(settings)
    assert nlp.component_names == ["s", "note_a"]
    assert nlp.pipe_names == ["s"]
    assert nlp.batch_size == 5
    assert [s.text for s in nlp("a b | c d").sents] == ["a b |", "c d"]
    assert cls.from_config(settings, exclude=["s"]).component_names == ["note_a"]
    assert cls.from_config(settings, disable="s").pipe_names == []
    assert cls.from_config(settings, enable="s").pipe_names == ["s"]
    assert nlpcore.blank("en", config=settings).component_names == ["s", "note_a"]
    assert cls.from_config({}).pipe_names == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"nlp": {"lang": "de"}}, "for the language 'de'"),
        ({"nlp": {"pipeline": ["x"]}}, r"no section \[components\.x\]"),
        ({"nlp": {"pipeline": ["x"]}, "components": {"x": {}}}, "needs a `factory`"),
        ({"nlp": {"pipeline": ["x"]}, "components": {"x": {"factory": "nope"}}}, "'nope'"),
        ({"nlp": {"pipeline": "x"}}, "must be a list"),
        ({"nlp": {"before_creation": {"@callbacks": "nope"}}}, "'nope'"),
        (3, "must be a dict"),
    ],
)
def test_settings_that_make_no_pipeline(settings, message):
    with pytest.raises(ValueError, match=message):
        nlpcore.util.get_lang_class("en").from_config(settings)


def test_callbacks_while_a_pipeline_is_built():
    calls = []

    @nlpcore.registry.callbacks("tests.note.v1")
    def note(word):
        def call(what):
            calls.append((word, what if isinstance(what, type) else what.pipe_names[:]))
            return what

        return call

    def block(word):
        return {"@callbacks": "tests.note.v1", "word": word}

    cls = nlpcore.util.get_lang_class("en")
    cls.from_config(
        {
            "nlp": {
                "pipeline": ["sentencizer"],
                "before_creation": block("before"),
                "after_creation": block("after"),
                "after_pipeline_creation": block("end"),
            },
            "components": {"sentencizer": {"factory": "sentencizer"}},
        }
    )
    assert calls == [("before", cls), ("after", []), ("end", ["sentencizer"])]


def test_pickle_and_deepcopy(nlp):
    nlp.add_pipe("sentencizer", config={"punct_chars": ["|"]})
    nlp.disable_pipe("note_a")
    nlp.meta["author"] = "me"
    nlp.tokenizer.add_special_case("ab", [{"ORTH": "a"}, {"ORTH": "b"}])
    for other in (copy.deepcopy(nlp), pickle.loads(pickle.dumps(nlp))):
        assert other is not nlp
        assert other.component_names == nlp.component_names
        assert other.disabled == ["note_a"]
        assert other.meta["author"] == "me"
        assert other.vocab is not nlp.vocab
        assert other.tokenizer.vocab is other.vocab
        assert [t.text for t in other("ab c")] == ["a", "b", "c"]
        assert other.get_pipe("sentencizer").punct_chars == {"|"}
        other.remove_pipe("sentencizer")
    assert nlp.has_pipe("sentencizer")


def test_analysis_of_a_pipeline(capsys):
    nlp = nlpcore.blank("en")
    nlp.add_pipe("merge_entities")
    nlp.add_pipe("sentencizer")
    analysis = nlp.analyze_pipes()
    assert analysis["problems"] == {
        "merge_entities": ["doc.ents", "token.ent_iob", "token.ent_type"],
        "sentencizer": [],
    }
    assert analysis["summary"]["merge_entities"]["retokenizes"] is True
    assert analysis["attrs"]["doc.sents"] == {"assigns": ["sentencizer"], "requires": []}
    assert nlp.analyze_pipes(pretty=True) is None
    assert "merge_entities" in capsys.readouterr().out


def test_use_params_reaches_components():
    class Swaps:
        def __init__(self, nlp, name):
            self.params = None

        def __call__(self, doc):
            return doc

        @nlpcore.language.contextmanager
        def use_params(self, params):
            self.params = params
            yield
            self.params = None

    Language.factory("swaps", func=Swaps)
    nlp = nlpcore.blank("en")
    component = nlp.add_pipe("swaps")
    with nlp.use_params({1: 2}):
        assert component.params == {1: 2}
    assert component.params is None
    with nlp.use_params(None):
        assert component.params is None


def example(nlp, text="A dog. A cat.", **annotations):
    return Example.from_dict(nlp.make_doc(text), annotations)


@pytest.mark.parametrize("method", ["update", "evaluate"])
@pytest.mark.parametrize("examples", [3, "text", [3], [("text", {})], {"a": 1}, None])
def test_only_examples_are_taken(method, examples):
    with pytest.raises(TypeError, match=f"Language.{method} takes a list of Example"):
        getattr(nlpcore.blank("en"), method)(examples)


def test_updating_nothing():
    nlp = nlpcore.blank("en")
    assert nlp.update([]) == {}
    losses = {"x": 1.0}
    assert nlp.update([example(nlp)], losses=losses) is losses
    assert losses == {"x": 1.0}
    with pytest.raises(TypeError, match=r"Example\.from_dict"):
        nlp.update(["text"], [{}])


def test_initializing():
    calls = []

    class Learner:
        def __init__(self, nlp, name):
            pass

        def __call__(self, doc):
            return doc

        def initialize(self, get_examples, nlp=None, labels=()):
            calls.append((len(list(get_examples())), nlp, labels))

    Language.factory("learner", func=Learner)
    nlp = nlpcore.blank("en")
    nlp.add_pipe("learner")
    nlp.add_pipe("learner", name="off")
    nlp.disable_pipe("off")
    optimizer = nlp.initialize()
    assert nlp.initialize(lambda: [example(nlp)] * 3) is optimizer
    assert nlp.resume_training() is optimizer
    nlp.config["initialize"]["components"]["learner"] = {"labels": ["A"]}
    assert nlp.initialize(sgd="mine") == "mine"
    assert calls == [(1, nlp, ()), (3, nlp, ()), (1, nlp, ["A"])]
    nlp.config["initialize"]["components"]["learner"] = {"label": ["A"]}
    with pytest.raises(ValueError, match=r"initialize\.components\.learner.*'label'"):
        nlp.initialize()
    with pytest.raises(TypeError, match="function"):
        nlp.initialize([example(nlp)])


def test_evaluating():
    nlp = nlpcore.blank("en")
    assert nlp.evaluate([])["token_f"] is None
    nlp.add_pipe("sentencizer")
    gold = example(nlp, sent_starts=[1, 0, 0, 1, 0, 0])
    scores = nlp.evaluate([gold])
    assert scores["token_f"] == scores["sents_f"] == 1.0
    assert scores["speed"] > 0
    assert not gold.predicted.has_annotation("SENT_START")
    assert nlp.evaluate([gold], per_component=True)["sentencizer"]["sents_f"] == 1.0
    assert nlp.evaluate([example(nlp)])["sents_f"] is None


@pytest.mark.parametrize("n", [1, 2, 400])
def test_tokens_of_a_new_doc_can_be_merged(n):
    doc = nlpcore.blank("en").make_doc("Anna saw two dogs in New York. " * n)
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[5:7])
    assert doc[5].text == "New York"
    assert doc[5].orth_ == "New York"
