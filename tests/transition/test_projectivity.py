import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpcore.errors import GoldAnalysisError, TransitionInputError
from nlpcore.transition.projectivity import (
    compose,
    decompose,
    deprojectivize,
    is_decorated,
    is_projective,
    projectivize,
    segments,
)

from .exhaustive import is_projective as slow_is_projective
from .treebanks import read_trees, treebank

LABELS = st.sampled_from(["nsubj", "obj", "nmod", "obl", "det"])


@st.composite
def trees(draw, most=14):
    """(heads, labels) of a random tree: each word of a random order hangs on an earlier one of that order."""
    n = draw(st.integers(1, most))
    order = draw(st.permutations(range(n)))
    heads = [0] * n
    heads[order[0]] = order[0]
    for i in range(1, n):
        heads[order[i]] = order[draw(st.integers(0, i - 1))]
    return heads, draw(st.lists(LABELS, min_size=n, max_size=n))


@st.composite
def texts(draw):
    heads, labels = [], []
    for tree_heads, tree_labels in draw(st.lists(trees(), max_size=4)):
        heads, labels = heads + [h + len(heads) for h in tree_heads], labels + tree_labels
    return heads, labels


@given(texts())
def test_lifting_gives_projective_trees(text):
    heads, labels = text
    new_heads, new_labels = projectivize(heads, labels)
    assert slow_is_projective(new_heads)
    assert is_projective(new_heads)
    assert [decompose(label)[0] for label in new_labels] == labels
    for i in range(len(heads)):
        if not is_decorated(new_labels[i]):
            assert new_heads[i] == heads[i]
    if slow_is_projective(heads):
        assert (new_heads, new_labels) == (heads, labels)


@given(texts())
def test_restored_arcs_form_trees_with_plain_labels(text):
    heads, labels = text
    new_heads, new_labels = deprojectivize(*projectivize(heads, labels))
    is_projective(new_heads)  # raises unless these are trees
    assert new_labels == labels


@given(trees(), st.data())
def test_any_labels_are_restored_without_harm(tree, data):
    heads, _ = projectivize(*tree)
    wild = st.sampled_from(["a", "a||b", "b||a", "a||a||2", "||", "||||", "a||b||c||0", "b||b||99999999999"])
    labels = data.draw(st.lists(wild, min_size=len(heads), max_size=len(heads)))
    new_heads, new_labels = deprojectivize(heads, labels)
    is_projective(new_heads)
    assert not any(is_decorated(label) for label in new_labels)


@given(texts())
def test_projectivity_equals_its_definition(text):
    assert is_projective(text[0]) == slow_is_projective(text[0])


def test_a_crossing_arc_and_back():
    heads, labels = [1, 1, 1, 0, 1], ["det", "root", "obj", "nmod", "punct"]
    lifted = projectivize(heads, labels)
    assert lifted == ([1, 1, 1, 1, 1], ["det", "root", "obj", "nmod||det", "punct"])
    assert deprojectivize(*lifted) == (heads, labels)


def test_the_label_says_which_of_several_heads():
    heads, labels = [2, 2, 2, 1], ["obl", "obl", "root", "nmod"]
    lifted = projectivize(heads, labels)
    assert lifted == ([2, 2, 2, 2], ["obl", "obl", "root", "nmod||obl||2"])
    assert deprojectivize(*lifted) == (heads, labels)


def test_labels_round_trip():
    assert decompose(compose("nmod", "obl")) == ("nmod", "obl", 1)
    assert decompose(compose("nmod", "obl", 3)) == ("nmod", "obl", 3)
    assert decompose("nmod") == ("nmod", "", 1)


def test_segments_end_where_no_arc_crosses():
    assert segments([0, 0, 2, 4, 4, 3]) == [(0, 2), (2, 3), (3, 6)]
    assert segments([]) == []


@pytest.mark.parametrize("heads", [[1, 0], [0, 2, 3, 1], [5], [-1], [0, 1, -2]])
def test_heads_that_form_no_trees_are_refused(heads):
    labels = ["dep||dep"] * len(heads)
    with pytest.raises(GoldAnalysisError):
        projectivize(heads, labels)
    with pytest.raises(GoldAnalysisError):
        deprojectivize(heads, labels)


def test_lengths_must_agree():
    with pytest.raises(TransitionInputError):
        projectivize([0, 0], ["root"])
    with pytest.raises(TransitionInputError):
        deprojectivize([0], [])


def test_long_chains_need_no_recursion():
    n = 50_000
    heads = [max(i - 1, 0) for i in range(n)]
    assert projectivize(heads, ["dep"] * n)[0] == heads


@pytest.mark.parametrize("name", ["UD_Korean-GSD", "UD_Russian-Taiga", "UD_English-EWT"])
@pytest.mark.parametrize("part", ["train", "dev"])
def test_lifted_arcs_of_treebanks_are_restored(name, part):
    lifted = restored = 0
    for heads, labels in read_trees(treebank(name, part)):
        new_heads, new_labels = projectivize(heads, labels)
        back, _ = deprojectivize(new_heads, new_labels)
        lifted += sum(a != b for a, b in zip(heads, new_heads, strict=True))
        restored += sum(a != b and a == c for a, b, c in zip(heads, new_heads, back, strict=True))
    print(f"{name} {part}: {restored} of {lifted} lifted arcs restored ({restored / lifted:.1%})")
    assert restored >= 0.9 * lifted
