import pickle

import pytest

from nlpcore import errors
from nlpcore.vocab import Lookups, Table
from nlpcore.vocab.strings import hash_string


def test_keys_are_strings_or_ids():
    table = Table(name="t", data={"b": 1, "a": 2})
    b = hash_string("b")
    assert table["b"] == table[b] == table.get("b") == table.get(b) == 1
    assert "b" in table
    assert b in table
    assert "c" not in table
    assert list(table) == list(table.keys()) == [b, hash_string("a")]
    table["b"] = 3
    assert len(table) == 2
    table.set("c", 4)
    assert table.setdefault("c", 5) == 4
    assert table.setdefault("d", 5) == 5
    assert table.pop("c") == 4
    assert table.pop("c", None) is None
    del table["d"]
    table.move_to_end("b")
    assert list(table)[-1] == b
    assert table.get("zz") is None
    assert table.get("zz", 9) == 9
    for use in (table.__getitem__, table.pop, table.__delitem__):
        with pytest.raises(KeyError):
            use("zz")


def test_making_tables():
    assert Table().name is None
    assert Table.from_dict({"q": 1}, name="x").name == "x"
    assert Table.fromkeys(["a"], 1)["a"] == 1
    copy = Table(name="t", data={"a": 1}).copy()
    assert isinstance(copy, Table)
    assert copy.name == "t"
    assert copy["a"] == 1


def test_tables_come_back():
    table = Table(name="t", data={"b": [1, {"x": None}], "a": "é"})
    for copy in (Table().from_bytes(table.to_bytes()), pickle.loads(pickle.dumps(table))):
        assert copy == table
        assert copy.name == "t"


def test_lookups():
    lookups = Lookups()
    assert len(lookups) == 0
    table = lookups.add_table("t", {"a": 1})
    assert lookups.get_table("t") is table
    assert lookups.has_table("t")
    assert "t" in lookups
    assert lookups.tables == list(lookups) == ["t"]
    with pytest.raises(errors.TableExistsError):
        lookups.add_table("t")
    lookups.set_table("t", {"b": 2})
    assert lookups.get_table("t")["b"] == 2
    assert lookups.get_table("u", None) is None
    assert lookups.get_table("u", 5) == 5
    with pytest.raises(errors.TableNotFoundError, match="t"):
        lookups.get_table("u")
    assert lookups.remove_table("t")["b"] == 2
    with pytest.raises(KeyError):
        lookups.remove_table("t")


def test_lookups_come_back(tmp_path):
    lookups = Lookups()
    lookups.add_table("t", {"a": 1})
    lookups.add_table("empty")
    lookups.to_disk(tmp_path / "new")
    for copy in (Lookups().from_bytes(lookups.to_bytes()), Lookups().from_disk(tmp_path / "new")):
        assert copy.tables == ["t", "empty"]
        assert copy.get_table("t")["a"] == 1
    assert Lookups().from_disk(tmp_path).tables == []


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{", b'{"t":1}', b'{"t":[1]}', b'{"t":[[1]]}', b'{"t":[[[],1]]}', b"\xff"]
)
def test_damaged_data(data):
    with pytest.raises(errors.BadDataError):
        Lookups().from_bytes(data)
    with pytest.raises(errors.BadDataError):
        Table().from_bytes(data)
