import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpcore import errors, symbols
from nlpcore.vocab import StringStore
from nlpcore.vocab.strings import get_string_id, hash_string

any_text = st.text(st.characters(), max_size=40)


def test_ids_are_those_of_the_published_hash():
    assert hash_string("coffee") == 3197928453018144401
    assert hash_string("apple") == 8566208034543834098
    assert hash_string("kiwi") == 9550474798784550714
    assert hash_string("\x00a") == 4766985120076407587


def test_symbols_and_the_empty_string_have_small_ids():
    store = StringStore()
    assert hash_string("") == 0
    for name, number in symbols.IDS.items():
        assert hash_string(name) == number
        assert store[number] == name
        assert store[name] == number
        assert name in store
        assert number in store
    store.add("NOUN")
    store.add("")
    assert len(store) == 0
    assert list(store) == []


def test_both_ways_and_order():
    store = StringStore(["pear", "apple", "pear"])
    assert store[store["pear"]] == "pear"
    assert store[b"pear"] == store["pear"]
    assert list(store) == store.values() == ["pear", "apple"]
    assert store.items() == [("pear", store["pear"]), ("apple", store["apple"])]
    assert store.keys() == [store["pear"], store["apple"]]
    assert len(store) == 2
    assert "pear" in store
    assert store["pear"] in store
    assert "plum" not in store
    assert store["plum"] not in store


def test_asking_for_an_id_adds_nothing():
    store = StringStore()
    number = store["plum"]
    assert len(store) == 0
    assert not store
    with pytest.raises(KeyError, match="N101"):
        store[number]
    with pytest.raises(errors.StringNotFoundError):
        store.as_string(number)


def test_conversions():
    store = StringStore()
    number = store.add("plum")
    assert store.as_int("plum") == number
    assert store.as_int(number) == number
    assert store.as_string(number) == "plum"
    assert store.as_string("other") == "other"
    assert get_string_id("plum") == number
    assert get_string_id(5) == 5


@pytest.mark.parametrize("bad", [None, 1.5, [], object()])
def test_wrong_types(bad):
    store = StringStore()
    with pytest.raises(TypeError):
        store[bad]
    with pytest.raises(TypeError):
        bad in store  # noqa: B015


def test_adding_no_string():
    store = StringStore()
    assert store.add(None) == 0
    with pytest.raises(TypeError, match="int"):
        store.add(5)
    with pytest.raises(OverflowError):
        store[-1]
    with pytest.raises(OverflowError):
        store[2**64]


@given(st.lists(any_text))
def test_any_text_comes_back(words):
    store = StringStore()
    ids = [store.add(word) for word in words]
    assert [store[i] for i in ids] == words
    for copy in (StringStore().from_bytes(store.to_bytes()), pickle.loads(pickle.dumps(store))):
        assert set(copy) == set(store)
        assert [copy[i] for i in ids] == words


def test_lone_surrogates_nul_and_long_strings():
    words = ["\ud800", "a\udfffb", "\x00", "a\x00b", "\x00" * 9, "é" * 1000, "x" * 100_000, "𝒳" * 5000]
    store = StringStore(words)
    assert list(store) == words
    assert len(set(store.keys())) == len(words)


def test_growth():
    words = [f"w{i}" for i in range(20_000)]
    store = StringStore(words)
    assert len(store) == len(words)
    assert all(store[hash_string(word)] == word for word in words)


def test_files(tmp_path):
    store = StringStore(["b", "a", "é"])
    store.to_disk(tmp_path / "strings.json")
    assert list(StringStore().from_disk(tmp_path / "strings.json")) == ["a", "b", "é"]
    assert set(StringStore(["z"]).from_disk(tmp_path / "strings.json")) == {"a", "b", "é", "z"}


@pytest.mark.parametrize("data", [b"", b"{", b"{}", b"[1]", b"[" * 100_000, b"\xff"])
def test_damaged_data(data):
    store = StringStore(["kept"])
    with pytest.raises(errors.BadDataError):
        store.from_bytes(data)
    assert list(store) == ["kept"]
