"""Training speed beside spaCy's: the same components, widths and examples, in alternation.

    python -m benchmarks.train_speed --data DATA --spacy-python PYTHON --spacy-model MODEL --blis LIBRARY

DATA is the folder of corpora of docs/training.md. The examples are those of EWT with its entities, long
documents cut at sentence ends as in the bundled model's configuration, for both. ``--blis`` names a library
that makes BLIS take its best kernels (``blis_arch.c`` compiled). Ours has batches of 500 words, as the
bundled model's configuration has, and is shown on one thread and on all cores; spaCy, which trains on one,
with several sizes of batches. Both are compared with its default size, and with the one that is its fastest.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from .answers import answer

RUNNER = Path(__file__).parent / "runners" / "learn.py"
OUR_BATCH = 500
#: spaCy's batches grow to 1,000 words by default.
SPACY_DEFAULT = 1000
SPACY_BATCHES = (500, SPACY_DEFAULT, 2000, 4000)
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def write_examples(data: Path, path: Path) -> int:
    """EWT with its entities as JSON lines; how many words."""
    import nlpcore
    from nlpcore.training import documents_to_examples, read_documents

    nlp = nlpcore.blank("en")
    documents = read_documents(
        data / "UD_English-EWT" / "en_ewt-ud-train.conllu",
        ner=data / "UNER_English-EWT" / "en_ewt-ud-train.iob2",
        ner_labels="uner",
    )
    words = 0
    with path.open("w", encoding="utf8") as out:
        for example in documents_to_examples(nlp, documents, gold_tokens=True, max_words=120):
            doc = example.reference
            tags = [f"{t.ent_iob_}-{t.ent_type_}" if t.ent_type_ else "O" for t in doc]
            line = {
                "words": [t.text for t in doc],
                "spaces": [bool(t.whitespace_) for t in doc],
                "tags": [t.tag_ for t in doc],
                "pos": [t.pos_ for t in doc],
                "morphs": [str(t.morph) for t in doc],
                "lemmas": [t.lemma_ for t in doc],
                "heads": [t.head.i for t in doc],
                "deps": [t.dep_ for t in doc],
                "entities": tags,
            }
            out.write(json.dumps(line) + "\n")
            words += len(doc)
    return words


def measure(python: str, environment: dict[str, str], **given: Any) -> dict[str, float]:
    return answer([python, str(RUNNER), json.dumps(given)], environment)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--spacy-python", required=True)
    parser.add_argument("--spacy-model", required=True)
    parser.add_argument("--blis", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--words", type=int, default=20_000, help="that spaCy learns in one measurement")
    arguments = parser.parse_args()
    best_kernels = {"LD_PRELOAD": str(arguments.blis), "BLIS_ARCH_ID": "6"} if arguments.blis else {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "examples.jsonl"
        print(f"{write_examples(arguments.data, path):,} words of examples")
        same = {"examples": str(path), "words": arguments.words}
        theirs = {"system": "spacy", "model_path": arguments.spacy_model, **same}

        def spacy(batch_words: int) -> dict[str, float]:
            return measure(arguments.spacy_python, best_kernels, batch_words=batch_words, **theirs)

        calibration = {n: spacy(n) for n in SPACY_BATCHES}
        for n, found in calibration.items():
            print(f"spaCy, batches of {n} words: {found['words'] / found['seconds']:,.0f} words/s")
        best = max(calibration, key=lambda n: calibration[n]["words"] / calibration[n]["seconds"])
        mine = {"system": "nlpcore", "batch_words": OUR_BATCH, **same, "words": 5 * arguments.words}
        systems = {
            "nlpcore, 1 thread": lambda: measure(sys.executable, {}, threads=1, **mine),
            f"nlpcore, {CORES} threads": lambda: measure(sys.executable, {}, threads=CORES, **mine),
            f"spaCy, its default, {SPACY_DEFAULT} words": lambda: spacy(SPACY_DEFAULT),
            f"spaCy, its fastest, {best} words": lambda: spacy(best),
        }
        found: dict[str, list[dict[str, float]]] = {name: [] for name in systems}
        for _ in range(arguments.repeats):
            for name, run in systems.items():
                found[name].append(run())
    speeds = {name: [f["words"] / f["seconds"] for f in results] for name, results in found.items()}
    print("| | words/s | peak memory | of spaCy's default | of spaCy's fastest |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, results in found.items():
        memory = median(f["mb"] for f in results)
        shares = [ratio(speeds[name], speeds[other]) for other in list(systems)[2:]]
        print(f"| {name} | {median(speeds[name]):,.0f} | {memory:,.0f} MB | {shares[0]} | {shares[1]} |")


def ratio(speeds: list[float], others: list[float]) -> str:
    """The median of the ratios of runs that followed each other, with the least and the greatest."""
    ratios = [a / b for a, b in zip(speeds, others, strict=True)]
    return f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


if __name__ == "__main__":
    main()
