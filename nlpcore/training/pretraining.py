"""An encoder that has read raw text before it is taught: words are hidden, and told from those around them.

A share of the words of a text is hidden from the encoder, all four features of them, and one softmax layer,
which is thrown away, predicts which of the most frequent words stands there from the vector that the encoder
has for the place (the masked language model of Devlin et al. 2019, on a network with a window).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import NothingToLearnError, TrainingSettingsError
from ..network.block import TokenBlock
from ..network.heads import SoftmaxHead, cross_entropy
from ..pipeline.tok2vec import Tok2Vec
from ..pipeline.trainable_pipe import find_encoder
from .optimizer import Adam
from .settings import check_range, learn_rate_at

if TYPE_CHECKING:
    from ..language import Language

#: Longer texts are cut.
MAX_WORDS = 200
#: Words on which the most frequent ones are counted.
COUNTED = 1_000_000
#: A batch more or less: what is shown is the mean over so many.
SHOWN = 50

Inputs = tuple[np.ndarray, np.ndarray]


@dataclass
class Pretraining:
    """words: how many are read, in one pass, or until the texts end. classes: so many words are told apart.
    hidden: share of the words that is hidden. batch_words: words of a step. learn_rate: rises over
    ``warmup_steps``, then falls to zero at the last word.
    """

    words: int = 5_000_000
    classes: int = 5_000
    hidden: float = 0.15
    batch_words: int = 2_000
    learn_rate: float = 0.002
    warmup_steps: int = 100
    seed: int = 0

    RANGES = {  # noqa: RUF012 (no field)
        "words": (1, 10**12),
        "classes": (2, 10**6),
        "hidden": (0.001, 0.9),
        "batch_words": (1, 10**7),
        "learn_rate": (0, 1),
        "warmup_steps": (0, 10**9),
        "seed": (0, 2**32 - 1),
    }


@dataclass
class PretrainResult:
    """words: that were read. loss, accuracy: of the hidden words at the end; how many were told right."""

    words: int
    seconds: float
    loss: float
    accuracy: float


def pretrain(
    nlp: Language,
    texts: Callable[[], Iterable[str]],
    settings: Pretraining | None = None,
    *,
    on_progress: Callable[[int, float, float], None] | None = None,
) -> PretrainResult:
    """Train the pipeline's ``tok2vec`` on raw text; it begins anew unless it is ready.

    texts: gives the texts, each time it is called. on_progress hears of (words, loss, accuracy).
    Raises TrainingSettingsError, NothingToLearnError (ValueErrors).
    """
    settings = settings or Pretraining()
    try:
        check_range(settings, "pretrain", settings.RANGES)
    except ValueError as e:
        raise TrainingSettingsError(path="pretrain", reason=str(e)) from e
    encoder = find_encoder(nlp)
    if not isinstance(encoder, Tok2Vec):
        raise TrainingSettingsError(path="pretrain", reason="the pipeline has no component tok2vec")
    if not encoder.is_ready:
        encoder.model = encoder.build_model()
        encoder.model.initialize()
    classes = frequent_words(nlp, texts(), settings.classes)
    if len(classes) < 2:
        raise NothingToLearnError(reason="there are no words in the texts")
    head = SoftmaxHead(len(classes), encoder.width)
    head.initialize()
    run = _Run(encoder.require_model(), head, classes, settings)
    started = time.perf_counter()
    for batch in batches(inputs(nlp, texts()), settings.batch_words):
        run.step(batch)
        if on_progress is not None:
            on_progress(run.words, run.loss, run.accuracy)
        if run.words >= settings.words:
            break
    run.take_averages()
    return PretrainResult(run.words, time.perf_counter() - started, run.loss, run.accuracy)


def inputs(nlp: Language, texts: Iterable[str]) -> Iterator[Inputs]:
    """What the encoder reads of each text: ids (n, 4) uint64 and gaps (n,) uint8, n up to ``MAX_WORDS``."""
    for text in texts:
        _, ids, gaps = nlp.make_doc(text).network_input()
        for start in range(0, len(ids), MAX_WORDS):
            yield ids[start : start + MAX_WORDS], gaps[start : start + MAX_WORDS]


def frequent_words(nlp: Language, texts: Iterable[str], most: int) -> np.ndarray:
    """The ids of the most frequent norms of the first ``COUNTED`` words: uint64, ascending."""
    norms: list[np.ndarray] = []
    size = 0
    for ids, _ in inputs(nlp, texts):
        norms.append(ids[:, 0])
        size += len(ids)
        if size >= COUNTED:
            break
    found, counts = np.unique(np.concatenate([np.zeros(0, "uint64"), *norms]), return_counts=True)
    return np.sort(found[np.argsort(-counts, kind="stable")[:most]])


def batches(items: Iterable[Inputs], batch_words: int) -> Iterator[list[Inputs]]:
    batch: list[Inputs] = []
    size = 0
    for item in items:
        batch.append(item)
        size += len(item[1])
        if size >= batch_words:
            yield batch
            batch, size = [], 0
    if size:
        yield batch


class _Run:
    """Where pretraining stands, and one step of it. loss, accuracy: means over the last steps."""

    def __init__(self, model: Any, head: Any, classes: np.ndarray, settings: Pretraining) -> None:
        self.model = model
        self.head = head
        self.classes = classes
        self.settings = settings
        self.rng = np.random.default_rng(settings.seed)
        self.optimizer = Adam(settings.learn_rate, L2=0.0, grad_clip=0.0, use_averages=True)
        self.optimizer.begin_averages(self.parameters())
        model.attrs["dropout_rate"] = model.attrs["word_dropout"] = 0.0
        self.steps = self.words = 0
        self.loss = math.log(len(classes))
        self.accuracy = 0.0

    def step(self, batch: list[Inputs]) -> None:
        """Hide words of a batch and learn what they were."""
        ids = np.concatenate([ids for ids, _ in batch])
        truths = self.class_of(ids[:, 0])
        hidden = np.flatnonzero((self.rng.random(len(ids)) < self.settings.hidden) & (truths >= 0))
        self.words += len(ids)
        if len(hidden) == 0:
            return
        seen = ids.copy()
        seen[hidden] = 0
        lengths = np.cumsum([len(gaps) for _, gaps in batch])[:-1]
        block = TokenBlock.from_inputs(
            [(part, gaps) for part, (_, gaps) in zip(np.split(seen, lengths), batch, strict=True)]
        )
        X, backprop = self.model(block, True)
        rows = block.rows[hidden]
        logits, backprop_head = self.head(np.ascontiguousarray(X[rows]), True)
        loss, d_logits = cross_entropy(logits, truths[hidden])
        right = float((logits.argmax(axis=1) == truths[hidden]).mean())
        dX = np.zeros_like(X)
        dX[rows] = backprop_head(d_logits / np.float32(len(hidden)))
        backprop(dX)
        self.finish(loss / len(hidden), right)

    def finish(self, loss: float, right: float) -> None:
        given, done = self.settings, self.words / self.settings.words
        self.optimizer.learn_rate = learn_rate_at(self.steps, given.learn_rate, given.warmup_steps, done)
        for model in (self.model, self.head):
            model.finish_update(self.optimizer)
        self.optimizer.step_schedules()
        self.steps += 1
        share = max(1 / self.steps, 1 / SHOWN)
        self.loss += share * (loss - self.loss)
        self.accuracy += share * (right - self.accuracy)

    def class_of(self, norms: np.ndarray) -> np.ndarray:
        """The classes of words, int32; −1 for those that are none of the frequent ones."""
        at = np.minimum(np.searchsorted(self.classes, norms), len(self.classes) - 1)
        return np.where(self.classes[at] == norms, at, -1).astype("int32")

    def take_averages(self) -> None:
        for node, name in self.parameters():
            node.set_param(name, self.optimizer.averages[node.id, name].copy())

    def parameters(self) -> Iterator[tuple[Any, str]]:
        """(node, name) of each parameter of the encoder."""
        return ((node, name) for node in self.model.walk() for name in node.param_names)
