"""Feeds broken models to the loader and says what became of them.

    python -m benchmarks.fuzz_loader --mutants 200000       # small models, and the bundled one for a share
    python -m benchmarks.fuzz_loader --mutants 0 --bits 10000 --truncations    # the bundled model's checksums
    python -m benchmarks.fuzz_loader --seed 12345           # one mutant again, with its traceback

Each mutant must load, or raise an error of nlpcore, within a second and 200 MB; what loads must annotate
texts. Mutants are made and loaded in processes that are watched from outside: a crash or a hang is counted,
with its number, and the run goes on behind it. What has been done stays in --results, so that a run can be
broken off.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import random
import resource
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SECONDS = 1.0
MEGABYTES = 200.0
#: after so many seconds without a sign a process is taken for hung
HUNG = 20.0
#: mutants that one process does
SHARE = 2_000
#: of so many mutants one is of the bundled model
BUNDLED_SHARE = 100

TEXTS = [
    "Ann bought two tickets to Oslo yesterday.", "", " ", "\n\n", "a", "It's 5 o'clock; don't panic!",
    "U.S. firms", "http://example.org/a?b=c", "ΑΒΓ ёж 東京 مرحبا", "🙂👍🏽", "x" * 500,
    "a b c d e f g h i j k l m n o p q r s t", "Dr. Who (1963-) said: \"Yes.\"", "foo\tbar\r\nbaz",
    "1,000.50 € or $3", "-- ... !!! ???", "\u200b\ufeff\u00ad", "Berlin, Berlin, Berlin",
    "can't won't shan't", "The end",
]  # fmt: skip


def small_model() -> bytes:
    """A pipeline with a component of every kind, small and hardly trained."""
    import nlpcore
    from nlpcore.training import Example

    nlp = nlpcore.blank("en")
    nlp.add_pipe("tok2vec", config={"width": 16, "depth": 1, "rows": [50, 30, 30, 30]})
    for name in ("tagger", "morphologizer", "senter", "parser", "lemmatizer"):
        nlp.add_pipe(name)
    nlp.add_pipe("ner", config={"hidden": 8})
    nlp.get_pipe("parser").hidden = 8
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "LOC", "pattern": "Oslo"}, {"label": "X", "pattern": [{"LOWER": "foo"}]}])
    nlp.add_pipe("sentencizer")
    words = ["Ann", "bought", "tickets", "to", "Oslo", "."]
    gold: dict[str, Any] = {
        "words": words,
        "tags": ["NNP", "VBD", "NNS", "IN", "NNP", "."],
        "pos": ["PROPN", "VERB", "NOUN", "ADP", "PROPN", "PUNCT"],
        "morphs": ["Number=Sing", "Tense=Past", "Number=Plur", "", "Number=Sing", ""],
        "lemmas": ["Ann", "buy", "ticket", "to", "Oslo", "."],
        "heads": [1, 1, 1, 4, 1, 1],
        "deps": ["nsubj", "ROOT", "obj", "case", "obl", "punct"],
        "entities": ["U-PER", "O", "O", "O", "U-LOC", "O"],
        "sent_starts": [1, -1, -1, -1, -1, -1],
    }
    examples = [Example.from_dict(nlp.make_doc("Ann bought tickets to Oslo ."), gold) for _ in range(4)]
    nlp.initialize(lambda: examples)
    for _ in range(5):
        nlp.update(examples)
    nlp.vocab.strings.add("a string of its own")
    return nlp.to_bytes()


# -- in the watched process ----------------------------------------------------------------------------------


def attempt(data: bytes) -> str:
    """What becomes of a mutant: ``loads``, or the name of the error of nlpcore that refuses it, or with which
    it refuses to annotate (components that read vectors which nothing makes, say). Anything else is raised.
    """
    import io

    import nlpcore
    from nlpcore.errors import NlpcoreError

    try:
        nlp = nlpcore.load(io.BytesIO(data))
    except NlpcoreError as e:
        return type(e).__name__
    try:
        for doc in nlp.pipe(TEXTS, threads=1):
            doc.to_json()
    except NlpcoreError as e:
        return f"annotating: {type(e).__name__}"
    return "loads"


def peak_memory() -> float:
    """The most that this process has held since ``forget_peak``, in MB."""
    with open("/proc/self/status") as f:
        line = next(line for line in f if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def held_memory() -> float:
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * resource.getpagesize() / 2**20


def forget_peak() -> None:
    with open("/proc/self/clear_refs", "w") as f:
        f.write("5")


def base(seed: int, bases: dict[str, Any]) -> Any:
    return bases["bundled" if seed % BUNDLED_SHARE == 0 else "small"]


def load_bases(small: Path) -> dict[str, Any]:
    from benchmarks.mutants import Parts
    from nlpcore.models.installed import bundled

    found = {"small": Parts(small.read_bytes())}
    for model in bundled().values():
        found["bundled"] = Parts(model.path.read_bytes())
    return {"bundled": found["small"], **found}


def work(first: int, end: int, small: Path) -> None:
    """Do the mutants of these numbers; one line of JSON on stdout before each, one after."""
    from benchmarks.mutants import mutant

    bases = load_bases(small)
    attempt(small.read_bytes())
    limit = held_memory() + 2000
    resource.setrlimit(resource.RLIMIT_DATA, (int(limit) << 20, resource.RLIM_INFINITY))
    for seed in range(first, end):
        print(json.dumps({"begins": seed}), flush=True)
        kind, sealed, data = mutant(seed, base(seed, bases))
        forget_peak()
        before, started = held_memory(), time.perf_counter()
        try:
            outcome = attempt(data)
        except Exception as e:
            outcome = f"BUG {type(e).__name__}: {str(e)[:200]}"
        seconds = time.perf_counter() - started
        line = {"seed": seed, "kind": kind, "sealed": sealed, "outcome": outcome}
        print(
            json.dumps({**line, "s": round(seconds, 4), "mb": round(peak_memory() - before, 1)}), flush=True
        )


# -- outside -------------------------------------------------------------------------------------------------


def watched(first: int, end: int, small: Path) -> list[dict[str, Any]]:
    """The results of these mutants; of one that crashed or hung, that."""
    results: list[dict[str, Any]] = []
    while first < end:
        command = [
            sys.executable,
            "-m",
            "benchmarks.fuzz_loader",
            "--work",
            str(first),
            str(end),
            "--small",
            str(small),
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stderr is not None
        running: int | None = None
        hung = False
        buffer = b""
        os.set_blocking(process.stdout.fileno(), False)
        while True:
            ready, _, _ = select.select([process.stdout], [], [], HUNG)
            chunk = process.stdout.read() if ready else None
            if not ready:
                hung = True
                process.kill()
            if not chunk:
                break
            *lines, buffer = (buffer + chunk).split(b"\n")
            for line in map(json.loads, lines):
                running = line.get("begins")
                if running is None:
                    results.append(line)
        said = process.stderr.read().decode(errors="replace")[-500:]
        process.wait()
        if running is not None:
            outcome = "HANG" if hung else f"CRASH {process.returncode} {said}"
            results.append(
                {
                    "seed": running,
                    "kind": "?",
                    "sealed": running % 2 == 0,
                    "outcome": outcome,
                    "s": 0,
                    "mb": 0,
                }
            )
            first = running + 1
        elif process.returncode:
            raise SystemExit(f"the process failed: {said}")
        else:
            first = end
    return results


def is_bad(line: dict[str, Any]) -> bool:
    outcome = line["outcome"]
    return outcome.startswith(("BUG", "CRASH", "HANG")) or line["s"] > SECONDS or line["mb"] > MEGABYTES


def report(lines: list[dict[str, Any]]) -> None:
    table: dict[tuple[str, bool], collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for line in lines:
        outcome = "wrong" if is_bad(line) else "loads" if line["outcome"] == "loads" else "refused"
        table[line["kind"], line["sealed"]][outcome] += 1
    print("| change | checksums hold | mutants | load and annotate | refused | wrong |")
    print("| --- | --- | --- | --- | --- | --- |")
    for (kind, sealed), counts in sorted(table.items()):
        cells = [counts.total(), counts["loads"], counts["refused"], counts["wrong"]]
        print(f"| {kind} | {'yes' if sealed else 'no'} | {' | '.join(map(str, cells))} |")
    if lines:
        slow, big = max(line["s"] for line in lines), max(line["mb"] for line in lines)
        print(f"\n{len(lines)} mutants; at most {slow:.2f} s and {big:.0f} MB.")
    for line in [line for line in lines if is_bad(line)][:30]:
        print(json.dumps(line))


def fuzz(mutants: int, results: Path, small: Path) -> bool:
    lines = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    first = max((line["seed"] for line in lines), default=-1) + 1
    with results.open("a") as out:
        while first < mutants:
            end = min(mutants, first + SHARE)
            new = watched(first, end, small)
            out.writelines(json.dumps(line) + "\n" for line in new)
            out.flush()
            lines += new
            print(f"{end} of {mutants}, {sum(map(is_bad, lines))} wrong", file=sys.stderr, flush=True)
            first = end
    report(lines)
    return not any(map(is_bad, lines))


# -- checksums -----------------------------------------------------------------------------------------------


def is_refused(data: bytes | memoryview) -> bool:
    from nlpcore.errors import ModelDataError
    from nlpcore.models.pipeline_io import parse_archive

    try:
        parse_archive(data)  # type: ignore[arg-type]
    except ModelDataError:
        return True
    return False


def flipped_bits(data: bytes, n: int) -> int:
    """How many of so many single flipped bits are not noticed."""
    rng = random.Random(0)
    body = bytearray(data)
    missed = 0
    for _ in range(n):
        at, bit = rng.randrange(len(body)), 1 << rng.randrange(8)
        body[at] ^= bit
        missed += not is_refused(bytes(body))
        body[at] ^= bit
    return missed


def truncations(data: bytes) -> int:
    """At how many of all places the file can be cut without being refused."""
    from nlpcore.errors import ModelDataError
    from nlpcore.models.archive import load_archive

    missed = 0
    view = memoryview(data)
    for size in range(len(data)):
        try:
            load_archive(view[:size], kind="pipeline")
        except ModelDataError:
            continue
        missed += 1
    return missed


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mutants", type=int, default=2000)
    parser.add_argument("--results", type=Path, default=Path("build/fuzz.jsonl"))
    parser.add_argument("--small", type=Path, default=Path("build/fuzz-small.nlpcore"))
    parser.add_argument("--bits", type=int, default=0, help="flip so many single bits of the bundled model")
    parser.add_argument("--truncations", action="store_true", help="cut the bundled model at every byte")
    parser.add_argument("--seed", type=int, help="do one mutant in this process")
    parser.add_argument("--work", type=int, nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        work(*arguments.work, arguments.small)
        return
    arguments.small.parent.mkdir(parents=True, exist_ok=True)
    arguments.results.parent.mkdir(parents=True, exist_ok=True)
    if not arguments.small.exists():
        arguments.small.write_bytes(small_model())
    if arguments.seed is not None:
        from benchmarks.mutants import mutant

        kind, sealed, data = mutant(arguments.seed, base(arguments.seed, load_bases(arguments.small)))
        print(kind, "sealed" if sealed else "", len(data), "bytes")
        print(attempt(data))
        return
    good = fuzz(arguments.mutants, arguments.results, arguments.small) if arguments.mutants else True
    if arguments.bits or arguments.truncations:
        from nlpcore.models.installed import bundled

        data = bundled()["en_core_web_sm"].path.read_bytes()
        if arguments.bits:
            missed = flipped_bits(data, arguments.bits)
            good = good and not missed
            print(f"{arguments.bits} single flipped bits of the bundled model: {missed} not noticed")
        if arguments.truncations:
            missed = truncations(data)
            good = good and not missed
            print(f"{len(data)} places where the bundled model can be cut: {missed} not noticed")
    raise SystemExit(not good)


if __name__ == "__main__":
    main()
