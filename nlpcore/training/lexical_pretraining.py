"""Lexeme embeddings that know words which no treebank has: fitted to word vectors before training.

The vector of a word is predicted, by one linear layer that is thrown away, from the encoder's embedding of
the word's lexeme (everything before the first window). A few bytes a word in the bloom tables then tell the
tagger and the parser what kind of word it is; the vectors themselves are not stored.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

BATCH = 2000
# A word is met in lower case, capitalized or in capitals; about as often as in running text.
CASES: tuple[tuple[Callable[[str], str], float], ...] = (
    (str.lower, 0.6),
    (str.title, 0.35),
    (str.upper, 0.05),
)


def fit_to_vectors(
    encoder: Any,
    vocab: Any,
    words: list[str],
    vectors: np.ndarray,
    *,
    passes: float = 20.0,
    learn_rate: float = 0.003,
    seed: int = 0,
    on_step: Callable[[int, int, float], None] | None = None,
) -> float:
    """Fit the embedding and the mixer of a tok2vec model to word vectors (n, d) of words in order of
    frequency.

    The loss is the cosine distance; half of the words are drawn evenly, half by a flattened Zipf law.
    Returns the mean cosine over the last hundred steps.
    """
    from thinc.api import Adam

    embed, mixer = encoder.layers[:2]
    ops, xp = encoder.ops, encoder.ops.xp
    rng = np.random.default_rng(seed)
    targets = vectors - vectors.mean(axis=0)
    targets /= np.linalg.norm(targets, axis=1, keepdims=True) + 1e-6
    ids = np.stack([vocab.lexical_ids([case(word) for word in words]) for case, _ in CASES])
    zipf = 1.0 / (np.arange(len(words)) + 1.0) ** 0.6
    zipf /= zipf.sum()
    optimizer = Adam(learn_rate, L2=0.0, grad_clip=0.0)
    W = ops.asarray(rng.normal(0, 0.05, (encoder.get_dim("nO"), targets.shape[1])).astype("float32"))
    b = ops.alloc1f(targets.shape[1])
    n_steps = max(1, math.ceil(passes * len(words) / BATCH))
    recent: list[float] = []
    for step in range(n_steps):
        optimizer.learn_rate = learn_rate * max(0.02, 1 - step / n_steps)
        rows = rng.choice(len(words), BATCH, p=zipf) if step % 2 else rng.integers(0, len(words), BATCH)
        cases = rng.choice(len(CASES), BATCH, p=[share for _, share in CASES])
        embedded, backprop_embed = embed(np.ascontiguousarray(ids[cases, rows]), True)
        mixed, backprop_mixer = mixer(embedded, True)
        predicted = mixed @ W + b
        norm = xp.linalg.norm(predicted, axis=1, keepdims=True) + 1e-6
        direction = predicted / norm
        truth = ops.asarray(targets[rows])
        cosine = (direction * truth).sum(axis=1, keepdims=True)
        d_predicted = -(truth - direction * cosine) / norm / np.float32(BATCH)
        backprop_embed(backprop_mixer(d_predicted @ W.T))
        W, _ = optimizer((0, "W"), W, mixed.T @ d_predicted)
        b, _ = optimizer((0, "b"), b, d_predicted.sum(axis=0))
        embed.finish_update(optimizer)
        mixer.finish_update(optimizer)
        recent = [*recent[-99:], float(cosine.mean())]
        if on_step is not None:
            on_step(step + 1, n_steps, recent[-1])
    return float(np.mean(recent))
