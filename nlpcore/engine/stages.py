"""What a run of components does on the engine: for each of them its weights, and what its classes mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nlpcore.record import Record

if TYPE_CHECKING:
    from nlpcore.engine.forward import Encoder, Head
    from nlpcore.engine.transition_network import TransitionNetwork
    from nlpcore.tokenizer._matcher import Matcher
    from nlpcore.tokens import Doc


class Tagging(Record):
    """Tags by class. ids: their string ids; white: that of white space."""

    head: Head
    ids: Any
    white: int


class Morphology(Record):
    """Parts of speech and features by class. names: the parts of speech as strings."""

    head: Head
    pos_ids: Any
    morph_ids: Any
    names: list[str]
    white_pos: int
    white_morph: int


class Lemmas(Record):
    """rules: (casing, tree) by class; known: ``"form\\tpart of speech"`` -> lemma; lemma: what tells lemmas
    in Python, by form, id of the part of speech and rules.
    """

    head: Head
    rules: list[Any]
    known: dict[str, str]
    lemma: Callable[[str, int, tuple[int, ...]], str]


class Arcs(Record):
    """names: the labels, decorated ones among them; ids: string ids of the plain labels; white: of white
    space.
    """

    network: TransitionNetwork
    names: list[str]
    ids: Any
    white: int


class Entities(Record):
    """ids: the labels' string ids. keep: writes (doc, spans) where a Doc has entities already."""

    network: TransitionNetwork
    ids: Any
    keep: Callable[[Doc, Any], None]


class Stages(Record):
    """What is done, in the order of the fields; None: not at all.

    tokenizer: its Matcher. margin: words on each side of a stretch of words that its vectors depend on, or
    more, a multiple of the encoder's tile. starts_bind: entities do not cross the sentence starts that
    ``arcs`` found. leaves_vectors: Docs get the vectors of this encoder.
    """

    encoder: Encoder
    margin: int
    tokenizer: Matcher | None = None
    tagging: Tagging | None = None
    morphology: Morphology | None = None
    lemmas: Lemmas | None = None
    arcs: Arcs | None = None
    entities: Entities | None = None
    starts_bind: bool = False
    leaves_vectors: bool = True
