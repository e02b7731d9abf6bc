"""A BERT-style encoder (Devlin et al. 2019) as a Thinc model: PyTorch computes, Thinc has the parameters.

So the parameters are trained, averaged and stored as all others are. PyTorch sees the same memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from thinc.api import Model, NumpyOps
from thinc.types import Floats2d
from torch import Tensor

from .shapes import TransformerShape, first_mixes, transformer_sizes
from .subword_block import SubwordBlock, Subwords, Window, lay_out
from .workers import Task, Workers

#: Not learned: the many subwords that the treebanks do not have would be left behind.
FROZEN = ("words", "positions")

#: What pretrained encoders do not have: these learn as fast as the components that read the vectors.
ADDED = ("shapes", "gaps", "mix")

#: Windows that a GPU reads at once.
GPU_WINDOWS = 64

#: Parts of a batch that are learned from at the same time, in main memory: as many on any machine, since the
#: sums of their gradients depend on it. Each has gradients of its own.
PARTS = 4

Parameters = dict[str, Tensor]
Windows = Sequence[tuple[Subwords, Window]]


def Transformer(shape: TransformerShape, ends: tuple[list[int], list[int]]) -> Model:  # noqa: N802
    """SubwordBlock with N tokens → vectors (N, mixes · width) float32.

    ends: the subwords that stand before and behind those of each window.

    Each subword's embedding gets those of its token's shape and of what stands before the token. The vector
    of a subword is made of learned mixes of what all layers give (Peters et al. 2018), one after the other:
    tags want more of the lower layers than trees. That of a token is the mean of its subwords'.
    """
    return Model(
        "transformer",
        forward,
        init=init,
        params=dict.fromkeys(transformer_sizes(shape)),
        dims={"nO": shape.columns},
        attrs={
            "shape": shape,
            "ends": ends,
            "dropout_rate": 0.0,
            "shapes": transformer_sizes(shape),
            "not_pretrained": ADDED,
        },
    )


def init(model: Model, X: Any = None, Y: Any = None) -> None:
    """As BERT begins: normal with a deviation of 0.02, no bias. The additions to its input begin at zero, and
    each mix with another part of the layers.
    """
    shape: TransformerShape = model.attrs["shape"]
    rng = model.ops.xp.random.RandomState(0)
    for name, size in transformer_sizes(shape).items():
        values = model.ops.alloc(size)
        if name.endswith("gain"):
            values += 1
        elif name in FROZEN or name.endswith(".W"):
            values += rng.normal(0.0, 0.02, size).astype("float32")
        model.set_param(name, values)
    model.set_param("mix", model.ops.asarray(first_mixes(shape)))


def forward(model: Model, block: SubwordBlock, is_train: bool) -> tuple[Floats2d, Callable]:
    if not is_train:
        return predict(model, block), unlearned
    drop = model.attrs["dropout_rate"]
    batched = batches(model, block)
    # Random numbers follow from NumPy's global generator, whose state a checkpoint has.
    seeds = np.random.randint(2**31, size=len(batched)) if drop else np.zeros(len(batched), dtype="int64")
    parts = [Part(model, batched, chosen, seeds, drop) for chosen in shared_out(batched, n_parts(model))]
    side_by_side(model, [part.read for part in parts])
    sizes = np.array([sum(window.last - window.first for _, window in batch) for batch in batched])
    ends = np.cumsum([0, *sizes])
    rows = [slice(*ends[i : i + 2]) for i in range(len(batched))]
    V = model.ops.alloc2f(int(ends[-1]), model.get_dim("nO"))
    for part in parts:
        for i, vectors in part.vectors():
            V[rows[i]] = as_thinc(model, vectors)

    def backprop(dV: Floats2d) -> None:
        dV = model.ops.as_contig(dV)
        side_by_side(model, [partial(part.learn, dV, rows) for part in parts])
        for part in parts:
            for name, gradient in part.gradients():
                model.inc_grad(name, as_thinc(model, gradient))

    return V, backprop


def predict(model: Model, block: SubwordBlock) -> Floats2d:
    if not block.windows:
        return model.ops.alloc2f(0, model.get_dim("nO"))
    params = {name: as_torch(model.get_param(name)) for name in model.param_names}
    with torch.no_grad():
        params = prepared(params, matrix_type(model))
        V = torch.cat([read_windows(model, params, batch) for batch in batches(model, block)])
    return as_thinc(model, V)


def unlearned(dV: Floats2d) -> None:
    raise ValueError("these vectors were computed without what their gradients need: is_train was False")


class Part:
    """Some of a batch's windows, learned from by one thread. What it derives by is its own: tensors over the
    memory of the model's parameters, each with a gradient.
    """

    def __init__(
        self, model: Model, batched: Sequence[Windows], chosen: list[int], seeds: np.ndarray, drop: float
    ) -> None:
        self.model = model
        self.batches = {i: batched[i] for i in chosen}
        self.seeds = {i: int(seeds[i]) for i in chosen}
        self.drop = drop
        self.leaves = {name: as_torch(model.get_param(name)) for name in model.param_names}
        for name in self.leaves:
            if name not in FROZEN:
                self.leaves[name].requires_grad_()
        self.found: dict[int, Tensor] = {}

    @torch.enable_grad()
    def read(self) -> None:
        params = prepared(self.leaves, matrix_type(self.model))
        device = params["mix"].device
        for i, batch in self.batches.items():
            dropout = Dropout(self.drop, self.seeds[i], device) if self.drop else no_dropout
            self.found[i] = read_windows(self.model, params, batch, dropout)

    def vectors(self) -> Iterator[tuple[int, Tensor]]:
        """(number of the windows among all of the batch, vectors (n, mixes · width) float32)."""
        return ((i, vectors.detach()) for i, vectors in self.found.items())

    def learn(self, dV: Floats2d, rows: Sequence[slice]) -> None:
        """rows: those that windows have in dV (N, mixes · width), by their numbers."""
        if self.found:
            torch.autograd.backward(list(self.found.values()), [as_torch(dV[rows[i]]) for i in self.found])

    def gradients(self) -> Iterator[tuple[str, Tensor]]:
        return ((name, leaf.grad) for name, leaf in self.leaves.items() if leaf.grad is not None)


def n_parts(model: Model) -> int:
    return PARTS if isinstance(model.ops, NumpyOps) else 1


def shared_out(batched: Sequence[Windows], n: int) -> list[list[int]]:
    """The numbers of windows in n lists, with about as many tokens in each; none is empty."""
    sizes = [sum(window.stop - window.start for _, window in batch) for batch in batched]
    lists: list[list[int]] = [[] for _ in range(n)]
    loads = [0] * n
    for i in sorted(range(len(sizes)), key=lambda i: -sizes[i]):  # the largest first
        least = loads.index(min(loads))
        lists[least].append(i)
        loads[least] += sizes[i]
    return [sorted(numbers) for numbers in lists if numbers]


def side_by_side(model: Model, tasks: Sequence[Task]) -> None:
    """Do tasks on as many threads as PyTorch has, which has one for each meanwhile: more would wait for each
    other on windows as small as these, and its sums depend on their number.
    """
    if not isinstance(model.ops, NumpyOps):
        for task in tasks:
            task()
        return
    threads = torch.get_num_threads()

    def alone(task: Task) -> None:
        torch.set_num_threads(1)  # of this thread: each has a number of its own
        task()

    workers = Workers(min(threads, len(tasks)))
    try:
        workers.run([partial(alone, task) for task in tasks])
    finally:
        workers.close()
        torch.set_num_threads(threads)


class Dropout:
    """Values left out at random, the others enlarged (Srivastava et al. 2014): by a generator of its own."""

    def __init__(self, rate: float, seed: int, device: torch.device) -> None:
        self.rate = rate
        self.generator = torch.Generator(device)
        self.generator.manual_seed(seed)

    def __call__(self, X: Tensor) -> Tensor:
        kept = 1.0 - self.rate
        return X * torch.empty_like(X).bernoulli_(kept, generator=self.generator).div_(kept)


def no_dropout(X: Tensor) -> Tensor:
    return X


def prepared(params: Parameters, matrices: torch.dtype) -> Parameters:
    """The parameters as the layers read them: matrices and what is added to their products in the type that
    products are computed in, converted once for all windows.
    """
    return {
        name: value.to(matrices) if name.endswith((".W", ".b")) else value for name, value in params.items()
    }


def batches(model: Model, block: SubwordBlock) -> list[Windows]:
    """Windows that are read at once: each alone in main memory, where that is as fast, and where no vector
    may depend on the batch; many on a GPU.
    """
    size = 1 if isinstance(model.ops, NumpyOps) else GPU_WINDOWS
    return [
        [(block.docs[i], window) for i, window in block.windows[start : start + size]]
        for start in range(0, len(block.windows), size)
    ]


def read_windows(
    model: Model, params: Parameters, batch: Windows, dropout: Callable[[Tensor], Tensor] = no_dropout
) -> Tensor:
    """The vectors (n, mixes · width) float32 of the windows' own tokens."""
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
    X = dropout(layer_norm(X, params, "norm", shape.epsilon))
    hidden = None
    if len(batch) > 1:
        hidden = torch.from_numpy(laid.is_padding).to(device)[:, None, None, :]
    layers = [X]
    for i in range(shape.depth):
        layers.append(layer(layers[-1], params, f"{i:02}", shape, dropout, hidden))
    mix = params["mix"].reshape(shape.mixes, -1).softmax(1)
    mixed = torch.cat([sum(a * X for a, X in zip(row, layers, strict=True)) for row in mix], dim=2)
    sums = torch.zeros((len(counts) + 1, shape.columns), device=device)
    pooled = sums.index_add(0, token.reshape(-1), mixed.reshape(-1, shape.columns))[:-1] / counts[:, None]
    return pooled[torch.from_numpy(laid.own).to(device)]


def layer(
    X: Tensor,
    params: Parameters,
    name: str,
    shape: TransformerShape,
    dropout: Callable[[Tensor], Tensor],
    hidden: Tensor | None,
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
    X = layer_norm(X + dropout(Y), params, f"{name}.norm1", shape.epsilon)
    Y = product(activated(product(X, "up"), shape.activation), "down").float()
    return layer_norm(X + dropout(Y), params, f"{name}.norm2", shape.epsilon)


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


def as_torch(array: Any) -> Tensor:
    """The same memory as a tensor."""
    return torch.from_numpy(array) if hasattr(array, "__array_interface__") else torch.from_dlpack(array)


def as_thinc(model: Model, tensor: Tensor) -> Any:
    """The same memory as an array of the model's ops."""
    if isinstance(model.ops, NumpyOps):
        return tensor.numpy()
    return model.ops.xp.from_dlpack(tensor.contiguous())
