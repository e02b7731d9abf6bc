"""What each further set of entities brings: recognizers that learn from UNER's English EWT and one set more.

    python benchmarks/entity_sets.py DATA [--config configs/en_core_web_sm.toml] [--seeds 1 2]

DATA is the folder of the corpora that the configuration names. A recognizer on an encoder of its own learns
from the first of these corpora alone, from it and each group of others (those with the same kind of labels),
and from all of them; it is scored on the dev data, from raw text. Means over the seeds. Any setting can be
given: --schedule.epochs 12
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from nlpcore.cli.training import parse_overrides
from nlpcore.training import read_config, train_pipeline
from nlpcore.training.settings import Source, TrainingConfig

SHOWN = ("ents_p", "ents_r", "ents_f", "ents_PER_f", "ents_LOC_f", "ents_ORG_f")


def groups(sources: list[Source]) -> dict[str, list[Source]]:
    """The corpora behind the first by the kind of their labels."""
    found: dict[str, list[Source]] = {}
    for source in sources[1:]:
        found.setdefault("gum" if source.gum else str(source.labels), []).append(source)
    return found


def runs(config: TrainingConfig) -> Iterator[tuple[str, list[Source]]]:
    """Names and corpora of what is compared."""
    first, others = config.train[:1], groups(config.train)
    yield "UNER alone", first
    for name, more in others.items():
        yield f"+ {name}", first + more
    yield "+ all", config.train


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--config", type=Path, default=Path("configs/en_core_web_sm.toml"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    options, more = parser.parse_known_args()
    config = read_config(options.config, {"schedule.epochs": 8, "vectors.passes": 5, **parse_overrides(more)})
    config = replace(
        config,
        pipeline=["tok2vec", "ner"],
        components={key: value for key, value in config.components.items() if key in ("tok2vec", "ner")},
    )
    print("| learned from |", " | ".join(SHOWN), "|")
    print("|---|", "|".join("---:" for _ in SHOWN), "|", sep="")
    for name, sources in runs(config):
        found = []
        for seed in options.seeds:
            schedule = replace(config.schedule, seed=seed, score_weights={"ents_f": 1.0})
            run = replace(config, train=sources, schedule=schedule)
            found.append(train_pipeline(run, options.data)[1].best_scores)
        means = (statistics.mean(scores[key] for scores in found) for key in SHOWN)
        print(f"| {name} |", " | ".join(f"{mean:.2f}" for mean in means), "|", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
