"""Example: the reference's annotation on the predicted tokens."""

import numpy
import pytest

from nlpcore.tokens import Doc, Span
from nlpcore.training import Example, validate_examples, validate_get_examples
from nlpcore.vocab import Vocab

VOCAB = Vocab()
WORDS = ["I", "like", "New", "York", "in", "Berlin", "."]
ANNOTATION = {
    "words": WORDS,
    "tags": ["PRP", "VBP", "NNP", "NNX", "IN", "NNP", "."],
    "pos": ["PRON", "VERB", "PROPN", "PROPN", "ADP", "PROPN", "PUNCT"],
    "lemmas": ["I", "like", "New", "York", "in", "Berlin", "."],
    "morphs": ["Number=Sing", "", "", "", "", "", ""],
    "heads": [1, 1, 3, 1, 1, 4, 1],
    "deps": ["nsubj", "ROOT", "compound", "obj", "prep", "pobj", "punct"],
    "entities": ["O", "O", "B-LOC", "L-LOC", "O", "U-LOC", "O"],
    "cats": {"A": 1.0},
}


def example(tokens, /, **annotation):
    return Example.from_dict(Doc(VOCAB, words=tokens), annotation)


@pytest.fixture
def split():
    """One predicted token for two, and two for one."""
    return example(["I", "like", "New York", "in", "Ber", "lin", "."], **ANNOTATION)


def test_attributes(split):
    assert split.get_aligned("TAG", as_string=True) == ["PRP", "VBP", None, "IN", "NNP", "NNP", "."]
    assert split.get_aligned("DEP", as_string=True)[2:6] == [None, "prep", "pobj", "pobj"]
    assert split.get_aligned("ENT_IOB") == [2, 2, None, 2, 3, 3, 2]
    assert split.get_aligned("POS", as_string=True)[2] == "PROPN"


def test_parse(split):
    heads, deps = split.get_aligned_parse()
    assert heads == [1, 1, None, 1, 3, 3, 1]
    assert deps == ["nsubj", "ROOT", None, "prep", "pobj", "pobj", "punct"]


def test_entities(split):
    spans, tags = split.get_aligned_ents_and_ner()
    assert [(span.start, span.end, span.label_) for span in spans] == [(2, 3, "LOC"), (4, 6, "LOC")]
    assert tags == split.get_aligned_ner() == ["O", "O", "U-LOC", "O", "B-LOC", "L-LOC", "O"]


def test_entities_that_do_not_fit_are_unknown():
    part = example(["ab", "cd"], words=list("abcd"), entities=["O", "B-X", "L-X", "O"])
    assert part.get_aligned_ner() == [None, None]
    assert part.get_aligned_spans_y2x(part.reference.ents) == []


def test_missing():
    bare = example(["a", "b"])
    assert bare.get_aligned_ner() == [None, None]
    assert bare.get_aligned_sent_starts() == [None, None]
    assert bare.get_aligned("TAG", as_string=True) == ["", ""]
    gold = bare.gold_arrays()
    assert gold["heads"].tolist() == [-2, -2]
    for name in ("deps", "sent_starts", "tags", "pos", "morphs", "lemmas", "ent_iob", "ent_types"):
        assert not gold[name].any(), name
    some = example(list("abcd"), entities=["-", "O", "U-X", None])
    assert some.get_aligned_ner() == [None, "O", "U-X", None]


def test_projectivize():
    crossing = example(list("abcd"), heads=[2, 3, 2, 2], deps=["x", "y", "ROOT", "z"])
    assert crossing.get_aligned_parse(projectivize=False) == ([2, 3, 2, 2], ["x", "y", "ROOT", "z"])
    assert crossing.get_aligned_parse(projectivize=True) == ([2, 2, 2, 2], ["x", "y||z", "ROOT", "z"])


