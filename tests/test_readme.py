"""What README.md tells people to run, runs."""

import re
import shlex
from pathlib import Path

import pytest

from nlpcore.models.installed import bundled

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


PAGES = [README, *README.parent.glob("*.md"), *README.parent.glob("docs/**/*.md")]


@pytest.mark.parametrize("page", sorted(set(PAGES)), ids=lambda page: page.name)
def test_links_to_files_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf8"))
    missing = [t for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert missing == []


def test_all_pages_are_in_the_index():
    index = (README.parent / "docs" / "README.md").read_text(encoding="utf8")
    pages = [
        page.relative_to(README.parent / "docs").as_posix() for page in README.parent.glob("docs/**/*.md")
    ]
    assert [page for page in pages if page != "README.md" and f"({page})" not in index] == []
