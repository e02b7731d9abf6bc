"""Wheels of models: what is in them, and that pip takes them."""

import base64
import csv
import hashlib
import json
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

import nlpcore
from nlpcore.errors import ModelNameError, ModelVersionError, PackagingError
from nlpcore.models import package
from nlpcore.models.packaging import requirements

from .places import small_model, wheel

ROOT = Path(nlpcore.__file__).parents[1]


def read(path):
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def test_the_same_model_gives_the_same_bytes(tmp_path):
    small_model().to_disk(tmp_path / "m")
    one = package(tmp_path / "m", tmp_path).read_bytes()
    assert package(tmp_path / "m", tmp_path).read_bytes() == one


def test_every_file_is_in_the_record_with_its_hash(tmp_path):
    files = read(wheel(tmp_path))
    record = {
        name: (digest, size)
        for name, digest, size in csv.reader(files["en_tiny-1.0.0.dist-info/RECORD"].decode().splitlines())
    }
    assert set(record) == set(files)
    for name, data in files.items():
        if not name.endswith("RECORD"):
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            assert record[name] == (f"sha256={digest}", str(len(data)))


def test_what_the_metadata_says(tmp_path):
    files = read(wheel(tmp_path))
    text = files["en_tiny-1.0.0.dist-info/METADATA"].decode()
    assert "Name: en_tiny\nVersion: 1.0.0\n" in text
    assert f"Requires-Dist: nlpcore>={nlpcore.__version__},<2\n" in text
    assert "License: MIT\n" in text
    assert "# en_tiny 1.0.0" in text
    assert files["en_tiny-1.0.0.dist-info/entry_points.txt"] == b"[nlpcore_models]\nen_tiny = en_tiny\n"


def test_a_text_of_the_model_cannot_begin_another_field_or_run(tmp_path):
    nlp = small_model()
    nlp.meta["description"] = 'x"""\nimport os\nRequires-Dist: evil'
    nlp.to_disk(tmp_path / "m")
    files = read(package(tmp_path / "m", tmp_path))
    head = files["en_tiny-1.0.0.dist-info/METADATA"].decode().partition("\n\n")[0]
    assert not any(line.startswith("Requires-Dist: evil") for line in head.splitlines())
    compile(files["en_tiny/__init__.py"], "x", "exec")
    assert b"\"\"\"x''' import os" in files["en_tiny/__init__.py"]


def test_name_version_and_metadata_can_be_changed(tmp_path):
    small_model().to_disk(tmp_path / "m")
    path = package(tmp_path / "m", tmp_path, name="en_other", version="1.2.3", meta={"license": "CC0"})
    assert path.name == "en_other-1.2.3-py3-none-any.whl"
    assert nlpcore.load(path).meta["license"] == "CC0"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"name": "en_Bad-Name"}, ModelNameError),
        ({"version": "1.0"}, ModelNameError),
        ({"version": "7.0.0"}, ModelVersionError),
        ({"name": "de_other"}, PackagingError),
        ({"meta": {"requirements": ["not a requirement!"]}}, PackagingError),
    ],
)
def test_what_makes_no_package_is_refused_and_nothing_is_written(tmp_path, changes, error):
    small_model().to_disk(tmp_path / "m")
    (tmp_path / "out").mkdir()
    with pytest.raises(error):
        package(tmp_path / "m", tmp_path / "out", **changes)
    assert list((tmp_path / "out").iterdir()) == []


def test_the_requirement_names_the_nlpcores_that_read_it():
    assert requirements({"version": "1.4.2", "nlpcore_version": ">=1.3.0,<1.4.0"}) == ["nlpcore>=1.3.0,<2"]
    assert requirements({"version": "2.0.0", "requirements": ["numpy>=1"]}) == ["nlpcore>=2,<3", "numpy>=1"]


def test_weights_stay_as_they_are_stored(tmp_path):
    from nlpcore.models.archive import load_archive
    from nlpcore.models.installed import bundled
    from nlpcore.models.wheel import read_archive

    before = load_archive(bundled()["en_core_web_sm"].path.read_bytes(), kind="pipeline", widen=False).tensors
    packed = load_archive(
        read_archive(package("en_core_web_sm", tmp_path)), kind="pipeline", widen=False
    ).tensors
    assert {n: (a.dtype, a.tobytes()) for n, a in before.items()} == {
        n: (a.dtype, a.tobytes()) for n, a in packed.items()
    }


@pytest.mark.slow
def test_pip_installs_it_without_a_network_and_it_is_found_without_being_imported(tmp_path):
    path = wheel(tmp_path)
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    site = next((tmp_path / "env").glob("**/site-packages"))
    # nlpcore and what it needs are those of this environment; the model is not.
    (site / "here.pth").write_text(
        "\n".join([str(ROOT), *(p for p in sys.path if p.endswith("site-packages"))])
    )
    for _ in range(2):  # the second time in the place of the first
        subprocess.run([python, "-m", "nlpcore", "install", path], check=True, cwd=tmp_path)
        assert (site / "en_tiny-1.0.0.dist-info" / "RECORD").is_file()
    code = """
import sys, json, nlpcore
nlp = nlpcore.load("en_tiny")
assert "en_tiny" not in sys.modules
import en_tiny
again = en_tiny.load(exclude=["sentencizer"])
print(json.dumps([nlp.pipe_names, again.pipe_names, en_tiny.__version__, nlpcore.util.get_installed_models(),
    str(nlpcore.util.get_package_path("en_tiny"))]))
"""
    said = subprocess.run(
        [python, "-c", code], check=True, capture_output=True, text=True, cwd=tmp_path
    ).stdout
    assert json.loads(said) == [["sentencizer"], [], "1.0.0", ["en_tiny"], str(site / "en_tiny")]
