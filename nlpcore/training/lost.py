"""Annotation that does not fit the tokens that a pipeline sees: how much of it there is, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from .example import Example
from .gold import BEGIN, MISSING

#: Column of the reference -> what it is called, for layers of which each token has one value.
LAYERS = {"TAG": "tags", "POS": "parts of speech", "MORPH": "features", "LEMMA": "lemmas", "DEP": "arcs"}
#: Characters of the text that are shown around what was lost.
AROUND = 20


@dataclass
class LostAnnotation:
    """counts: by layer, how many annotations were lost; totals: how many there were. places: one line for
    each entity, and for each token whose annotation is lost: number of the example, characters, text.
    """

    counts: Counter[str] = field(default_factory=Counter)
    totals: Counter[str] = field(default_factory=Counter)
    places: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.counts.total())

    def __str__(self) -> str:
        if not self:
            return "no annotation is lost"
        parts = [f"{count:,} of {self.totals[layer]:,} {layer}" for layer, count in self.counts.items()]
        return f"lost, since they do not fit the tokens: {', '.join(parts)}"


def lost_annotation(examples: Iterable[Example]) -> LostAnnotation:
    """What of the references' annotation has no place on the predicted tokens, and so is unknown in training.

    Raises AlignmentError (a ValueError) where the two texts differ.
    """
    lost = LostAnnotation()
    for number, example in enumerate(examples):
        _count_entities(example, number, lost)
        _count_layers(example, number, lost)
    return lost


def _count_entities(example: Example, number: int, lost: LostAnnotation) -> None:
    gold = example.gold_arrays()
    begins = set(np.flatnonzero(gold["ent_iob"] == BEGIN).tolist())
    for entity in example.reference.ents:
        lost.totals["entities"] += 1
        row = example.alignment.y2x[entity.start : entity.end]
        kept = len(row) and int(row[0]) in begins and gold["ent_iob"][row[-1]] != MISSING
        if not kept:
            lost.counts["entities"] += 1
            place = _place(example, entity.start_char, entity.end_char)
            lost.places.append(f"entity {entity.label_} in example {number}, {place}")


def _count_layers(example: Example, number: int, lost: LostAnnotation) -> None:
    known = {name: example.reference.column(name) for name in LAYERS}
    columns = {name: values for name, values in known.items() if values is not None and values.any()}
    if not columns:
        return
    x2y, y2x = example.alignment.x2y, example.alignment.y2x
    alone = x2y.lengths == 1
    # A token's annotation is kept where one predicted token has its characters and no others.
    kept = np.zeros(len(example.reference), dtype=bool)
    kept[x2y.first_or(-1)[alone]] = True
    kept &= y2x.lengths == 1
    for name, values in columns.items():
        lost.totals[LAYERS[name]] += int((values != 0).sum())
        lost.counts[LAYERS[name]] += int(((values != 0) & ~kept).sum())
    lost.counts = +lost.counts
    for i in np.flatnonzero(~kept & (np.stack(list(columns.values())) != 0).any(axis=0)).tolist():
        token = example.reference[i]
        place = _place(example, token.idx, token.idx + len(token))
        lost.places.append(f"token in example {number}, {place}")


def _place(example: Example, start: int, end: int) -> str:
    text = example.reference.text
    shown = f"{text[max(0, start - AROUND) : start]}[{text[start:end]}]{text[end : end + AROUND]}"
    return f"characters {start} to {end}: {' '.join(shown.split())}"
