"""One step of joint training: all components at once on their shared encoder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DropoutError
from ..network.workers import Task, Workers, at_work
from ..pipeline import device_pass
from ..pipeline.encoder import Encoder
from ..pipeline.trainable_pipe import TrainablePipe, find_encoder
from ..pipeline.transition_pipe import TransitionPipe

if TYPE_CHECKING:
    from thinc.api import Optimizer

    from ..language import Language
    from .example import Example


@dataclass
class Prepared:
    """An example as arrays: made once, used in every pass over the data.

    ids (n, F) uint64 and gaps (n,) uint8: the encoder's input. targets: by component name; None (or no
    entry) where the example says nothing about what the component predicts. inputs: by the encoder's name,
    what else an encoder reads.
    """

    ids: np.ndarray
    gaps: np.ndarray
    targets: dict[str, Any]
    inputs: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.gaps)


@dataclass
class Group:
    """Components that read the same encoder, the encoder's own objective among them."""

    encoder: Encoder
    pipes: dict[str, TrainablePipe]
    train_encoder: bool = True


def trainable_groups(nlp: Language, exclude: Iterable[str] = ()) -> list[Group]:
    """The pipeline's trainable components that are ready, by the encoder that they read."""
    exclude = set(exclude)
    shared = find_encoder(nlp)
    groups: dict[int, Group] = {}
    for name, pipe in nlp.pipeline:
        if not isinstance(pipe, TrainablePipe) or name in exclude or not pipe.models():
            continue
        encoder = pipe if isinstance(pipe, Encoder) else pipe.own_tok2vec or shared
        if encoder is None:
            continue
        frozen = encoder is shared and encoder.name in exclude
        group = groups.setdefault(id(encoder), Group(encoder, {}, not frozen))
        if not isinstance(pipe, Encoder) or pipe.objectives:
            group.pipes[name] = pipe
    return list(groups.values())


def prepare(groups: Sequence[Group], example: Example) -> Prepared:
    """The example's arrays for these components."""
    _, ids, gaps = example.predicted.network_input()
    targets = {name: pipe.make_targets(example) for group in groups for name, pipe in group.pipes.items()}
    inputs = {group.encoder.name: group.encoder.learning_input(example.predicted) for group in groups}
    return Prepared(ids, gaps, targets, {name: given for name, given in inputs.items() if given is not None})


def fill_in(item: Prepared, other: Prepared) -> None:
    """Take the targets of the same text's other annotation where this one has none."""
    for name, target in other.targets.items():
        if item.targets.get(name) is None:
            item.targets[name] = target


def accumulate(
    group: Group,
    batch: Sequence[Prepared],
    *,
    drop: float,
    losses: dict[str, float],
    weights: dict[str, float] | None = None,
    workers: Workers | None = None,
) -> None:
    """Add the gradients of a batch to all models of the group.

    The loss of each component is summed over its known decisions, divided by the number of tokens in the
    batch, and weighted. workers: components learn at the same time; the result is the same.
    """
    from thinc.api import NumpyOps

    if not 0.0 <= drop < 1.0:
        raise DropoutError(drop=drop)
    n_tokens = sum(map(len, batch))
    if n_tokens == 0 or not group.pipes:
        return
    block = group.encoder.learning_block(batch)
    model = group.encoder.require_model()
    model.attrs["dropout_rate"] = drop
    X, backprop = model(block, group.train_encoder)
    rows = model.ops.asarray(block.rows)
    V = X[rows]
    dV = model.ops.alloc2f(*V.shape)
    learning: dict[str, Task] = {}
    for name, pipe in group.pipes.items():
        targets = [item.targets.get(name) for item in batch]
        if all(target is None for target in targets):
            continue
        weight = 1.0 if weights is None else weights.get(name, 1.0)
        learning[name] = partial(pipe.gradient, targets, block.lengths, V, weight / n_tokens)
    workers = workers if isinstance(model.ops, NumpyOps) and workers is not None else Workers(1)
    # Those with the most to do first, so that none of them is left alone at the end.
    order = sorted(learning, key=lambda name: not isinstance(group.pipes[name], TransitionPipe))
    found = dict(zip(order, workers.run([learning[name] for name in order]), strict=True))
    for name in learning:
        loss, d = found[name]
        losses[name] = losses.get(name, 0.0) + loss
        dV += d
    if group.train_encoder:
        dX = model.ops.alloc2f(*X.shape)
        dX[rows] = dV
        with at_work(workers):
            backprop(dX)


def apply_gradients(group: Group, sgd: Optimizer, workers: Workers | None = None) -> None:
    """Let the optimizer change every parameter of the group."""
    from thinc.api import NumpyOps

    encoder_models = group.encoder.models() if group.train_encoder else []
    own = [model for pipe in group.pipes.values() if pipe.model is not None for model in [pipe.model]]
    steps = [partial(model.finish_update, sgd) for model in dict.fromkeys([*encoder_models, *own])]
    for_cpu = workers is not None and all(isinstance(m.ops, NumpyOps) for m in [*encoder_models, *own])
    (workers if workers is not None and for_cpu else Workers(1)).run(steps)
    device_pass.forget()


def joint_update(
    nlp: Language,
    examples: Sequence[Example],
    *,
    drop: float = 0.0,
    sgd: Optimizer | None = None,
    losses: dict[str, float] | None = None,
    exclude: Iterable[str] = (),
    annotates: Iterable[str] = (),
) -> dict[str, float]:
    """Learn from a batch with every trainable component of the pipeline that is not excluded.

    sgd None: gradients are collected and not applied. Components named in ``annotates`` first annotate
    ``example.predicted``.
    """
    losses = {} if losses is None else losses
    for name in annotates:
        component = nlp.get_pipe(name)
        for example in examples:
            component(example.predicted)
    groups = trainable_groups(nlp, exclude)
    batch = [prepare(groups, example) for example in examples]
    for group in groups:
        for name in group.pipes:
            losses.setdefault(name, 0.0)
        accumulate(group, batch, drop=drop, losses=losses)
        if sgd is not None:
            apply_gradients(group, sgd)
    return losses


def update_component(
    pipe: TrainablePipe,
    examples: Sequence[Example],
    *,
    drop: float = 0.0,
    sgd: Optimizer | None = None,
    losses: dict[str, float] | None = None,
) -> dict[str, float]:
    """Learn from a batch with one component that owns its encoder, outside of a pipeline."""
    from ..errors import ComponentNotReadyError

    losses = {} if losses is None else losses
    encoder = pipe if isinstance(pipe, Encoder) else pipe.own_tok2vec
    if encoder is None or not pipe.models():
        raise ComponentNotReadyError(name=pipe.name)
    group = Group(encoder, {pipe.name: pipe})
    losses.setdefault(pipe.name, 0.0)
    accumulate(group, [prepare([group], example) for example in examples], drop=drop, losses=losses)
    if sgd is not None:
        apply_gradients(group, sgd)
    return losses
