"""The encoder that all components share: lexical features → context-sensitive vectors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from thinc.api import Model
from thinc.types import Floats2d

from .block import N_GAPS, TokenBlock
from .bloom_embed import BloomEmbed
from .device import PlacedBlock, place
from .maxout_norm import MaxoutNorm
from .shapes import FEATURES, EncoderShape
from .static_vectors import StaticVectors


def Tok2Vec(shape: EncoderShape, static: StaticVectors | None = None) -> Model:  # noqa: N802
    """TokenBlock with M rows → vectors (M, width) float32; zero on padding rows. A PlacedBlock is one whose
    arrays were moved to the network's device before.

    static: word vectors of the width ``shape.vectors``, which the mixer reads beside the embedding.

    x = mixer(embedding of the lexeme) + gap vector; then ``depth`` times x = x + maxout_norm([x(i−1); x(i);
    x(i+1)]).
    """
    embed = BloomEmbed(shape.width, shape.rows, shape.seeds)
    mixer = MaxoutNorm(shape.width, shape.embedded, shape.pieces)
    convolutions = [MaxoutNorm(shape.width, 3 * shape.width, shape.pieces) for _ in range(shape.depth)]
    for seed, layer in enumerate([mixer, *convolutions]):
        layer.attrs["seed"] = seed + 1
    return Model(
        "tok2vec",
        forward,
        init=init,
        layers=[embed, mixer, *convolutions],
        params={"gaps": None},
        dims={"nO": shape.width},
        attrs={
            "shape": shape,
            "dropout_rate": 0.0,
            "word_dropout": 0.0,
            "static": static,
            "shapes": {"gaps": (N_GAPS, shape.width)},
        },
    )


def init(model: Model, X: TokenBlock | None = None, Y: Floats2d | None = None) -> None:
    for layer in model.layers:
        layer.initialize()
    model.set_param("gaps", model.ops.alloc2f(N_GAPS, model.get_dim("nO")))


def forward(model: Model, block: TokenBlock | PlacedBlock, is_train: bool) -> tuple[Floats2d, Callable]:
    ops = model.ops
    embed, mixer, *convolutions = model.layers
    width = model.get_dim("nO")
    dropout = model.attrs["dropout_rate"] if is_train else 0.0
    if isinstance(block, TokenBlock):
        ids = block.ids
        if is_train and model.attrs["word_dropout"]:
            # A word without its form: the model learns to go by affixes, shape and context.
            ids = ids.copy()
            ids[np.random.random(len(ids)) < model.attrs["word_dropout"], FEATURES.index("NORM")] = 0
        block = place(model, block, ids)
    rows, lexeme, gaps = block.rows, block.lexeme, block.gaps
    embedded, backprop_embed = embed(block.hashed, is_train)
    n_learned = embedded.shape[1]
    if block.static is not None:
        embedded = ops.xp.hstack([embedded, block.static])
    mixed, backprop_mixer = mixer(embedded, is_train)
    X = ops.alloc2f(block.n_rows, width)
    X[rows] = mixed[lexeme] + model.get_param("gaps")[gaps]
    is_token = ops.alloc2f(block.n_rows, 1)
    is_token[rows] = 1.0
    input_mask = is_token if not dropout else is_token * dropout_mask(ops, X.shape, dropout)
    X = X * input_mask
    backprops = []
    for convolution in convolutions:
        Y, backprop = convolution(window(ops, X), is_train)
        mask = is_token if not dropout else is_token * dropout_mask(ops, X.shape, dropout)
        X = X + Y * mask
        backprops.append((backprop, mask))

    def backprop_all(dX: Floats2d) -> None:
        dX = dX * is_token
        for backprop, mask in reversed(backprops):
            dX = dX + window_backward(ops, backprop(dX * mask)) * is_token
        dX = dX * input_mask
        d_rows = dX[rows]
        d_gaps = ops.alloc2f(N_GAPS, width)
        ops.scatter_add(d_gaps, gaps, d_rows)
        model.inc_grad("gaps", d_gaps)
        d_mixed = ops.alloc2f(*mixed.shape)
        ops.scatter_add(d_mixed, lexeme, d_rows)
        backprop_embed(ops.as_contig(backprop_mixer(d_mixed)[:, :n_learned]))

    return X, backprop_all


def dropout_mask(ops, shape: tuple[int, int], rate: float) -> Floats2d:
    """Inverted dropout: 0 with probability ``rate`` (in steps of 2^-16), else 1 / (1 − rate). Drawn from
    NumPy's global generator, as bytes, which is several times as fast as numbers.
    """
    drawn = np.frombuffer(np.random.bytes(2 * shape[0] * shape[1]), dtype="uint16").reshape(shape)
    keep = drawn >= round(rate * 2**16)
    return ops.asarray(keep * np.float32(1.0 / (1.0 - rate)))


def window(ops, X: Floats2d) -> Floats2d:
    """(M, T) → (M, 3T): the row before, the row, the row after."""
    M, T = X.shape
    out = ops.alloc2f(M, 3 * T)
    out[1:, :T] = X[:-1]
    out[:, T : 2 * T] = X
    out[:-1, 2 * T :] = X[1:]
    return out


def window_backward(ops, dY: Floats2d) -> Floats2d:
    """Gradient of ``window``: (M, 3T) → (M, T)."""
    T = dY.shape[1] // 3
    dX = dY[:, T : 2 * T].copy()
    dX[:-1] += dY[1:, :T]
    dX[1:] += dY[:-1, 2 * T :]
    return dX
