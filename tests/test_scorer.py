"""Scorer: the figures, computed by hand or known from the definitions."""

import pytest

from nlpcore.scorer import PRFScore, Scorer, get_ner_prf
from nlpcore.tokens import Doc, Span
from nlpcore.training import Example
from nlpcore.vocab import Vocab

VOCAB = Vocab()
WORDS = ["I", "like", "New", "York", "in", "Berlin", "."]
GOLD = {
    "tags": ["PRP", "VBP", "NNP", "NNP", "IN", "NNP", "."],
    "pos": ["PRON", "VERB", "PROPN", "PROPN", "ADP", "PROPN", "PUNCT"],
    "morphs": ["Number=Sing|Person=1", "", "Number=Sing", "Number=Sing", "", "Number=Sing", ""],
    "lemmas": ["I", "like", "New", "York", "in", "Berlin", "."],
    "heads": [1, 1, 3, 1, 1, 4, 1],
    "deps": ["nsubj", "ROOT", "compound", "dobj", "prep", "pobj", "punct"],
    "ents": ["O", "O", "B-LOC", "I-LOC", "O", "B-LOC", "O"],
}
PREDICTED = {
    **GOLD,
    "tags": ["PRP", "VB", "NNP", "NNP", "IN", "NNP", "."],
    "pos": ["PRON", "VERB", "NOUN", "PROPN", "ADP", "PROPN", "PUNCT"],
    "morphs": ["Number=Plur|Person=1", "Tense=Past", "Number=Sing", "", "", "Number=Sing", ""],
    "heads": [1, 1, 3, 1, 3, 4, 1],
    "deps": ["nsubj", "ROOT", "compound", "iobj", "prep", "pobj", "punct"],
    "ents": ["O", "O", "B-LOC", "I-LOC", "O", "B-ORG", "O"],
}


def doc(words=WORDS, **annotation):
    return Doc(VOCAB, words=words, **annotation)


@pytest.fixture
def pair():
    return Example(doc(**PREDICTED), doc(**GOLD))


def test_all(pair):
    scores = Scorer().score([pair])
    assert scores["tag_acc"] == scores["pos_acc"] == pytest.approx(6 / 7)
    assert scores["morph_acc"] == pytest.approx(4 / 7)
    assert (scores["morph_micro_p"], scores["morph_micro_r"]) == (0.75, 0.6)
    assert scores["morph_per_feat"]["Number"] == pytest.approx({"p": 2 / 3, "r": 1 / 2, "f": 4 / 7})
    assert "Tense" not in scores["morph_per_feat"]
    assert scores["dep_uas"] == pytest.approx(5 / 6)  # punctuation does not count
    assert scores["dep_las"] == pytest.approx(4 / 6)
    assert scores["dep_las_per_type"]["root"]["f"] == 1.0
    assert scores["dep_las_per_type"]["dobj"] == {"p": 0.0, "r": 0.0, "f": 0.0}
    assert (scores["ents_p"], scores["ents_r"], scores["ents_f"]) == (0.5, 0.5, 0.5)
    assert scores["ents_per_type"]["LOC"] == pytest.approx({"p": 1.0, "r": 0.5, "f": 2 / 3})
    assert scores["sents_f"] == 1.0
    assert scores["token_acc"] is None  # spaces unknown: nothing to compare
    assert scores["cats_score"] == 0.0


def test_per_component(pair):
    parts = Scorer().score([pair], per_component=True)
    assert list(parts) == ["tokenizer", "senter", "tagger", "morphologizer", "parser", "ner", "textcat"]
    assert parts["tagger"] == {"tag_acc": pytest.approx(6 / 7)}


@pytest.mark.parametrize("gold", [{}, None])
def test_nothing_to_compare_is_none(gold):
    examples = [] if gold is None else [Example(doc(**PREDICTED), doc(**gold))]
    scores = Scorer().score(examples)
    for name, value in scores.items():
        assert value is None or name.startswith("cats_"), name


def test_unannotated_predictions_score_zero():
    scores = Scorer().score([Example(doc(), doc(**GOLD))])
    assert scores["tag_acc"] == scores["ents_f"] == scores["sents_f"] == scores["morph_acc"] == 0.0
    assert scores["dep_uas"] == pytest.approx(2 / 13)


def test_other_tokens():
    words = ["I", "like", "New York", "in", "Ber", "lin", "."]
    predicted = doc(
        words,
        tags=["PRP", "VB", "NNP", "IN", "NNP", "NNP", "."],
        heads=[1, 1, 1, 1, 5, 3, 1],
        deps=["nsubj", "ROOT", "dobj", "prep", "compound", "pobj", "punct"],
        ents=["O", "O", "B-LOC", "O", "B-LOC", "I-LOC", "O"],
    )
    scores = Scorer().score([Example(predicted, doc(**GOLD))])
    assert scores["tag_acc"] == pytest.approx(2 / 3)
    assert scores["dep_uas"] == scores["dep_las"] == pytest.approx(2 / 3)
    assert scores["ents_f"] == 1.0


