"""The command line, run as people run it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

import nlpcore


def run(*arguments, stdin=b"", env=None):
    result = subprocess.run(
        [sys.executable, "-m", "nlpcore", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        env={**os.environ, **(env or {})},
        timeout=120,
    )
    return (
        result.returncode,
        result.stdout.decode("utf-8", "replace"),
        result.stderr.decode("utf-8", "replace"),
    )


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    nlp = nlpcore.blank("en", meta={"name": "tiny", "license": "MIT"})
    nlp.add_pipe("sentencizer")
    path = tmp_path_factory.mktemp("models") / "tiny"
    nlp.to_disk(path)
    return path


def failed(result, code=1):
    """The one line on stderr of a command that failed."""
    assert result[0] == code
    assert result[1] == ""
    lines = result[2].splitlines()
    assert len(lines) == 1, result[2]
    assert lines[0].startswith("nlpcore: ")
    return lines[0]


def test_a_table_that_a_program_can_read(model):
    code, out, err = run("annotate", "-m", model, "Hello", "world!  Bye.")
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.split("\n\n")[0].splitlines()] == ["word", "Hello", "world", "!"]
    assert "\x1b" not in out


def test_stdin_and_files(model, tmp_path):
    (tmp_path / "a.txt").write_bytes("\ufeffFirst one.\r\nSecond.".encode())
    (tmp_path / "b.txt").write_bytes("Dritter Ümlaut.".encode())
    code, out, _ = run(
        "annotate", "-m", model, "-o", "jsonl", "-f", tmp_path / "a.txt", "-f", tmp_path / "b.txt"
    )
    assert code == 0
    assert [json.loads(line)["text"] for line in out.splitlines()] == [
        "First one.\nSecond.",
        "Dritter Ümlaut.",
    ]
    code, out, _ = run("annotate", "-m", model, "-o", "jsonl", "--lines", stdin=b"one\n\n  \ntwo\n")
    assert [json.loads(line)["text"] for line in out.splitlines()] == ["one", "two"]
    assert run("annotate", "-m", model, stdin=b"")[:2] == (0, "")
    assert run("annotate", "-m", model, stdin=b" \n ")[:2] == (0, "")


def test_conllu(model):
    pytest.importorskip("nlpcore.training.conllu")
    code, out, err = run("annotate", "-m", model, "-o", "conllu", "Hello world! Bye.")
    assert (code, err) == (0, "")
    assert out.count("\n\n") == 2
    assert "1\tHello\t" in out


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"good\nbad \xff\xe9 text", r"byte 0xff at offset 9 (line 2)"),
        (b"\xff\xfea\0b\0", "UTF-16"),
        (b"a\0b", "NUL at character 1"),
        (b"\x1f\x8b\x08", "compressed"),
        (b"PK\x03\x04", "compressed"),
    ],
)
def test_what_is_no_text_is_refused_with_the_reason(model, tmp_path, data, message):
    (tmp_path / "x").write_bytes(data)
    assert message in failed(run("annotate", "-m", model, "-f", tmp_path / "x"))
    assert "stdin" in failed(run("annotate", "-m", model, stdin=data))
    code, _, err = run("annotate", "-m", model, "-l", stdin=b"good\n" + data)
    assert code == 1
    assert "stdin, line" in err


def test_missing_files_and_models(model, tmp_path):
    assert f"{tmp_path}/nothing: No such file" in failed(
        run("annotate", "-m", model, "-f", tmp_path / "nothing")
    )
    assert "is a directory" in failed(run("annotate", "-m", model, "-f", tmp_path))
    assert "There is no model 'en_core_web_smm'" in failed(run("annotate", "-m", "en_core_web_smm", "x"))
    assert "holds no model" in failed(run("info", tmp_path))


@pytest.mark.parametrize(
    "arguments", [["annotate", "--nope"], ["nope"], ["annotate", "-o", "xml", "x"], ["evaluate"]]
)
def test_wrong_usage(arguments):
    line = failed(run(*arguments), code=2)
    assert "--help" in line


def test_text_and_file_exclude_each_other(model, tmp_path):
    assert "not both" in failed(run("annotate", "-m", model, "-f", tmp_path, "text"), code=2)


def test_help_and_version():
    code, out, _ = run("--help")
    assert code == 0
    for command in ("annotate", "train", "evaluate", "info"):
        assert command in out
        assert run(command, "--help")[0] == 0
    assert run("--version")[1].strip() == nlpcore.__version__


def test_info(model):
    code, out, _ = run("info", model)
    assert code == 0
    assert "en_tiny" in out
    assert "MIT" in out
    assert json.loads(run("info", model, "--json")[1])["name"] == "tiny"
    assert run("info", "--markdown")[1].startswith("| | |")


def test_output_that_cannot_show_everything(model):
    code, out, err = run("annotate", "-m", model, "Ümlaut 日本", env={"PYTHONIOENCODING": "ascii"})
    assert (code, err) == (0, "")
    assert "\\xdcmlaut" in out


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and pipes")
def test_a_reader_that_leaves_early_is_no_error(model):
    ours = f"{sys.executable} -m nlpcore annotate -m {model} -l"
    command = f"yes 'Some words here.' | head -n 20000 | {ours} | head -n 1"
    result = subprocess.run(["sh", "-c", command], capture_output=True, timeout=120)
    assert result.stderr == b""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and pipes")
def test_interrupting(model):
    process = subprocess.Popen(
        [sys.executable, "-m", "nlpcore", "annotate", "-m", str(model), "-l", "-o", "jsonl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdin.write(b"Some words here.\n" * 65)
    process.stdin.flush()
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.strip() == b"nlpcore: interrupted"


def test_a_model_is_packed_indexed_downloaded_and_found(model, tmp_path):
    env = {"NLPCORE_MODELS": str(tmp_path / "models")}
    code, out, _ = run("package", model, tmp_path / "wheels", "--version", "1.0.2")
    assert (code, out.strip()) == (0, str(tmp_path / "wheels" / "en_tiny-1.0.2-py3-none-any.whl"))
    assert run("index", tmp_path / "wheels")[0] == 0
    place = tmp_path / "models" / "en_tiny-1.0.2"
    code, out, _ = run("download", "en_tiny", "--index", tmp_path / "wheels", "--target", tmp_path / "models")
    assert (code, out) == (0, f"en_tiny 1.0.2 is at {place}\n")
    assert run("annotate", "-m", "en_tiny", "Hello there.", env=env)[0] == 0
    code, out, _ = run("validate", env=env)
    assert code == 0
    assert "en_tiny" in out
    (place / "model.nlpcore").write_bytes(b"broken")
    code, out, _ = run("validate", env=env)
    assert code == 1
    assert "NO" in out
    wheel = tmp_path / "wheels" / "en_tiny-1.0.2-py3-none-any.whl"
    assert run("install", wheel, "--target", tmp_path / "models")[0] == 0
    assert run("validate", env=env)[0] == 0


def test_a_download_that_cannot_be_says_why_in_one_line(tmp_path):
    assert "NLPCORE_INDEX" in failed(run("download", "en_tiny", env={"NLPCORE_INDEX": ""}))
    assert "Did you mean 'en_tiny'" in failed(run("download", "en-tiny", "--index", tmp_path))
    assert "compatibility.json" in failed(run("download", "en_tiny", "--index", tmp_path))


def test_settings_of_a_run_can_be_given_on_the_command_line(tmp_path):
    from benchmarks.kill_training import CONFIG, write_treebank

    write_treebank(tmp_path, 10)
    (tmp_path / "c.toml").write_text(CONFIG.format(epochs=50))
    command = ("train", tmp_path / "c.toml", tmp_path / "model", "--data", tmp_path)
    code, _, err = run(*command, "--lang", "de", "--schedule.epochs", "1", '--pipeline=["tok2vec", "tagger"]')
    assert (code, err) == (0, "")
    nlp = nlpcore.load(tmp_path / "model")
    assert (nlp.lang, nlp.pipe_names) == ("de", ["tok2vec", "tagger"])
    assert "Did you mean 'epochs'" in failed(run(*command, "--schedule.epoch", "1"))
    assert "is no setting" in failed(run(*command, "--lang"), 2)
    assert "is no setting" in failed(run(*command, "else"), 2)
    assert "no table" in failed(run(*command, "--lang.x", "1"))


def test_a_configuration_to_begin_with(tmp_path):
    code, out, err = run("init", "config", "-", "--lang", "de", "--pipeline", "tok2vec, tagger")
    assert (code, err) == (0, "")
    assert 'lang = "de"' in out
    assert 'pipeline = ["tok2vec", "tagger"]' in out
    assert run("init", "config", tmp_path / "c.toml")[0] == 0
    assert (tmp_path / "c.toml").stat().st_size > 1000
    assert "tager" in failed(run("init", "config", "-", "--pipeline", "tager"))


def test_training_data_is_looked_through(tmp_path):
    from benchmarks.kill_training import write_treebank

    write_treebank(tmp_path, 30)
    code, out, _ = run("debug-data", tmp_path / "train.conllu", tmp_path / "train.iob2")
    assert code == 0
    assert "few sentences" in out
    code, out, _ = run("debug-data", tmp_path / "train.iob2", "--dev", tmp_path / "nowhere.conllu")
    assert code == 1
