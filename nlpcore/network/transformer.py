"""A BERT-style encoder (Devlin et al. 2019) as a Thinc model: PyTorch computes, Thinc has the parameters.

So the parameters are trained, averaged and stored as all others are. PyTorch sees the same memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from thinc.api import Model, NumpyOps
from thinc.types import Floats2d
from torch import Tensor

from .shapes import TransformerShape, transformer_sizes
from .subword_block import SubwordBlock, Subwords, Window, lay_out

#: Not learned: the many subwords that the treebanks do not have would be left behind.
FROZEN = ("words", "positions")

#: Windows that a GPU reads at once.
GPU_WINDOWS = 64

Parameters = dict[str, Tensor]


def Transformer(shape: TransformerShape, ends: tuple[list[int], list[int]]) -> Model:  # noqa: N802
    """SubwordBlock with N tokens → vectors (N, width) float32.

    ends: the subwords that stand before and behind those of each window.

    Each subword's embedding gets those of its token's shape and of what stands before the token. The vector
    of a subword is a learned mix of what all layers give (Peters et al. 2018), that of a token the mean of
    its subwords'.
    """
    return Model(
        "transformer",
        forward,
        init=init,
        params=dict.fromkeys(transformer_sizes(shape)),
        dims={"nO": shape.width},
        attrs={"shape": shape, "ends": ends, "dropout_rate": 0.0, "shapes": transformer_sizes(shape)},
    )


def init(model: Model, X: Any = None, Y: Any = None) -> None:
    """As BERT begins: normal with a deviation of 0.02, no bias. The additions to its input begin at zero."""
    shape: TransformerShape = model.attrs["shape"]
    rng = model.ops.xp.random.RandomState(0)
    for name, size in transformer_sizes(shape).items():
        values = model.ops.alloc(size)
        if name.endswith("gain"):
            values += 1
        elif name in FROZEN or name.endswith(".W"):
            values += rng.normal(0.0, 0.02, size).astype("float32")
        model.set_param(name, values)


def forward(model: Model, block: SubwordBlock, is_train: bool) -> tuple[Floats2d, Callable]:
    stored = {name: as_torch(model.get_param(name)) for name in model.param_names}
    learned = [name for name in stored if name not in FROZEN]
    if is_train:
        stored.update({name: stored[name].requires_grad_() for name in learned})
    drop = model.attrs["dropout_rate"] if is_train else 0.0
    with torch.set_grad_enabled(is_train), reproducible(model) if drop else nullcontext():
        params = prepared(stored, matrix_type(model))
        parts = [read_windows(model, params, batch, drop) for batch in batches(model, block)]
        width = model.attrs["shape"].width
        V = torch.cat(parts) if parts else torch.zeros((0, width), device=stored["mix"].device)

    def backprop(dV: Floats2d) -> None:
        if len(parts):
            V.backward(as_torch(model.ops.as_contig(dV)))
        for name in learned:
            gradient = stored[name].grad
            if gradient is not None:
                model.inc_grad(name, as_thinc(model, gradient))

    return as_thinc(model, V.detach()), backprop


def prepared(params: Parameters, matrices: torch.dtype) -> Parameters:
    """The parameters as the layers read them: matrices and what is added to their products in the type that
    products are computed in, converted once for all windows.
    """
    return {
        name: value.to(matrices) if name.endswith((".W", ".b")) else value for name, value in params.items()
    }


def batches(model: Model, block: SubwordBlock) -> Iterator[list[tuple[Subwords, Window]]]:
    """Windows that are read at once: each alone in main memory, where that is as fast, and where no vector
    may depend on the batch; many on a GPU.
    """
    size = 1 if isinstance(model.ops, NumpyOps) else GPU_WINDOWS
    for start in range(0, len(block.windows), size):
        yield [(block.docs[i], window) for i, window in block.windows[start : start + size]]


def read_windows(
    model: Model, params: Parameters, batch: Sequence[tuple[Subwords, Window]], drop: float
) -> Tensor:
    """The vectors (n, width) float32 of the windows' own tokens."""
    shape: TransformerShape = model.attrs["shape"]
    laid = lay_out(batch, *model.attrs["ends"])
    device = params["mix"].device
    ids, token, shapes, gaps, counts = (
        torch.from_numpy(array).to(device)
        for array in (laid.ids, laid.token, laid.shapes, laid.gaps, laid.counts)
    )
    S = ids.shape[1]
    added = params["shapes"][shapes] + params["gaps"][gaps]
    added = torch.cat([added, torch.zeros_like(added[:1])])  # for what belongs to no token
    X = params["words"][ids] + added[token]
    X = X + params["positions"][shape.first_position : shape.first_position + S]
    X = F.dropout(layer_norm(X, params, "norm", shape.epsilon), drop, drop > 0)
    hidden = None
    if len(batch) > 1:
        hidden = torch.from_numpy(laid.is_padding).to(device)[:, None, None, :]
    mix = params["mix"].softmax(0)
    mixed = X * mix[0]
    for i in range(shape.depth):
        X = layer(X, params, f"{i:02}", shape, drop, hidden)
        mixed = mixed + X * mix[i + 1]
    sums = torch.zeros((len(counts) + 1, shape.width), device=device)
    pooled = sums.index_add(0, token.reshape(-1), mixed.reshape(-1, shape.width))[:-1] / counts[:, None]
    return pooled[torch.from_numpy(laid.own).to(device)]


