"""Lemmatizer: predicts the rule that makes the lemma from the form, guarded by a table of known words."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from nlpcore.lazy import numpy as np

from ..errors import ModelDataError
from ..vocab.strings import hash_string
from .edit_trees import MAX_FORM, Rule, apply_rule, checked_rule, lemma_rule
from .factories import factory
from .token_classifier import TokenClassifier

if TYPE_CHECKING:
    from ..engine.stages import Stages
    from ..language import Language
    from ..tokens import Doc
    from ..training import Example

N_BEST = 3
CACHE_SIZE = 50_000


class Lemmatizer(TokenClassifier):
    """Sets ``token.lemma`` of every token.

    Each class is a rule (``edit_trees``). A form whose lemma was always the same in training, given its
    part of speech, takes that lemma; else the best-scoring of the first ``N_BEST`` rules that fits the form
    decides; else the form in lower case (the form itself for a proper noun). Rules and lemmas seen fewer
    than ``min_count`` times are left out. Reads ``doc`` column POS where a component before it has set it.
    """

    def __init__(
        self, vocab: Any, name: str = "lemmatizer", *, label_smoothing: float = 0.03, min_count: int = 2
    ) -> None:
        super().__init__(vocab, name, label_smoothing=label_smoothing)
        self.min_count = min_count
        self.rules: list[Rule] = []
        self.lookup: dict[str, str] = {}
        self._cache: dict[tuple[str, int, tuple[int, ...]], str] = {}

    @property
    def hide_labels(self) -> bool:
        return True

    @property
    def label_data(self) -> Any:
        return {"rules": list(self._labels), "lookup": self.lookup}

    def set_label_data(self, labels: Any) -> None:
        for label in labels["rules"]:
            self.add_label(label)
        self.lookup = dict(labels["lookup"])

    def add_label(self, label: str) -> int:
        """Add a rule, written as JSON."""
        rule = checked_rule(json.loads(label))
        added = super().add_label(label)
        if added:
            self.rules.append(rule)
        return added

    def gold_labels(self, example: Example) -> list[str | None]:
        words = [token.text for token in example.predicted]
        return [
            None if lemma is None or len(word) > MAX_FORM else rule_label(word, lemma)
            for word, lemma in zip(words, gold_lemmas(example), strict=True)
        ]

    def add_labels_from(self, examples: Iterable[Example]) -> None:
        counts: Counter = Counter()
        lemmas: dict[str, Counter] = defaultdict(Counter)
        for example in examples:
            counts.update(label for label in self.gold_labels(example) if label is not None)
            pos = example.gold_arrays()["pos"].tolist()
            for token, tag, lemma in zip(example.predicted, pos, gold_lemmas(example), strict=True):
                if lemma is not None and tag:
                    lemmas[lookup_key(token.text, self.vocab.strings[tag])][lemma] += 1
        for label, count in counts.items():
            if count >= self.min_count:
                self.add_label(label)
        known = self.lookup if self.is_ready else {}
        self.lookup = known | {
            key: next(iter(found))
            for key, found in sorted(lemmas.items())
            if len(found) == 1
            and found.total() >= self.min_count
            and not self.is_regular(key, next(iter(found)))
        }

    def is_regular(self, key: str, lemma: str) -> bool:
        """Not worth a place in the table: the lemma is the form itself, in lower case."""
        return key.partition("\t")[0].lower() == lemma

    def predict_vectors(self, docs: list[Doc], lengths: list[int], V: np.ndarray) -> list[np.ndarray]:
        """For each document (n, N_BEST) int32: the best rules, best first."""
        n_best = min(N_BEST, len(self._labels))
        if n_best == 0:
            return [np.zeros((length, 0), dtype="int32") for length in lengths]
        return np.split(self.best_classes(V, n_best), np.cumsum(lengths)[:-1])

    def add_stage(self, stages: Stages) -> None:
        from ..engine.stages import Lemmas

        def lemma(form: str, pos: int, rules: tuple[int, ...]) -> str:
            # The engine has a cache of its own.
            return self.compute_lemma(form, self.vocab.strings[pos] if pos else "", rules)

        stages.lemmas = Lemmas(self.engine(), self.rules, self.lookup, lemma)

    def set_annotations(self, docs: Iterable[Doc], predictions: Iterable[np.ndarray]) -> None:
        for doc, best in zip(docs, predictions, strict=True):
            index, _, _ = doc.network_input()
            pos = doc.column("POS")
            lemmas = [token.text for token in doc] if len(index) < len(doc) else [""] * len(doc)
            for i, rules in zip(index.tolist(), best.tolist(), strict=True):
                tag = int(pos[i]) if pos is not None else 0
                lemmas[i] = self.lemma(doc[i].text, tag, tuple(rules))
            ids = np.array([hash_string(lemma) for lemma in lemmas], dtype="uint64")
            doc.set_column("LEMMA", ids, strings=lemmas)

    def lemma(self, form: str, pos: int, rules: tuple[int, ...]) -> str:
        """The lemma of a form with the part of speech ``pos`` (symbol id, 0 unknown), by the best rules."""
        key = (form, pos, rules)
        lemma = self._cache.get(key)
        if lemma is None:
            lemma = self.compute_lemma(form, self.vocab.strings[pos] if pos else "", rules)
            if len(self._cache) >= CACHE_SIZE:
                self._cache.clear()
            self._cache[key] = lemma
        return lemma

    def compute_lemma(self, form: str, pos: str, rules: tuple[int, ...]) -> str:
        known = self.lookup.get(lookup_key(form, pos))
        if known is not None:
            return known
        if len(form) <= MAX_FORM:
            for rule in rules:
                lemma = apply_rule(self.rules[rule], form)
                if lemma:
                    return lemma
        return form if pos == "PROPN" else form.lower()

    def score(self, examples: Iterable[Example], **settings: Any) -> dict[str, Any]:
        from ..scorer import Scorer

        return Scorer.score_token_attr(examples, "lemma", **settings)

    def state_settings(self) -> dict[str, Any]:
        return {**super().state_settings(), "lookup": self.lookup, "min_count": self.min_count}

    def restore_settings(self, meta: dict[str, Any]) -> None:
        lookup = meta.get("lookup")
        if not isinstance(lookup, dict) or not all(isinstance(v, str) and v for v in lookup.values()):
            raise ModelDataError(reason=f"the lemma table of {self.name!r} does not map strings to strings")
        super().restore_settings(meta)
        try:
            # In one piece: that is much faster.
            self.rules = [checked_rule(rule) for rule in json.loads(f"[{','.join(self._labels)}]")]
        except (ValueError, RecursionError) as e:
            raise ModelDataError(reason=f"{self.name!r}: {e}") from e
        if len(self.rules) != len(self._labels):
            raise ModelDataError(reason=f"{self.name!r}: a label is no lemma rule")
        self.lookup = lookup
        self.min_count = meta.get("min_count", self.min_count)
        if type(self.min_count) is not int:
            raise ModelDataError(reason=f"{self.name!r}: min_count is {self.min_count!r:.80}")
        self._cache = {}


@lru_cache(1 << 16)
def rule_label(form: str, lemma: str) -> str:
    return json.dumps(lemma_rule(form, lemma), ensure_ascii=False, separators=(",", ":"))


def lookup_key(form: str, pos: str) -> str:
    """Lower-cased but for proper nouns, where case tells names apart."""
    return f"{form if pos == 'PROPN' else form.lower()}\t{pos}"


def gold_lemmas(example: Example) -> list[str | None]:
    """The gold lemma of each token of ``example.predicted``, None where unknown."""
    resolve = example.reference._string
    return [resolve(lemma) if lemma else None for lemma in example.gold_arrays()["lemmas"].tolist()]


@factory(
    "trainable_lemmatizer",
    default_config={"label_smoothing": 0.03, "min_count": 2},
    assigns=["token.lemma"],
    default_score_weights={"lemma_acc": 1.0},
)
@factory(
    "lemmatizer",
    default_config={"label_smoothing": 0.03, "min_count": 2},
    assigns=["token.lemma"],
    default_score_weights={"lemma_acc": 1.0},
)
def make_lemmatizer(nlp: Language, name: str, label_smoothing: float, min_count: int) -> Lemmatizer:
    return Lemmatizer(nlp.vocab, name, label_smoothing=label_smoothing, min_count=min_count)
