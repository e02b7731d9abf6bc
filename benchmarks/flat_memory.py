"""Memory stays flat: a stream of words that are all new, and one very long text.

    python benchmarks/flat_memory.py [--tokens 10000000] [--warm-up 1000000] [--megabytes 10] [--threads 1 0]

Prints the curve of resident memory and what it rose by; exits with 1 where it rose by more than it may.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent / "runners"))

import common

RISE = 20e6  # bytes that a stream may add after the warm-up
WORKING = 64e6  # bytes beyond its Doc that a single text may take
TOKENS_OF_A_TEXT = (100, 500)
SAMPLES = 20  # points of the curve

ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz",
    "abcdefghijklmnopqrstuvwxyz",
    "abcdefghijklmnopqrstuvwxyzäöüéèñçß",
    "абвгдежзиклмнопрстуфхцчшыэюя",
    "αβγδεζηθικλμνξοπρστυφχψω",
    "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会",
)


def words(seed: int = 0) -> Iterator[str]:
    """Words of mixed lengths and scripts, no two alike: each ends in the digits of its number, as letters."""
    chance = random.Random(seed)
    number = 0
    while True:
        letters = chance.choice(ALPHABETS)
        stem = "".join(chance.choices(letters, k=chance.randint(1, 12)))
        tail, rest = "", number
        while True:
            rest, digit = divmod(rest, 20)
            tail += "abcdefghijklmnopqrst"[digit]
            if not rest:
                break
        # Between stem and tail stands a letter that no stem holds, so that no two words can meet.
        word = f"{stem}Q{tail}"
        yield word.capitalize() if chance.random() < 0.1 else word
        number += 1


def texts(seed: int = 0) -> Iterator[str]:
    """Texts of some hundred new words, with full stops among them."""
    chance, source = random.Random(seed + 1), words(seed)
    while True:
        parts = [next(source) for _ in range(chance.randint(*TOKENS_OF_A_TEXT))]
        for i in range(chance.randint(8, 25), len(parts), 20):
            parts[i] += "."
        yield " ".join(parts)


class Counted:
    """Hands texts on until the tokens of what came back are enough."""

    def __init__(self, source: Iterator[str]) -> None:
        self.source = source
        self.tokens = 0
        self.wanted = 0

    def __iter__(self) -> Iterator[str]:
        while self.tokens < self.wanted:
            yield next(self.source)


def stream(nlp: Any, tokens: int, warm_up: int, threads: int | None) -> dict[str, Any]:
    """Resident memory while new words stream through: at the end of the warm-up, after it, and the curve."""
    counted = Counted(texts())
    settings = {} if threads is None else {"threads": threads}
    curve: list[tuple[int, int]] = []

    def go_on(wanted: int, every: int) -> None:
        counted.wanted = wanted
        look = counted.tokens + every
        for doc in common.piped(nlp, counted, settings):
            counted.tokens += len(doc)
            if counted.tokens >= look:
                curve.append((counted.tokens, common.resident_bytes()))
                look += every

    go_on(warm_up, warm_up or 1)
    gc.collect()
    before = common.resident_bytes()
    curve.clear()
    go_on(warm_up + tokens, max(1, tokens // SAMPLES))
    gc.collect()
    after = common.resident_bytes()
    most = max((size for _, size in curve), default=after)
    return {
        "before": before,
        "after": after,
        "rise": max(after, most) - before,
        "curve": curve,
        "tokens": counted.tokens,
    }


class Watch:
    """The most resident memory while the block runs, looked at every few milliseconds."""

    def __enter__(self) -> Watch:
        self.peak = self.start = common.resident_bytes()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def _look(self) -> None:
        while not self._done.wait(0.002):
            self.peak = max(self.peak, common.resident_bytes())

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self.peak = max(self.peak, common.resident_bytes())


def long_text(nlp: Any, size: int, threads: int | None) -> dict[str, Any]:
    """How much more memory one text took, at most, than its Doc holds."""
    source = texts(seed=7)
    parts, length = [], 0
    while length < size:
        parts.append(next(source))
        length += len(parts[-1].encode("utf8")) + 1
    text = "\n".join(parts)
    settings = {} if threads is None else {"threads": threads}
    list(common.piped(nlp, [next(source)], settings))
    gc.collect()
    with Watch() as watch:
        (doc,) = common.piped(nlp, [text], settings)
    held = doc_bytes(doc)
    return {
        "bytes": len(text.encode("utf8")),
        "tokens": len(doc),
        "peak_rise": watch.peak - watch.start,
        "doc": held,
        "working": watch.peak - watch.start - held,
    }


def doc_bytes(doc: Any) -> int:
    """Bytes of what a Doc holds: its text, columns, vectors, and strings of its own (lemmas, say)."""
    from nlpcore.tokens._columns import DTYPES

    # ORTH is worked out when it is asked for.
    columns = [doc.column(name) for name in DTYPES if name != "ORTH"]
    strings = doc._own_strings
    size = sys.getsizeof(doc.text) + sum(array.nbytes for array in columns if array is not None)
    size += getattr(getattr(doc, "tensor", None), "nbytes", 0)
    return size + sys.getsizeof(strings) + sum(map(sys.getsizeof, (*strings, *strings.values())))


def megabytes(size: float) -> str:
    return f"{size / 1e6:.1f} MB"


def measure(given: dict[str, Any]) -> dict[str, Any]:
    """One run with the settings ``tokens``, ``warm_up``, ``size`` and ``threads`` (0: all cores)."""
    nlp, _, version = common.load("nlpcore", given)
    threads = given["threads"] or len(os.sched_getaffinity(0))
    threads = threads if common.has_threads(nlp) else 1
    started = time.perf_counter()
    values: dict[str, Any] = {"threads": threads, "version": version}
    values["long"] = long_text(nlp, given["size"], threads)
    values["stream"] = stream(nlp, given["tokens"], given["warm_up"], threads)
    values["seconds"] = time.perf_counter() - started
    return values


def main() -> int:
    if len(sys.argv) == 2 and sys.argv[1].startswith("{"):  # called by the benchmark
        common.report(measure(common.arguments()))
        return 0
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tokens", type=int, default=10_000_000, help="new tokens after the warm-up")
    parser.add_argument("--warm-up", type=int, default=1_000_000)
    parser.add_argument("--megabytes", type=float, default=10, help="size of the single long text")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 0], help="0: all cores")
    given = parser.parse_args()
    sound = True
    for threads in given.threads:
        values = measure(
            {
                "tokens": given.tokens,
                "warm_up": given.warm_up,
                "size": int(given.megabytes * 1e6),
                "threads": threads,
            }
        )
        flow, one = values["stream"], values["long"]
        print(f"threads: {values['threads']}")
        for tokens, size in flow["curve"]:
            print(f"  {tokens:>12,} tokens  {megabytes(size)}")
        print(f"  rise after the warm-up: {megabytes(flow['rise'])} (at most {megabytes(RISE)})")
        print(
            f"  a text of {megabytes(one['bytes'])}, {one['tokens']:,} tokens: {megabytes(one['peak_rise'])} "
            f"at most, its Doc {megabytes(one['doc'])}, beyond that {megabytes(one['working'])} "
            f"(at most {megabytes(WORKING)})"
        )
        sound = sound and flow["rise"] < RISE and one["working"] < WORKING
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
