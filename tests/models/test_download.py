"""Downloads from a real server: what arrives is what the index promises, or nothing changes."""

import errno
import json
import subprocess
import sys

import pytest

import nlpcore
from nlpcore.errors import (
    DownloadError,
    InstallError,
    ModelDataError,
    ModelIndexError,
    ModelNameError,
    NoFittingModel,
)
from nlpcore.models import build_index, download, fetch, install, installing
from nlpcore.models.index import parse_index

from .places import Server, index, small_model, wheel

WHEEL = "en_tiny-1.0.0-py3-none-any.whl"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return index(tmp_path_factory.mktemp("index"), "1.0.0", "1.0.3", "1.0.12", "3.0.0")


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "PAUSE", 0.01)
    with Server(index(tmp_path / "served")) as running:
        running.folder = tmp_path / "served"
        yield running


@pytest.fixture
def target(tmp_path):
    """A directory that has an older model, of other content."""
    small_model(sentences=False).to_disk(tmp_path / "models" / "en_tiny-1.0.0")
    return tmp_path / "models"


def unchanged(target):
    """Whether the older model is there, alone and whole."""
    names = [path.name for path in target.iterdir()]
    return names == ["en_tiny-1.0.0"] and nlpcore.load(target / "en_tiny-1.0.0").pipe_names == []


def changed_index(server, **changes):
    path = server.folder / "compatibility.json"
    content = json.loads(path.read_text())
    content["files"][WHEEL].update(changes)
    path.write_text(json.dumps(content))


def test_a_download_takes_the_place_of_an_older_model(server, target):
    seen = []
    model = download("en_tiny", index=server.url, target=target, progress=lambda *n: seen.append(n))
    assert model.path == target / "en_tiny-1.0.0"
    assert nlpcore.load(model.path).pipe_names == ["sentencizer"]
    assert seen[-1][0] == seen[-1][1] == (server.folder / WHEEL).stat().st_size


def test_the_newest_that_fits_is_taken_unless_a_version_is_asked_for(folder, tmp_path):
    assert download("en_tiny", index=folder, target=tmp_path).version == "1.0.12"
    assert download("en_tiny", index=folder, target=tmp_path, version="1.0.3").version == "1.0.3"
    with pytest.raises(NoFittingModel, match=r"1\.0\.12, 1\.0\.3, 1\.0\.0"):
        download("en_tiny", index=folder, target=tmp_path, version="3.0.0")
    with pytest.raises(NoFittingModel, match="Did you mean 'en_tiny'"):
        download("en_tini", index=folder, target=tmp_path)


def test_the_environment_says_where_the_index_is(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("NLPCORE_INDEX", str(folder))
    assert download("en_tiny", target=tmp_path).version == "1.0.12"
    monkeypatch.delenv("NLPCORE_INDEX")
    with pytest.raises(ModelIndexError, match="NLPCORE_INDEX"):
        download("en_tiny", target=tmp_path)


def test_a_name_that_is_none_is_refused_before_anything_is_asked(server, target):
    for name in ("en-tiny", "../x", "qq_tiny"):
        with pytest.raises(ModelNameError):
            download(name, index=server.url, target=target)
    assert server.asked == []


@pytest.mark.parametrize("changes", [{"sha256": "0" * 64}, {"size": 100}, {"size": 10**7}])
def test_what_is_not_as_the_index_says_is_not_installed(server, target, changes):
    changed_index(server, **changes)
    with pytest.raises(DownloadError, match=r"SHA-256|larger|ended after"):
        download("en_tiny", index=server.url, target=target)
    assert unchanged(target)


def send(handler, data, length=None):
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(data) if length is None else length))
    handler.end_headers()
    handler.wfile.write(data)