def test_tokenization():
    def score(left, left_spaces, right, right_spaces):
        predicted = Doc(VOCAB, words=left, spaces=left_spaces)
        reference = Doc(VOCAB, words=right, spaces=right_spaces)
        scores = Scorer.score_tokenization([Example(predicted, reference)])
        return [scores[f"token_{name}"] for name in ("acc", "p", "r", "f")]

    one = score(["ab", "c", "d"], [1, 1, 1], ["a", "b", "c", "d"], [0, 1, 1, 1])
    assert one == pytest.approx([2 / 3, 2 / 3, 1 / 2, 4 / 7])
    assert score(["a", "b", "cd"], [0, 1, 1], ["ab", "c", "d"], [1, 0, 1]) == pytest.approx([2 / 3, 0, 0, 0])
    assert score(["a", " ", "b"], [1, 0, 1], ["a", " ", "b"], [1, 0, 1]) == [1.0] * 4


def test_missing_values():
    predicted, reference = doc(list("abc"), tags=["X", "Z", "Q"]), doc(list("abc"), tags=["X", "", "Y"])
    assert Scorer.score_token_attr([Example(predicted, reference)], "tag") == {"tag_acc": 0.5}


def test_unknown_entities_do_not_count():
    reference = doc(ents=["O", "O", "", "", "O", "B-LOC", "O"])
    scores = get_ner_prf([Example(doc(**PREDICTED), reference)])
    assert scores["ents_per_type"]["ORG"] == {"p": 0.0, "r": 0.0, "f": 0.0}
    scores = get_ner_prf([Example(doc(**GOLD), reference)])
    assert scores["ents_f"] == 1.0


def test_spans():
    predicted, reference = doc(), doc()
    predicted.set_ents([Span(predicted, 0, 1, "A"), Span(predicted, 1, 2, "B")])
    reference.set_ents([Span(reference, 0, 1, "A"), Span(reference, 1, 2, "C")])
    pair = Example(predicted, reference)
    scores = Scorer.score_spans([pair], "ents")
    assert scores["ents_f"] == 0.5
    assert set(scores["ents_per_type"]) == {"A", "B", "C"}
    assert Scorer.score_spans([pair], "ents", labeled=False) == {"ents_p": 1.0, "ents_r": 1.0, "ents_f": 1.0}
    grouped = Scorer.score_spans([pair], "x", getter=lambda doc, key: doc.ents, allow_overlap=True)
    assert grouped["x_f"] == 0.5
    assert Scorer.score_spans([pair], "x", has_annotation=lambda doc: False)["x_p"] is None


def cats(predicted, gold):
    left, right = doc(["a"]), doc(["a"])
    left.cats, right.cats = predicted, gold
    return Example(left, right)


CATS = [
    ({"A": 0.9, "B": 0.1}, {"A": 1.0, "B": 0.0}),
    ({"A": 0.4, "B": 0.6}, {"A": 1.0, "B": 0.0}),
    ({"A": 0.2, "B": 0.8}, {"A": 0.0, "B": 1.0}),
]


@pytest.mark.parametrize(
    ("settings", "score", "what", "micro_p"),
    [
        ({"multi_label": True}, 1.0, "macro AUC", 2 / 3),
        ({"multi_label": True, "threshold": 0.7}, 1.0, "macro AUC", 1.0),
        ({"multi_label": False}, 2 / 3, "macro F", 2 / 3),
        ({"multi_label": False, "positive_label": "A"}, 2 / 3, "F (A)", 2 / 3),
        ({"multi_label": True, "positive_label": "A"}, 1.0, "macro AUC", 2 / 3),
    ],
)
def test_cats(settings, score, what, micro_p):
    scores = Scorer.score_cats([cats(*case) for case in CATS], "cats", labels=["A", "B"], **settings)
    assert scores["cats_score"] == pytest.approx(score)
    assert scores["cats_score_desc"] == what
    assert scores["cats_micro_p"] == pytest.approx(micro_p)
    assert scores["cats_auc_per_type"] == {"A": 1.0, "B": 1.0}


def test_cats_that_are_not_annotated():
    scores = Scorer.score_cats([cats({"A": 0.9, "B": 0.1}, {"A": 1.0})], "cats", labels=["A", "B"])
    assert scores["cats_f_per_type"]["A"]["f"] == 1.0
    assert scores["cats_f_per_type"]["B"]["f"] == 0.0
    assert scores["cats_auc_per_type"] == {"A": None, "B": None}


def test_links():
    def linked(*ents):
        result = doc(list("abc"))
        result.ents = [
            Span(result, start, start + 1, label=label, kb_id=kb_id) for start, label, kb_id in ents
        ]
        return result

    examples = [
        Example(linked((0, "P", "Q1"), (2, "O", "Q3")), linked((0, "P", "Q1"), (2, "O", "Q4"))),
        Example(linked((0, "P", "NIL")), linked((0, "P", "Q1"))),
    ]
    scores = Scorer.score_links(examples, negative_labels=["NIL"])
    assert scores["nel_score"] == pytest.approx(0.4)
    assert (scores["nel_micro_p"], scores["nel_micro_r"]) == pytest.approx((1 / 2, 1 / 3))
    assert (scores["nel_macro_p"], scores["nel_macro_r"], scores["nel_macro_f"]) == pytest.approx(
        (0.5, 0.25, 1 / 3)
    )


def test_prf():
    score = PRFScore()
    score.score_set({1, 2, 3}, {2, 3, 4, 5})
    score += PRFScore(tp=1, fp=1)
    assert (score.tp, score.fp, score.fn, len(score)) == (3, 2, 2, 7)
    assert score.to_dict() == pytest.approx({"p": 0.6, "r": 0.6, "f": 0.6})
    assert (score + score).tp == 6
    assert PRFScore().to_dict() == {"p": 0.0, "r": 0.0, "f": 0.0}
