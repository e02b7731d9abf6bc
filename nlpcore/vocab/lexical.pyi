from collections.abc import Callable, Mapping
from typing import Any

class LexAttrGetters(dict[int, Callable[[str], Any]]): ...

class LexicalPlan:
    def __init__(self, getters: Mapping[int, Callable[[str], Any]]) -> None: ...
