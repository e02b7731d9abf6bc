"""Which component reads what another writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nlpcore.language import Language

KEYS = ("assigns", "requires", "scores", "retokenizes")


def analyze(nlp: Language, keys: list[str]) -> dict[str, Any]:
    """See ``Language.analyze_pipes``."""
    summary: dict[str, dict[str, Any]] = {}
    problems: dict[str, list[str]] = {}
    attributes: dict[str, dict[str, list[str]]] = {}
    written: set[str] = set()
    for name in nlp.pipe_names:
        meta = nlp.get_pipe_meta(name)
        values = {key: getattr(meta, key) for key in KEYS}
        summary[name] = {
            key: list(value) if not isinstance(value, bool) else value
            for key, value in values.items()
            if key in keys
        }
        problems[name] = [attribute for attribute in meta.requires if attribute not in written]
        written.update(meta.assigns)
        for key in ("assigns", "requires"):
            for attribute in getattr(meta, key) if key in keys else ():
                attributes.setdefault(attribute, {"assigns": [], "requires": []})[key].append(name)
    return {"summary": summary, "problems": problems, "attrs": attributes}


def show(analysis: dict[str, Any], keys: list[str]) -> None:
    """Print the analysis as a table."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Pipeline", box=box.SIMPLE_HEAD)
    for heading in ("#", "component", *keys):
        table.add_column(heading)
    for index, (name, row) in enumerate(analysis["summary"].items()):
        cells = [row[k] if isinstance(row[k], bool) else "\n".join(row[k]) for k in keys if k in row]
        table.add_row(str(index), name, *map(str, cells))
    console = Console()
    console.print(table)
    missing = {name: found for name, found in analysis["problems"].items() if found}
    for name, found in missing.items():
        console.print(f"{name} reads what no component before it writes: {', '.join(found)}")
    if not missing:
        console.print("Every component finds what it reads.")
