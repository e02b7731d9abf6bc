"""Compares the annotation of two pipelines of the same weights that compute in different ways.

Decisions may differ where the reference itself can hardly tell: where the margin between its best and its
second best is under ``TIE``.
"""

from collections import Counter

import numpy as np

TIE = 1e-3
CLASSIFIERS = {"tagger": ["TAG"], "morphologizer": ["POS", "MORPH"], "lemmatizer": ["LEMMA"]}
TRANSITIONS = {"parser": ["HEAD", "DEP", "SENT_START"], "ner": ["ENT_IOB", "ENT_TYPE"]}


def compare(reference, other, reference_docs, other_docs):
    """(near ties by component, clear differences as (component, document number, margin)).

    reference, other: pipelines; the documents are theirs. A lemma follows from its rules and the part of
    speech, a tree or the entities from all decisions up to the first that differs.
    """
    ties, clear = Counter(), []
    for number, (a, b) in enumerate(zip(reference_docs, other_docs, strict=True)):
        for name, margins in differing(reference, other, a, b):
            for margin in margins:
                if margin < TIE:
                    ties[name] += 1
                else:
                    clear.append((name, number, margin))
    return ties, clear


def differing(reference, other, a, b):
    index = a.network_input()[0]
    V = np.ascontiguousarray(a.tensor[index])
    for name, columns in {**CLASSIFIERS, **TRANSITIONS}.items():
        if name not in reference.pipe_names:
            continue
        tokens = np.flatnonzero(
            np.any([a.column(column)[index] != b.column(column)[index] for column in columns], axis=0)
        )
        if not len(tokens):
            continue
        pipe = reference.get_pipe(name)
        if name in CLASSIFIERS:
            n_best = 4 if name == "lemmatizer" else 2
            scores = -np.sort(-pipe.network().predict(V)[tokens], axis=1)[:, :n_best]
            margins = (scores[:, :-1] - scores[:, 1:]).min(axis=1)
            if name == "lemmatizer":  # the part of speech was the difference, and was counted there
                same_pos = a.column("POS")[index][tokens] == b.column("POS")[index][tokens]
                margins = margins[same_pos]
            yield name, margins
        else:
            found = other.get_pipe(name).part_of(np.ascontiguousarray(b.tensor[index]))
            yield name, [first_difference(pipe, pipe.network().predict(V), found)]


def first_difference(pipe, tables, other_tables):
    """The reference's margin at the first state where the two choose different moves."""
    pad, bias, upper, upper_bias = pipe.step_arrays()
    hidden = upper.shape[1]
    state = pipe.system.state(len(tables))
    while not state.is_final:
        valid = state.valid_moves()
        tokens = state.context()
        scores = []
        for rows in (tables, other_tables):
            total = bias + sum(pad[f] if t < 0 else rows[t, f] for f, t in enumerate(tokens))
            scores.append(
                np.where(valid, upper @ total.reshape(hidden, -1).max(axis=1) + upper_bias, -np.inf)
            )
        best, second = np.sort(scores[0])[::-1][:2]
        if scores[0].argmax() != scores[1].argmax():
            return best - second
        if best - second < TIE:  # the compiled loops add in another order: they may differ here already
            return best - second
        state.apply(int(scores[0].argmax()))
    return np.inf
