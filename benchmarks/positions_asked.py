"""How much of a transition network's lower layer decoding ever reads.

    python benchmarks/positions_asked.py FILE.txt [--model en_core_web_sm] [--tokens 20000]

FILE: a text a line. For each context position of the parser and the entity recognizer, prints in how many of
100 tokens that token is ever asked for at that position, in states with a choice; then their sum, in
positions, against the number that a dense product computes; and how many states with a choice there are for
each token.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path
from typing import Any

import numpy as np

import nlpcore


def walk(component: Any, V: np.ndarray, asked: np.ndarray) -> int:
    """Decode one document and mark in asked (N, F) what is read; returns the number of states with a
    choice.
    """
    system = component.system
    pad, bias, upper, upper_bias = component.step_arrays()
    tables = component.engine().tables(V)
    state = system.state(len(V))
    positions = np.arange(system.n_context)
    n_states = 0
    while not state.is_final:
        valid = state.valid_moves()
        move = int(valid.argmax())
        if valid.sum() > 1:
            n_states += 1
            tokens = state.context()
            rows = np.where((tokens >= 0)[:, None], tables[tokens, positions], pad)
            asked[tokens[tokens >= 0], positions[tokens >= 0]] = True
            hidden = (bias + rows.sum(axis=0)).reshape(upper.shape[1], -1).max(axis=1)
            move = int(np.where(valid, upper @ hidden + upper_bias, -np.inf).argmax())
        state.apply(move)
    return n_states


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("path", type=Path)
    arguments.add_argument("--model", default="en_core_web_sm")
    arguments.add_argument("--tokens", type=int, default=20_000)
    settings = arguments.parse_args()
    nlp = nlpcore.load(settings.model)
    texts = [text for text in settings.path.read_text(encoding="utf8").splitlines() if text]
    random.Random(0).shuffle(texts)
    vectors: list[np.ndarray] = []
    encoder = nlp.get_pipe("tok2vec").engine()
    for text in texts:
        index, ids, gaps = nlp.tokenizer(text).network_input()
        vectors.append(encoder.encode(ids, gaps, [len(index)]))
        if sum(map(len, vectors)) >= settings.tokens:
            break
    n = sum(map(len, vectors))
    for name in ("parser", "ner"):
        component = nlp.get_pipe(name)
        asked, n_states = np.zeros(component.system.n_context), 0
        for V in vectors:
            marks = np.zeros((len(V), component.system.n_context), dtype=bool)
            n_states += walk(component, V, marks)
            asked += marks.sum(axis=0)
        print(f"{name}: {n} tokens, {n_states / n:.2f} states with a choice a token")
        for position, share in zip(component.system.context, asked / n, strict=True):
            print(f"  {position:5} {100 * share:5.1f}")
        print(f"  all   {asked.sum() / n:5.2f} of {len(asked)} positions")


if __name__ == "__main__":
    main()
