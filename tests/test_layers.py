"""Imports point down the list at the head of docs/architecture.md."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"

pytestmark = pytest.mark.skipif(not PAGE.is_file(), reason="the documentation is not here")


def levels() -> dict[str, int]:
    """Unit (module or package directly in nlpcore) -> its line in the list."""
    lines = re.findall(r"^    nlpcore/(.+)$", PAGE.read_text(encoding="utf8"), re.M)
    found = {}
    for number, line in enumerate(lines):
        for name in re.findall(r"(\w+)(?:\.py\b|/)", line.partition("   ")[0] + " "):
            found.setdefault(name, number)
    return found


def imported(body: list[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """What runs when the module is imported; what is for type checkers alone is left out."""
    for statement in body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            yield statement
        elif isinstance(statement, ast.If):
            if "TYPE_CHECKING" not in ast.dump(statement.test):
                yield from imported(statement.body)
            yield from imported(statement.orelse)
        elif isinstance(statement, (ast.Try, ast.ClassDef, ast.With)):
            yield from imported(statement.body)


def targets(path: Path) -> set[str]:
    """The units that a module imports."""
    module = path.relative_to(ROOT).with_suffix("").parts
    package = module[:-1]
    found = set()
    for statement in imported(ast.parse(path.read_text(encoding="utf8")).body):
        if isinstance(statement, ast.Import):
            names = [alias.name.split(".") for alias in statement.names]
        else:
            base = list(package[: len(package) - statement.level + 1]) if statement.level else []
            base += statement.module.split(".") if statement.module else []
            names = [[*base, alias.name] for alias in statement.names]
        found |= {name[1] for name in names if name[0] == "nlpcore" and len(name) > 1}
    return found


def unit(path: Path) -> str:
    return path.relative_to(ROOT / "nlpcore").with_suffix("").parts[0]


def test_every_module_stands_in_the_list():
    known = levels()
    assert sorted({unit(path) for path in (ROOT / "nlpcore").rglob("*.py")} - set(known)) == []


def test_imports_point_down():
    known = levels()
    wrong = [
        f"{path.relative_to(ROOT)} imports nlpcore.{target}"
        for path in sorted((ROOT / "nlpcore").rglob("*.py"))
        if path != ROOT / "nlpcore" / "__init__.py"
        for target in sorted(targets(path) - {unit(path)})
        if target in known and known[target] < known[unit(path)]
    ]
    assert wrong == []
