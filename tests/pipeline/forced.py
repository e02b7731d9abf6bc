"""The engine held to the Thinc networks of the same weights, component by component, under forced decoding.

Both go through the states of the engine's own way; in each their scores and choices are compared.
"""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from nlpcore.network.block import TokenBlock
from nlpcore.pipeline.trainable_pipe import moved_starts
from nlpcore.transition import ArcEager, score_states

from .near_ties import CLASSIFIERS, TIE, TRANSITIONS

MOST_DEVIATION = 1e-4  # times max(1, |score|)
#: One decision in so many may differ.
PER_DIFFERENCE = 100_000


@dataclass
class Report:
    """decisions: how many, by component; deviation: the largest, as a share of max(1, |reference|).

    different: of each decision that differs (component, document, state, the reference's margin); unlike:
    (component, document, smallest margin) where the engine's analysis is not that of its own scores.
    """

    decisions: Counter = field(default_factory=Counter)
    deviation: dict = field(default_factory=dict)
    different: list = field(default_factory=list)
    unlike: list = field(default_factory=list)

    def add(self, name, doc, found, wanted, valid=None):
        """found, wanted (n, m): scores of engine and reference; valid (n, m): what may be chosen."""
        if not len(found):
            return
        deviation = np.abs(found - wanted) / np.maximum(1, np.abs(wanted))
        self.deviation[name] = max(self.deviation.get(name, 0.0), float(deviation.max()))
        if valid is None:
            valid = np.ones(found.shape, dtype=bool)
        is_choice = valid.sum(axis=1) > 1
        states = np.flatnonzero(is_choice)
        found, wanted = (np.where(valid, s, -np.inf)[is_choice] for s in (found, wanted))
        self.decisions[name] += len(found)
        for i in np.flatnonzero(found.argmax(axis=1) != wanted.argmax(axis=1)):
            best, second = np.sort(wanted[i])[::-1][:2]
            self.different.append((name, doc, int(states[i]), float(best - second)))

    def check(self):
        """Fails where the engine is not what it is held to be."""
        assert all(deviation <= MOST_DEVIATION for deviation in self.deviation.values()), self
        assert all(margin < TIE for *_, margin in [*self.different, *self.unlike]), self
        assert len(self.different) + len(self.unlike) <= max(1, self.decisions.total() / PER_DIFFERENCE), self

    def __str__(self):
        lines = [
            f"{name:14}{n:9,} decisions, largest deviation of a score {self.deviation[name]:.1e}"
            for name, n in self.decisions.items()
        ]
        lines += [f"{name}, document {d}, state {s}: margin {m:.1e}" for name, d, s, m in self.different]
        lines += [f"{name}, document {d}: another analysis, margin {m:.1e}" for name, d, m in self.unlike]
        return "\n".join(lines)


def held_to_reference(nlp, docs):
    """The Report for Docs that ran through ``nlp`` on the engine."""
    report = Report()
    for number, doc in enumerate(docs):
        index, ids, gaps = doc.network_input()
        if not len(index):
            continue
        block = TokenBlock.from_inputs([(ids, gaps)])
        wanted = np.ascontiguousarray(nlp.get_pipe("tok2vec").network().predict(block)[block.rows])
        found = np.ascontiguousarray(doc.tensor[index])
        for name in CLASSIFIERS:
            pipe = nlp.get_pipe(name)
            report.add(name, number, pipe.engine().scores(found), pipe.network().predict(wanted))
        starts = moved_starts(doc.column("SENT_START"), index)
        for name in TRANSITIONS:
            # Entities keep to the sentences that the parser found.
            preset = np.ascontiguousarray(starts, dtype="int8") if name == "ner" else None
            add_transitions(report, number, name, nlp.get_pipe(name), found, wanted, preset)
    return report


def add_transitions(report, number, name, pipe, found, wanted, preset):
    arrays = pipe.step_arrays()
    own_tables = pipe.engine().tables(found)
    tables = np.ascontiguousarray(pipe.network().predict(wanted))
    moves, valid, state, margin = own_way(pipe.system, own_tables, arrays, preset)
    scores = [score_states(pipe.system, t, *arrays, moves, preset=preset) for t in (own_tables, tables)]
    report.add(name, number, *scores, valid)
    analysis = pipe.engine().decode(found, [len(found)], preset=preset)
    if not is_analysis(pipe.system, state, analysis):
        report.unlike.append((name, number, margin))


def own_way(system, tables, arrays, preset):
    """(moves, valid moves in each state, last state, smallest margin) of the best moves by these tables."""
    pad, bias, upper, upper_bias = arrays
    hidden = upper.shape[1]
    state = system.state(len(tables), preset)
    moves, all_valid, least = [], [], np.inf
    while not state.is_final:
        valid = state.valid_moves().astype(bool)
        total = bias + sum(pad[f] if t < 0 else tables[t, f] for f, t in enumerate(state.context()))
        scores = np.where(valid, upper @ total.reshape(hidden, -1).max(axis=1) + upper_bias, -np.inf)
        moves.append(int(scores.argmax()))
        all_valid.append(valid)
        if valid.sum() > 1:
            best, second = np.sort(scores)[::-1][:2]
            least = min(least, float(best - second))
        state.apply(moves[-1])
    return moves, np.array(all_valid), state, least


def is_analysis(system, state, analysis):
    if isinstance(system, ArcEager):
        heads, labels, starts = analysis
        return (
            np.array_equal(state.heads, heads)
            and state.labels == [system.labels[label] for label in labels]
            and np.array_equal(state.sent_starts, starts)
        )
    return state.spans == [(start, end, system.labels[label]) for _, start, end, label in analysis.tolist()]
