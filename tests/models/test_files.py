"""Files and directories are there whole or not at all."""

import os

import pytest

from nlpcore.models.files import old_name, recover, write_directory, write_file


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "x"
    write_file(path, b"old")
    write_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["x"]


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "x"
    write_file(path, b"old")
    monkeypatch.setattr(os, "replace", lambda *a: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["x"]


def test_a_directory_is_replaced_whole(tmp_path):
    path = tmp_path / "deep" / "m"
    write_directory(path, lambda folder: (folder / "a").write_text("1"))
    write_directory(path, lambda folder: (folder / "b").write_text("2"))
    assert os.listdir(path) == ["b"]
    assert os.listdir(path.parent) == ["m"]


def test_a_failure_while_filling_leaves_the_old_directory(tmp_path):
    path = tmp_path / "m"
    write_directory(path, lambda folder: (folder / "a").write_text("1"))

    def fill(folder):
        (folder / "b").write_text("2")
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        write_directory(path, fill)
    assert os.listdir(path) == ["a"]
    assert os.listdir(tmp_path) == ["m"]


def test_a_failed_rename_puts_the_old_directory_back(tmp_path, monkeypatch):
    path = tmp_path / "m"
    write_directory(path, lambda folder: (folder / "a").write_text("1"))
    rename = os.rename
    calls = []

    def failing(source, target):
        calls.append(target)
        if len(calls) == 2:
            raise OSError("no")
        rename(source, target)

    monkeypatch.setattr(os, "rename", failing)
    with pytest.raises(OSError, match="no"):
        write_directory(path, lambda folder: (folder / "b").write_text("2"))
    assert os.listdir(path) == ["a"]


def test_what_a_killed_process_left_aside_is_put_back(tmp_path):
    path = tmp_path / "m"
    old_name(path).mkdir()
    (old_name(path) / "a").write_text("1")
    recover(path)
    assert os.listdir(path) == ["a"]
    old_name(path).mkdir()
    recover(path)
    assert os.listdir(tmp_path) == ["m"]


def test_the_working_directory_and_links_can_be_replaced(tmp_path, monkeypatch):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_directory(tmp_path / "link", lambda folder: (folder / "a").write_text("1"))
    assert (tmp_path / "link").is_symlink()
    assert os.listdir(tmp_path / "real") == ["a"]
    monkeypatch.chdir(tmp_path / "real")
    write_directory(".", lambda folder: (folder / "b").write_text("1"))
    assert os.listdir(tmp_path / "real") == ["b"]
    recover(tmp_path.parent / "nothing" / "..")


def test_a_file_is_not_overwritten_by_a_directory(tmp_path):
    path = tmp_path / "m"
    path.write_text("mine")
    with pytest.raises(NotADirectoryError, match="is a file"):
        write_directory(path, lambda folder: None)
    assert path.read_text() == "mine"


@pytest.mark.skipif(os.name != "posix", reason="locks of POSIX")
def test_what_killed_writers_left_is_cleared_away_and_what_others_write_is_not(tmp_path):
    dead = tmp_path / ".model.dead.tmp"
    (dead / "inside").mkdir(parents=True)
    file = tmp_path / ".model.file.tmp"
    file.write_bytes(b"half")
    fresh = tmp_path / ".model.fresh.tmp"
    fresh.write_bytes(b"half")
    other = tmp_path / ".models.dead.tmp"
    other.write_bytes(b"of another")
    for path in (dead, file, other):
        os.utime(path, (0, 0))

    def fill(folder):
        os.utime(folder, (0, 0))
        write_directory(tmp_path / "model", lambda inner: (inner / "a").write_bytes(b"1"))
        assert folder.exists()
        (folder / "a").write_bytes(b"2")

    write_directory(tmp_path / "model", fill)
    assert (tmp_path / "model" / "a").read_bytes() == b"2"
    assert sorted(path.name for path in tmp_path.iterdir()) == [fresh.name, other.name, "model"]
