"""Fine-tuning beside spaCy's: a loaded model learns new entity types, and must keep what it could do.

    python -m benchmarks.fine_tuning --data DATA --spacy-python PYTHON --spacy-model MODEL

DATA is the folder of corpora of docs/training.md. Two tasks: the 200 sentences of CrossNER's politics, and
the first 1,000 of WNUT17, scored on their dev sets. Ours is ``nlpcore.train`` with defaults, one thread, on
the bundled model. spaCy's ``ner`` gets the labels added and is trained on together with its encoder; of its
passes the one that scores best on dev counts. What ours could do before is scored on EWT's dev set.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any

from .answers import answer

RUNNER = Path(__file__).parent / "runners" / "learn_entities.py"
#: name -> train, dev, sentences that are learned, and the settings that were the best for spaCy
TASKS = {
    "politics": (
        "NER_CrossNER/politics.train.txt",
        "NER_CrossNER/politics.dev.txt",
        200,
        {"epochs": 60, "batch": 8, "dropout": 0.3},
    ),
    "wnut17": (
        "NER_WNUT17/wnut17train.conll",
        "NER_WNUT17/emerging.dev.conll",
        1000,
        {"epochs": 10, "batch": 64, "dropout": 0.2},
    ),
}


def read(nlp: Any, data: Path, task: str) -> tuple[list[Any], list[Any]]:
    from nlpcore.training.api import read_examples

    train, dev, size, _ = TASKS[task]
    return list(read_examples(nlp, data / train))[:size], list(read_examples(nlp, data / dev))


def ours(data: Path, task: str, seed: int, half: bool) -> dict[str, float]:
    """Scores and seconds of one run. half: it knows every other dev sentence, and is scored on the others."""
    import nlpcore
    from nlpcore.tokens._docs import bare_copy
    from nlpcore.training import documents_to_examples, read_documents
    from nlpcore.training.api import speaking_of
    from nlpcore.training.keeping import entity_labels

    nlp = nlpcore.load("en_core_web_sm")
    train, dev = read(nlp, data, task)
    treebank = read_documents(
        data / "UD_English-EWT" / "en_ewt-ud-dev.conllu",
        ner=data / "UNER_English-EWT" / "en_ewt-ud-dev.iob2",
        ner_labels="uner",
    )
    old = list(documents_to_examples(nlp, treebank, gold_tokens=True))
    report = nlpcore.train(nlp, train, dev[::2] if half else dev, old_dev=old, seed=seed)
    if half:
        dev = dev[1::2]
        report.after = nlp.evaluate(speaking_of(dev, entity_labels([*train, *dev])))
    every = f1((example.reference, nlp(bare_copy(example.predicted))) for example in dev)
    found = {"F": report.after["ents_f"], "F, all types": every, "seconds": report.seconds}
    for name, key in (("LAS", "dep_las"), ("UPOS", "pos_acc"), ("old F", "ents_f")):
        found[f"fall of {name}"] = report.old_before[key] - report.old_after[key]
    return found


def f1(pairs: Iterable[tuple[Any, Any]]) -> float:
    """F1 of all entities of Docs, of whatever type: those of old types are wrong here."""
    right = size = 0
    for docs in pairs:
        gold, predicted = ({(ent.start, ent.end, ent.label_) for ent in doc.ents} for doc in docs)
        right += len(gold & predicted)
        size += len(gold) + len(predicted)
    return 2 * right / max(1, size)


def write_lines(examples: list[Any], path: Path) -> None:
    with path.open("w", encoding="utf8") as out:
        for doc in (example.reference for example in examples):
            line = {
                "words": [token.text for token in doc],
                "spaces": [bool(token.whitespace_) for token in doc],
                "entities": [f"{t.ent_iob_}-{t.ent_type_}" if t.ent_type_ else "O" for t in doc],
            }
            out.write(json.dumps(line) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--spacy-python")
    parser.add_argument("--spacy-model")
    parser.add_argument("--blis", type=Path, help="library that makes BLIS take its best kernels")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--half", action="store_true", help="give ours half of dev, score it on the rest")
    parser.add_argument("--one", nargs=2, metavar=("TASK", "SEED"), help="run ours once and print JSON")
    arguments = parser.parse_args()
    if arguments.one:
        task, seed = arguments.one
        print(json.dumps(ours(arguments.data, task, int(seed), arguments.half)))
        return
    best_kernels = {"LD_PRELOAD": str(arguments.blis), "BLIS_ARCH_ID": "6"} if arguments.blis else {}
    itself = [sys.executable, "-m", "benchmarks.fine_tuning", "--data", str(arguments.data)]
    itself += ["--half"] if arguments.half else []
    for task in TASKS:
        seeds = range(arguments.seeds)
        found = [answer([*itself, "--one", task, str(seed)], {}) for seed in seeds]
        print(f"{task}, medians of {len(found)} seeds:")
        for name in found[0]:
            values = [one[name] for one in found]
            scale = 1 if name == "seconds" else 100
            low, mid, high = (scale * f(values) for f in (min, median, max))
            print(f"  nlpcore {name}: {mid:.1f} ({low:.1f} to {high:.1f})")
        if arguments.spacy_python:
            theirs = [spacy(arguments, task, seed, best_kernels) for seed in seeds]
            scores = [100 * max(one["history"]) for one in theirs]
            print(f"  spaCy F: {median(scores):.1f} ({min(scores):.1f} to {max(scores):.1f})")
            print(f"  spaCy seconds: {median(one['seconds'] for one in theirs):.0f}")
            print(f"  ahead of spaCy: {100 * median(one['F'] for one in found) - median(scores):.1f}")


def spacy(arguments: argparse.Namespace, task: str, seed: int, environment: dict[str, str]) -> Any:
    import nlpcore

    nlp = nlpcore.blank("en")
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("train.jsonl", "dev.jsonl")]
        for examples, path in zip(read(nlp, arguments.data, task), paths, strict=True):
            write_lines(examples, path)
        given = {
            "model_path": arguments.spacy_model,
            "train": str(paths[0]),
            "dev": str(paths[1]),
            "seed": seed,
            **TASKS[task][3],
        }
        return answer([arguments.spacy_python, str(RUNNER), json.dumps(given)], environment)


if __name__ == "__main__":
    main()
