"""What the parts of the network are worth: short seeded runs with one changed, mean and spread on dev.

    python benchmarks/ablation.py --data DATA [--runs 3] [--epochs 2] [--only NAME ...] [--out ablation.jsonl]

DATA is the folder of the corpora. Trains tok2vec, tagger, morphologizer and parser on UD English-EWT train
and scores them on its dev set from raw text (CoNLL-2018 F1). Finished runs found in --out are not run
again.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

from nlpcore.training.run import train_pipeline
from nlpcore.training.settings import config_from_dict

# What differs from the base: settings of components, of the schedule, and whether word vectors are fitted
# first.
VARIANTS: dict[str, dict[str, Any]] = {
    "base (13 positions)": {},
    "25 positions": {"components": {"parser": {"context": 25}}},
    "no supertag": {"components": {"tok2vec": {"supertag": False}}},
    "monotonic": {"components": {"parser": {"nonmonotonic": False}}},
    "no exploration": {"components": {"parser": {"explore": 0.0}}},
    "no sentence objective": {"components": {"tok2vec": {"boundary": False}}},
    "batches of 2000 words": {"schedule": {"batch_words": 2000}},
    "fitted to word vectors": {"vectors": {"path": "vectors_en/glove6b-100d-top120k.vec.gz", "passes": 10.0}},
}
METRICS = ["UPOS", "Sentences", "UAS", "LAS"]


def run(changes: dict[str, Any], data: Path, seed: int, epochs: int) -> dict[str, float]:
    """Train and score one variant."""
    treebank = "UD_English-EWT/en_ewt-ud"
    config = config_from_dict(
        {
            "lang": "en",
            "name": "ablation",
            "pipeline": ["tok2vec", "tagger", "morphologizer", "parser"],
            "train": [{"conllu": f"{treebank}-train.conllu"}],
            "dev": {"conllu": f"{treebank}-dev.conllu"},
            "components": changes.get("components", {}),
            "vectors": changes.get("vectors"),
            "schedule": {
                "seed": seed,
                "epochs": epochs,
                "batch_words": 500,
                "max_words": 120,
                "evaluate_every": epochs,
                **changes.get("schedule", {}),
            },
        }
    )
    started = time.perf_counter()
    _, result = train_pipeline(config, data)
    return {**result.best_scores, "seconds": time.perf_counter() - started, "speed": result.words_per_second}


def table(results: list[dict[str, Any]]) -> str:
    """Mean and spread (largest minus smallest) of each metric, as Markdown."""
    lines = ["| variant | runs | " + " | ".join(METRICS) + " |", "|---" * (2 + len(METRICS)) + "|"]
    for variant in VARIANTS:
        scores = [r["scores"] for r in results if r["variant"] == variant]
        if scores:
            cells = []
            for metric in METRICS:
                values = [s[metric] for s in scores]
                cells.append(f"{statistics.mean(values):.2f} ({max(values) - min(values):.2f})")
            lines.append(f"| {variant} | {len(scores)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=list(VARIANTS))
    parser.add_argument("--out", type=Path, default=Path("ablation.jsonl"))
    args = parser.parse_args()
    results = []
    if args.out.exists():
        results = [json.loads(line) for line in args.out.read_text(encoding="utf8").splitlines()]
    for seed in range(args.runs):
        for variant in args.only:
            key = {"variant": variant, "seed": seed, "epochs": args.epochs}
            if any(key.items() <= r.items() for r in results):
                continue
            scores = run(VARIANTS[variant], args.data, seed, args.epochs)
            results.append({**key, "scores": scores})
            with args.out.open("a", encoding="utf8") as file:
                file.write(json.dumps(results[-1]) + "\n")
            print(variant, seed, {m: scores[m] for m in METRICS}, f"{scores['seconds']:.0f} s", flush=True)
    print(table([r for r in results if r["epochs"] == args.epochs]))


if __name__ == "__main__":
    main()
