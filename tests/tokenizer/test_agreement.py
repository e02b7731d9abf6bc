"""The compiled matcher against the order of operations in plain Python, with rules matched by `re`."""

import re
from functools import cache
from types import SimpleNamespace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nlpcore.lang.en import EnglishDefaults
from nlpcore.tokenizer import Tokenizer, create_tokenizer
from nlpcore.tokenizer.plain import PlainRules
from nlpcore.tokenizer.rules import RuleMatch

# The English rules over small classes of characters, which `re` compiles in no time.
SMALL = {
    "L": "A-Za-zéÉß",
    "Lu": "A-ZÉ",
    "Ll": "a-zéß",
    "N": "0-9",
    "LN": "A-Za-zéÉß0-9",
    "Sc": "$€",
    "Emoji": "😀👍👩",
    "So": "😀👍👩™",
}
ENGLISH = EnglishDefaults.tokenizer_data
DATA = ENGLISH.replace(classes={**ENGLISH.classes, **SMALL})

PIECES = r"""
    a b A I é 1 9 10 . , ; : ! ? ' ’ " “ ” ( ) [ ] { } < > - – — -- / & % $ € # @ * _ + = ~ ` | ° x s t
    n't n’t 's 'll 're don't cannot gonna its It's etc. No. U.S. Mr. p.m. am pm km kg non- e- re-
    http:// www. a.com x@y.org .doc .. ... …. ?! !! :) :-( <3 ^_^ 😀 👍🏽 🇩 🇪 ™ 5/6 1/2 12/27 555-1234 $5
    '90 ’’ `` '' << >> a not the word Word WORD wise -wise
"""
BLANKS = [" ", "  ", "\n", "\n\n", "\t", "\xa0", " ", " "]
ODD = ["\\", "\u200d", "\ufe0f", "\ud800", "\0", "👩\u200d👩"]
texts = st.lists(st.sampled_from([*PIECES.split(), *BLANKS, *ODD]), max_size=9).map("".join)


@cache
def exact(kind, rest):
    return re.compile("(?:" + "|".join(DATA.expanded(kind)) + f")(?=[\\s\\S]{{{rest}}}\\Z)")


def longest_at(kind, text, at):
    for end in range(len(text), at, -1):
        if exact(kind, len(text) - end).match(text, at):
            return end - at
    return 0


def reference():
    suffix = re.compile("(?:" + "|".join(DATA.expanded("suffixes")) + r")\Z")
    url = re.compile("|".join(f"(?:{p})" for p in DATA.expanded("url_match")))

    def prefix_search(text):
        length = longest_at("prefixes", text, 0)
        return RuleMatch(text, 0, length) if length else None

    def infix_finditer(text):
        at, fresh = 0, True
        while at < len(text):
            if fresh:
                fresh = False
                kept = longest_at("kept", text, at)
                if kept:
                    at += kept
                    continue
            length = longest_at("infixes", text, at) if at else 0
            if length:
                yield RuleMatch(text, at, at + length)
            fresh = length > 0
            at += length or 1

    conditions = {
        name: re.compile("|".join(patterns)).match
        for name, patterns in zip(sorted(DATA.conditions), DATA.expanded_conditions(), strict=True)
    }
    return PlainRules(
        DATA.specials,
        prefix_search,
        suffix.search,
        infix_finditer,
        None,
        url.fullmatch,
        {text: conditions[name] for text, name in DATA.conditional.items()},
    )


@pytest.fixture(scope="module")
def plain():
    return reference()


@pytest.fixture(scope="module")
def compiled():
    return create_tokenizer(None, SimpleNamespace(tokenizer_data=DATA))


def compiled_tokens(tokenizer, text):
    starts, lengths, spacy, norms = (column.tolist() for column in tokenizer.offsets(text))
    table = tokenizer.norm_table
    return [
        (s, s + n, None if norm < 0 else table[norm], bool(blank))
        for s, n, blank, norm in zip(starts, lengths, spacy, norms, strict=True)
    ]


def plain_tokens(rules, text):
    tokens, spacy = rules.split(text)
    return [(start, end, norm, blank) for (start, end, norm, _), blank in zip(tokens, spacy, strict=True)]


@settings(max_examples=1500, deadline=None)
@given(text=texts)
@example("don't-stop its a (No. 5) etc. And so etc.")
@example("'n''n'")
@example(":):):)")
def test_compiled_rules_equal_python_rules(plain, compiled, text):
    assert compiled_tokens(compiled, text) == plain_tokens(plain, text)


@settings(max_examples=300, deadline=None)
@given(text=st.one_of(texts, st.text(max_size=30)))
def test_rules_as_functions_equal_compiled_rules(text):
    """What a user gets who replaces one rule by a function that does the same."""
    ours = _english()
    own = _english_with_function()
    assert compiled_tokens(own, text) == compiled_tokens(ours, text)
    assert own.explain(text) == ours.explain(text)


@cache
def _english():
    return create_tokenizer(None, EnglishDefaults)


@cache
def _english_with_function():
    tokenizer = create_tokenizer(None, EnglishDefaults)
    search = tokenizer.prefix_search
    tokenizer.prefix_search = lambda text: search(text)
    return tokenizer


@settings(max_examples=500, deadline=None)
@given(text=st.one_of(texts, st.text(max_size=40), st.text(alphabet="ab.,'-() \n\ud800\0", max_size=30)))
def test_nothing_is_lost(text):
    for tokenizer in (_english(), Tokenizer(None)):
        rebuilt, at = [], 0
        for start, end, _, blank in compiled_tokens(tokenizer, text):
            assert start == at < end
            at = end + blank
            rebuilt.append(text[start:end] + " " * blank)
        assert "".join(rebuilt) == text


@settings(max_examples=300, deadline=None)
@given(text=texts)
def test_explain_gives_the_tokens(text):
    tokenizer = _english()
    tokens = [text[s:e] for s, e, _, _ in compiled_tokens(tokenizer, text)]
    assert [token for _, token in tokenizer.explain(text)] == [t for t in tokens if not t.isspace()]
