"""The training loop: passes over prepared examples, averaged weights, the best model kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import NothingToLearnError
from ..pipeline.transition_pipe import TransitionPipe
from .settings import Schedule
from .update import Group, Prepared, accumulate, apply_gradients, prepare, trainable_groups

if TYPE_CHECKING:
    from ..language import Language
    from .example import Example

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


def train(
    nlp: Language,
    examples: Sequence[Example],
    *,
    evaluate: Evaluate | None = None,
    schedule: Schedule | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> TrainResult:
    """Train all trainable components of an initialized pipeline; leaves it with the best averaged weights.

    evaluate: scores of the pipeline on dev data; the sum weighted by ``schedule.score_weights`` picks the
    best model. None: the last one is kept. Equal seeds and data give equal weights on one machine. Raises
    NothingToLearnError.
    """
    schedule = schedule or Schedule()
    groups = trainable_groups(nlp)
    prepared = [item for item in (prepare(groups, example) for example in examples) if len(item)]
    if not groups or not prepared:
        raise NothingToLearnError(
            reason="no trainable component is ready" if not groups else "the examples are empty"
        )
    run = Run(nlp, groups, prepared, schedule)
    started = time.perf_counter()
    best_scores: dict[str, float] = {}
    best, best_epoch, best_weights = -np.inf, schedule.epochs, None
    history: list[dict[str, Any]] = []
    for epoch in range(1, schedule.epochs + 1):
        losses = run.run_pass(epoch, on_progress)
        is_last = epoch == schedule.epochs
        if evaluate is None or (epoch % schedule.evaluate_every and not is_last):
            continue
        with run.averaged():
            scores = evaluate(nlp)
            total = sum(weight * scores.get(name, 0.0) for name, weight in schedule.score_weights.items())
            if total > best:
                best, best_epoch, best_scores, best_weights = total, epoch, scores, run.copy_weights()
        history.append({"epoch": epoch, "losses": losses, "scores": scores})
        if on_progress is not None:
            on_progress(run.progress(epoch, losses, scores, best_epoch == epoch))
    if best_weights is None:
        with run.averaged():
            best_weights = run.copy_weights()
    run.set_weights(best_weights)
    seconds = time.perf_counter() - started
    return TrainResult(history, best_epoch, best_scores, seconds, run.speed())


class Run:
    """The moving parts of a training run: order of the examples, optimizer, schedule."""

    def __init__(
        self, nlp: Language, groups: list[Group], prepared: list[Prepared], schedule: Schedule
    ) -> None:
        from thinc.api import Adam, fix_random_seed

        self.nlp = nlp
        self.groups = groups
        self.prepared = prepared
        self.schedule = schedule
        self.optimizer = Adam(schedule.learn_rate, L2=0.0, grad_clip=0.0, use_averages=True)
        # Averages that start at zero would shrink the weights of a short run.
        for model in self.models():
            for node in model.walk():
                for name in node.param_names:
                    self.optimizer.averages[node.id, name] = node.get_param(name).copy()
        self.rng = np.random.default_rng(schedule.seed)
        fix_random_seed(schedule.seed)
        self.words = sum(map(len, prepared))
        self.n_steps = max(1, schedule.epochs * self.words // schedule.batch_words)
        self.step = 0
        self.words_done = 0
        self.training_seconds = 0.0
        for group in groups:
            group.encoder.require_model().attrs["word_dropout"] = schedule.word_dropout
            for pipe in group.pipes.values():
                if isinstance(pipe, TransitionPipe):
                    pipe.seed = schedule.seed << 32

    def run_pass(self, epoch: int, on_progress: Callable[[Progress], None] | None) -> dict[str, float]:
        """One pass over the data in a new order. Returns the losses by component, per token."""
        for group in self.groups:
            for pipe in group.pipes.values():
                if isinstance(pipe, TransitionPipe):
                    pipe.exploring = epoch > self.schedule.explore_after
        totals: dict[str, float] = {}
        words = 0
        started = time.perf_counter()
        for batch in self.batches():
            self.set_learn_rate()
            for group in self.groups:
                accumulate(
                    group, batch, drop=self.schedule.dropout, losses=totals, weights=self.schedule.weights
                )
                apply_gradients(group, self.optimizer)
            self.optimizer.step_schedules()
            self.step += 1
            words += sum(map(len, batch))
            if on_progress is not None:
                seconds = time.perf_counter() - started
                losses = {name: total / words for name, total in totals.items()}
                on_progress(Progress(epoch, words, self.words, words / seconds, losses))
        self.words_done += words
        self.training_seconds += time.perf_counter() - started
        return {name: total / max(1, words) for name, total in totals.items()}

    def batches(self) -> list[list[Prepared]]:
        """The examples in a random order, in batches of at least ``batch_words`` tokens (the last may be
        smaller).
        """
        batches: list[list[Prepared]] = [[]]
        size = 0
        for i in self.rng.permutation(len(self.prepared)):
            if size >= self.schedule.batch_words:
                batches.append([])
                size = 0
            batches[-1].append(self.prepared[i])
            size += len(self.prepared[i])
        return batches

    def set_learn_rate(self) -> None:
        warm = min(1.0, (self.step + 1) / max(1, self.schedule.warmup_steps))
        left = max(0.02, 1.0 - self.step / self.n_steps)
        self.optimizer.learn_rate = self.schedule.learn_rate * warm * left

    def speed(self) -> float:
        return self.words_done / max(1e-9, self.training_seconds)

    def progress(
        self, epoch: int, losses: dict[str, float], scores: dict[str, float], is_best: bool
    ) -> Progress:
        return Progress(epoch, self.words, self.words, self.speed(), losses, scores, is_best)

    # -- weights ------------------------------------------------------------------------------------------

    def models(self) -> list[Any]:
        found = [group.encoder.model for group in self.groups]
        found += [pipe.model for group in self.groups for pipe in group.pipes.values()]
        return [model for model in dict.fromkeys(found) if model is not None]

    def averaged(self) -> Any:
        """A context in which all parameters are the averages over the steps so far."""
        from contextlib import ExitStack

        stack = ExitStack()
        for model in self.models():
            stack.enter_context(model.use_params(self.optimizer.averages))
        return stack

    def copy_weights(self) -> list[np.ndarray]:
        return [
            node.get_param(name).copy()
            for m in self.models()
            for node in m.walk()
            for name in node.param_names
        ]

    def set_weights(self, weights: list[np.ndarray]) -> None:
        values = iter(weights)
        for model in self.models():
            for node in model.walk():
                for name in node.param_names:
                    node.set_param(name, next(values))
