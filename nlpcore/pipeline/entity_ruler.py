"""Entities by rules: phrases, and patterns of token attributes."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from nlpcore import errors
from nlpcore.pipeline.factories import factory
from nlpcore.pipeline.pipe import Pipe

if TYPE_CHECKING:
    from nlpcore.language import Language
    from nlpcore.tokens import Doc, Span, Token
    from nlpcore.training import Example

#: key of a token pattern -> attribute of Token
TEXTS = {
    name: f"{attribute}_"
    for name, attribute in {
        **{
            name: name.lower()
            for name in ["ORTH", "LOWER", "NORM", "SHAPE", "PREFIX", "SUFFIX", "LEMMA", "TAG", "POS", "DEP"]
        },
        "ENT_TYPE": "ent_type",
        "ENT_ID": "ent_id",
        "ENT_IOB": "ent_iob",
        "TEXT": "orth",
    }.items()
}
FLAGS = frozenset(
    [
        "IS_ALPHA",
        "IS_ASCII",
        "IS_BRACKET",
        "IS_CURRENCY",
        "IS_DIGIT",
        "IS_LEFT_PUNCT",
        "IS_LOWER",
        "IS_OOV",
        "IS_PUNCT",
        "IS_QUOTE",
        "IS_RIGHT_PUNCT",
        "IS_SENT_START",
        "IS_SPACE",
        "IS_STOP",
        "IS_TITLE",
        "IS_UPPER",
        "LIKE_EMAIL",
        "LIKE_NUM",
        "LIKE_URL",
    ]
)
OPERATORS = ("1", "?", "*", "+", "!")


class TokenTest:
    """What one entry of a pattern asks of a token: ``{"LOWER": "new"}``, ``{"TEXT": {"IN": [...]}}``,
    ``{"IS_DIGIT": True, "OP": "+"}``.
    """

    def __init__(self, pattern: Mapping[str, Any]) -> None:
        if not isinstance(pattern, Mapping):
            raise errors.PatternError(f"A token of a pattern is a dict, not {type(pattern).__name__}.")
        self.operator = str(pattern.get("OP", "1"))
        if self.operator not in OPERATORS:
            raise errors.PatternError(f"OP is one of {', '.join(OPERATORS[1:])}, not {self.operator!r}.")
        self.tests = [_test(key, value) for key, value in pattern.items() if key != "OP"]

    def __call__(self, token: Token) -> bool:
        return all(test(token) for test in self.tests)


def _test(key: str, value: Any) -> Callable[[Token], bool]:
    name = str(key).upper()
    if name in FLAGS:
        attribute, wanted = name.lower(), bool(value)
        return lambda token: bool(getattr(token, attribute)) == wanted
    if name == "LENGTH" and isinstance(value, int):
        return lambda token: len(token) == value
    if name not in TEXTS:
        known = ", ".join(sorted({*TEXTS, *FLAGS, "LENGTH"}))
        raise errors.PatternError(f"A pattern cannot ask for {key!r}: {value!r}. It can ask for: {known}.")
    attribute = TEXTS[name]
    if isinstance(value, str):
        return lambda token: getattr(token, attribute) == value
    if isinstance(value, Mapping) and len(value) == 1:
        ((how, argument),) = value.items()
        if how == "REGEX":
            import re

            search = re.compile(argument).search
            return lambda token: search(getattr(token, attribute)) is not None
        if how in ("IN", "NOT_IN"):
            among = frozenset(argument)
            return lambda token: (getattr(token, attribute) in among) == (how == "IN")
    raise errors.PatternError(
        f"The value of {key!r} is a string or one of {{'IN': [...]}}, {{'NOT_IN': [...]}}, "
        f"{{'REGEX': '...'}}, not {value!r}."
    )


def longest_match(tests: list[TokenTest], tokens: list[Token], start: int) -> int:
    """Where the longest match from ``start`` on ends; −1: none. Without backtracking."""
    end = -1
    at = _closure({0}, tests)
    for i in range(start, len(tokens) + 1):
        if len(tests) in at:
            end = i
        if i == len(tokens) or not at:
            break
        following = set()
        for place in at:
            if place == len(tests):
                continue
            test = tests[place]
            if test(tokens[i]) != (test.operator == "!"):
                following.add(place + 1)
                if test.operator in "*+":
                    following.add(place)
        at = _closure(following, tests)
    return end


def _closure(places: set[int], tests: list[TokenTest]) -> set[int]:
    """The places and those behind them that are reached without a token."""
    result = set(places)
    for place in places:
        while place < len(tests) and tests[place].operator in "?*":
            place += 1
            result.add(place)
    return result


class EntityRuler(Pipe):
    """Adds entities that match patterns. Longer matches win, then those that start earlier.

    phrase_matcher_attr: what of a token string patterns compare, such as "LOWER"; None: its text.
    overwrite_ents: replace entities that a match overlaps; else they stay and the match is dropped.
    patterns: see ``add_patterns``.
    """

    def __init__(
        self,
        nlp: Language,
        name: str = "entity_ruler",
        *,
        phrase_matcher_attr: str | None = None,
        overwrite_ents: bool = False,
        patterns: Iterable[Mapping[str, Any]] | None = None,
    ) -> None:
        # A pipeline that nobody holds any more must go, with its components and at once.
        self._nlp: weakref.ref[Language] | None = weakref.ref(nlp)
        self.vocab = nlp.vocab
        self.name = name
        self.phrase_attr = (phrase_matcher_attr or "TEXT").upper()
        if self.phrase_attr not in TEXTS:
            raise errors.PatternError(f"`phrase_matcher_attr` cannot be {phrase_matcher_attr!r}.")
        self.overwrite = bool(overwrite_ents)
        self.clear()
        if patterns is not None:
            self.add_patterns(patterns)

    @property
    def nlp(self) -> Language | None:
        """The pipeline that it was made for, as long as that is there."""
        return None if self._nlp is None else self._nlp()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_nlp": None}  # a weak reference cannot be pickled

    def clear(self) -> None:
        """Forget all patterns."""
        self._patterns: list[dict[str, Any]] = []
        self._tests: list[list[TokenTest]] = []
        self._by_first: dict[tuple[str, str], list[int]] = {}

    def __len__(self) -> int:
        return len(self._patterns)

    def __contains__(self, label: object) -> bool:
        return label in self.labels

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(sorted({pattern["label"] for pattern in self._patterns}))

    @property
    def ent_ids(self) -> tuple[str, ...]:
        return tuple(sorted({pattern["id"] for pattern in self._patterns if pattern.get("id")}))

    @property
    def patterns(self) -> list[dict[str, Any]]:
        """The patterns as they were added."""
        return [dict(pattern) for pattern in self._patterns]

    def add_patterns(self, patterns: Iterable[Mapping[str, Any]]) -> None:
        """Add ``{"label": …, "pattern": …, "id": …}``; a pattern is a phrase or a list of token patterns.

        Raises PatternError (a ValueError) for anything else; nothing is added then.
        """
        added = [(self._compiled(entry), dict(entry)) for entry in patterns]
        for (key, tests), entry in added:
            self._by_first.setdefault(key, []).append(len(self._patterns))
            self._patterns.append(entry)
            self._tests.append(tests)
            self.vocab.strings.add(entry["label"])

    def remove(self, ent_id: str) -> None:
        """Remove the patterns with this id. Raises PatternError (a ValueError) if there are none."""
        kept = [pattern for pattern in self._patterns if pattern.get("id") != ent_id]
        if len(kept) == len(self._patterns):
            raise errors.PatternError(f"No pattern has the id {ent_id!r}.")
        self.clear()
        self.add_patterns(kept)

    def _tokenized(self, phrase: str) -> Doc:
        if self.nlp is None:
            raise errors.PatternError(
                f"The phrase {phrase!r:.80} cannot be cut to tokens: the pipeline of {self.name!r} is gone. "
                "Keep it, or give a list of tokens."
            )
        return self.nlp.make_doc(phrase)

    def _compiled(self, entry: Any) -> tuple[tuple[str, str], list[TokenTest]]:
        if not isinstance(entry, Mapping) or not isinstance(entry.get("label"), str):
            raise errors.PatternError(f"A pattern is a dict with 'label' and 'pattern', not {entry!r:.80}.")
        pattern = entry.get("pattern")
        if isinstance(pattern, str):
            tokens = self._tokenized(pattern)
            pattern = [{self.phrase_attr: getattr(token, TEXTS[self.phrase_attr])} for token in tokens]
        if not isinstance(pattern, list) or not pattern:
            raise errors.PatternError(f"The pattern of {entry['label']!r} is no phrase and no token list.")
        tests = [TokenTest(token) for token in pattern]
        if all(test.operator in "?*" for test in tests):
            raise errors.PatternError(f"This pattern matches where there is nothing: {pattern!r:.80}.")
        # Patterns whose first token must have a certain text are looked up by it.
        if tests[0].operator in "1+":
            for name in ("TEXT", "ORTH", "LOWER"):
                if isinstance(pattern[0].get(name), str):
                    return (TEXTS[name], pattern[0][name]), tests
        return ("", ""), tests

    def match(self, doc: Doc) -> list[tuple[int, int, int]]:
        """All longest matches: (start, end, number of the pattern), longer ones first."""
        tokens = list(doc)
        found = []
        anywhere = self._by_first.get(("", ""), [])
        for start, token in enumerate(tokens):
            candidates = [*anywhere, *self._by_first.get(("orth_", token.text), [])]
            candidates += self._by_first.get(("lower_", token.lower_), [])
            for number in candidates:
                end = longest_match(self._tests[number], tokens, start)
                if end > start:
                    found.append((start, end, number))
        return sorted(found, key=lambda match: (match[0] - match[1], match[0], match[2]))

    def __call__(self, doc: Doc) -> Doc:
        try:
            self.set_annotations(doc, self.match(doc))
        except Exception as e:
            self.get_error_handler()(self.name, self, [doc], e)
        return doc

    def set_annotations(self, doc: Doc, matches: Iterable[tuple[int, int, int]]) -> None:
        """Make entities of matches that overlap no better one."""
        from nlpcore.tokens import Span

        old: list[Span] = list(doc.ents)
        new: list[Span] = []
        taken: set[int] = set()
        blocked = set() if self.overwrite else {token.i for ent in old for token in ent}
        for start, end, number in matches:
            place = range(start, end)
            if taken.isdisjoint(place) and blocked.isdisjoint(place):
                pattern = self._patterns[number]
                new.append(Span(doc, start, end, label=pattern["label"], span_id=pattern.get("id") or ""))
                taken.update(place)
        if new:
            doc.ents = [*(ent for ent in old if taken.isdisjoint(range(ent.start, ent.end))), *new]

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        patterns: Iterable[Mapping[str, Any]] | None = None,
        **settings: Any,
    ) -> None:
        """Forget all patterns and take those given."""
        self.clear()
        if patterns is not None:
            self.add_patterns(patterns)

    def score(self, examples: Iterable[Example], **settings: Any) -> dict[str, Any]:
        from nlpcore.scorer import get_ner_prf

        return get_ner_prf(list(examples))

    def get_state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        meta = {"patterns": self.patterns, "overwrite": self.overwrite, "phrase_attr": self.phrase_attr}
        return meta, {}

    def set_state(self, meta: dict[str, Any], tensors: dict[str, Any]) -> None:
        attr, overwrite, patterns = meta.get("phrase_attr"), meta.get("overwrite"), meta.get("patterns")
        if tensors or attr not in TEXTS or not isinstance(overwrite, bool) or not isinstance(patterns, list):
            raise errors.ModelDataError(reason=f"the settings of {self.name!r} are no patterns of entities")
        self.clear()
        self.phrase_attr, self.overwrite = attr, overwrite
        try:
            self.add_patterns(patterns)
        except ValueError as e:
            raise errors.ModelDataError(reason=f"a pattern of {self.name!r}: {e}") from e


@factory(
    "entity_ruler",
    default_config={"phrase_matcher_attr": None, "overwrite_ents": False},
    assigns=["doc.ents", "token.ent_type", "token.ent_iob"],
    default_score_weights={"ents_f": 1.0, "ents_p": 0.0, "ents_r": 0.0, "ents_per_type": None},
)
def make_entity_ruler(
    nlp: Language, name: str, phrase_matcher_attr: str | None, overwrite_ents: bool
) -> EntityRuler:
    return EntityRuler(nlp, name, phrase_matcher_attr=phrase_matcher_attr, overwrite_ents=overwrite_ents)
