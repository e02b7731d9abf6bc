"""The moving parts of a training run: order of the examples, optimizer, schedule, the best weights so far."""

from __future__ import annotations

import math
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from ..network.workers import Workers, best_number_of_threads
from ..pipeline.transition_pipe import TransitionPipe
from .settings import Schedule, learn_rate_at
from .update import Group, Prepared, accumulate, apply_gradients

if TYPE_CHECKING:
    from ..language import Language


#: Words that are rehearsed for each word that is learned, where there are so many.
REHEARSED = 2.0


@dataclass
class Best:
    """The averaged weights that scored best on the dev data, in the order of ``Run.parameters``."""

    total: float
    epoch: int
    scores: dict[str, float]
    weights: list[np.ndarray]


class Run:
    """Where a run stands, and one step of it.

    epoch: the pass that is running, from 1. done: its batches that have been learned. totals: its losses.
    order: state of the generator that shuffles, as it was when the pass began. seconds: spent so far.
    beside: what is learned beside ``prepared``, in each pass another part of it: ``share`` words for each of
    those.
    """

    def __init__(
        self,
        nlp: Language,
        groups: list[Group],
        prepared: list[Prepared],
        schedule: Schedule,
        beside: list[Prepared] | None = None,
        share: float = REHEARSED,
    ) -> None:
        from thinc.api import fix_random_seed

        from .optimizer import Adam

        self.nlp = nlp
        self.groups = groups
        self.prepared = prepared
        self.schedule = schedule
        self.workers = Workers(schedule.threads or best_number_of_threads())
        self.optimizer = Adam(
            schedule.learn_rate, L2=0.0, grad_clip=float(schedule.grad_clip), use_averages=True
        )
        self.optimizer.begin_averages(self.parameters())
        if schedule.encoder_learn_rate and schedule.learn_rate:
            rate = schedule.encoder_learn_rate / schedule.learn_rate
            nodes = [node for group in groups for node in group.encoder.require_model().walk()]
            self.optimizer.rates = {
                (node.id, name): rate
                for node in nodes
                for name in node.param_names
                if name not in node.attrs.get("not_pretrained", ())
            }
        self.rng = np.random.default_rng(schedule.seed)
        self.order = self.rng.bit_generator.state
        fix_random_seed(schedule.seed)
        self.beside = beside or []
        own = sum(map(len, prepared))
        self.beside_words = min(int(share * own), sum(map(len, self.beside)))
        self.words = own + self.beside_words
        n_words = schedule.epochs * own + self.passes_with_more() * self.beside_words
        self.n_steps = max(1, n_words // schedule.batch_words)
        self.epoch = 1
        self.done = 0
        self.step = 0
        self.pass_words = 0
        self.words_done = 0
        self.seconds = 0.0
        self.learning_seconds = 0.0
        self.totals: dict[str, float] = {}
        self.history: list[dict[str, Any]] = []
        self.best: Best | None = None
        for group in groups:
            group.encoder.require_model().attrs["word_dropout"] = schedule.word_dropout
        for pipe in self.transition_pipes():
            pipe.seed = schedule.seed << 32

    # -- passes -------------------------------------------------------------------------------------------

    def is_done(self) -> bool:
        """Whether all passes are over, or too many evaluations brought nothing better."""
        patience = self.schedule.patience
        waited = len(self.history) - next(
            (i for i, line in enumerate(self.history, 1) if self.best and line["epoch"] == self.best.epoch), 0
        )
        return self.epoch > self.schedule.epochs or bool(patience and self.history and waited >= patience)

    def evaluates_now(self) -> bool:
        return self.epoch % self.schedule.evaluate_every == 0 or self.epoch == self.schedule.epochs

    def next_pass(self) -> None:
        self.order = self.rng.bit_generator.state
        self.epoch += 1
        self.done = self.pass_words = 0
        self.totals = {}

    def batches(self) -> Iterator[list[Prepared]]:
        """What is left of the pass: the examples in a random order, in batches of at least ``batch_words``
        tokens (the last may be smaller).
        """
        for pipe in self.transition_pipes():
            pipe.exploring = self.epoch > self.schedule.explore_after
        self.rng.bit_generator.state = self.order
        batches: list[list[Prepared]] = [[]]
        size = 0
        items = self.prepared + self.part_of_what_is_beside()
        for i in self.rng.permutation(len(items)):
            if size >= self.schedule.batch_words:
                batches.append([])
                size = 0
            batches[-1].append(items[i])
            size += len(items[i])
        yield from batches[self.done :]

    def passes_with_more(self) -> int:
        """The passes in which something is learned beside ``prepared``: all but the last ``gold_passes``."""
        return max(0, self.schedule.epochs - self.schedule.gold_passes) if self.beside else 0

    def part_of_what_is_beside(self) -> list[Prepared]:
        """What is learned beside in this pass: going on in a random order where the pass before ended."""
        if self.epoch > self.passes_with_more():
            return []
        order = np.random.default_rng(self.schedule.seed).permutation(len(self.beside))
        ends = np.cumsum([len(self.beside[i]) for i in order])
        place = int(np.searchsorted(ends, (self.epoch - 1) * self.beside_words % int(ends[-1]), side="right"))
        found: list[Prepared] = []
        left = self.beside_words
        while left > 0:
            found.append(self.beside[order[place % len(order)]])
            left -= len(found[-1])
            place += 1
        return found

    def learn(self, batch: list[Prepared]) -> None:
        """One step of the optimizer."""
        started = time.perf_counter()
        self.set_learn_rate()
        for group in self.groups:
            accumulate(
                group,
                batch,
                drop=self.schedule.dropout,
                losses=self.totals,
                weights=self.schedule.weights,
                workers=self.workers,
            )
            apply_gradients(group, self.optimizer, self.workers)
        self.optimizer.step_schedules()
        n_words = sum(map(len, batch))
        self.step += 1
        self.done += 1
        self.pass_words += n_words
        self.words_done += n_words
        self.learning_seconds += time.perf_counter() - started
        self.seconds += time.perf_counter() - started

    def set_learn_rate(self) -> None:
        given, done = self.schedule, self.step / self.n_steps
        self.optimizer.learn_rate = learn_rate_at(self.step, given.learn_rate, given.warmup_steps, done)

    def losses(self) -> dict[str, float]:
        """By component, per token of the pass so far."""
        return {name: float(total) / max(1, self.pass_words) for name, total in self.totals.items()}

    def speed(self) -> float:
        """Words learned in a second."""
        return self.words_done / max(1e-9, self.learning_seconds)

    # -- weights ------------------------------------------------------------------------------------------

    def transition_pipes(self) -> Iterator[TransitionPipe]:
        for group in self.groups:
            for pipe in group.pipes.values():
                if isinstance(pipe, TransitionPipe):
                    yield pipe

    def models(self) -> list[Any]:
        """All that the optimizer changes, the encoder's own objectives among them."""
        found = [model for group in self.groups for model in group.encoder.models()]
        found += [model for group in self.groups for pipe in group.pipes.values() for model in pipe.models()]
        return list(dict.fromkeys(found))

    def parameters(self) -> Iterator[tuple[Any, str]]:
        """(node, name) of every parameter, always in the same order."""
        for model in self.models():
            for node in model.walk():
                for name in node.param_names:
                    yield node, name

    def averaged(self) -> Any:
        """A context in which all parameters are the averages over the steps so far."""
        from contextlib import ExitStack

        stack = ExitStack()
        for model in self.models():
            stack.enter_context(model.use_params(self.optimizer.averages))
        return stack

    def copy_weights(self) -> list[np.ndarray]:
        return [node.get_param(name).copy() for node, name in self.parameters()]

    def set_weights(self, weights: list[np.ndarray]) -> None:
        for (node, name), value in zip(self.parameters(), weights, strict=True):
            node.set_param(name, value)

    def keep_if_best(self, total: float, scores: dict[str, float]) -> bool:
        """Keep the weights as they are now, if their scores weigh more than the best so far."""
        if self.best is not None and not total > self.best.total:
            return False
        if not math.isfinite(total):
            return False
        self.best = Best(total, self.epoch, scores, self.copy_weights())
        return True

    def data_checksum(self) -> int:
        """CRC-32 of what is learned from: another run has another."""
        crc = 0
        for item in chain(self.prepared, self.beside):
            crc = zlib.crc32(item.gaps.tobytes(), zlib.crc32(item.ids.tobytes(), crc))
        return crc
