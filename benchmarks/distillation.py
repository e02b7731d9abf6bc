"""What a teacher brings: the whole recipe on little text, and scores by the amount of silver data.

    python benchmarks/distillation.py recipe DATA --work build/recipe [--share 0.01] [--teacher-epochs 1]
    python benchmarks/distillation.py curve DATA TEACHER --work build/curve [--raw RAW] [--millions 0 1 3]

DATA is the folder of the corpora, RAW that of the raw text (DATA/raw_en). ``recipe`` runs the three commands
of docs/distillation.md as they stand there, on a share of the raw text and with few passes, the teacher's
with each corpus once, and shows how long each took. ``curve`` trains students on more and more silver data,
which they share, with the passes of the configuration. Both go on where they were broken off.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

STUDENT = Path("configs/en_core_web_sm.toml")
TEACHER = Path("configs/en_core_web_trf.toml")
RAW_MILLIONS = 14
SHOWN = ("Words", "Sentences", "UPOS", "XPOS", "UFeats", "Lemmas", "UAS", "LAS", "ents_f")


def command(*arguments: object) -> float:
    """Run ``nlpcore`` with these arguments; returns the seconds it took."""
    given = [sys.executable, "-m", "nlpcore", *map(str, arguments)]
    print("$", "nlpcore", *given[3:], flush=True)
    begin = time.perf_counter()
    subprocess.run(given, check=True)
    return time.perf_counter() - begin


def recipe(options: argparse.Namespace) -> None:
    work, data = options.work, options.data
    words = int(options.share * RAW_MILLIONS * 1_000_000)
    teacher, output = work / "teacher", work / "distilled"
    passes = ("--schedule.epochs", options.teacher_epochs, "--train.0.repeat", 1)
    seconds = {"teacher": command("train", TEACHER, teacher, "--data", data, *passes)}
    seconds["silver data, student, student without teacher"] = command(
        *("distill", teacher, data / "raw_en", STUDENT, "-o", output, "--data", data),
        *("--words", words, "--schedule.epochs", options.student_epochs, "--vectors.passes", 5),
    )
    for what, took in seconds.items():
        print(f"{took / 60:6.1f} minutes  {what}")
    print(f"{sum(seconds.values()) / 60:6.1f} minutes  in all")


def curve(options: argparse.Namespace) -> None:
    rows: dict[str, dict[str, float]] = {}
    alone = options.work / "0"
    if not (alone / "model.nlpcore").exists():
        command("train", STUDENT, alone, "--data", options.data, "--resume", *options.settings)
    for millions in options.millions:
        if not millions:
            continue
        output = options.work / f"{millions:g}"
        if not (output / "scores.json").exists():
            command(
                *("distill", options.teacher, options.raw or options.data / "raw_en", STUDENT, "-o", output),
                *("--data", options.data, "--words", int(millions * 1_000_000), "--baseline", alone),
                *("--silver", options.silver or options.work / "silver", *options.settings),
            )
        scores = json.loads((output / "scores.json").read_text())["scores"]
        rows["teacher"], rows["0"] = scores["teacher"], scores["student without teacher"]
        rows[f"{millions:g}"] = scores["student"]
    print("| million words |", " | ".join(SHOWN), "|")
    print("|---|", "|".join("---:" for _ in SHOWN), "|", sep="")
    for name, scores in rows.items():
        print(f"| {name} |", " | ".join(f"{scores.get(key, float('nan')):.2f}" for key in SHOWN), "|")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("recipe", "curve"))
    parser.add_argument("data", type=Path)
    parser.add_argument("teacher", nargs="?")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--share", type=float, default=0.01)
    parser.add_argument("--teacher-epochs", type=int, default=1)
    parser.add_argument("--student-epochs", type=int, default=3)
    parser.add_argument("--millions", type=float, nargs="+", default=[0, 1, 3, 7, 14])
    parser.add_argument("--raw", type=Path, help="folder of the raw text, if not DATA/raw_en")
    parser.add_argument("--silver", type=Path, help="shards that are there")
    options, options.settings = parser.parse_known_args()
    if options.what == "curve" and options.teacher is None:
        parser.error("curve needs a TEACHER")
    options.work.mkdir(parents=True, exist_ok=True)
    (recipe if options.what == "recipe" else curve)(options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
