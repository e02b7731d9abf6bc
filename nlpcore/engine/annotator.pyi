from collections.abc import Callable
from typing import Any

from nlpcore.engine.forward import Encoder, Head
from nlpcore.engine.transition_network import TransitionNetwork
from nlpcore.record import Record
from nlpcore.tokenizer._matcher import Matcher
from nlpcore.tokens import Doc
from nlpcore.vocab import Vocab

CASINGS: dict[str, int]

class Tagging(Record):
    head: Head
    ids: Any
    white: int

class Morphology(Record):
    head: Head
    pos_ids: Any
    morph_ids: Any
    names: list[str]
    white_pos: int
    white_morph: int

class Lemmas(Record):
    head: Head
    rules: list[Any]
    known: dict[str, str]
    lemma: Callable[[str, int, tuple[int, ...]], str]

class Arcs(Record):
    network: TransitionNetwork
    names: list[str]
    ids: Any
    white: int

class Entities(Record):
    network: TransitionNetwork
    ids: Any
    keep: Callable[[Doc, Any], None]

class Stages(Record):
    encoder: Encoder
    margin: int
    tokenizer: Matcher | None = None
    tagging: Tagging | None = None
    morphology: Morphology | None = None
    lemmas: Lemmas | None = None
    arcs: Arcs | None = None
    entities: Entities | None = None
    starts_bind: bool = False

class Workspace: ...

class Annotator:
    stages: Stages
    fits: bool
    def __init__(self, vocab: Vocab, stages: Stages) -> None: ...
    def annotate(self, items: list[str | Doc]) -> list[Doc]: ...
