"""Models that go on learning from a corpus in different orders, and the mean of their parameters.

    python benchmarks/averaged_teacher.py learn START OUTPUT --data DATA [--gpu-id 0] [--schedule.seed 2 …]
    python benchmarks/averaged_teacher.py average OUTPUT MODEL MODEL … --data DATA

``learn`` begins with all parameters of the model START, those of its heads too, and learns what the
configuration says at about two thirds of its rates. ``average`` writes the mean of models that began with the
same one (Wortsman et al. 2022, "Model soups"), and shows the scores of each and of the mean on the dev data,
with the words and sentences of the treebank and from raw text. Any setting of the configuration can be given.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

import nlpcore
from nlpcore.cli.training import parse_overrides
from nlpcore.language import Language
from nlpcore.models.pipeline_io import write_pipeline
from nlpcore.pipeline.trainable_pipe import TrainablePipe, fill_model
from nlpcore.training import read_config
from nlpcore.training.evaluate import evaluate_documents
from nlpcore.training.loop import train
from nlpcore.training.run import corpus_examples, flat_scores, source_documents, without_corpus_strings
from nlpcore.training.settings import TrainingConfig
from nlpcore.training.showing import display

SHOWN = ("Sentences", "UPOS", "XPOS", "UFeats", "Lemmas", "UAS", "LAS", "ents_f")
RATES = {"schedule.learn_rate": 0.0007, "schedule.encoder_learn_rate": 0.0001, "schedule.warmup_steps": 100}


def learn(config: TrainingConfig, start: Path, output: Path, data: Path) -> None:
    nlp = nlpcore.load(start)
    with display(config.schedule.epochs, []) as shown:
        examples = corpus_examples(nlp, config, data, shown.log)
        train(nlp, examples, schedule=config.schedule, on_progress=shown.on_progress)
    write_pipeline(without_corpus_strings(nlp), output, half=True)


def average(models: Iterable[Language]) -> Language:
    """The first of some models, with the means of the parameters of all."""
    first, *others = models
    for name, pipe in first.pipeline:
        if isinstance(pipe, TrainablePipe) and pipe.is_ready:
            pipe.network()
            given = [nlp.get_pipe(name).parameters() for nlp in (first, *others)]  # type: ignore[attr-defined]
            means = {key: np.mean([one[key] for one in given], axis=0) for key in given[0]}
            fill_model(pipe.require_model(), means)
    return first


def show_scores(name: str, nlp: Language, documents: list[Any]) -> None:
    for gold in (True, False):
        scores = flat_scores(evaluate_documents(nlp, documents, gold_tokens=gold))
        values = " | ".join(f"{scores.get(key, float('nan')):.2f}" for key in SHOWN)
        print(f"| {name}, {'gold tokens' if gold else 'raw text'} | {values} |", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("learn", "average"))
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--config", type=Path, default=Path("configs/en_core_web_trf.toml"))
    parser.add_argument("--gpu-id", type=int, default=-1)
    options, more = parser.parse_known_args()
    if len(options.models) < 2 or (options.what == "learn" and len(options.models) > 2):
        parser.error("learn needs START and OUTPUT, average needs OUTPUT and models")
    if options.gpu_id >= 0:
        nlpcore.require_gpu(options.gpu_id)
    config = read_config(options.config, {**RATES, **parse_overrides(more)})
    if options.what == "learn":
        start, output = options.models
        learn(config, start, output, options.data)
        return 0
    output, *paths = options.models
    documents = list(source_documents(config.dev, options.data, lambda text: None))
    print("| |", " | ".join(SHOWN), "|")
    print("|---|", "|".join("---:" for _ in SHOWN), "|", sep="")
    for path in paths:
        show_scores(path.name, nlpcore.load(path), documents)
    mean = average(map(nlpcore.load, paths))
    write_pipeline(mean, output, half=True)
    show_scores("mean", nlpcore.load(output), documents)
    return 0


if __name__ == "__main__":
    sys.exit(main())