def layer(
    X: Tensor, params: Parameters, name: str, shape: TransformerShape, drop: float, hidden: Tensor | None
) -> Tensor:
    """One layer: X (B, S, width) float32 → (B, S, width) float32. hidden (B, 1, 1, S): what is padding."""
    B, S, T = X.shape

    def product(Y: Tensor, part: str) -> Tensor:
        W = params[f"{name}.{part}.W"]
        return F.linear(Y.to(W.dtype), W, params[f"{name}.{part}.b"])

    q, k, v = product(X, "qkv").view(B, S, 3, shape.heads, T // shape.heads).permute(2, 0, 3, 1, 4)
    # Written out: for heads as small as these PyTorch's fused attention is the slower one on CPU.
    scores = q @ k.transpose(2, 3) * (T // shape.heads) ** -0.5
    if hidden is not None:
        scores = scores.masked_fill(hidden, -torch.inf)
    attended = (scores.softmax(-1) @ v).transpose(1, 2)
    Y = product(attended.reshape(B, S, T), "out").float()
    X = layer_norm(X + F.dropout(Y, drop, drop > 0), params, f"{name}.norm1", shape.epsilon)
    Y = product(activated(product(X, "up"), shape.activation), "down").float()
    return layer_norm(X + F.dropout(Y, drop, drop > 0), params, f"{name}.norm2", shape.epsilon)


def activated(X: Tensor, activation: str) -> Tensor:
    if activation == "relu":
        return F.relu(X)
    return F.gelu(X, approximate="tanh" if activation == "gelu_new" else "none")


def layer_norm(X: Tensor, params: Parameters, name: str, epsilon: float) -> Tensor:
    return F.layer_norm(X, X.shape[-1:], params[f"{name}.gain"], params[f"{name}.shift"], epsilon)


def matrix_type(model: Model) -> torch.dtype:
    """Products are computed in bfloat16 where the CPU has instructions for it: several times as fast."""
    if isinstance(model.ops, NumpyOps) and cpu_has("avx512_bf16"):
        return torch.bfloat16
    return torch.float32


def cpu_has(feature: str) -> bool:
    capabilities: Any = getattr(torch.cpu, "get_capabilities", dict)  # not in all versions
    return bool(capabilities().get(feature))


@contextmanager
def reproducible(model: Model) -> Iterator[None]:
    """Within it, PyTorch's random numbers follow from NumPy's global generator, whose state a checkpoint has;
    outside, its generators are as they were.
    """
    on_cpu = isinstance(model.ops, NumpyOps)
    with torch.random.fork_rng(devices=[] if on_cpu else [model.ops.device_id]):
        torch.manual_seed(np.random.randint(2**31))
        yield


def as_torch(array: Any) -> Tensor:
    """The same memory as a tensor."""
    return torch.from_numpy(array) if hasattr(array, "__array_interface__") else torch.from_dlpack(array)


def as_thinc(model: Model, tensor: Tensor) -> Any:
    """The same memory as an array of the model's ops."""
    if isinstance(model.ops, NumpyOps):
        return tensor.numpy()
    return model.ops.xp.from_dlpack(tensor.contiguous())
