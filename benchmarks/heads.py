"""What the softmax heads cost on a CPU: microseconds a token, with and without screening by small integers.

    python benchmarks/heads.py TEXT [--model en_core_web_sm] [--tokens 40000] [--repeats 15]

TEXT has a paragraph a line. Both ways are timed in turn, in batches of 2000 tokens: processor time, the
best of each batch. Printed beside it: how many classes are left to be told apart in float32.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

import nlpcore
from nlpcore.engine.forward import Head

BATCH_TOKENS = 2000
#: The heads, and how many classes of each are asked for.
HEADS = {"tagger": 1, "morphologizer": 1, "lemmatizer": 3}


def token_vectors(nlp: nlpcore.Language, path: Path, tokens: int) -> np.ndarray:
    """The encoder's vectors of a text's first tokens, (N, T)."""
    encoder = nlp.get_pipe("tok2vec").engine()
    parts, n = [], 0
    for line in path.read_text(encoding="utf8").splitlines():
        _, ids, gaps = nlp.tokenizer(line).network_input()
        if len(gaps):
            parts.append(encoder.encode(ids, gaps, [len(gaps)]))
            n += len(gaps)
        if n >= tokens:
            break
    return np.concatenate(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("text", type=Path)
    parser.add_argument("--model", default="en_core_web_sm")
    parser.add_argument("--tokens", type=int, default=40_000)
    parser.add_argument("--repeats", type=int, default=15)
    args = parser.parse_args()
    nlp = nlpcore.load(args.model)
    V = token_vectors(nlp, args.text, args.tokens)
    total = np.zeros(2)
    for name, n_best in HEADS.items():
        params = nlp.get_pipe(name).parameters()
        W, b = (np.asarray(params[f"0.softmax_head.{key}"]) for key in ("W", "b"))
        heads = [Head(W, b, screened=screened) for screened in (False, True)]
        plain, screened = (head.predict(V, n_best) for head in heads)
        if not (plain == screened).all():
            raise SystemExit(f"{name}: screening changes answers")
        starts = range(0, len(V), BATCH_TOKENS)
        best = np.full((2, len(starts)), np.inf)
        for _ in range(args.repeats):
            for i, start in enumerate(starts):
                for way, head in enumerate(heads):
                    began = time.thread_time()
                    head.predict(V[start : start + BATCH_TOKENS], n_best)
                    best[way, i] = min(best[way, i], time.thread_time() - began)
        micros = best.sum(axis=1) / len(V) * 1e6
        total += micros
        left = heads[1].candidates(V, n_best)
        print(
            f"{name}: {len(b)} classes, {micros[0]:.2f} µs a token in float32, {micros[1]:.2f} screened; "
            f"{left.mean():.2f} classes left ({left.mean() / len(b):.1%}), "
            f"{(left == n_best).mean():.0%} of the tokens with {n_best}"
        )
    print(f"together: {total[0]:.2f} µs a token in float32, {total[1]:.2f} screened")


if __name__ == "__main__":
    main()
