"""Where nlpcore's time goes: microseconds a token of each stage, and the share of the FMA peak.

The stages are those of the components and their engines, run one after another over all texts, whatever
``nlp.pipe`` makes of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import common
import fma
import numpy as np

BATCH = 200  # Docs
PREDICTED = ("tok2vec", "tagger", "morphologizer", "parser", "lemmatizer", "ner")


class Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def __call__(self, stage: str, function: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        result = function()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - started
        return result


def profile(nlp: Any, texts: list[str], read: list[int]) -> tuple[dict[str, float], int]:
    """(seconds by stage, tokens that the network sees)."""
    clock = Clock()
    clock("offsets", lambda: [nlp.tokenizer.offsets(text) for text in texts])
    docs = clock("tokenizer", lambda: [nlp.tokenizer(text) for text in texts])
    inputs = clock("network input", lambda: [doc.network_input() for doc in docs])
    clock.seconds["tokenizer: Docs"] = clock.seconds.pop("tokenizer") - clock.seconds["offsets"]
    engines = {
        name: pipe.engine() for name, pipe in nlp.pipeline if name in PREDICTED and hasattr(pipe, "engine")
    }
    for start in range(0, len(docs), BATCH):
        part = inputs[start : start + BATCH]
        lengths = [len(gaps) for _, _, gaps in part]
        ids, gaps = (np.concatenate([item[k] for item in part]) for k in (1, 2))
        V = clock("tok2vec", lambda i=ids, g=gaps, n=lengths: engines["tok2vec"].encode(i, g, n))
        for name, engine in engines.items():
            if hasattr(engine, "decode"):
                clock(name, lambda e=engine, v=V, n=lengths: e.decode(v, n))
            elif hasattr(engine, "predict"):
                best = getattr(nlp.get_pipe(name), "top_k", 1)
                clock(name, lambda e=engine, v=V, k=best: e.predict(v, k))
    for _, pipe in nlp.pipeline:
        for start in range(0, len(docs), BATCH):
            batch = docs[start : start + BATCH]
            predictions = pipe.predict(batch)  # was timed above
            clock("writing", lambda p=pipe, b=batch, x=predictions: p.set_annotations(b, x))
    clock("reading", lambda: [doc.to_array(read) for doc in docs])
    return clock.seconds, sum(len(gaps) for _, _, gaps in inputs)


def multiply_adds(nlp: Any) -> dict[str, int]:
    """Multiply-adds a token that each stage executes for certain.

    tok2vec: the convolutions after the first. The first is a sum of tabulated products; the mixer and those
    products are computed for lexemes outside the table only, and are left out. Parser and NER: the lower
    layer's product, without the steps.
    """
    shape = nlp.get_pipe("tok2vec").shape
    out = {"tok2vec": (shape.depth - 1) * 3 * shape.width * shape.pieces * shape.width}
    for name, pipe in nlp.pipeline:
        engine = pipe.engine() if hasattr(pipe, "engine") else None
        if hasattr(engine, "n_classes"):
            out[name] = shape.width * engine.n_classes
        elif hasattr(engine, "decode"):
            out[name] = shape.width * pipe.system.n_context * pipe.hidden * pipe.pieces
    return out


def main() -> None:
    given = common.arguments()
    texts = common.texts(given["texts_path"])
    nlp, read, version = common.load("nlpcore", given)
    whole = {"threads": 1}
    for doc in common.piped(nlp, [*texts["warm"], *texts["measured"]], whole):
        doc.to_array(read)
    meter = fma.peak_meter()
    peaks = [meter()] if meter else []
    started = time.perf_counter()
    for doc in common.piped(nlp, texts["measured"], whole):
        doc.to_array(read)
    pipe_seconds = time.perf_counter() - started
    seconds, tokens = profile(nlp, texts["measured"], read)
    if meter:
        peaks += [meter(), meter()]
    micros = {stage: 1e6 * value / tokens for stage, value in seconds.items()}
    shares = {}
    if peaks:
        for stage, count in multiply_adds(nlp).items():
            if micros.get(stage):
                shares[stage] = 2 * count / (micros[stage] * 1e-6) / max(peaks)
    common.report(
        {
            "micros": micros,
            "shares": shares,
            "peak": max(peaks, default=None),
            "tokens": tokens,
            "pipe_micros": 1e6 * pipe_seconds / tokens,
            "multiply_adds": multiply_adds(nlp),
            "variant": getattr(nlp.get_pipe("tok2vec").engine(), "variant", "?"),
            "version": version,
        }
    )


if __name__ == "__main__":
    main()
