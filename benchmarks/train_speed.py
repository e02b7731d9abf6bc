"""Training speed beside spaCy's: the same components, widths and examples, one thread each, in alternation.

    python -m benchmarks.train_speed --data DATA --spacy-python PYTHON --spacy-model MODEL --blis LIBRARY

DATA is the folder of corpora of docs/training.md. The examples are those of EWT with its entities, long
documents cut at sentence ends as in the bundled model's configuration, for both. ``--blis`` names a library
that makes BLIS take its best kernels (``blis_arch.c`` compiled). Ours has batches of 500 words, as the
bundled model's configuration has; spaCy is shown with several sizes, and judged by the fastest.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

RUNNER = Path(__file__).parent / "runners" / "learn.py"
OUR_BATCH = 500
SPACY_BATCHES = (500, 1000, 2000, 4000)
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "BLIS", "MKL")}


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
    result = subprocess.run(
        [python, str(RUNNER), json.dumps(given)],
        env={**os.environ, **ONE_THREAD, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise SystemExit(result.stderr[-2000:])
    return json.loads(result.stdout.splitlines()[-1])


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
        ours, others = [], []
        for _ in range(arguments.repeats):
            mine = {"system": "nlpcore", "batch_words": OUR_BATCH, **same, "words": 5 * arguments.words}
            ours.append(measure(sys.executable, {}, **mine))
            others.append(spacy(best))
    speeds = [median(f["words"] / f["seconds"] for f in found) for found in (ours, others)]
    ratios = [
        a["words"] / a["seconds"] / (b["words"] / b["seconds"]) for a, b in zip(ours, others, strict=True)
    ]
    print("| | words/s | peak memory |\n| --- | ---: | ---: |")
    for name, speed, found in zip(("nlpcore", "spaCy"), speeds, (ours, others), strict=True):
        print(f"| {name} | {speed:,.0f} | {median(f['mb'] for f in found):,.0f} MB |")
    print(f"ratio: {median(ratios):.2f} (median of {len(ratios)}, {min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main()