def test_gold_arrays(split):
    gold = split.gold_arrays()
    names = {
        name: [split.reference._string(int(i)) if i else "" for i in gold[name]] for name in ("tags", "deps")
    }
    assert gold["heads"].tolist() == [1, 1, 1, 1, -2, -2, 1]  # "New York" has the arc that leaves it
    assert names["deps"] == ["nsubj", "ROOT", "obj", "prep", "", "", "punct"]
    assert names["tags"] == ["PRP", "VBP", "", "IN", "NNP", "NNP", "."]
    assert gold["sent_starts"].tolist() == [1, -1, -1, -1, -1, -1, -1]
    assert gold["ent_iob"].tolist() == [2, 2, 3, 2, 3, 1, 2]
    assert [name for name in gold["ent_types"].tolist() if name] == [VOCAB.strings["LOC"]] * 3
    dtypes = {name: str(array.dtype) for name, array in gold.items()}
    assert dtypes["heads"] == "int32"
    assert dtypes["sent_starts"] == dtypes["ent_iob"] == "int8"
    assert dtypes["deps"] == dtypes["morphs"] == "uint64"
    assert split.gold_arrays() is gold
    with pytest.raises(ValueError, match="read-only"):
        gold["heads"][0] = 1


def test_gold_arrays_of_equal_tokens():
    same = example(WORDS, **ANNOTATION)
    gold = same.gold_arrays()
    assert gold["heads"].tolist() == ANNOTATION["heads"]
    assert (gold["morphs"] != 0).all()  # no features is known, too
    assert same.alignment.is_identity


def test_a_sentence_start_inside_a_token_is_unknown():
    across = example(["ab", "c"], words=["a", "b", "c"], sent_starts=[1, 1, 0])
    assert across.gold_arrays()["sent_starts"].tolist()[0] == 0


def test_white_space():
    spaced = example(["a", " ", "b"], words=["a", "b"], entities=["B-X", "L-X"], sent_starts=[1, 1])
    assert spaced.get_aligned_ner() == ["B-X", "I-X", "L-X"]
    assert spaced.gold_arrays()["sent_starts"].tolist() == [1, -1, 1]
    assert spaced.gold_arrays()["heads"].tolist() == [-2, -2, -2]


def test_spans_both_ways():
    both = example(["a", "bc", "d"], words=["ab", "c", "d"])

    def there(start, end):
        span = Span(both.predicted, start, end, label="Q")
        return [(s.start, s.end, s.label_) for s in both.get_aligned_spans_x2y([span])]

    assert there(0, 1) == there(1, 3) == []
    assert there(0, 2) == [(0, 2, "Q")]
    assert there(2, 3) == [(2, 3, "Q")]
    overlapping = [Span(both.predicted, 0, 2, label="Q"), Span(both.predicted, 0, 3, label="Q")]
    assert len(both.get_aligned_spans_x2y(overlapping)) == 1
    assert len(both.get_aligned_spans_x2y(overlapping, allow_overlap=True)) == 2


def test_matching_ents():
    pair = example(list("abc"), entities=["U-X", "O", "U-Z"])
    pair.predicted.ents = [Span(pair.predicted, 0, 1, "X"), Span(pair.predicted, 2, 3, "Y")]
    assert [span.text for span in pair.get_matching_ents()] == ["a"]
    assert [span.text for span in pair.get_matching_ents(check_label=False)] == ["a", "c"]


def test_dict_round_trip():
    first = example(WORDS, **ANNOTATION).to_dict()
    again = Example.from_dict(Doc(VOCAB, words=WORDS), first).to_dict()
    assert again == first
    assert first["doc_annotation"]["entities"] == ANNOTATION["entities"]
    assert first["token_annotation"]["HEAD"] == ANNOTATION["heads"]
    assert first["token_annotation"]["SENT_START"] == [1, 0, 0, 0, 0, 0, 0]


def test_entities_by_offsets_spans_and_links():
    text = example(
        WORDS,
        entities=[(7, 15, "LOC")],
        spans={"k": [(0, 1), (7, 15, "L", "K", "I")]},
        links={(7, 15): {"Q1": 1.0}},
    )
    assert text.get_aligned_ner() == ["O", "O", "B-LOC", "L-LOC", "O", "O", "O"]
    assert text.reference.ents[0].kb_id_ == "Q1"
    assert [(s.text, s.label_, s.kb_id_, s.id_) for s in text.reference.spans["k"]][1] == (
        "New York",
        "L",
        "K",
        "I",
    )


