"""Tree navigation and character spans against plain statements of what they mean."""

from itertools import pairwise

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpcore import errors
from nlpcore.tokens import Doc, Span
from nlpcore.tokens._tree import build
from nlpcore.vocab.vocab import Vocab

VOCAB = Vocab()


@st.composite
def forests(draw, max_size=9):
    n = draw(st.integers(1, max_size))
    order = draw(st.permutations(range(n)))
    heads = [0] * n
    for k, token in enumerate(order):
        heads[token] = order[draw(st.integers(0, k))]
    return heads


def below(heads, i):
    """Token i and all that hangs from it."""
    found = {i}
    while True:
        more = {k for k, head in enumerate(heads) if head in found} - found
        if not more:
            return found
        found |= more


def parsed(heads, dep="x"):
    n = len(heads)
    return Doc(VOCAB, words=[f"w{i}" for i in range(n)], heads=heads, deps=[dep] * n)


@given(forests())
@settings(deadline=None, max_examples=150)
def test_navigation(heads):
    doc = parsed(heads)
    for i, token in enumerate(doc):
        children = [k for k, head in enumerate(heads) if head == i and k != i]
        assert [t.i for t in token.children] == children
        assert [t.i for t in token.lefts] == [k for k in children if k < i]
        assert [t.i for t in token.rights] == [k for k in children if k > i]
        assert (token.n_lefts, token.n_rights) == (len(list(token.lefts)), len(list(token.rights)))
        subtree = below(heads, i)
        assert {t.i for t in token.subtree} == subtree
        assert len(list(token.subtree)) == len(subtree)
        assert (token.left_edge.i, token.right_edge.i) == (min(subtree), max(subtree))
        ancestors = [t.i for t in token.ancestors]
        expected, k = [], i
        while heads[k] != k:
            k = heads[k]
            expected.append(k)
        assert ancestors == expected
        for k in range(len(heads)):
            assert doc[k].is_ancestor(token) == (k in expected)


@given(forests(), st.data())
@settings(deadline=None, max_examples=100)
def test_span_navigation(heads, data):
    doc = parsed(heads)
    start = data.draw(st.integers(0, len(heads) - 1))
    end = data.draw(st.integers(start + 1, len(heads)))
    span = doc[start:end]
    inside = range(start, end)

    def depth(i):
        return len(list(doc[i].ancestors))

    assert span.root.i == min(inside, key=lambda i: (depth(i), i))
    assert sorted(t.i for t in span.lefts) == [i for i in range(start) if heads[i] in inside]
    assert sorted(t.i for t in span.rights) == [i for i in range(end, len(heads)) if heads[i] in inside]
    assert span.n_lefts == len(list(span.lefts))
    assert span.n_rights == len(list(span.rights))


@given(forests())
@settings(deadline=None, max_examples=60)
def test_lowest_common_ancestors(heads):
    doc = parsed(heads)
    matrix = doc.get_lca_matrix()
    chains = [[i, *(t.i for t in doc[i].ancestors)] for i in range(len(heads))]
    sentence = [token.sent.start for token in doc]
    for a in range(len(heads)):
        for b in range(len(heads)):
            common = [k for k in chains[a] if k in chains[b]]
            if sentence[a] == sentence[b]:
                assert matrix[a, b] == (common[0] if common else -1)
            elif not common:
                assert matrix[a, b] == -1


def test_deep_trees_take_no_stack():
    n = 20000
    doc = parsed([max(i - 1, 0) for i in range(n)])
    assert len(list(doc[0].subtree)) == n
    assert doc[0].right_edge.i == n - 1
    assert len(list(doc[n - 1].ancestors)) == n - 1


@pytest.mark.parametrize("heads", [[1, 0], [1, 2, 0], [0, 3, 1, 2], [5], [-1]])
def test_bad_heads(heads):
    with pytest.raises(errors.HeadError):
        build(len(heads), numpy.array(heads, dtype="i4"))
    with pytest.raises(ValueError, match="N204"):
        parsed(heads)


def test_a_cycle_made_token_by_token_is_an_error_when_walked():
    doc = parsed([1, 1, 1])
    doc[1].head = doc[2]
    with pytest.raises(errors.HeadError):
        list(doc[1].children)
    assert len(list(doc[1].ancestors)) <= 3
    doc[2].head = doc[2]
    assert [t.i for t in doc[2].children] == [1]


def test_conjuncts():
    words = ["cats", ",", "dogs", "and", "mice", "sleep"]
    heads, deps = [5, 0, 0, 4, 2, 5], ["nsubj", "punct", "conj", "cc", "conj", "ROOT"]
    doc = Doc(VOCAB, words=words, heads=heads, deps=deps)
    assert [t.text for t in doc[0].conjuncts] == ["dogs", "mice"]
    assert [t.text for t in doc[4].conjuncts] == ["cats", "dogs"]
    assert doc[5].conjuncts == ()


@given(
    st.lists(st.tuples(st.integers(1, 3), st.booleans()), min_size=1, max_size=5),
    st.integers(-1, 20),
    st.integers(-1, 20),
)
@settings(deadline=None, max_examples=300)
def test_char_span(tokens, start, end):
    doc = Doc(VOCAB, words=["abc"[:n] for n, _ in tokens], spaces=[space for _, space in tokens])
    spans = [(t.idx, t.idx + len(t)) for t in doc]
    strict = doc.char_span(start, end)
    found = [
        (a, b)
        for a in range(len(doc))
        for b in range(a + 1, len(doc) + 1)
        if (spans[a][0], spans[b - 1][1]) == (start, end)
    ]
    at_boundary = start == end and any(a[1] == start == b[0] for a, b in pairwise(spans))
    assert (strict is None) == (not found and not at_boundary)
    if strict is not None and not at_boundary:
        assert (strict.start, strict.end) == found[0]
        assert (strict.start_char, strict.end_char) == (start, end)
    inside = [i for i, (a, b) in enumerate(spans) if start <= a and b <= end]
    touched = [i for i, (a, b) in enumerate(spans) if a < end and b > start]
    in_text = 0 <= start < len(doc.text) and end <= len(doc.text)
    contracted = doc.char_span(start, end, alignment_mode="contract")
    if inside and in_text:
        assert (contracted.start, contracted.end) == (inside[0], inside[-1] + 1)
    else:
        assert contracted is None
    expanded = doc.char_span(start, end, alignment_mode="expand")
    if touched and in_text and start < end:
        assert (expanded.start, expanded.end) == (touched[0], touched[-1] + 1)


def test_char_span_options():
    doc = Doc(VOCAB, words=["ab", "cd"])
    span = doc.char_span(0, 5, "L", "K", alignment_mode="strict", span_id="I")
    assert (span.label_, span.kb_id_, span.id_) == ("L", "K", "I")
    with pytest.raises(ValueError, match="alignment mode"):
        doc.char_span(0, 5, alignment_mode="near")
    assert doc[1:2].char_span(0, 1, alignment_mode="expand") == Span(doc, 1, 2)
