"""Which texts a component was made for: the gate and what it is made from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nlpcore
from nlpcore.errors import ModelDataError
from nlpcore.pipeline import domain
from nlpcore.pipeline.domain import DomainGate, TextProfile, features
from nlpcore.pipeline.engine_run import KEPT, can_follow
from nlpcore.pipeline.tok2vec import Tok2Vec
from nlpcore.tokens import Span

KEYS = st.lists(st.integers(0, 40), max_size=12).map(lambda keys: np.unique(np.array(keys, dtype="uint64")))
DOCUMENTS = st.lists(KEYS, max_size=8)
SHIPS = [
    "The ferry left the harbour.",
    "A ferry is in the harbour.",
    "The harbour has a ferry.",
    "Ferry, leave!",
]
FOOD = ["I like soup and bread.", "Bread and soup for me.", "Some soup, some bread.", "They like bread."]


def words_of(texts):
    nlp = nlpcore.blank("en")
    return [features(nlp.make_doc(text)) for text in texts]


@given(DOCUMENTS, st.integers(1, 3), KEYS, st.integers(0, 30))
def test_a_profile_counts_documents(documents, least, asked, at_once):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(domain, "AT_ONCE", at_once)
        profile = TextProfile.of(iter(documents), min_documents=least)
    assert profile.total == sum(map(len, documents))
    for key, count in zip(asked.tolist(), profile.count(asked).tolist(), strict=True):
        found = sum(key in document for document in documents)
        assert count == (found if found >= least else 0)


@given(DOCUMENTS, DOCUMENTS)
def test_profiles_add_up(some, others):
    both, whole = TextProfile.of(some) + TextProfile.of(others), TextProfile.of([*some, *others])
    assert both.total == whole.total
    assert (both.keys.tolist(), both.counts.tolist()) == (whole.keys.tolist(), whole.counts.tolist())
    assert both.counts.dtype == whole.counts.dtype


@given(DOCUMENTS, DOCUMENTS, KEYS)
def test_a_score_is_the_mean_of_log_odds(own, other, document):
    gate = DomainGate.fit(own, TextProfile.of(other))
    both = [*own, *other]
    kinds = len(set(np.concatenate([np.zeros(0, "uint64"), *both]).tolist()))
    total = 0.0
    for key in document.tolist():
        here, there = sum(key in d for d in own), sum(key in d for d in other)
        if here + there >= 2:
            sizes = [sum(map(len, side)) + 0.5 * max(1, kinds) for side in (own, other)]
            total += np.log((here + 0.5) / sizes[0]) - np.log((there + 0.5) / sizes[1])
    assert gate.score_features(document) == pytest.approx(total / max(1, len(document)), abs=1e-5)


def test_a_gate_lets_in_what_looks_like_its_own_texts():
    gate = DomainGate.fit(words_of(SHIPS), TextProfile.of(words_of(FOOD)))
    nlp = nlpcore.blank("en")
    assert gate.lets_in(nlp.make_doc("The harbour and its ferry."))
    assert not gate.lets_in(nlp.make_doc("Soup and bread."))
    assert not gate.lets_in(nlp.make_doc(""))


@pytest.mark.parametrize("kind", [TextProfile, DomainGate])
def test_what_is_stored_comes_back(kind):
    profile = TextProfile.of(words_of(FOOD))
    stored = profile if kind is TextProfile else DomainGate.fit(words_of(SHIPS), profile)
    again = kind.from_state(*stored.get_state())
    assert again.get_state()[0] == stored.get_state()[0]
    for key, array in stored.get_state()[1].items():
        np.testing.assert_array_equal(array, again.get_state()[1][key])


@pytest.mark.parametrize(
    "change",
    [
        lambda meta, arrays: arrays.pop("keys"),
        lambda meta, arrays: arrays.update(keys=arrays["keys"][::-1]),
        lambda meta, arrays: arrays.update(keys=arrays["keys"].astype("int64")),
        lambda meta, arrays: arrays.update(weights=arrays["weights"][:-1]),
        lambda meta, arrays: arrays.update(weights=arrays["weights"] * np.float32("nan")),
        lambda meta, arrays: meta.update(threshold=float("inf")),
        lambda meta, arrays: meta.update(threshold="0"),
        lambda meta, arrays: meta.clear(),
    ],
)
def test_unsound_gates_are_refused(change):
    meta, arrays = DomainGate.fit(words_of(SHIPS), TextProfile.of(words_of(FOOD))).get_state()
    change(meta, arrays)
    with pytest.raises(ModelDataError):
        DomainGate.from_state(meta, arrays)


@pytest.mark.parametrize(("total", "counts"), [(-1, None), (1.5, None), (3, -1)])
def test_unsound_profiles_are_refused(total, counts):
    meta, arrays = TextProfile.of(words_of(FOOD)).get_state()
    meta["total"] = total
    if counts is not None:
        arrays["counts"] = np.full_like(arrays["counts"], counts)
    with pytest.raises(ModelDataError):
        TextProfile.from_state(meta, arrays)


def test_where_the_gate_lets_a_text_in_its_recognizer_comes_first():
    nlp = nlpcore.load("en_core_web_sm")
    ner = nlp.get_pipe("ner")
    doc = nlp.make_doc("The harbour and the ferry to Oslo.")
    spans = np.array([[4, 7, 0]], dtype="int32")
    old = Span(doc, 6, 7, label="OLD")
    doc.ents = [old]
    ner.set_annotations([doc], [spans])
    assert [ent.label_ for ent in doc.ents] == ["OLD"]
    ner.gate = DomainGate.fit(words_of(SHIPS), TextProfile.of(words_of(FOOD)))
    ner.set_annotations([doc], [spans])
    assert [(ent.start, ent.end) for ent in doc.ents] == [(4, 7)]
    assert doc.ents[0].label_ != "OLD"


@pytest.fixture(scope="module")
def two_recognizers():
    """The bundled model with a second recognizer, whose encoder is its own and whose weights are others."""
    nlp = nlpcore.load("en_core_web_sm")
    new = nlp.add_pipe("ner", "ner_2")
    for label in ("A", "B"):
        new.add_label(label)
    new.own_tok2vec = Tok2Vec(nlp.vocab, "tok2vec")
    new.own_tok2vec.set_state(*nlp.get_pipe("tok2vec").get_state())
    new.model = new.build_model(new.own_tok2vec.width)
    new.model.initialize()
    rng = np.random.default_rng(0)
    shape = new.model.get_param("upper_W").shape
    new.model.set_param("upper_W", rng.normal(size=shape).astype("float32"))
    return nlp


TEXTS = [
    "Ann Smith left Oslo for the harbour of Bergen.",
    "",
    "  The ferry\n\nhas soup, and Bob Miller likes bread in Paris. ",
    "They say that Zürich is nice 🙂 in May.",
    "soup " * 300,
]


def facts(doc):
    return [(e.start, e.end, e.label_) for e in doc.ents], doc.tensor.tobytes(), [t.dep_ for t in doc]


@pytest.mark.parametrize("gate", [None, FOOD, SHIPS])
def test_a_recognizer_with_its_own_encoder_follows_on_the_engine_with_the_same_answers(two_recognizers, gate):
    nlp = two_recognizers
    new = nlp.get_pipe("ner_2")
    other = SHIPS if gate is FOOD else FOOD
    new.gate = None if gate is None else DomainGate.fit(words_of(gate), TextProfile.of(words_of(other)))
    assert can_follow(new)
    with nlp.select_pipes(disable=["ner_2"]):
        first = [facts(doc) for doc in nlp.pipe(TEXTS)]
    with nlp.select_pipes(disable=["ner_2"]):
        docs = list(nlp.pipe(TEXTS))
    for doc in docs:
        new(doc)
    wanted = [facts(doc) for doc in docs]
    for threads in (1, 3):
        assert [facts(doc) for doc in nlp.pipe(TEXTS, threads=threads)] == wanted
    assert [facts(nlp(text)) for text in TEXTS] == wanted
    assert [facts(doc) for doc in nlp.pipe([nlp.make_doc(text) for text in TEXTS])] == wanted
    assert any(a[0] != b[0] for a, b in zip(first, wanted, strict=True))
    assert all(a[1:] == b[1:] for a, b in zip(first, wanted, strict=True))  # the shared vectors stay


def test_annotators_of_former_weights_are_let_go(two_recognizers):
    nlp = two_recognizers
    new = nlp.get_pipe("ner_2")
    for _ in range(2 * KEPT):
        upper = new.model.get_param("upper_W")
        new.model.set_param("upper_W", (upper * 1.01).astype("float32"))
        nlp("Ann left.")
    assert len(nlp._engine_runs._made) <= KEPT
