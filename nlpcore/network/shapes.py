"""Sizes of the networks, and the names and shapes of their parameters as models store them.

Known without a network being built, so that loading a model needs no Thinc.
"""

from __future__ import annotations

from ..record import Record
from .block import N_GAPS

Shapes = dict[str, tuple[int, ...]]

FEATURES = ("NORM", "PREFIX", "SUFFIX", "SHAPE")


class EncoderShape(Record):
    """What fixes the encoder's parameters: part of a model's architecture fingerprint.

    rows: rows of each feature's bloom table, in the order of FEATURES; seeds: their hash seeds.
    """

    width: int = 96
    depth: int = 4
    pieces: int = 3
    rows: list[int] = [5000, 1000, 2500, 2500]  # noqa: RUF012 (copied)
    seeds: list[int] = [8, 9, 10, 11]  # noqa: RUF012

    def to_dict(self) -> dict:
        return {**vars(self), "rows": list(self.rows), "seeds": list(self.seeds)}

    @classmethod
    def from_dict(cls, data: dict) -> EncoderShape:
        """The shape that ``to_dict`` described; ValueError where a size is not usable."""
        unknown = sorted(set(data) - set(cls.FIELDS))
        if unknown:
            raise ValueError(f"there is no size {unknown[0]!r}; there are {', '.join(cls.FIELDS)}")
        shape = cls(**data)
        sizes = {"width": 1024, "depth": 32, "pieces": 16}
        for name, most in sizes.items():
            value = getattr(shape, name)
            if type(value) is not int or not 1 <= value <= most:
                raise ValueError(f"{name} is {value!r}, it must be 1 to {most}")
        for name, most in {"rows": 2**24, "seeds": 2**32 - 1}.items():
            values = getattr(shape, name)
            if not isinstance(values, list) or len(values) != len(FEATURES):
                raise ValueError(f"{name} must have one number for each of {', '.join(FEATURES)}")
            if any(type(v) is not int or not 1 <= v <= most for v in values):
                raise ValueError(f"{name} must be 1 to {most}, not {values}")
        return shape


class TransitionShape(Record):
    """Sizes of a transition network: F context positions, hidden units, maxout pieces, moves."""

    n_context: int
    hidden: int
    pieces: int
    n_moves: int


def maxout_norm_shapes(number: int, width: int, inputs: int, pieces: int) -> Shapes:
    """Parameters of the layer ``number`` of a network, a MaxoutNorm."""
    columns = pieces * width
    sizes = {"W": (inputs, columns), "b": (columns,), "gain": (width,), "shift": (width,)}
    return {f"{number}.maxout_norm.{name}": size for name, size in sizes.items()}


def encoder_shapes(shape: EncoderShape) -> Shapes:
    """Layer 0 is the whole encoder, 1 the embedding, 2 the mixer, the convolutions follow."""
    width = shape.width
    found: Shapes = {"0.tok2vec.gaps": (N_GAPS, width)}
    found.update({f"1.bloom_embed.table_{f}": (rows, width) for f, rows in enumerate(shape.rows)})
    found.update(maxout_norm_shapes(2, width, width * len(shape.rows), shape.pieces))
    for i in range(shape.depth):
        found.update(maxout_norm_shapes(3 + i, width, 3 * width, shape.pieces))
    return found


def head_shapes(n_classes: int, width: int) -> Shapes:
    return {"0.softmax_head.W": (width, n_classes), "0.softmax_head.b": (n_classes,)}


def transition_shapes(shape: TransitionShape, width: int) -> Shapes:
    units = shape.hidden * shape.pieces
    sizes = {
        "W": (width, shape.n_context * units),
        "pad": (shape.n_context, units),
        "bias": (units,),
        "upper_W": (shape.n_moves, shape.hidden),
        "upper_b": (shape.n_moves,),
    }
    return {f"0.transition_model.{name}": size for name, size in sizes.items()}
