"""The training loop: passes over prepared examples, averaged weights, the best model kept."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from ..errors import NothingToLearnError
from .augmentation import Augmentation
from .checkpoint import Checkpoint
from .running import REHEARSED, Run
from .settings import Schedule
from .update import Group, Prepared, fill_in, prepare, trainable_groups

if TYPE_CHECKING:
    from ..language import Language
    from .example import Example
    from .keeping import Rehearsal

Evaluate = Callable[["Language"], dict[str, float]]


@dataclass
class Progress:
    """Where a run stands; given to ``on_progress`` after every batch and every evaluation.

    losses: by component, per token of the pass so far. scores: of the evaluation just made, else empty.
    """

    epoch: int
    words_done: int
    words_in_pass: int
    words_per_second: float
    losses: dict[str, float]
    scores: dict[str, float] = field(default_factory=dict)
    is_best: bool = False


@dataclass
class TrainResult:
    """What a run gave: the scores of every evaluation, which was best, time and speed."""

    history: list[dict[str, Any]]
    best_epoch: int
    best_scores: dict[str, float]
    seconds: float
    words_per_second: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def plot(self, path: str | Path) -> None:
        """Write the learning curves, scores and losses by pass, as an SVG picture. Raises OSError."""
        from .curves import write_curves

        write_curves(self.history, Path(path))


def train(
    nlp: Language,
    examples: Iterable[Example],
    *,
    evaluate: Evaluate | None = None,
    schedule: Schedule | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    log: str | Path | None = None,
    rehearsal: Rehearsal | None = None,
    silver: Iterable[Example] | None = None,
) -> TrainResult:
    """Train all trainable components of an initialized pipeline; leaves it with the best averaged weights.

    examples: gone through once; what is kept of a word is some 70 bytes.

    evaluate: scores of the pipeline on dev data; the sum weighted by ``schedule.score_weights`` picks the
    best model. None: the last one is kept. Equal seeds and data give equal weights on one machine.
    checkpoint: a file that has the state of the run from time to time, until it is done; with ``resume``, a
    run that was broken off goes on from there, and ends with the weights, bit for bit, that it would have
    had. log: a file to which each evaluation adds a line of JSON. rehearsal: what counts as right where the
    examples say nothing, and what is learned beside them. silver: what else is learned beside them,
    ``schedule.silver_share`` words for each of theirs, but for the last ``schedule.gold_passes``.

    Raises NothingToLearnError, CheckpointError (ValueErrors), OSError.
    """
    schedule = schedule or Schedule()
    groups = trainable_groups(nlp, schedule.frozen)
    prepared, altered = prepare_all(nlp, groups, examples, schedule)
    beside: list[Prepared] = [prepare(groups, example) for example in silver or ()]
    share = REHEARSED if silver is None else schedule.silver_share
    if rehearsal is not None:
        for item, example in zip(prepared, rehearsal.own, strict=True):
            fill_in(item, prepare(groups, example))
        beside += [prepare(groups, example) for example in rehearsal.given]
    prepared += altered
    prepared, beside = [p for p in prepared if len(p)], [p for p in beside if len(p)]
    if not groups or not prepared:
        raise NothingToLearnError(
            reason="no trainable component is ready" if not groups else "the examples are empty"
        )
    run = Run(nlp, groups, prepared, schedule, beside, share)
    keeper = None if checkpoint is None else Checkpoint(Path(checkpoint), run, schedule.checkpoint_seconds)
    if keeper is not None and resume:
        keeper.restore()
    try:
        while not run.is_done():
            run_pass(run, on_progress, keeper)
            if run.evaluates_now() and evaluate is not None:
                evaluate_now(run, evaluate, on_progress, log)
            run.next_pass()
            if keeper is not None:
                keeper.save()
    finally:
        run.workers.close()
    if run.best is None:
        with run.averaged():
            run.set_weights(run.copy_weights())
    else:
        run.set_weights(run.best.weights)
    if keeper is not None:
        keeper.remove()
    best_epoch = run.epoch - 1 if run.best is None else run.best.epoch
    best_scores = {} if run.best is None else run.best.scores
    return TrainResult(run.history, best_epoch, best_scores, run.seconds, run.speed())


def prepare_all(
    nlp: Language, groups: list[Group], examples: Iterable[Example], schedule: Schedule
) -> tuple[list[Prepared], list[Prepared]]:
    """The examples, and their altered copies, as arrays."""
    augmentation = Augmentation.of(schedule.augment)
    random = Random(schedule.seed)
    prepared, altered = [], []
    for example in examples if groups else ():
        prepared.append(prepare(groups, example))
        altered += [prepare(groups, copy) for copy in augmentation.copies(nlp, example, random)]
    return prepared, altered


def run_pass(
    run: Run, on_progress: Callable[[Progress], None] | None, keeper: Checkpoint | None = None
) -> None:
    """What is left of a pass over the data, which is all of it unless the run was broken off there."""
    for batch in run.batches():
        run.learn(batch)
        if on_progress is not None:
            on_progress(Progress(run.epoch, run.pass_words, run.words, run.speed(), run.losses()))
        if keeper is not None:
            keeper.save_if_due()


def evaluate_now(
    run: Run,
    evaluate: Evaluate,
    on_progress: Callable[[Progress], None] | None,
    log: str | Path | None,
) -> None:
    """Score the averaged weights, and keep them if they are the best so far."""
    started = time.perf_counter()
    with run.averaged():
        scores = evaluate(run.nlp)
        total = sum(weight * scores.get(name, 0.0) for name, weight in run.schedule.score_weights.items())
        is_best = run.keep_if_best(total, scores)
    run.seconds += time.perf_counter() - started
    line = {"epoch": run.epoch, "losses": run.losses(), "scores": scores}
    run.history.append(line)
    if log is not None:
        more = {"step": run.step, "seconds": round(run.seconds, 1), "words_per_second": round(run.speed())}
        with open(log, "a", encoding="utf8") as f:
            f.write(json.dumps({**line, **more}) + "\n")
    if on_progress is not None:
        on_progress(Progress(run.epoch, run.words, run.words, run.speed(), run.losses(), scores, is_best))
