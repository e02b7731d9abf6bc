from nlpcore.engine.stages import Stages
from nlpcore.tokens import Doc
from nlpcore.vocab import Vocab

CASINGS: dict[str, int]

class Workspace: ...

class Annotator:
    stages: Stages
    fits: bool
    def __init__(self, vocab: Vocab, stages: Stages) -> None: ...
    def annotate(self, items: list[str | Doc]) -> list[Doc]: ...
