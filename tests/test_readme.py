"""What README.md tells people to run, runs."""

import re
import shlex
from pathlib import Path

import pytest

from nlpcore.models.loader import bundled

README = Path(__file__).parents[1] / "README.md"

pytestmark = pytest.mark.skipif(not README.is_file(), reason="README.md is not here")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", README.read_text(encoding="utf8"), re.S | re.M)


def test_there_are_two_commands_of_one_line():
    commands = blocks("sh")
    assert [command.count("\n") for command in commands] == [1, 1]
    assert "nlpcore annotate" in commands[0]
    assert shlex.split(commands[1])[-1] == "pytest"


@pytest.mark.skipif("en_core_web_sm" not in bundled(), reason="no model is bundled")
def test_the_examples_run_in_their_order(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in blocks("python"):
        exec(compile(block, str(README), "exec"), names)
    printed = capsys.readouterr().out
    assert "Apple" in printed
    assert "Ada Lovelace, Charles Babbage" in printed


def test_links_to_files_lead_somewhere():
    targets = re.findall(r"\]\(([^)#]+)\)", README.read_text(encoding="utf8"))
    missing = [t for t in targets if "://" not in t and not (README.parent / t).exists()]
    assert missing == []
