"""The state of a training run in a file: a run that was broken off goes on as if nothing had been.

It holds all that a step depends on: weights, moments and averages, the states of all generators of random
numbers, the place in the corpus, and the best weights so far. Restored on the same machine with the same
number of threads and versions, the run ends with the same weights, bit for bit.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import CheckpointError, ModelDataError
from ..models.archive import Archive, dump_archive, load_archive
from ..models.files import read_file, write_file
from ..network.block import as_numpy
from .running import Best

if TYPE_CHECKING:
    from .running import Run

KIND = "data"
#: what is stored of a run as it is
COUNTERS = ("epoch", "done", "step", "pass_words", "words_done", "seconds", "learning_seconds")


class Checkpoint:
    """The file of one run. every: seconds between two savings."""

    def __init__(self, path: Path, run: Run, every: float) -> None:
        self.path = path
        self.run = run
        self.every = every
        self._saved_at = time.monotonic()

    def save_if_due(self) -> None:
        if time.monotonic() - self._saved_at >= self.every:
            self.save()

    def save(self) -> None:
        """Write the state, whole or not at all. Raises OSError."""
        write_file(self.path, dump_archive(*dump_run(self.run)))
        self._saved_at = time.monotonic()

    def restore(self) -> bool:
        """Put the run where the file says; False where there is none.

        Raises CheckpointError (a ValueError) for the file of another run, or a damaged one, and OSError.
        """
        if not self.path.exists():
            return False
        try:
            restore_run(self.run, load_archive(read_file(self.path), kind=KIND))
        except (ModelDataError, LookupError, TypeError, ValueError) as e:
            if isinstance(e, CheckpointError):
                raise
            raise CheckpointError(path=self.path, reason=str(e)) from e
        return True

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)


def identity(run: Run) -> dict[str, Any]:
    """What must be the same for a run to be gone on with."""
    schedule = asdict(run.schedule)
    del schedule["checkpoint_seconds"], schedule["threads"]
    return {
        "schedule": schedule,
        "data": run.data_checksum(),
        "parameters": [[name, list(node.get_param(name).shape)] for node, name in run.parameters()],
    }


def dump_run(run: Run) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Header and tensors of the archive."""
    generator, keys, *numbers = np.random.get_state()
    header: dict[str, Any] = {
        "kind": KIND,
        "identity": identity(run),
        "counters": {key: getattr(run, key) for key in COUNTERS},
        "totals": {key: float(total) for key, total in run.totals.items()},
        "history": run.history,
        "order": run.order,
        "random": [generator, *numbers],
        "seeds": [pipe.seed for pipe in run.transition_pipes()],
        "updates": [run.optimizer.nr_update[node.id, name] for node, name in run.parameters()],
        "best": None,
    }
    tensors = {"random": np.asarray(keys)}
    tensors.update(_arrays(run))
    if run.best is not None:
        header["best"] = {"total": run.best.total, "epoch": run.best.epoch, "scores": run.best.scores}
        tensors.update({f"best/{i:04}": as_numpy(value) for i, value in enumerate(run.best.weights)})
    return header, tensors


def _arrays(run: Run) -> Iterator[tuple[str, np.ndarray]]:
    """Weights, moments and averages of every parameter; moments are there after its first update."""
    for i, (node, name) in enumerate(run.parameters()):
        key = node.id, name
        yield f"weights/{i:04}", as_numpy(node.get_param(name))
        yield f"averages/{i:04}", as_numpy(run.optimizer.averages[key])
        for which, moments in (("mom1", run.optimizer.mom1), ("mom2", run.optimizer.mom2)):
            if key in moments:
                yield f"{which}/{i:04}", as_numpy(moments[key])


def restore_run(run: Run, archive: Archive) -> None:
    """Put a run that has just been made where an archive says that it was."""
    header = archive.header
    mine, stored = identity(run), archive.section("identity")
    different = [key for key in mine if mine[key] != stored.get(key)]
    if different:
        raise CheckpointError(
            f"The checkpoint is of another run: its {' and '.join(different)} are not those of this one. "
            "Remove it, or go on with the settings and data that it was made with."
        )
    tensors = archive.tensors
    for counter in COUNTERS:
        setattr(run, counter, header["counters"][counter])
    run.totals = dict(header["totals"])
    run.history = list(header["history"])
    run.order = header["order"]
    np.random.set_state((header["random"][0], tensors["random"], *header["random"][1:]))
    for pipe, seed in zip(run.transition_pipes(), header["seeds"], strict=True):
        pipe.seed = seed
    for i, (node, name) in enumerate(run.parameters()):
        key = node.id, name
        node.set_param(name, node.ops.asarray(tensors[f"weights/{i:04}"].copy()))
        run.optimizer.averages[key] = node.ops.asarray(tensors[f"averages/{i:04}"].copy())
        run.optimizer.nr_update[key] = header["updates"][i]
        for which, moments in (("mom1", run.optimizer.mom1), ("mom2", run.optimizer.mom2)):
            if f"{which}/{i:04}" in tensors:
                moments[key] = node.ops.asarray(tensors[f"{which}/{i:04}"].copy())
    if header["best"] is not None:
        weights = [
            node.ops.asarray(tensors[f"best/{i:04}"].copy()) for i, (node, _) in enumerate(run.parameters())
        ]
        run.best = Best(**header["best"], weights=weights)
