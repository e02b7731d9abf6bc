"""Rules as data: round trips and refusals."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from nlpcore.errors import ModelDataError, SpecialCaseError, TokenizerDataError
from nlpcore.lang.en import EnglishDefaults
from nlpcore.tokenizer import Tokenizer, TokenizerData, create_tokenizer
from nlpcore.tokenizer.data import check_pieces, expand

ENGLISH = EnglishDefaults.tokenizer_data


def test_round_trip_through_json():
    state = json.loads(json.dumps(ENGLISH.to_state()))
    assert TokenizerData.from_state(state) == ENGLISH
    assert TokenizerData.from_state(state).to_state() == state


def test_classes_are_written_out():
    classes = {"a": "x-z", "b": "0-9"}
    assert expand(r"\p{a}+[\p{b}_]\.", classes) == r"[x-z]+[0-9_]\."
    assert expand(r"[^\p{a}\p{b}]", classes) == "[^x-z0-9]"
    with pytest.raises(TokenizerDataError, match="names the class 'c'"):
        expand(r"\p{c}", classes)


def test_pieces_must_spell_the_string():
    assert check_pieces("ab", [("a", None), ("b", "x")]) == (("a", None), ("b", "x"))
    for pieces in ([("a", None)], [("a", None), ("c", None)], []):
        with pytest.raises(SpecialCaseError, match="spell"):
            check_pieces("ab", pieces)


def changed(**changes):
    return {**ENGLISH.to_state(), **changes}


@pytest.mark.parametrize(
    "state",
    [
        None,
        [],
        {},
        {"format": 2},
        changed(classes=[]),
        changed(classes={"a": 1}),
        changed(prefixes="("),
        changed(prefixes=[1]),
        changed(infixes=None),
        changed(prefixes=["("]),
        changed(suffixes=[r"\p{nothing}"]),
        changed(prefixes=["a*"]),
        changed(specials=[]),
        changed(specials={"ab": [["a", None]]}),
        changed(specials={"ab": "ab"}),
        changed(specials={"ab": [["ab", 3]]}),
        changed(specials={"ab": [["ab"]]}),
        changed(conditions={"x": "y"}),
        changed(conditional={"etc.": "nothing"}),
        changed(functions={"prefix_search": {}}),
        changed(functions={"system": {}}),
        changed(functions={"prefix_search": {"pattern": "(", "flags": 0, "method": "search"}}),
        changed(functions={"prefix_search": {"pattern": "a", "flags": 0, "method": "__class__"}}),
    ],
)
def test_damaged_data_is_refused_and_changes_nothing(state):
    tokenizer = create_tokenizer(None, EnglishDefaults)
    before = tokenizer.to_bytes()
    with pytest.raises(ModelDataError):
        tokenizer.set_state(state)
    assert tokenizer.to_bytes() == before


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000])
def test_bytes_that_are_no_json(data):
    with pytest.raises(ModelDataError):
        Tokenizer(None).from_bytes(data)


def test_a_stored_tokenizer_does_not_change_with_the_language_module():
    tokenizer = Tokenizer(None)
    tokenizer.set_state(ENGLISH.replace(prefixes=(), suffixes=(), specials={}, conditional={}).to_state())
    assert [token for _, token in tokenizer.explain("(don't)")] == ["(don't", ")"]


def test_threads_may_be_the_first_to_use_a_language_s_rules():
    text = "She can't, (won't) e.g. go to https://example.org/."
    expected = Tokenizer.from_data(None, ENGLISH).explain(text)
    tokenizer = create_tokenizer(None, EnglishDefaults)
    with ThreadPoolExecutor(8) as pool:
        assert all(found == expected for found in pool.map(tokenizer.explain, [text] * 32))


def test_an_unknown_attribute_compiles_nothing():
    tokenizer = create_tokenizer(None, EnglishDefaults)
    assert not hasattr(tokenizer, "get_state")
    assert "_matcher" not in vars(tokenizer)
