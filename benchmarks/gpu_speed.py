"""Words a second of the CPU's engine and of a GPU, on the same texts, in one process.

    python benchmarks/gpu_speed.py texts.txt [model] [--repeats 5] [--words 200000]

texts.txt has one text a line. The two take turns; the median and the best of the repeats are shown, and how
many annotations differ. Without a GPU it says what is missing and measures nothing.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

import nlpcore
from nlpcore import errors

COLUMNS = ("TAG", "POS", "MORPH", "LEMMA", "HEAD", "DEP", "SENT_START", "ENT_IOB", "ENT_TYPE")


def read_texts(path: Path, n_words: int) -> list[str]:
    texts, words = [], 0
    for line in path.read_text("utf8").splitlines():
        if line.strip() and words < n_words:
            texts.append(line)
            words += len(line.split())
    return texts


def seconds(nlp, texts: list[str]) -> tuple[float, list]:
    begin = time.perf_counter()
    columns = [[doc.column(name) for name in COLUMNS] for doc in nlp.pipe(texts)]
    return time.perf_counter() - begin, columns


def differences(a: list, b: list) -> int:
    pairs = ((x, y) for doc in zip(a, b, strict=True) for x, y in zip(*doc, strict=True))
    return sum(int((x != y).sum()) for x, y in pairs if x is not None and y is not None)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("texts", type=Path)
    parser.add_argument("model", nargs="?", default="en_core_web_sm")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--words", type=int, default=200_000)
    options = parser.parse_args()
    try:
        nlpcore.require_gpu()
    except errors.NoGpuError as e:
        print(f"Nothing was measured. {e}", file=sys.stderr)
        return 1
    on_gpu = nlpcore.load(options.model)
    nlpcore.require_cpu()
    pipelines = {"CPU engine": nlpcore.load(options.model), "GPU": on_gpu}
    texts = read_texts(options.texts, options.words)
    n_words = sum(len(text.split()) for text in texts)
    for nlp in pipelines.values():  # tables, kernels and memory pools
        seconds(nlp, texts)
    times: dict[str, list[float]] = {name: [] for name in pipelines}
    found = {}
    for _ in range(options.repeats):
        for name, nlp in pipelines.items():
            elapsed, found[name] = seconds(nlp, texts)
            times[name].append(elapsed)
    print(f"{n_words} words in {len(texts)} texts")
    for name, values in times.items():
        median, best = n_words / statistics.median(values), n_words / min(values)
        print(f"{name:<12}{median:>12,.0f} words/s (median of {len(values)}), {best:,.0f} at best")
    print(f"{differences(*found.values())} differing annotations")
    return 0


if __name__ == "__main__":
    sys.exit(main())
