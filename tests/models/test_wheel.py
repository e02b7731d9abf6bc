"""Wheels of models: what a ZIP file can hold and a model's wheel must not."""

import io
import zipfile

import pytest

import nlpcore
from nlpcore.errors import ModelDataError
from nlpcore.models import wheel as wheels
from nlpcore.models.wheel import Wheel, read_archive

from .places import small_model, wheel

NAME = "en_tiny/model/model.nlpcore"


def zipped(*members, archive=b"x"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(NAME, archive)
        for info, data in members:
            file.writestr(info, data)
    return io.BytesIO(out.getvalue())


def test_a_model_is_loaded_from_its_wheel(tmp_path):
    path = wheel(tmp_path)
    for source in (path, str(path), path.open("rb")):
        assert len(list(nlpcore.load(source)("One. Two.").sents)) == 2


def test_what_lies_in_the_model_directory_is_unpacked(tmp_path):
    with Wheel(wheel(tmp_path)) as opened:
        (tmp_path / "out").mkdir()
        opened.extract(tmp_path / "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["meta.json", "model.nlpcore"]
    assert nlpcore.load(tmp_path / "out").meta["name"] == "tiny"


@pytest.mark.parametrize(
    "name", ["../evil", "/evil", "a/../../evil", "C:/evil", "a\\evil", "a//evil", "./evil", "e\nvil"]
)
def test_names_that_lead_out_of_the_folder_are_refused(name):
    with pytest.raises(ModelDataError, match=r"name|outside"):
        Wheel(zipped((name, b"")))


@pytest.mark.parametrize("kind", [0o120777, 0o20666, 0o60666, 0o10666])
def test_links_and_devices_are_refused(kind):
    info = zipfile.ZipInfo("en_tiny/model/link")
    info.external_attr = kind << 16
    with pytest.raises(ModelDataError, match="no ordinary file"):
        Wheel(zipped((info, b"/etc/passwd")))


def test_a_bomb_is_refused_before_it_unfolds():
    with pytest.raises(ModelDataError, match="would unfold"):
        Wheel(zipped(("en_tiny/model/bomb", bytes(40 << 20))))


def test_a_file_that_is_larger_than_its_wheel_says_is_refused(monkeypatch):
    data = bytearray(zipped(archive=b"y" * 100).getvalue())
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = (50).to_bytes(4, "little")
    with (
        Wheel(io.BytesIO(bytes(data))) as opened,
        pytest.raises(ModelDataError, match=r"damaged|another size"),
    ):
        opened.archive()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_occurs_twice_is_refused():
    with pytest.raises(ModelDataError, match="twice"):
        Wheel(zipped((NAME, b"z")))


def test_more_than_one_model_or_none_is_refused():
    with pytest.raises(ModelDataError, match="2 models"):
        Wheel(zipped(("en_other/model/model.nlpcore", b"")))
    out = io.BytesIO()
    zipfile.ZipFile(out, "w").close()
    with pytest.raises(ModelDataError, match="no model"):
        Wheel(out)


def test_too_many_files_are_refused(monkeypatch):
    monkeypatch.setattr(wheels, "MAX_FILES", 3)
    with pytest.raises(ModelDataError, match="4 files"):
        Wheel(zipped(("a", b""), ("b", b""), ("c", b"")))


def test_every_truncation_is_refused(tmp_path):
    data = wheel(tmp_path, sentences=False).read_bytes()
    for size in [*range(0, len(data), 997), len(data) - 1]:
        with pytest.raises(ModelDataError):
            read_archive(io.BytesIO(data[:size]))


def test_a_damaged_member_is_refused(tmp_path):
    data = bytearray(wheel(tmp_path).read_bytes())
    at = data.find(small_model().to_bytes()[:8])
    data[at + 5000] ^= 1
    with pytest.raises(ModelDataError, match="damaged"):
        read_archive(io.BytesIO(bytes(data)))