BAD = [
    ({"foo": 1}, KeyError, "no annotation foo"),
    ({"tags": ["A"]}, ValueError, "1 values for 7 words"),
    ({"tags": [None] * 7}, TypeError, "tags of an Example are str"),
    ({"pos": ["FOO"] * 7}, ValueError, "not a universal part of speech"),
    ({"entities": "abc"}, ValueError, "entities are BILUO tags or"),
    ({"entities": [("a", "X")]}, ValueError, "an entity is"),
    ({"entities": ["O", "O"]}, ValueError, "2 entity tags for 7 words"),
    ({"entities": [(7, 15, "A"), (7, 10, "B")]}, ValueError, "share token 2"),
    ({"heads": [1, 1, 30, 1, 1, 4, 1], "deps": ["x"] * 7}, ValueError, "head"),
    ({"heads": [1, 0, 1, 1, 1, 4, 1], "deps": ["x"] * 7}, ValueError, "head"),
    ({"heads": ["1"] * 7, "deps": ["x"] * 7}, TypeError, "heads are absolute token positions"),
    ({"spans": [1]}, ValueError, "spans are a dict"),
    ({"spans": {"k": [(7, 14)]}}, ValueError, "does not begin and end with tokens"),
    ({"links": {(7, 14): {"Q": 1.0}}}, ValueError, "does not begin and end with tokens"),
]


@pytest.mark.parametrize(("annotation", "error", "message"), BAD)
def test_bad_annotation(annotation, error, message):
    with pytest.raises(error, match=message):
        example(WORDS, **annotation)


def test_bad_arguments():
    doc = Doc(VOCAB, words=["a"])
    for arguments in ((None, doc), (doc, None), ("a", doc)):
        with pytest.raises(TypeError, match="is a Doc, not"):
            Example(*arguments)
    with pytest.raises(ValueError, match="not None"):
        Example.from_dict(doc, None)
    with pytest.raises(TypeError, match="takes a dict"):
        Example.from_dict(doc, "x")
    with pytest.raises(TypeError, match="takes a Doc"):
        Example.from_dict("x", {})
    with pytest.raises(ValueError, match="cannot be aligned"):
        example(["a"], words=["b"]).alignment  # noqa: B018


def test_validate():
    one = example(["a"])
    validate_examples([one], "f")
    for bad in (one, [1], None):
        with pytest.raises(TypeError, match="f takes a list of Examples"):
            validate_examples(bad, "f")
    validate_get_examples(lambda: [one], "f")
    for bad in (None, lambda: [], lambda: [1]):
        with pytest.raises(TypeError, match=r"^\[N608\] f "):
            validate_get_examples(bad, "f")


def test_other_docs_are_aligned_anew(split):
    assert len(split.alignment.x2y) == 7
    split.gold_arrays()
    split.predicted = Doc(VOCAB, words=WORDS)
    assert split.gold_arrays()["heads"].tolist() == ANNOTATION["heads"]


def test_split_sents():
    two = example(
        ["a", "b", "c", "d"], words=["ab", "c", "d"], sent_starts=[1, 1, 0], entities=["O", "B-X", "L-X"]
    )
    parts = two.split_sents()
    assert [(part.x.text, part.y.text) for part in parts] == [("a b ", "ab "), ("c d ", "c d ")]
    assert parts[1].get_aligned_ner() == ["B-X", "L-X"]
    bare = example(["a", "b"])
    assert bare.split_sents() == [bare]


@pytest.mark.parametrize("seed", range(30))
def test_gold_arrays_agree_with_get_aligned(seed):
    """Two ways to the same annotation: wherever both know something they say the same."""
    rng = numpy.random.default_rng(seed)
    letters = "abcdefghij"

    def cut():
        ends = sorted({*rng.choice(range(1, 10), size=5).tolist(), 10})
        return [letters[a:b] for a, b in zip([0, *ends[:-1]], ends, strict=True)]

    words = cut()
    n = len(words)
    heads = [max(i - 1, 0) for i in range(n)]
    pair = example(
        cut(),
        words=words,
        heads=heads,
        deps=["ROOT", *["dep"] * (n - 1)],
        tags=rng.choice(["X", "Y"], size=n).tolist(),
        entities=["U-P" if i % 2 else "O" for i in range(n)],
    )
    gold = pair.gold_arrays()
    aligned_heads, _ = pair.get_aligned_parse(projectivize=False)
    for ours, other in zip(gold["heads"].tolist(), aligned_heads, strict=True):
        assert ours == -2 or other is None or ours == other
    tags = [None if not i else pair.reference._string(i) for i in gold["tags"].tolist()]
    assert tags == pair.get_aligned("TAG", as_string=True)
