import pytest

from nlpcore import errors, storing


def test_dict_and_bytes():
    getters = {"a": lambda: {"x": [1, "é"]}, "b.part": lambda: b"raw", "c": lambda: None}
    assert storing.to_dict(getters, ["c"]) == {"a": {"x": [1, "é"]}, "b.part": b"raw"}
    seen = {}
    setters = {name: lambda value, name=name: seen.update({name: value}) for name in ("a", "b.part", "other")}
    storing.from_bytes(storing.to_bytes(getters, []), setters, [])
    assert seen == {"a": {"x": [1, "é"]}, "b.part": b"raw"}
    seen.clear()
    storing.from_bytes(storing.to_bytes(getters, []), setters, iter(["b"]))
    assert list(seen) == ["a"]


@pytest.mark.parametrize("data", [b"", b"\x01", b"\xc1", b"\x82\xa1a"])
def test_damaged_bytes(data):
    with pytest.raises(errors.BadDataError):
        storing.from_bytes(data, {}, [])


def test_disk(tmp_path):
    writers = {name: lambda path: path.write_text(path.name) for name in ("a", "b")}
    folder = storing.to_disk(tmp_path / "new" / "folder", writers, ["b"])
    assert [path.name for path in folder.iterdir()] == ["a"]
    seen = []
    readers = {name: lambda path: seen.append(path.read_text()) for name in ("a", "b")}
    storing.from_disk(folder, readers, ["b"])
    assert seen == ["a"]
