"""Bloom embeddings of lexical features (after Serrà & Karatzoglou 2017)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from thinc.api import Model, NumpyOps
from thinc.types import Floats2d

from ..kernels import training as kernels


def BloomEmbed(width: int, rows: Sequence[int], seeds: Sequence[int]) -> Model:  # noqa: N802 - Thinc's convention
    """ids (n, F) uint64, or the rows (n, F, 4) int32 that they are hashed to → (n, F·width) float32.

    Each feature has one table (rows[f], width); an id is hashed (MurmurHash3) to four of its rows, which
    are summed.
    """
    names = [f"table_{f}" for f in range(len(rows))]
    return Model(
        "bloom_embed",
        forward,
        init=init,
        params=dict.fromkeys(names),
        dims={"nO": width * len(rows)},
        attrs={
            "width": width,
            "rows": list(rows),
            "seeds": list(seeds),
            "tables": names,
            "shapes": {name: (n, width) for name, n in zip(names, rows, strict=True)},
        },
    )


def init(model: Model, X: np.ndarray | None = None, Y: Floats2d | None = None) -> None:
    width = model.attrs["width"]
    rng = np.random.default_rng(abs(hash(tuple(model.attrs["seeds"]))) % 2**32)
    for name, n_rows in zip(model.attrs["tables"], model.attrs["rows"], strict=True):
        # Four rows are summed: half the usual deviation keeps the sum's.
        table = rng.uniform(-0.1, 0.1, (n_rows, width)).astype("float32")
        model.set_param(name, model.ops.asarray(table))


def forward(model: Model, ids: Any, is_train: bool) -> tuple[Floats2d, Callable]:
    rows = ids
    if ids.ndim == 2:
        rows = model.ops.asarray(kernels.bloom_rows(ids, model.attrs["seeds"], model.attrs["rows"]))
    names = model.attrs["tables"]
    tables = [model.get_param(name) for name in names]
    on_cpu = isinstance(model.ops, NumpyOps)
    width = model.attrs["width"]
    if on_cpu:
        Y = kernels.bloom_embed(tables, rows)
    else:
        Y = model.ops.xp.concatenate([t[rows[:, f]].sum(axis=1) for f, t in enumerate(tables)], axis=1)

    def backprop(dY: Floats2d) -> Any:
        d_tables = [model.ops.alloc2f(*table.shape) for table in tables]
        if on_cpu:
            kernels.bloom_embed_backward(d_tables, rows, np.ascontiguousarray(dY))
        else:
            for f, d_table in enumerate(d_tables):
                for k in range(4):
                    model.ops.scatter_add(d_table, rows[:, f, k], dY[:, f * width : (f + 1) * width])
        for name, d_table in zip(names, d_tables, strict=True):
            model.inc_grad(name, d_table)
        return ids

    return Y, backprop
