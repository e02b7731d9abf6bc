"""Sizes of the networks, and the names and shapes of their parameters as models store them.

Known without a network being built, so that loading a model needs no Thinc.
"""

from __future__ import annotations

from nlpcore.lazy import numpy as np

from ..record import Record
from .block import N_GAPS

Shapes = dict[str, tuple[int, ...]]

FEATURES = ("NORM", "PREFIX", "SUFFIX", "SHAPE")


class EncoderShape(Record):
    """What fixes the encoder's parameters: part of a model's architecture fingerprint.

    rows: rows of each feature's bloom table, in the order of FEATURES; seeds: their hash seeds. vectors: the
    width of the vocab's word vectors, which are read beside the tables; 0: they are not.
    """

    width: int = 96
    depth: int = 4
    pieces: int = 3
    rows: list[int] = [5000, 1000, 2500, 2500]  # noqa: RUF012 (copied)
    seeds: list[int] = [8, 9, 10, 11]  # noqa: RUF012
    vectors: int = 0

    def to_dict(self) -> dict:
        found = {**vars(self), "rows": list(self.rows), "seeds": list(self.seeds)}
        if not self.vectors:  # as before there could be any: an architecture without them has not changed
            del found["vectors"]
        return found

    @property
    def embedded(self) -> int:
        """Values that the mixer reads of a lexeme."""
        return self.width * len(self.rows) + self.vectors

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
        if type(shape.vectors) is not int or not 0 <= shape.vectors <= 4096:
            raise ValueError(f"vectors is {shape.vectors!r}, it must be 0 to 4096")
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
    found.update(maxout_norm_shapes(2, width, shape.embedded, shape.pieces))
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


class TransformerShape(Record):
    """Sizes of a BERT-style encoder (Devlin et al. 2019), and how it is fed.

    vocab: rows of the subword table. width, depth, heads, inner: of the layers. positions: the longest
    window that the position table is made for; first_position: the row of its first position (RoBERTa
    begins with 2). window: subwords that are read at once, with those that mark its ends. shapes: rows of
    the table of word shapes, which encoders that know no capitals need. mixes: how many mixes of its layers
    a token's vector has, one after the other.
    """

    vocab: int
    width: int
    depth: int
    heads: int
    inner: int
    positions: int
    first_position: int = 0
    epsilon: float = 1e-12
    activation: str = "gelu"
    window: int = 256
    shapes: int = 512
    mixes: int = 1

    def to_dict(self) -> dict:
        return dict(vars(self))

    @property
    def columns(self) -> int:
        """Values of a token's vector."""
        return self.mixes * self.width

    @classmethod
    def from_dict(cls, data: dict) -> TransformerShape:
        """The shape that ``to_dict`` described; ValueError where a size is not usable."""
        unknown = sorted(set(data) - set(cls.FIELDS))
        if unknown:
            raise ValueError(f"there is no size {unknown[0]!r}; there are {', '.join(cls.FIELDS)}")
        shape = cls(**data)
        ranges = {
            "vocab": (1, 2**24),
            "width": (1, 4096),
            "depth": (1, 64),
            "heads": (1, 256),
            "inner": (1, 2**15),
            "positions": (8, 2**20),
            "first_position": (0, 16),
            "window": (8, shape.positions if type(shape.positions) is int else 0),
            "shapes": (1, 2**20),
            "mixes": (1, 16),
        }
        for name, (least, most) in ranges.items():
            value = getattr(shape, name)
            if type(value) is not int or not least <= value <= most:
                raise ValueError(f"{name} is {value!r}, it must be {least} to {most}")
        if shape.width % shape.heads:
            raise ValueError(f"width is {shape.width}, which {shape.heads} heads cannot share")
        if type(shape.epsilon) is not float or not 0.0 < shape.epsilon < 1.0:
            raise ValueError(f"epsilon is {shape.epsilon!r}, it must be between 0 and 1")
        if shape.activation not in ACTIVATIONS:
            raise ValueError(f"activation is {shape.activation!r}, it must be {' or '.join(ACTIVATIONS)}")
        return shape


#: of the transformer's inner layers; "gelu_new" is the approximation by tanh
ACTIVATIONS = ("gelu", "gelu_new", "relu")


def transformer_sizes(shape: TransformerShape) -> Shapes:
    """Each parameter of a transformer by its name there; matrices are (outputs, inputs)."""
    T, inner = shape.width, shape.inner
    found: Shapes = {
        "words": (shape.vocab, T),
        "positions": (shape.positions, T),
        "shapes": (shape.shapes, T),
        "gaps": (N_GAPS, T),
        "norm.gain": (T,),
        "norm.shift": (T,),
        "mix": (shape.mixes, shape.depth + 1) if shape.mixes > 1 else (shape.depth + 1,),
    }
    for i in range(shape.depth):
        layer = {
            "qkv": (3 * T, T),
            "out": (T, T),
            "norm1": (T,),
            "up": (inner, T),
            "down": (T, inner),
            "norm2": (T,),
        }
        for name, size in layer.items():
            first, second = ("gain", "shift") if len(size) == 1 else ("W", "b")
            found[f"{i:02}.{name}.{first}"] = size
            found[f"{i:02}.{name}.{second}"] = size[:1]
    return found


def first_mixes(shape: TransformerShape) -> np.ndarray:
    """What the mixes of layers begin with, as ``mix`` has them (logarithms of shares): one alone with the
    same share of each layer; several each with most of another part of the layers, from the lowest on.
    """
    layers = np.arange(shape.depth + 1, dtype="float32")
    if shape.mixes == 1:
        return np.zeros_like(layers)
    centres = np.linspace(0, shape.depth, shape.mixes, dtype="float32")
    return -np.abs(layers - centres[:, None]) / 2


def transformer_shapes(shape: TransformerShape) -> Shapes:
    return {f"0.transformer.{name}": size for name, size in transformer_sizes(shape).items()}


class BiaffineShape(Record):
    """Sizes of a graph-based parser: of the vectors for arcs and for their labels."""

    arc: int
    label: int
    n_labels: int

    @property
    def columns(self) -> int:
        """Values for each token that everything else is computed from."""
        return 2 * self.arc + 2 * self.label + 1


def biaffine_sizes(shape: BiaffineShape, width: int) -> Shapes:
    """Each parameter by its name there."""
    return {
        "W": (width, shape.columns),
        "b": (shape.columns,),
        "arc_W": (shape.arc + 1, shape.arc + 1),
        "arc_root": (shape.arc + 1,),
        "label_W": (shape.label + 1, shape.n_labels * (shape.label + 1)),
        "label_root": (shape.label + 1,),
    }


def biaffine_shapes(shape: BiaffineShape, width: int) -> Shapes:
    return {f"0.biaffine.{name}": size for name, size in biaffine_sizes(shape, width).items()}
