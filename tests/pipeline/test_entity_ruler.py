import pytest

import nlpcore
from nlpcore.pipeline.entity_ruler import TokenTest, longest_match
from nlpcore.tokens import Span

PATTERNS = [
    {"label": "ORG", "pattern": "Apple Inc"},
    {"label": "GPE", "pattern": [{"LOWER": "san"}, {"LOWER": "francisco"}], "id": "sf"},
]


@pytest.fixture
def nlp():
    nlp = nlpcore.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns(PATTERNS)
    return nlp


def found(doc):
    return [(ent.text, ent.label_, ent.ent_id_) for ent in doc.ents]


def test_phrases_and_token_patterns(nlp):
    assert found(nlp("Apple Inc is in San Francisco.")) == [
        ("Apple Inc", "ORG", ""),
        ("San Francisco", "GPE", "sf"),
    ]
    assert found(nlp("")) == found(nlp("Apple")) == []


def test_what_it_says_of_its_patterns(nlp):
    ruler = nlp.get_pipe("entity_ruler")
    assert (len(ruler), ruler.labels, ruler.ent_ids, "GPE" in ruler, "X" in ruler) == (
        2,
        ("GPE", "ORG"),
        ("sf",),
        True,
        False,
    )
    assert ruler.patterns == PATTERNS
    ruler.remove("sf")
    assert ruler.labels == ("ORG",)
    with pytest.raises(ValueError, match="no_id"):
        ruler.remove("no_id")


@pytest.mark.parametrize(
    ("pattern", "ends"),
    [
        ([{"LOWER": "a"}, {"LOWER": "b", "OP": "?"}, {"LOWER": "c"}], {"a c": 2, "a b c": 3, "a b b c": -1}),
        ([{"LOWER": "a"}, {"LOWER": "b", "OP": "*"}], {"a": 1, "a b b c": 3, "c": -1}),
        ([{"LOWER": "a", "OP": "+"}, {"LOWER": "b"}], {"b": -1, "a a b": 3, "a b": 2}),
        ([{"LOWER": "a"}, {"LOWER": "b", "OP": "!"}], {"a b": -1, "a c": 2, "a": -1}),
        ([{"LIKE_NUM": True}, {"TEXT": {"IN": ["b", "c"]}}], {"1 b": 2, "1 d": -1, "x b": -1}),
        ([{"TEXT": {"REGEX": "^a.$"}, "LENGTH": 2}], {"ab": 1, "abc": -1}),
        ([{"LOWER": {"NOT_IN": ["a"]}}], {"a": -1, "b": 1}),
    ],
)
def test_operators_and_values(pattern, ends):
    nlp = nlpcore.blank("en")
    tests = [TokenTest(token) for token in pattern]
    for text, end in ends.items():
        assert longest_match(tests, list(nlp(text)), 0) == end


def test_longer_matches_win_and_entities_stay_unless_told_otherwise():
    for overwrite, label in ((False, "OLD"), (True, "NEW")):
        nlp = nlpcore.blank("en")
        ruler = nlp.add_pipe("entity_ruler", config={"overwrite_ents": overwrite})
        ruler.add_patterns([{"label": "SHORT", "pattern": "New"}, {"label": "NEW", "pattern": "New York"}])
        doc = nlp.make_doc("in New York")
        assert [ent.label_ for ent in ruler(doc).ents] == ["NEW"]
        doc.ents = [Span(doc, 2, 3, label="OLD")]
        assert label in [ent.label_ for ent in ruler(doc).ents]


def test_phrases_by_another_attribute():
    nlp = nlpcore.blank("en")
    ruler = nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"})
    ruler.add_patterns([{"label": "ORG", "pattern": "Apple Inc"}])
    assert found(nlp("APPLE INC")) == [("APPLE INC", "ORG", "")]


def test_storage(nlp, tmp_path):
    nlp.to_disk(tmp_path / "model")
    other = nlpcore.load(tmp_path / "model")
    assert other.get_pipe("entity_ruler").patterns == PATTERNS
    assert len(other("Apple Inc").ents) == 1
    for meta in ({}, {"patterns": [1], "overwrite": True, "phrase_attr": "TEXT"}):
        with pytest.raises(ValueError, match="entity_ruler"):
            other.get_pipe("entity_ruler").set_state(meta, {})


@pytest.mark.parametrize(
    "pattern",
    [
        {"label": "X"},
        {"pattern": "x"},
        {"label": "X", "pattern": []},
        {"label": "X", "pattern": [{"NOPE": 1}]},
        {"label": "X", "pattern": [{"LOWER": "a", "OP": "??"}]},
        {"label": "X", "pattern": [{"LOWER": "a", "OP": "*"}]},
        {"label": "X", "pattern": [{"LOWER": 5}]},
        {"label": "X", "pattern": ["x"]},
        5,
    ],
)
def test_bad_patterns_are_refused_whole(nlp, pattern):
    ruler = nlp.get_pipe("entity_ruler")
    with pytest.raises(ValueError, match="N419"):
        ruler.add_patterns([{"label": "OK", "pattern": "ok"}, pattern])
    assert len(ruler) == 2
