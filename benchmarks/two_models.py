"""Words a second of two models on the same texts, in turns, and their ratio.

    OPENBLAS_NUM_THREADS=1 python benchmarks/two_models.py texts.conllu MODEL OTHER [--repeats 15]

The texts are the documents of a CoNLL-U file. Each turn takes both, so that a change of the machine's speed
hits both; the ratio is the median of the turns' ratios, with the least and the greatest.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

import nlpcore
from nlpcore.training.conllu import read_conllu


def words_per_second(nlp: nlpcore.Language, texts: list[str]) -> float:
    begin = time.perf_counter()
    words = sum(len(doc) for doc in nlp.pipe(texts))
    return words / (time.perf_counter() - begin)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("texts", type=Path)
    parser.add_argument("models", nargs=2)
    parser.add_argument("--repeats", type=int, default=15)
    options = parser.parse_args()
    texts = [document.text for document in read_conllu(options.texts)]
    one, other = map(nlpcore.load, options.models)
    for nlp in (one, other):
        words_per_second(nlp, texts)
    turns = []
    for turn in range(options.repeats):
        order = (one, other) if turn % 2 else (other, one)
        speeds = {id(nlp): words_per_second(nlp, texts) for nlp in order}
        turns.append((speeds[id(one)], speeds[id(other)]))
    ratios = [a / b for a, b in turns]
    for name, speeds in zip(options.models, zip(*turns, strict=True), strict=True):
        print(f"{statistics.median(speeds):>10,.0f} words/s  {name}")
    print(f"ratio {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
