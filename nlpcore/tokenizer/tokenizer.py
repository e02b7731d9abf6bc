"""The tokenizer: text in, Doc out."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpcore.attrs import NORM, ORTH, intify_attr
from nlpcore.errors import ModelDataError, SpecialCaseAttributeError, SpecialCaseError, TokenizerDataError

from ._matcher import Matcher
from .data import KINDS, Pieces, TokenizerData, check_pieces
from .rules import PROPERTIES, CompiledRule, function_from_state, function_to_state

if TYPE_CHECKING:
    import numpy as np

    from nlpcore.tokens import Doc
    from nlpcore.training import Example
    from nlpcore.vocab import Vocab

    from .plain import PlainRules

_KIND_NAMES = {1: "TOKEN", 2: "PREFIX", 3: "SUFFIX", 4: "INFIX", 5: "TOKEN_MATCH", 6: "URL_MATCH"}
_FIRST_SPECIAL = 8

# What `_set_data` sets, and what guards it where two threads are the first to use a tokenizer.
_COMPILED = frozenset(["_matcher", "_data", "_specials", "_conditional", "_stale", "_plain"])
_LOCK = threading.RLock()


class Tokenizer:
    """Splits text into tokens by rules. Nothing is lost: `"".join(t.text_with_ws for t in doc) == text`.

    vocab: the Vocab of the Docs that it makes.
    rules: special cases, `{string: [{ORTH: piece, NORM: norm}, ...]}`.
    prefix_search, suffix_search, infix_finditer, token_match, url_match: functions such as
        `re.compile(...).search`; None: no such rule. They run in Python; rules of a language module are
        compiled (`create_tokenizer`).
    faster_heuristics: accepted for compatibility; both settings give the same tokens here.

    The order of operations, for each stretch of text without white space:
      1. a special case? then its pieces; 2. `token_match`? then one token; 3. take a prefix and a suffix off,
      and go on with 1; 4. when no affix is left, `url_match`? then one token; 5. cut at infixes.
    At the end, special cases that the rules have cut, or that hold white space, are put together again.
    """

    _defaults: Any  # of the language, where its rules have not been compiled yet

    version = 0  # changes with the rules

    def __init__(
        self,
        vocab: Vocab,
        rules: Mapping[str, Iterable[Mapping[Any, str]]] | None = None,
        prefix_search: Callable[[str], Any] | None = None,
        suffix_search: Callable[[str], Any] | None = None,
        infix_finditer: Callable[[str], Iterable[Any]] | None = None,
        token_match: Callable[[str], Any] | None = None,
        url_match: Callable[[str], Any] | None = None,
        faster_heuristics: bool = True,
    ) -> None:
        self.vocab = vocab
        self.faster_heuristics = faster_heuristics
        self._functions: dict[str, Any] = {}  # rules that a user set as Python functions
        self._set_data(TokenizerData())
        if rules is not None:
            self.rules = rules
        given = (prefix_search, suffix_search, infix_finditer, token_match, url_match)
        for name, function in zip(PROPERTIES, given, strict=True):
            if function is not None:
                self._functions[name] = function

    @classmethod
    def from_data(cls, vocab: Vocab, data: TokenizerData) -> Tokenizer:
        """A tokenizer with compiled rules. Raises TokenizerDataError where a pattern does not compile."""
        tokenizer = cls(vocab)
        tokenizer._set_data(data)
        return tokenizer

    def __getattr__(self, name: str) -> Any:
        # Rules are compiled when they are first asked for: those of a language are replaced by a model's.
        if name not in _COMPILED or "_defaults" not in self.__dict__:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        with _LOCK:
            if name not in self.__dict__:
                self._set_data(self._defaults.tokenizer_data)
        return self.__dict__[name]

    def _set_data(self, data: TokenizerData, matcher: Matcher | None = None) -> None:
        # Patterns are compiled now, so that errors show here; special cases when they are first needed.
        self._matcher = compile_patterns(data) if matcher is None else matcher
        self._data = data
        self._specials: dict[str, Pieces] = dict(data.specials)
        self._conditional: dict[str, str] = dict(data.conditional)
        self._refresh()

    def _current_data(self) -> TokenizerData:
        return self._data.replace(specials=self._specials, conditional=self._conditional)

    def _refresh(self) -> None:
        self._stale = True
        self.version += 1
        self._plain: PlainRules | None = None

    def _compiled(self) -> Matcher:
        if self._stale:
            self._norms: list[str] = []
            numbers: dict[str, int] = {}
            conditions = {name: i for i, name in enumerate(sorted(self._data.conditions))}
            conditional = {
                text: conditions[name] for text, name in self._conditional.items() if text in self._specials
            }
            self._matcher.set_specials(self._specials, conditional, numbers)
            self._norms = list(numbers)
            self._stale = False
        return self._matcher

    def _plain_rules(self) -> PlainRules:
        if self._plain is None:
            from .plain import PlainRules

            functions = {name: getattr(self, name) for name in PROPERTIES}
            matches = {
                name: re.compile("|".join(f"(?:{pattern})" for pattern in patterns)).match
                for name, patterns in zip(
                    sorted(self._data.conditions), self._data.expanded_conditions(), strict=True
                )
            }
            conditions = {text: matches[name] for text, name in self._conditional.items()}
            self._plain = PlainRules(self._specials, conditions=conditions, **functions)
        return self._plain

    # --- tokenizing ---

    def __call__(self, string: str) -> Doc:
        """The Doc of a text. Raises TypeError for anything but a str."""
        compiled = self.compiled()
        if compiled is not None and isinstance(string, str):
            return compiled.doc(self.vocab, string)
        from nlpcore.tokens import Doc

        starts, lengths, spacy, norm_ids = self.offsets(string)
        norms: dict[int, str] | None = None
        marked = (norm_ids >= 0).nonzero()[0]
        if len(marked):
            norms = {i: self._norms[norm_ids[i]] for i in marked.tolist()}
        return Doc.from_offsets(self.vocab, string, starts, lengths, spacy, norms)

    def pipe(self, texts: Iterable[str], batch_size: int = 1000) -> Iterator[Doc]:
        """The Docs of a stream of texts, in order. `batch_size` is accepted for compatibility."""
        for text in texts:
            yield self(text)

    def score(self, examples: Iterable[Example], **settings: Any) -> dict[str, Any]:
        """``token_acc``, ``token_p``, ``token_r``, ``token_f`` of the predicted Docs of Examples."""
        from nlpcore.scorer import Scorer

        return Scorer.score_tokenization(examples)

    def offsets(self, text: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Tokens as arrays, one entry each.

        starts int64 and lengths int32, in characters; spacy uint8, 1 where a blank follows that belongs to
        the token; norm_ids int32, an index into `norm_table`, or −1: the norm is that of the form itself.
        """
        return self._split(text)[:4]

    def compiled(self) -> Matcher | None:
        """The rules as C++ runs them; None where some of them are functions of Python."""
        return None if self._functions else self._compiled()

    @property
    def norm_table(self) -> list[str]:
        """The norms to which `offsets` refers."""
        self._compiled()
        return list(self._norms)

    def _split(self, text: str) -> tuple[Any, ...]:
        if not isinstance(text, str):
            raise TypeError(f"A tokenizer takes a str, not {type(text).__name__}.")
        matcher = self._compiled()
        if not self._functions:
            return matcher.split(text)
        return self._split_plain(text)

    def _split_plain(self, text: str) -> tuple[Any, ...]:
        import numpy as np

        tokens, spacy = self._plain_rules().split(text)
        numbers = {norm: i for i, norm in enumerate(self._norms)}
        return (
            np.array([start for start, *_ in tokens], dtype=np.int64),
            np.array([end - start for start, end, *_ in tokens], dtype=np.int32),
            np.array(spacy, dtype=np.uint8),
            np.array([-1 if norm is None else numbers[norm] for *_, norm, _ in tokens], dtype=np.int32),
            [kind for *_, kind in tokens],
        )

    def explain(self, text: str) -> list[tuple[str, str]]:
        """(rule, token) for each token that is no white space.

        Rules: PREFIX, SUFFIX, INFIX, SPECIAL-1, SPECIAL-2, ..., TOKEN_MATCH, URL_MATCH; TOKEN: none of them.
        """
        starts, lengths, _, _, kinds = self._split(text)
        out = []
        for start, length, kind in zip(starts.tolist(), lengths.tolist(), kinds, strict=True):
            name = kind if isinstance(kind, str) else _kind_name(int(kind))
            if name:
                out.append((name, text[start : start + length]))
        return out

    # --- special cases ---

    def add_special_case(self, string: str, substrings: Iterable[Mapping[Any, str]]) -> None:
        """Make `string`, where it stands by itself between affixes, be split as given.

        substrings: dictionaries with ORTH and optionally NORM. Raises ValueError when the ORTHs do not spell
        `string`.
        """
        self._specials[string] = _read_pieces(string, substrings)
        self._conditional.pop(string, None)
        self._refresh()

    @property
    def rules(self) -> dict[str, list[dict[int, str]]]:
        """The special cases (a copy; assign to change them)."""
        return {text: _write_pieces(pieces) for text, pieces in self._specials.items()}

    @rules.setter
    def rules(self, rules: Mapping[str, Iterable[Mapping[Any, str]]] | None) -> None:
        old = self._specials
        self._specials = {text: _read_pieces(text, pieces) for text, pieces in (rules or {}).items()}
        self._conditional = {
            text: name for text, name in self._conditional.items() if self._specials.get(text) == old[text]
        }
        self._refresh()

    # --- patterns ---

    def _get_function(self, name: str) -> Any:
        if name in self._functions:
            return self._functions[name]
        if not getattr(self._data, PROPERTIES[name]):
            return None
        return CompiledRule(self._matcher, name)

    def _set_function(self, name: str, function: Any) -> None:
        if (
            isinstance(function, CompiledRule)
            and function._matcher is self._matcher
            and function.name == name
        ):
            self._functions.pop(name, None)
        elif function is None:
            self._functions.pop(name, None)
            changes: dict[str, Any] = {PROPERTIES[name]: ()}
            if name == "infix_finditer":
                changes["kept"] = ()
            self._set_data(self._current_data().replace(**changes))
        elif callable(function):
            self._functions[name] = function
        else:
            raise TypeError(f"{name} must be a function of a string, or None, not {type(function).__name__}.")
        self._refresh()

    @property
    def prefix_search(self) -> Any:
        """Function of a string that finds a prefix at its start; None: no prefix rules."""
        return self._get_function("prefix_search")

    @prefix_search.setter
    def prefix_search(self, function: Any) -> None:
        self._set_function("prefix_search", function)

    @property
    def suffix_search(self) -> Any:
        """Function of a string that finds a suffix at its end; None: no suffix rules."""
        return self._get_function("suffix_search")

    @suffix_search.setter
    def suffix_search(self, function: Any) -> None:
        self._set_function("suffix_search", function)

    @property
    def infix_finditer(self) -> Any:
        """Function of a string that finds its infixes from left to right; None: no infix rules."""
        return self._get_function("infix_finditer")

    @infix_finditer.setter
    def infix_finditer(self, function: Any) -> None:
        self._set_function("infix_finditer", function)

    @property
    def token_match(self) -> Any:
        """Function that says whether a string is one token, asked before affixes are taken off."""
        return self._get_function("token_match")

    @token_match.setter
    def token_match(self, function: Any) -> None:
        self._set_function("token_match", function)

    @property
    def url_match(self) -> Any:
        """Function that says whether a string is one token, asked after affixes have been taken off."""
        return self._get_function("url_match")

    @url_match.setter
    def url_match(self, function: Any) -> None:
        self._set_function("url_match", function)

    def find_prefix(self, string: str) -> int:
        """Length of the prefix of `string`; 0: none."""
        return self._plain_rules().prefix_length(string)

    def find_suffix(self, string: str) -> int:
        """Length of the suffix of `string`; 0: none."""
        return self._plain_rules().suffix_length(string)

    def find_infix(self, string: str) -> list[Any]:
        """Matches of the infixes of `string`, from left to right."""
        finditer = self.infix_finditer
        return list(finditer(string)) if finditer is not None else []

    # --- storage ---

    def to_state(self) -> dict[str, Any]:
        """All rules as a JSON-able dictionary. Raises ForeignRulesError when one is an arbitrary function."""
        state = self._current_data().to_state()
        state["functions"] = {
            name: function_to_state(name, function) for name, function in sorted(self._functions.items())
        }
        state["faster_heuristics"] = bool(self.faster_heuristics)
        return state

    def set_state(self, state: Any) -> None:
        """Take over what `to_state` gave. Raises ModelDataError, changing nothing, when it is not sound."""
        self.take(StoredRules(state))

    def take(self, rules: StoredRules) -> None:
        """Take over rules that nobody else has."""
        self._set_data(rules.data, rules.matcher)
        self._functions = rules.functions
        self.faster_heuristics = rules.faster_heuristics
        self._refresh()

    @classmethod
    def from_state(cls, vocab: Vocab, state: Any) -> Tokenizer:
        """A tokenizer from what `to_state` gave."""
        tokenizer = cls(vocab)
        tokenizer.set_state(state)
        return tokenizer

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """The rules as JSON in ASCII."""
        return json.dumps(self.to_state(), sort_keys=True).encode("ascii")

    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> Tokenizer:
        """Take over the rules that `to_bytes` gave. Raises ModelDataError."""
        self.take(StoredRules.from_bytes(bytes_data))
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the rules to a file."""
        Path(path).write_bytes(self.to_bytes())

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Tokenizer:
        """Take over the rules in a file that `to_disk` wrote."""
        return self.from_bytes(Path(path).read_bytes())

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickle, (
            type(self),
            self.vocab,
            self._data.replace(specials=self._specials),
            self._functions,
        )


def _unpickle(cls: type[Tokenizer], vocab: Any, data: TokenizerData, functions: dict[str, Any]) -> Tokenizer:
    tokenizer = cls.from_data(vocab, data)
    tokenizer._functions = dict(functions)
    return tokenizer


class StoredRules:
    """The rules of one tokenizer, read from what `Tokenizer.to_state` gave, and compiled.

    Raises ModelDataError when anything in it is not sound.
    """

    def __init__(self, state: Any) -> None:
        self.data = TokenizerData.from_state(state)
        functions = state.get("functions", {})
        if not isinstance(functions, dict) or not set(functions) <= set(PROPERTIES):
            raise ModelDataError(reason="tokenizer.functions: unknown names")
        self.functions = {name: function_from_state(name, value) for name, value in functions.items()}
        self.faster_heuristics = bool(state.get("faster_heuristics", True))
        try:
            self.matcher = compile_patterns(self.data)
        except TokenizerDataError as error:
            raise ModelDataError(reason=f"tokenizer: {error.text}") from None

    @classmethod
    def from_bytes(cls, data: bytes) -> StoredRules:
        try:
            state = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise ModelDataError(reason=f"tokenizer: no JSON ({error})") from None
        return cls(state)


def compile_patterns(data: TokenizerData) -> Matcher:
    """Raises TokenizerDataError where a pattern does not compile."""
    return Matcher([data.expanded(kind) for kind in KINDS] + data.expanded_conditions())


def _kind_name(kind: int) -> str:
    if kind >= _FIRST_SPECIAL:
        return f"SPECIAL-{kind - _FIRST_SPECIAL + 1}"
    return _KIND_NAMES.get(kind, "")


def _read_pieces(string: Any, substrings: Iterable[Mapping[Any, str]]) -> Pieces:
    pieces = []
    for piece in substrings:
        values: dict[int | None, Any] = {intify_attr(key): value for key, value in piece.items()}
        if not set(values) <= {ORTH, NORM}:
            raise SpecialCaseAttributeError(string=string, problem=f"a piece has other keys: {list(piece)}")
        if not isinstance(values.get(ORTH), str) or not values[ORTH]:
            raise SpecialCaseAttributeError(string=string, problem="a piece has no ORTH")
        if not isinstance(values.get(NORM, ""), str):
            raise SpecialCaseAttributeError(string=string, problem="a NORM is no string")
        pieces.append((values[ORTH], values.get(NORM)))
    try:
        return check_pieces(string, pieces)
    except SpecialCaseError:
        raise
    except TypeError as error:
        raise SpecialCaseAttributeError(string=string, problem=str(error)) from None


def _write_pieces(pieces: Pieces) -> list[dict[int, str]]:
    return [{ORTH: orth} if norm is None else {ORTH: orth, NORM: norm} for orth, norm in pieces]


def create_tokenizer(vocab: Vocab, defaults: Any) -> Tokenizer:
    """The tokenizer of a language: `defaults.tokenizer_data`, a TokenizerData, compiled when first needed."""
    tokenizer = Tokenizer.__new__(Tokenizer)
    tokenizer.vocab = vocab
    tokenizer.faster_heuristics = True
    tokenizer._functions = {}
    tokenizer._defaults = defaults
    return tokenizer
