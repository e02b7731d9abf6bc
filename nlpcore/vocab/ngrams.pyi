from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

MOST_HASHES: int
MOST_CHARACTERS: int

@dataclass(frozen=True)
class NgramHashing:
    minn: int = 0
    maxn: int = 0
    hash_count: int = 1
    hash_seed: int = 0
    bow: str = "<"
    eow: str = ">"
    def __post_init__(self) -> None: ...
    def rows(self, word: str, n_rows: int) -> NDArray[Any]: ...
