"""How components on a GPU share one pass of a batch over it.

The encoder's component uploads a batch once, lets the components that read its vectors compute their part
while the batch is on the device, and downloads all of it at once. The vectors go to ``doc.tensor``; the parts
are put aside here and found by the array that ``doc.tensor`` is. A component that finds none (used alone, or
after somebody has changed ``doc.tensor``) computes from the vectors as it does without a GPU.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

from nlpcore.lazy import numpy as np

if TYPE_CHECKING:
    from ..tokens import Doc
    from .tok2vec import Tok2Vec
    from .trainable_pipe import TrainablePipe

# Batches smaller than this, in tokens, run on the CPU's engine where it can be had: a pass starts some
# hundred kernels on the device, however little there is to do. An estimate, not measured.
MIN_TOKENS = 1_000
# A batch of ``pipe`` is ended by the document that brings it to BATCH_TOKENS, so this holds a whole one.
PASS_TOKENS = 40_000
# Bound of what one pass downloads. The device needs about three times as much.
PASS_BYTES = 1 << 29
# Bound of what is put aside.
KEPT_BYTES = 1 << 30


class Vectors(np.ndarray):
    """Token vectors (N, T) with the part (N, …) of one component; slices and results have none."""

    part: np.ndarray | None = None


class Pass:
    """What came back from the device: vectors (N, T), and by component its part (N, …)."""

    def __init__(self, V: np.ndarray, parts: Iterable[tuple[TrainablePipe, np.ndarray]]) -> None:
        self.V = V
        self.parts: WeakKeyDictionary[TrainablePipe, np.ndarray] = WeakKeyDictionary(dict(parts))
        self.left = {id(pipe): len(V) for pipe in self.parts}
        self.nbytes = V.nbytes + sum(part.nbytes for part in self.parts.values())

    def taken(self, pipe: TrainablePipe, n: int) -> None:
        """The component has got its part of n tokens; when it has got all, the part is let go."""
        self.left[id(pipe)] -= n
        if self.left[id(pipe)] <= 0:
            self.parts.pop(pipe, None)
            if not self.parts:
                with suppress(ValueError):  # not kept any more
                    _kept.remove(self)


class Slot:
    """Where a document's tokens stand in a pass. The document is known by the array in its ``tensor``."""

    __slots__ = ("batch", "start", "stop", "tensor")

    def __init__(self, tensor: np.ndarray, batch: Pass, start: int, stop: int) -> None:
        key = id(tensor)
        self.tensor = ref(tensor, lambda _: _slots.pop(key, None))
        self.batch = ref(batch)
        self.start = start
        self.stop = stop
        _slots[key] = self


_kept: deque[Pass] = deque()
_slots: dict[int, Slot] = {}


def keep(batch: Pass) -> None:
    _kept.append(batch)
    while len(_kept) > 1 and sum(kept.nbytes for kept in list(_kept)) > KEPT_BYTES:
        _kept.popleft()


def forget() -> None:
    """Let go of all that was put aside: parameters have changed."""
    _kept.clear()


def run(encoder: Tok2Vec, docs: Sequence[Doc], readers: Sequence[TrainablePipe]) -> list[np.ndarray]:
    """The tensor (tokens, T) float32 of each document; the readers' parts are put aside for ``vectors_of``.

    Documents that are longer than a pass go in pieces, and the readers get nothing of them: their parts would
    be too large to keep.
    """
    from ..network.block import TokenBlock, pieces
    from ..network.device import run_encoder

    readers = [pipe for pipe in readers if pipe.joins_pass(encoder)]
    inputs = [doc.network_input() for doc in docs]
    tensors = [np.zeros((len(doc), encoder.width), dtype="float32") for doc in docs]
    lengths = [len(index) for index, _, _ in inputs]
    network = encoder.network()
    # A vector depends on ``depth`` tokens to each side: with them, a piece's are those of the whole.
    for part in pieces(lengths, pass_tokens(encoder, readers), encoder.shape.depth):
        block = TokenBlock.from_inputs([(inputs[p.doc][1][p.all], inputs[p.doc][2][p.all]) for p in part])
        if block.n_tokens == 0:
            continue
        is_whole = all(p.stop - p.start == lengths[p.doc] for p in part)
        asked = readers if is_whole else []
        V, *parts = run_encoder(network, block, [pipe.device_part for pipe in asked])
        batch = Pass(V, zip(asked, parts, strict=True))
        row = 0
        for p in part:
            own = row + p.start - p.all.start
            tensor = tensors[p.doc]
            tensor[inputs[p.doc][0][p.start : p.stop]] = V[own : own + p.stop - p.start]
            row += p.all.stop - p.all.start
            if asked:
                Slot(tensor, batch, own, row)
        if asked:
            keep(batch)
    return tensors


def pass_tokens(encoder: Tok2Vec, readers: Iterable[TrainablePipe]) -> int:
    """How many tokens may go through the device at once."""
    values = encoder.width + sum(pipe.part_size() for pipe in readers)
    return max(1, min(PASS_TOKENS, PASS_BYTES // (4 * values)))


def vectors_of(pipe: TrainablePipe, tensors: Sequence[Any]) -> Vectors | None:
    """Vectors of the documents with these tensors, with the component's part; None where it was not computed
    for all of them.
    """
    spans: list[list[Any]] = []
    for tensor in tensors:
        slot = _slots.get(id(tensor))
        batch = slot.batch() if slot is not None and slot.tensor() is tensor else None
        if slot is None or batch is None or pipe not in batch.parts:
            return None
        if spans and spans[-1][0] is batch and spans[-1][2] == slot.start:
            spans[-1][2] = slot.stop
        else:
            spans.append([batch, slot.start, slot.stop])
    if not spans:
        return None
    found = joined([batch.V[start:stop] for batch, start, stop in spans]).view(Vectors)
    found.part = joined([batch.parts[pipe][start:stop] for batch, start, stop in spans])
    for batch, start, stop in spans:
        batch.taken(pipe, stop - start)
    return found


def joined(arrays: Sequence[np.ndarray]) -> np.ndarray:
    # The documents of a batch mostly stand one after the other: then the large tables are not copied.
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
