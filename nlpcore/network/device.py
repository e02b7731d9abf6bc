"""One batch on the device where a network lives: one array in, one array out.

Everything here works on the arrays of any Thinc ops; in main memory nothing is moved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from thinc.api import Model, NumpyOps, Ops, get_current_ops, get_ops, set_current_ops

from ..kernels import training as kernels
from .block import TokenBlock
from .shapes import FEATURES

Product = Callable[[Any], Any]
NORM = FEATURES.index("NORM")


@dataclass
class PlacedBlock:
    """What the encoder reads of a TokenBlock, where the network is; all arrays int32.

    hashed (U, F, 4): the rows of the bloom tables that each distinct lexeme is hashed to. lexeme, rows and
    gaps (N,): each token's lexeme, its row among the block's ``n_rows`` rows, and what stands before it.
    static (U, …) float32: the lexemes' word vectors, None where the encoder reads none.
    """

    hashed: Any
    lexeme: Any
    rows: Any
    gaps: Any
    n_rows: int
    static: Any = None


def place(encoder: Model, block: TokenBlock, ids: np.ndarray) -> PlacedBlock:
    """Hash the lexemes and move the block to the device of the encoder, as one array.

    ids (U, F) uint64: ``block.ids``, or what training made of them.
    """
    ops, embed, vectors = encoder.ops, encoder.layers[0], encoder.attrs["static"]
    # Hashed here, where it is fast: CuPy has no MurmurHash of 64-bit ids that gives the same rows.
    hashed = kernels.bloom_rows(ids, list(embed.attrs["seeds"]), list(embed.attrs["rows"]))
    parts = [hashed, block.lexeme[block.rows], block.rows, block.gaps[block.rows]]
    static = None
    if vectors is not None:
        found = vectors.rows_of(ids[:, NORM])
        static = vectors.data[np.maximum(found, 0)]
        static[found < 0] = 0.0
        parts.append(static.view("int32"))
    packed = ops.asarray(np.concatenate([part.ravel().astype("int32", copy=False) for part in parts]))
    first, n = hashed.size, block.n_tokens
    if static is not None:
        static = packed[first + 3 * n :].view("float32").reshape(static.shape)
    return PlacedBlock(
        packed[:first].reshape(hashed.shape),
        packed[first : first + n],
        packed[first + n : first + 2 * n],
        packed[first + 2 * n : first + 3 * n],
        len(block.lexeme),
        static,
    )


def fetch(ops: Ops, arrays: Sequence[Any]) -> list[np.ndarray]:
    """Arrays of the device in main memory, moved as one; their items have 4 bytes."""
    packed = ops.to_numpy(ops.xp.concatenate([array.view("int32").ravel() for array in arrays]))
    found, start = [], 0
    for array in arrays:
        stop = start + array.size
        found.append(packed[start:stop].view(array.dtype).reshape(array.shape))
        start = stop
    return found


def run_encoder(encoder: Model, block: TokenBlock, products: Sequence[Product] = ()) -> list[np.ndarray]:
    """The vectors V (N, T) float32 of the block's tokens, of which there is at least one, and what each of
    ``products`` makes of them: arrays (N, …) float32 or int32. All in main memory; one transfer each way.
    """
    ops = encoder.ops
    with on_device_of(encoder):
        placed = place(encoder, block, block.ids)
        V = encoder.predict(placed)[placed.rows]
        return fetch(ops, [V, *(product(V) for product in products)])


def run_product(network: Model, V: np.ndarray, product: Product) -> np.ndarray:
    """What ``product`` makes of vectors (N, T), N > 0, on the network's device. In main memory, and one
    transfer each way.
    """
    ops = network.ops
    with on_device_of(network):
        return fetch(ops, [product(ops.asarray(V))])[0]


def on_device_of(network: Model) -> AbstractContextManager:
    """Within it, what is allocated lies where the network's parameters do: CuPy has a current device for each
    thread.
    """
    device: Any = getattr(network.get_param(network.param_names[0]), "device", None)
    return device if hasattr(device, "__enter__") else nullcontext()  # NumPy's is the word "cpu"


@contextmanager
def building_on(ops: Ops | None) -> Iterator[None]:
    """Networks that are built within live on the device of ``ops``; None: in main memory."""
    before = get_current_ops()
    if ops is None:
        ops = before if isinstance(before, NumpyOps) else get_ops("cpu")
    set_current_ops(ops)
    cuda = getattr(ops.xp, "cuda", None)
    try:
        with nullcontext() if cuda is None else cuda.Device(ops.device_id):
            yield
    finally:
        set_current_ops(before)
