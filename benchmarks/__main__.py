"""Measures speed and memory beside other pipelines, prints the tables and writes the report.

    python -m benchmarks --data DATA --peers PEERS --spacy-python VENV/bin/python --results results.jsonl

Takes more than an hour at full size; with ``--results`` it can be broken off and goes on where it was.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nlpcore
from benchmarks import report
from benchmarks.measure import Failed, Store, Task, fingerprint, measure
from benchmarks.plan import Options, Plan
from benchmarks.results import Results, best_batch, best_kernels

PARTS = ("pipeline", "tokenizer", "stages", "growth", "start", "flat")
QUICK: dict[str, Any] = {
    "words": 2_000,
    "calibration_words": 500,
    "growth_words": 1_000,
    "profile_words": 1_000,
    "lengths": (1_000, 10_000),
    "warm_up": 5,
    "repeats": 1,
    "start_repeats": 1,
    "flat": {"tokens": 2_000, "warm_up": 1_000, "size": 20_000},
}


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--data", type=Path, required=True, help="folder with raw_en/*.txt.xz, or with text files")
    add("--peers", type=Path, help="folder with spacy_ewt and blis_arch.c: for --spacy-model and --shim")
    add("--spacy-model", type=Path, help="folder of a spaCy pipeline with the same components")
    add("--spacy-python", help="an interpreter that has spaCy, if this one has not")
    add("--shim", type=Path, help="C source that makes BLIS take the kernels of BLIS_ARCH_ID")
    add("--udpipe-model", type=Path, help="a model of UDPipe 1")
    add("--udpipe-python", help="an interpreter that has ufal.udpipe, if this one has not")
    add("--model", help="the nlpcore model: a name or a path")
    add("--words", type=int, help="words of the main comparison (2,000,000)")
    add("--repeats", type=int, help="fresh processes for each number (5; start-up: 15)")
    add("--parts", default=",".join(PARTS), help=f"which of {', '.join(PARTS)}; with commas")
    add("--only", action="append", help="run measurements with this in their name (part/variant); repeatable")
    add("--results", type=Path, help="file that keeps every result; what it has is not measured again")
    add("--write", type=Path, help="folder for benchmarks.md and its pictures, such as docs")
    add("--quick", action="store_true", help="few words, one repeat: whether it works, not how fast it is")
    return parser.parse_args(arguments)


def options_of(given: argparse.Namespace, folder: Path) -> Options:
    values: dict[str, Any] = dict(QUICK) if given.quick else {}
    names = ("data", "spacy_model", "spacy_python", "shim", "udpipe_model", "udpipe_python", "model", "words")
    for name in (*names, "repeats"):
        if getattr(given, name) is not None:
            values[name] = getattr(given, name)
    if given.peers is not None:
        values.setdefault("spacy_model", given.peers / "spacy_ewt")
        values.setdefault("shim", given.peers / "blis_arch.c")
    for name in ("spacy_model", "shim", "udpipe_model"):
        if values.get(name) is not None and not values[name].exists():
            raise SystemExit(f"--{name.replace('_', '-')}: {values[name]} is not there.")
    build = fingerprint(Path(nlpcore.__file__).parent)
    return Options(folder=folder, build=build, **values)


def all_tasks(
    plan: Plan, parts: list[str], wanted: Callable[[Task], bool], store: Store
) -> list[dict[str, Any]]:
    """The results of everything that is wanted, in the order of the report."""
    makers = {
        "tokenizer": plan.tokenizer,
        "stages": plan.stages,
        "growth": plan.growth,
        "start": plan.start,
        "flat": plan.flat,
    }
    unknown = sorted(set(parts) - set(PARTS))
    if unknown:
        raise SystemExit(f"--parts: there is no part {unknown[0]!r}; there are {', '.join(PARTS)}.")
    records: list[dict[str, Any]] = []
    if "pipeline" in parts:
        # Whoever wants a number of spaCy's best settings needs to know which these are.
        if any("spacy" in task.name and wanted(task) for task in plan.pipeline("", 0)):
            records += measure(plan.calibration(), store)
            records += measure(plan.batches(best_kernels(Results(records))), store)
        found = Results(records)
        records += measure(filter(wanted, plan.pipeline(best_kernels(found), best_batch(found))), store)
    for part in parts:
        if part in makers:
            records += measure(filter(wanted, makers[part]()), store)
    return records


def main(arguments: list[str] | None = None) -> int:
    given = parse(arguments)
    patterns = given.only or [""]
    with tempfile.TemporaryDirectory() as folder:
        options = options_of(given, Path(folder))
        try:
            records = all_tasks(
                Plan(options),
                given.parts.split(","),
                lambda task: any(pattern in task.name for pattern in patterns),
                Store(given.results),
            )
        except Failed as e:
            raise SystemExit(str(e)) from None
    results = Results(records)
    text = report.page(results, options, quick=given.quick)
    print(text)
    if given.write is not None:
        given.write.mkdir(parents=True, exist_ok=True)
        (given.write / "benchmarks.md").write_text(text, encoding="utf8")
        for name, picture in report.draw(results).items():
            (given.write / name).write_text(picture, encoding="utf8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
