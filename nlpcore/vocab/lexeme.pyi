from typing import Any

from numpy import float32
from numpy.typing import ArrayLike, NDArray

from .vocab import Vocab

class Lexeme:
    def __init__(self, vocab: Vocab, orth: int) -> None: ...
    @property
    def vocab(self) -> Vocab: ...
    def __eq__(self, other: object) -> bool: ...
    def __ne__(self, other: object) -> bool: ...
    def __lt__(self, other: Any) -> bool: ...
    def __le__(self, other: Any) -> bool: ...
    def __gt__(self, other: Any) -> bool: ...
    def __ge__(self, other: Any) -> bool: ...
    def __hash__(self) -> int: ...
    @property
    def orth(self) -> int: ...
    @property
    def orth_(self) -> str: ...
    @property
    def text(self) -> str: ...
    lower: int
    lower_: str
    norm: int
    norm_: str
    shape: int
    shape_: str
    prefix: int
    prefix_: str
    suffix: int
    suffix_: str
    lang: int
    lang_: str
    flags: int
    rank: int
    cluster: int
    prob: float
    sentiment: float
    is_alpha: bool
    is_ascii: bool
    is_digit: bool
    is_lower: bool
    is_upper: bool
    is_title: bool
    is_punct: bool
    is_space: bool
    is_bracket: bool
    is_quote: bool
    is_left_punct: bool
    is_right_punct: bool
    is_currency: bool
    is_stop: bool
    like_num: bool
    like_url: bool
    like_email: bool
    @property
    def is_oov(self) -> bool: ...
    @property
    def has_vector(self) -> bool: ...
    @property
    def vector(self) -> NDArray[float32]: ...
    @vector.setter
    def vector(self, vector: ArrayLike) -> None: ...
    @property
    def vector_norm(self) -> float: ...
    def check_flag(self, flag_id: int) -> bool: ...
    def set_flag(self, flag_id: int, value: bool) -> None: ...
    def set_attrs(self, **attrs: Any) -> None: ...
    def similarity(self, other: Any) -> float: ...
