"""The automaton against Python's `re`: same language, longest match, context, refusals."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpcore.errors import TokenizerDataError
from nlpcore.tokenizer._matcher import Matcher

CHARS = "abcAB01-.'é😀"


def matcher(prefixes=(), suffixes=(), infixes=(), kept=(), token_match=(), url_match=()):
    return Matcher([list(kind) for kind in (prefixes, suffixes, infixes, kept, token_match, url_match)])


atoms = st.sampled_from(
    ["a", "b", "A", r"\.", "-", "[a-c]", "[^a]", "[A-Z0-1]", ".", "(?i:a)", "é", "😀", r"[\-.']"]
)


def _extend(inner):
    quantified = st.builds("(?:{}){}".format, inner, st.sampled_from(["?", "*", "+", "{2}", "{1,2}", "{2,}"]))
    return st.one_of(
        st.builds("{}{}".format, inner, inner), st.builds("(?:{}|{})".format, inner, inner), quantified
    )


bodies = st.recursive(atoms, _extend, max_leaves=6)
before = st.sampled_from(["", "(?<=a)", "(?<=[ab]b)", "(?<!a)", "(?<!.)", r"(?<=[^.]\.)"])
after = st.sampled_from(["", "(?=b)", "(?=[ab]-)", "(?!b)", "(?!.)"])
patterns = st.builds("{}{}{}".format, before, bodies, after)
strings = st.text(alphabet=CHARS, min_size=1, max_size=8)


def longest_at(pattern, text, at):
    for end in range(len(text), at, -1):
        exact = re.compile(f"(?:{pattern})(?=[\\s\\S]{{{len(text) - end}}}\\Z)")
        if exact.match(text, at):
            return end - at
    return 0


def may_be_empty(body):
    return re.compile(body).fullmatch("") is not None


@settings(max_examples=400, deadline=None)
@given(body=bodies, text=strings)
def test_whole_matches_as_re_does(body, text):
    if may_be_empty(body):
        return
    assert matcher(token_match=[body]).token_match(text) == bool(re.fullmatch(body, text))


@settings(max_examples=400, deadline=None)
@given(pre=before, body=bodies, post=after, text=strings)
def test_prefixes_and_suffixes_are_the_longest_that_re_finds(pre, body, post, text):
    if may_be_empty(body):
        return
    pattern = f"{pre}(?:{body}){post}"
    compiled = matcher(prefixes=[pattern], suffixes=[pattern])
    assert compiled.prefix_length(text) == longest_at(pattern, text, 0)
    found = re.search(f"(?:{pattern})\\Z", text)
    assert compiled.suffix_length(text) == (len(found.group()) if found else 0)


@settings(max_examples=400, deadline=None)
@given(first=patterns, second=patterns, text=strings)
def test_infixes_are_leftmost_and_longest(first, second, text):
    try:
        compiled = matcher(infixes=[first, second])
    except TokenizerDataError:
        return  # one of them matches the empty string
    expected, at = [], 1
    while at < len(text):
        length = max(longest_at(first, text, at), longest_at(second, text, at))
        if length:
            expected.append((at, at + length))
        at += length or 1
    assert compiled.infixes(text) == expected


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        ("a*", "empty"),
        ("", "empty"),
        ("a|", "empty"),
        (r"\d", "escapes"),
        (r"a\b", "escapes"),
        ("^a", "anchors"),
        ("a$", "anchors"),
        ("(a", "ends too early"),
        ("a)", "unexpected"),
        ("[a", "ends too early"),
        ("[b-a]", "wrong order"),
        ("a{3,2}", "wrong order"),
        ("a{999}", "above 255"),
        ("a{2", "ends too early"),
        ("*a", "nothing to repeat"),
        ("a+?", "lazy"),
        ("a(?=b)c", "unexpected"),
        ("(?<=ab|c)a", "no alternatives"),
        ("(?<=a+)a", "nothing to repeat"),
        ("(?<!ab)a", "negative context"),
        ("(?P<x>a)", "this kind of group"),
        ("\\", "ends too early"),
        ("(" * 100 + "a" + ")" * 100, "nested"),
        ("(?:(?:(?:a{255}){255}){255}){255}", "too large"),
    ],
)
def test_refuses_what_it_cannot_match_in_linear_time(pattern, complaint):
    with pytest.raises(TokenizerDataError, match=complaint):
        matcher(prefixes=[pattern])


def test_names_the_rule_that_is_wrong():
    with pytest.raises(TokenizerDataError, match="suffix 1"):
        matcher(suffixes=["a", "("])


def test_too_many_states_is_an_error():
    with pytest.raises(TokenizerDataError, match="too large"):
        matcher(token_match=["[ab]*a[ab]{20}"])


def test_whole_token_patterns_have_no_context():
    with pytest.raises(TokenizerDataError, match="no context"):
        matcher(url_match=["a(?=b)"])


def test_kept_is_passed_over_at_the_start_of_each_piece():
    compiled = matcher(infixes=["-"], kept=["non-", "[0-9]-[0-9]"])
    assert compiled.infixes("non-a-b") == [(5, 6)]
    assert compiled.infixes("a-non-b") == [(1, 2)]
    assert compiled.infixes("1-2-3") == [(3, 4)]
    assert compiled.infixes("anon-b") == [(4, 5)]
