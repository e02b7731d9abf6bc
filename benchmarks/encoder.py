"""What the encoder costs on a CPU: microseconds a token, share of the FMA peak, rounding against float64.

    python benchmarks/encoder.py TEXT [--model en_core_web_sm] [--tokens 150000] [--repeats 7]

TEXT has a paragraph a line. The table of lexemes is warmed on one half of the documents; the other half is
timed in batches of about 2000 tokens: processor time, the best of each batch. Multiply-adds are those that
were executed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import nlpcore
from nlpcore.kernels import simd

BATCH_TOKENS = 2000


def batches(inputs: Sequence[tuple[np.ndarray, np.ndarray]]) -> Iterator[tuple[np.ndarray, np.ndarray, list]]:
    """ids, gaps and lengths of the next documents until all had their turn."""
    part: list[tuple[np.ndarray, np.ndarray]] = []
    for i, item in enumerate(inputs):
        part.append(item)
        if sum(len(gaps) for _, gaps in part) >= BATCH_TOKENS or i + 1 == len(inputs):
            ids, gaps = (np.concatenate(column) for column in zip(*part, strict=True))
            yield ids, gaps, [len(gaps) for _, gaps in part]
            part = []


def float64_vectors(params: dict[str, Any], depth: int, embedded: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    """One document's vectors by the definition of the network, in double precision, from its embeddings."""

    def layer(number: int, x: np.ndarray) -> np.ndarray:
        names = ("W", "b", "gain", "shift")
        W, b, gain, shift = (params[f"{number}.maxout_norm.{n}"].astype("float64") for n in names)
        y = (x @ W + b).reshape(len(x), -1, len(gain)).max(axis=1)
        y -= y.mean(axis=1, keepdims=True)
        return y / np.sqrt((y**2).mean(axis=1, keepdims=True) + 1e-5) * gain + shift

    x = layer(2, embedded.astype("float64")) + params["0.tok2vec.gaps"].astype("float64")[gaps]
    for i in range(depth):
        padded = np.pad(x, ((1, 1), (0, 0)))
        x = x + layer(3 + i, np.concatenate([padded[:-2], padded[1:-1], padded[2:]], axis=1))
    return x


def print_errors(tok2vec: Any, inputs: Sequence[tuple[np.ndarray, np.ndarray]]) -> None:
    """Errors of the engine and of the float32 network, over documents alone."""
    from nlpcore.network.block import TokenBlock

    params = {name: np.asarray(value) for name, value in tok2vec.parameters().items()}
    model, engine = tok2vec.require_model(), tok2vec.engine()
    errors: dict[str, list[np.ndarray]] = {"engine": [], "network": []}
    for ids, gaps in inputs:
        wanted = float64_vectors(params, tok2vec.shape.depth, model.layers[0].predict(ids), gaps)
        block = TokenBlock.from_inputs([(ids, gaps)])
        errors["network"].append(np.abs(model.predict(block)[block.rows] - wanted))
        errors["engine"].append(np.abs(engine.encode(ids, gaps, [len(gaps)]) - wanted))
    for name, parts in errors.items():
        error = np.concatenate(parts)
        print(
            f"{name} against float64: root mean square {(error**2).mean() ** 0.5:.1e}, most {error.max():.1e}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text", type=Path)
    parser.add_argument("--model", default="en_core_web_sm")
    parser.add_argument("--tokens", type=int, default=150_000)
    parser.add_argument("--repeats", type=int, default=7)
    args = parser.parse_args()
    nlp = nlpcore.load(args.model)
    tok2vec = nlp.get_pipe("tok2vec")
    inputs, n = [], 0
    for line in args.text.read_text(encoding="utf8").splitlines():
        _, ids, gaps = nlp.tokenizer(line).network_input()
        if len(gaps):
            inputs.append((ids, gaps))
            n += len(gaps)
        if n >= 2 * args.tokens:
            break
    encoder = tok2vec.engine()
    half = len(inputs) // 2
    for batch in batches(inputs[:half]):
        encoder.encode(*batch)
    timed = list(batches(inputs[half:]))
    tokens = sum(len(gaps) for _, gaps, _ in timed)
    computed = encoder.n_computed
    best = np.full(len(timed), np.inf)
    for _ in range(args.repeats):
        for i, batch in enumerate(timed):
            start = time.thread_time()
            encoder.encode(*batch)
            best[i] = min(best[i], time.thread_time() - start)
    missing = (encoder.n_computed - computed) / args.repeats
    layers = sum(encoder.layer_multiply_adds(lengths) for _, _, lengths in timed)
    executed = layers + missing * encoder.lexeme_multiply_adds
    seconds, peak = best.sum(), simd.fma_peak()
    documents = sum(len(lengths) for _, _, lengths in timed)
    reached = 2e-9 * executed / seconds
    print(f"{encoder.variant}: {tokens} tokens in {documents} documents, {missing / tokens:.1%} computed")
    print(f"{seconds / tokens * 1e6:.2f} µs a token, {executed / tokens:.0f} multiply-adds a token")
    print(f"{reached:.0f} of {peak:.0f} GFLOP/s: {reached / peak:.0%} of the peak")
    print_errors(tok2vec, inputs[half : half + 50])


if __name__ == "__main__":
    main()