def test_a_cut_connection_is_tried_again(server, target):
    data = (server.folder / WHEEL).read_bytes()

    def cut(handler):
        del server.answers[WHEEL]
        send(handler, data[: len(data) // 2], len(data))
        handler.wfile.flush()
        handler.connection.close()

    server.answers[WHEEL] = cut
    assert download("en_tiny", index=server.url, target=target).version == "1.0.0"
    assert server.asked.count(f"/{WHEEL}") == 2


def test_a_connection_that_is_always_cut_fails_and_changes_nothing(server, target):
    def cut(handler):
        send(handler, b"x" * 1000, 10**6)
        handler.connection.close()

    server.answers[WHEEL] = cut
    with pytest.raises(DownloadError, match=r"ended after|cut"):
        download("en_tiny", index=server.url, target=target)
    assert server.asked.count(f"/{WHEEL}") == fetch.ATTEMPTS
    assert unchanged(target)


def test_an_endless_answer_is_read_no_further_than_promised(server, target):
    sent = []

    def endless(handler):
        handler.send_response(200)
        handler.end_headers()
        try:
            while sum(sent) < 1 << 28:
                sent.append(handler.wfile.write(bytes(1 << 16)))
        except OSError:
            pass

    server.answers[WHEEL] = endless
    with pytest.raises(DownloadError, match="larger"):
        download("en_tiny", index=server.url, target=target)
    server.answers["compatibility.json"] = endless
    with pytest.raises(ModelIndexError, match="larger"):
        download("en_tiny", index=server.url, target=target)
    assert sum(sent) < 1 << 26
    assert unchanged(target)


def test_a_slow_server_is_given_up(server, target, monkeypatch):
    monkeypatch.setattr(fetch, "TIMEOUT", 0.1)
    import threading

    wait = threading.Event()
    server.answers[WHEEL] = lambda handler: wait.wait(5)
    with pytest.raises(DownloadError, match="timed out"):
        download("en_tiny", index=server.url, target=target)
    wait.set()
    assert unchanged(target)


@pytest.mark.parametrize("code", [404, 403, 500])
def test_an_answer_without_the_file_names_its_code(server, target, code):
    server.answers[WHEEL] = lambda handler: handler.send_error(code)
    with pytest.raises(DownloadError, match=str(code)):
        download("en_tiny", index=server.url, target=target)
    assert server.asked.count(f"/{WHEEL}") == (fetch.ATTEMPTS if code == 500 else 1)
    assert unchanged(target)


def redirect(to):
    def answer(handler):
        handler.send_response(302)
        handler.send_header("Location", to)
        handler.end_headers()

    return answer


def test_redirects_are_followed_but_not_in_circles_or_to_files(server, target, tmp_path):
    (server.folder / "moved.whl").write_bytes((server.folder / WHEEL).read_bytes())
    server.answers[WHEEL] = redirect("/moved.whl")
    assert download("en_tiny", index=server.url, target=tmp_path / "other").version == "1.0.0"
    server.answers[WHEEL] = redirect(f"/{WHEEL}")
    with pytest.raises(DownloadError, match=r"30[0-9]"):
        download("en_tiny", index=server.url, target=target)
    server.answers[WHEEL] = redirect(f"file://{server.folder / 'moved.whl'}")
    with pytest.raises(DownloadError):
        download("en_tiny", index=server.url, target=target)
    assert unchanged(target)


def test_https_is_never_left_for_http():
    handler = fetch._Redirects()
    request = fetch.urllib.request.Request("https://example.org/a")
    with pytest.raises(fetch.urllib.error.URLError, match="not safe"):
        handler.redirect_request(request, None, 302, "", {}, "http://example.org/a")


def test_nobody_at_the_address(target):
    with pytest.raises(DownloadError, match="refused"):
        download("en_tiny", index="http://127.0.0.1:9", target=target)
    with pytest.raises(DownloadError, match="No such file"):
        download("en_tiny", index=target / "nowhere", target=target)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"format": 2}', '{"format": 1}', '{"format": 1, "files": {"x.whl": {}}}']
)
def test_an_index_that_is_none_is_refused(server, target, text):
    (server.folder / "compatibility.json").write_text(text)
    with pytest.raises(ModelIndexError, match="cannot be used"):
        download("en_tiny", index=server.url, target=target)


@pytest.mark.parametrize(
    "change",
    [
        *({"size": size} for size in (-1, 0, True, "1", 2**70)),
        *({"sha256": digest} for digest in ("x", None, "A" * 64)),
        *({"version": version} for version in ("1.0", "1.0.1", None)),
        *({"model": model} for model in ("../x", "en_other", None)),
    ],
)
def test_entries_of_an_index_are_checked(folder, change):
    content = json.loads((folder / "compatibility.json").read_text())
    content["files"][WHEEL].update(change)
    with pytest.raises(ModelIndexError):
        parse_index(json.dumps(content).encode(), "here")


def test_a_wheel_of_another_model_than_its_name_says_makes_no_index(tmp_path):
    wheel(tmp_path).rename(tmp_path / "en_other-1.0.0-py3-none-any.whl")
    with pytest.raises(ModelIndexError, match="must be called"):
        build_index(tmp_path)


def test_an_index_is_built_the_same_again_and_keeps_what_others_read(tmp_path):
    path = index(tmp_path / "i", "1.0.0", "1.0.1") / "compatibility.json"
    before = path.read_bytes()
    assert build_index(path.parent).read_bytes() == before
    content = json.loads(before)
    content["nlpcore"]["0.9"] = {"en_tiny": ["1.0.0", "0.9.0"], "en_gone": ["1.0.0"]}
    path.write_text(json.dumps(content))
    build_index(path.parent)
    assert json.loads(path.read_text())["nlpcore"]["0.9"] == {"en_tiny": ["1.0.0"]}


def test_a_full_disk_leaves_the_older_model(server, target, monkeypatch):
    from nlpcore.models import wheel as wheels

    def full(self, folder):
        (folder / "model.nlpcore").write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(wheels.Wheel, "extract", full)
    with pytest.raises(InstallError, match="No space left"):
        download("en_tiny", index=server.url, target=target)
    assert unchanged(target)


@pytest.mark.skipif(sys.platform == "win32", reason="limits of processes")
def test_a_file_that_cannot_be_written_further_leaves_nothing(server, target):
    code = f"""
import resource, signal, sys
from nlpcore.errors import DownloadError
from nlpcore.models import download
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    download("en_tiny", index={server.url!r}, target={str(target)!r})
except DownloadError as e:
    print(e)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "too large" in said
    assert unchanged(target)


def test_where_there_is_no_pip_a_model_is_unpacked(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(installing.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("NLPCORE_MODELS", str(tmp_path))
    model = install(folder / WHEEL)
    assert (model.kind, model.path) == ("directory", tmp_path / "en_tiny-1.0.0")
    assert nlpcore.load("en_tiny").pipe_names == ["sentencizer"]


def test_what_pip_says_is_told(folder, monkeypatch):
    monkeypatch.setattr(installing.sys, "executable", "false")
    with pytest.raises(InstallError, match="--target"):
        install(folder / WHEEL)


def test_a_file_that_is_no_wheel_is_not_installed(tmp_path):
    (tmp_path / WHEEL).write_bytes(b"PK\x03\x04 and so on")
    with pytest.raises(ModelDataError, match="no whole ZIP"):
        install(tmp_path / WHEEL, target=tmp_path)
