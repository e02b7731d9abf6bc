"""The rules of a tokenizer as data: what a language module declares and what a model carries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from nlpcore.errors import ModelDataError, SpecialCaseError, TokenizerDataError
from nlpcore.record import FrozenRecord

# The kinds of patterns, in the order in which the matcher takes them.
KINDS = ("prefixes", "suffixes", "infixes", "kept", "token_match", "url_match")

# A special case: its pieces, each a form and a norm (None: that of the form).
Pieces = tuple[tuple[str, "str | None"], ...]

_FORMAT = 1
_MAX_PIECES = 200
_CLASS_NAME = re.compile(r"\\p\{([A-Za-z_]+)\}")


class TokenizerData(FrozenRecord):
    r"""Patterns and tables of one tokenizer.

    classes: name -> the inside of a `[...]`; patterns refer to it as `\p{name}`, in and outside of `[...]`.
    prefixes, suffixes, infixes: patterns taken off the ends of a chunk, and cut out of what remains.
    kept: patterns of what no infix cuts, where it stands at the start of a chunk or right behind an infix.
    token_match: patterns of whole tokens, tried before affixes are taken off, and after each.
    url_match: patterns of whole tokens, tried when no affix is left.
    specials: string -> its pieces.
    conditions: name -> patterns of what may follow, blanks included.
    conditional: special case -> name of the condition under which alone it holds.

    Patterns are regular expressions of the subset that `automaton.hpp` describes; Python's `re` reads them
    too (`expanded`). Of several that match, the longest match counts.
    """

    classes: Mapping[str, str] = {}
    prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    infixes: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    token_match: tuple[str, ...] = ()
    url_match: tuple[str, ...] = ()
    specials: Mapping[str, Pieces] = {}
    conditions: Mapping[str, tuple[str, ...]] = {}
    conditional: Mapping[str, str] = {}

    def expanded(self, kind: str) -> list[str]:
        r"""The patterns of one kind with every `\p{name}` written out, as Python's `re` reads them."""
        return [expand(pattern, self.classes) for pattern in getattr(self, kind)]

    def expanded_conditions(self) -> list[list[str]]:
        """The patterns of each condition, in the order of their names, written out."""
        return [
            [expand(pattern, self.classes) for pattern in self.conditions[name]]
            for name in sorted(self.conditions)
        ]

    def replace(self, **changes: Any) -> TokenizerData:
        """A copy with some fields changed."""
        values = {name: getattr(self, name) for name in self.FIELDS}
        return TokenizerData(**{**values, **changes})

    def to_state(self) -> dict[str, Any]:
        """The whole of it as a JSON-able dictionary, in a stable order."""
        return {
            "format": _FORMAT,
            "classes": dict(sorted(self.classes.items())),
            **{kind: list(getattr(self, kind)) for kind in KINDS},
            "specials": {
                text: [list(piece) for piece in self.specials[text]] for text in sorted(self.specials)
            },
            "conditions": {name: list(self.conditions[name]) for name in sorted(self.conditions)},
            "conditional": dict(sorted(self.conditional.items())),
        }

    @classmethod
    def from_state(cls, state: Any) -> TokenizerData:
        """Back from `to_state`. Raises ModelDataError when anything in it is not as it must be."""
        where = "tokenizer"
        if not isinstance(state, dict) or state.get("format") != _FORMAT:
            raise ModelDataError(reason=f"{where}: no tokenizer tables of format {_FORMAT}")
        classes = state.get("classes")
        if not isinstance(classes, dict) or not _is_dict_of(classes, str):
            raise ModelDataError(reason=f"{where}.classes: must map names to strings")
        lists = {kind: _strings(state.get(kind), f"{where}.{kind}") for kind in KINDS}
        conditions = state.get("conditions", {})
        if not isinstance(conditions, dict):
            raise ModelDataError(reason=f"{where}.conditions: must be an object")
        conditions = {
            name: _strings(value, f"{where}.conditions.{name}") for name, value in conditions.items()
        }
        specials = state.get("specials")
        if not isinstance(specials, dict):
            raise ModelDataError(reason=f"{where}.specials: must be an object")
        checked = {}
        for text, pieces in specials.items():
            try:
                checked[text] = check_pieces(text, pieces)
            except (TypeError, ValueError) as error:
                raise ModelDataError(reason=f"{where}.specials[{text!r}]: {error}") from None
        conditional = state.get("conditional", {})
        if not _is_dict_of(conditional, str) or not set(conditional.values()) <= set(conditions):
            raise ModelDataError(reason=f"{where}.conditional: must map special cases to names of conditions")
        return cls(classes=classes, specials=checked, conditions=conditions, conditional=conditional, **lists)


def expand(pattern: str, classes: Mapping[str, str]) -> str:
    r"""`pattern` with each `\p{name}` replaced by `[...]`, or inside a `[...]` by the bare ranges."""
    out: list[str] = []
    inside = False
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            named = _CLASS_NAME.match(pattern, at)
            if named is None:
                out.append(pattern[at : at + 2])
                at += 2
                continue
            if named[1] not in classes:
                raise TokenizerDataError(
                    reason=f"pattern {pattern!r} names the class {named[1]!r}, which is not there"
                )
            ranges = classes[named[1]]
            out.append(ranges if inside else f"[{ranges}]")
            at = named.end()
            continue
        if char == "[" and not inside:
            inside = True
        elif char == "]" and inside:
            inside = False
        out.append(char)
        at += 1
    return "".join(out)


def check_pieces(text: Any, pieces: Iterable[Any]) -> Pieces:
    """Checked pieces of a special case. Raises SpecialCaseError or TypeError."""
    out = []
    joined = ""
    for orth, norm in pieces:
        if not isinstance(orth, str) or not orth or not (norm is None or isinstance(norm, str)):
            raise TypeError("a piece is a non-empty form and a norm or null")
        out.append((orth, norm))
        joined += orth
    if not isinstance(text, str) or not text or joined != text:
        raise SpecialCaseError(string=text, orths=[orth for orth, _ in out], joined=joined)
    if len(out) > _MAX_PIECES:
        raise TypeError(f"more than {_MAX_PIECES} pieces")
    return tuple(out)


def _strings(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ModelDataError(reason=f"{where}: must be a list of strings")
    return tuple(value)


def _is_dict_of(value: Any, kind: type) -> bool:
    return isinstance(value, dict) and all(
        isinstance(k, str) and isinstance(v, kind) for k, v in value.items()
    )
