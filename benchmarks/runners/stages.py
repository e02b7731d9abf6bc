"""Where nlpcore's time goes: microseconds a token of each stage, and the share of the FMA peak.

The stages are those of the components and their engines, run one after another over all texts; what
``nlp.pipe`` takes beyond their sum is what it does beside them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import common
import fma
import numpy as np

BATCH = 4_000  # tokens at least, as a block of `nlp.pipe` has
PREDICTED = ("tok2vec", "tagger", "morphologizer", "parser", "lemmatizer", "ner")
N_BEST = {"lemmatizer": 3}


class Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def __call__(self, stage: str, function: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        result = function()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - started
        return result


def profile(nlp: Any, texts: list[str], read: list[int]) -> tuple[dict[str, float], dict[str, float], int]:
    """(seconds by stage, multiply-adds executed in products by stage, tokens that the network sees)."""
    clock = Clock()
    docs = clock("tokenizer", lambda: [nlp.tokenizer(text) for text in texts])
    inputs = [doc.network_input() for doc in docs]
    engines = {
        name: pipe.engine() for name, pipe in nlp.pipeline if name in PREDICTED and hasattr(pipe, "engine")
    }
    executed = dict.fromkeys(engines, 0.0)
    for part in batches(inputs):
        lengths = [len(gaps) for _, _, gaps in part]
        ids, gaps = (np.concatenate([item[k] for item in part]) for k in (1, 2))
        for name, engine in engines.items():
            before = counted(engine)
            if name == "tok2vec":
                V = clock(name, lambda e=engine, i=ids, g=gaps, n=lengths: e.encode(i, g, n))
                executed[name] += engine.layer_multiply_adds(lengths)
            elif hasattr(engine, "decode"):
                clock(name, lambda e=engine, v=V, n=lengths: e.decode(v, n))
            else:
                best = N_BEST.get(name, 1)
                clock(name, lambda e=engine, v=V, k=best: e.predict(v, k))
            executed[name] += counted(engine) - before
    clock("reading", lambda: [doc.to_array(read) for doc in docs])
    return clock.seconds, executed, sum(len(gaps) for _, _, gaps in inputs)


def batches(inputs: list[Any]) -> Iterator[list[Any]]:
    """The inputs of documents in lists of at least ``BATCH`` tokens."""
    part: list[Any] = []
    for item in inputs:
        part.append(item)
        if sum(len(gaps) for _, _, gaps in part) >= BATCH:
            yield part
            part = []
    if part:
        yield part


def counted(engine: Any) -> int:
    """Multiply-adds that an engine has counted itself: of products that depend on what it meets. Heads
    look for the best class in small integers, and count none.
    """
    if hasattr(engine, "n_computed"):
        return engine.n_computed * engine.lexeme_multiply_adds
    return getattr(engine, "multiply_adds", 0)


def main() -> None:
    given = common.arguments()
    texts = common.texts(given["texts_path"])
    nlp, read, version = common.load("nlpcore", given)
    whole = {"threads": 1}
    half = len(texts["measured"]) // 2
    # New texts, but frequent words are known: as in the middle of a long stream.
    for doc in common.piped(nlp, [*texts["warm"], *texts["measured"][:half]], whole):
        doc.to_array(read)
    measured = texts["measured"][half:]
    meter = fma.peak_meter()
    peaks = [meter()] if meter else []
    seconds, executed, tokens = profile(nlp, measured, read)
    if meter:
        peaks += [meter(), meter()]
    started = time.perf_counter()
    for doc in common.piped(nlp, measured, whole):
        doc.to_array(read)
    pipe_seconds = time.perf_counter() - started
    micros = {stage: 1e6 * value / tokens for stage, value in seconds.items()}
    # What the pipe does beside these: tokens to ids, lemmas from rules, columns, Docs.
    micros["ids, lemmas, Docs"] = 1e6 * pipe_seconds / tokens - sum(micros.values())
    counts = {stage: count / tokens for stage, count in executed.items() if count}
    shares = {}
    if peaks:
        shares = {stage: 2 * count / (micros[stage] * 1e-6) / max(peaks) for stage, count in counts.items()}
    common.report(
        {
            "micros": micros,
            "shares": shares,
            "peak": max(peaks, default=None),
            "tokens": tokens,
            "pipe_micros": 1e6 * pipe_seconds / tokens,
            "multiply_adds": counts,
            "variant": getattr(nlp.get_pipe("tok2vec").engine(), "variant", "?"),
            "version": version,
        }
    )


if __name__ == "__main__":
    main()
