"""The scores of the CoNLL 2018 shared task on raw text to Universal Dependencies.

Gold and system may split the same text differently: tokens, words and sentences are compared by the
characters they cover, white space left out; inside multiword tokens words are aligned by their forms.
Everything else is counted over words that are aligned:

=========  ==================================================================================================
Tokens     surface tokens, multiword tokens counted once
Sentences  first and last character
Words      syntactic words
UPOS       and XPOS, UFeats (features that the task calls universal), AllTags (the three together), Lemmas
UAS        head; LAS: head and relation, without the relation's subtype
CLAS       LAS over content words only
MLAS       CLAS with UPOS, features, and the same for the word's function words
BLEX       CLAS with the lemma
=========  ==================================================================================================
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from os import PathLike, fspath
from typing import Any

from ..errors import ScoringError
from .conllu import find_cycle, read_conllu
from .counts import Counts
from .documents import Document, Sentence

METRICS = (
    "Tokens", "Sentences", "Words", "UPOS", "XPOS", "UFeats", "AllTags", "Lemmas",
    "UAS", "LAS", "CLAS", "MLAS", "BLEX",
)  # fmt: skip

UNIVERSAL_FEATURES = frozenset({
    "PronType", "NumType", "Poss", "Reflex", "Foreign", "Abbr", "Gender", "Animacy", "Number", "Case",
    "Definite", "Degree", "VerbForm", "Mood", "Tense", "Aspect", "Voice", "Evident", "Polarity", "Person",
    "Polite",
})  # fmt: skip
CONTENT_RELATIONS = frozenset({
    "nsubj", "obj", "iobj", "csubj", "ccomp", "xcomp", "obl", "vocative", "expl", "dislocated", "advcl",
    "advmod", "discourse", "nmod", "appos", "nummod", "acl", "amod", "conj", "fixed", "flat", "compound",
    "list", "parataxis", "orphan", "goeswith", "reparandum", "root", "dep",
})  # fmt: skip
FUNCTION_RELATIONS = frozenset({"aux", "cop", "mark", "det", "clf", "case", "cc"})


@dataclass(slots=True)
class Score(Counts):
    """Counts of one metric; ``aligned`` is None for tokens, sentences and words.

    ``aligned_accuracy`` is the share of right ones among aligned words.
    """

    aligned: int | None = None

    @property
    def aligned_accuracy(self) -> float | None:
        if self.aligned is None:
            return None
        return self.correct / self.aligned if self.aligned else 0.0


@dataclass
class Annotation:
    """Columns of a whole corpus; word i covers the non-blank characters ``starts[i]`` to ``ends[i]``.

    ``heads`` are positions in these columns, -1 for roots. Words of multiword tokens have the token's span.
    """

    chars: list[str] = field(default_factory=list)
    length: int = 0
    tokens: list[tuple[int, int]] = field(default_factory=list)
    sentences: list[tuple[int, int]] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    in_multiword: list[bool] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)
    lemmas: list[str] = field(default_factory=list)
    upos: list[str] = field(default_factory=list)
    xpos: list[str] = field(default_factory=list)
    feats: list[str] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)
    deprels: list[str] = field(default_factory=list)

    @classmethod
    def from_documents(cls, documents: Iterable[Document]) -> Annotation:
        """All sentences of `documents`. Raises ScoringError for a sentence without syntax."""
        annotation = cls()
        for document in documents:
            for sentence in document.sentences:
                annotation.add(sentence, f"{document.path}:{sentence.line}")
        return annotation

    def add(self, sentence: Sentence, place: str) -> None:
        """Add one sentence; `place` names it in errors."""
        heads, deprels = sentence.heads, sentence.deprels
        n = len(sentence.forms)
        if heads is None or deprels is None:
            raise ScoringError(problem=f"the sentence at {place} has no heads")
        roots = sum(head == i for i, head in enumerate(heads))
        if roots != 1 or find_cycle(heads) >= 0:
            raise ScoringError(problem=f"the sentence at {place} is no tree with one root ({roots} roots)")
        offset = len(self.forms)
        first = self.length
        for start, end, form in sentence.tokens():
            letters = [char for char in form if unicodedata.category(char) != "Zs"]
            if not letters:
                raise ScoringError(problem=f"the sentence at {place} has an empty token")
            span = (self.length, self.length + len(letters))
            self.chars.extend(letters)
            self.length = span[1]
            self.tokens.append(span)
            for _ in range(start, end):
                self.starts.append(span[0])
                self.ends.append(span[1])
                self.in_multiword.append(end - start > 1)
        self.sentences.append((first, self.length))
        self.forms += sentence.forms
        empty = [""] * n
        self.lemmas += [lemma or "_" for lemma in sentence.lemmas or empty]
        self.upos += sentence.upos or empty
        self.xpos += sentence.xpos or empty
        self.feats += [universal_features(feats) for feats in sentence.feats or empty]
        self.heads += [-1 if head == i else head + offset for i, head in enumerate(heads)]
        self.deprels += [deprel.split(":", 1)[0] for deprel in deprels]

    def function_words(self) -> list[list[int]]:
        """For each word its function-word children, in the order of the text."""
        children: list[list[int]] = [[] for _ in self.forms]
        for word, (head, deprel) in enumerate(zip(self.heads, self.deprels, strict=True)):
            if head >= 0 and deprel in FUNCTION_RELATIONS:
                children[head].append(word)
        return children


def universal_features(feats: str) -> str:
    """The features that count for UFeats, sorted."""
    if not feats:
        return ""
    return "|".join(sorted(feat for feat in feats.split("|") if feat.split("=", 1)[0] in UNIVERSAL_FEATURES))


def score_files(gold: str | PathLike[str], system: str | PathLike[str]) -> dict[str, Score]:
    """Score one CoNLL-U file against another. Raises ConlluError, ScoringError."""
    return score_documents(read_conllu(fspath(gold)), read_conllu(fspath(system)))


def score_documents(gold: Iterable[Document], system: Iterable[Document]) -> dict[str, Score]:
    """Score documents against gold documents of the same text; the keys are `METRICS`."""
    return score(Annotation.from_documents(gold), Annotation.from_documents(system))


def score(gold: Annotation, system: Annotation) -> dict[str, Score]:
    """Score `system` against `gold`; both must have the same characters, else ScoringError."""
    if gold.chars != system.chars:
        raise ScoringError(problem=_difference("".join(gold.chars), "".join(system.chars)))
    pairs = align_words(gold, system)
    scores = {
        "Tokens": _score_spans(gold.tokens, system.tokens),
        "Sentences": _score_spans(gold.sentences, system.sentences),
        "Words": Score(len(pairs), len(gold.forms), len(system.forms)),
    }
    # A system word's partner among the gold words; heads are compared as gold words. Roots are -1 on both
    # sides; -2 is no gold word at all.
    partner = [-2] * len(system.forms)
    for g, s in pairs:
        partner[s] = g

    def count(right: Callable[[int, int], bool], content: bool = False) -> Score:
        if not content:
            n_right = sum(right(g, s) for g, s in pairs)
            return Score(n_right, len(gold.forms), len(system.forms), len(pairs))
        aligned = [pair for pair in pairs if gold.deprels[pair[0]] in CONTENT_RELATIONS]
        n_gold = sum(deprel in CONTENT_RELATIONS for deprel in gold.deprels)
        n_system = sum(deprel in CONTENT_RELATIONS for deprel in system.deprels)
        return Score(sum(right(g, s) for g, s in aligned), n_gold, n_system, len(aligned))

    def same(column: str) -> Callable[[int, int], bool]:
        left, right = getattr(gold, column), getattr(system, column)
        return lambda g, s: left[g] == right[s]

    upos, xpos, feats = same("upos"), same("xpos"), same("feats")

    def lemma(g: int, s: int) -> bool:  # "_" in gold: any lemma will do
        return gold.lemmas[g] == "_" or gold.lemmas[g] == system.lemmas[s]

    def head(g: int, s: int) -> bool:
        at = system.heads[s]
        return gold.heads[g] == (partner[at] if at >= 0 else -1)

    def arc(g: int, s: int) -> bool:
        return gold.deprels[g] == system.deprels[s] and head(g, s)

    gold_children, system_children = gold.function_words(), system.function_words()

    def morphosyntax(g: int, s: int) -> bool:
        left, right = gold_children[g], system_children[s]
        return (
            arc(g, s)
            and upos(g, s)
            and feats(g, s)
            and len(left) == len(right)
            and all(
                partner[b] == a and gold.deprels[a] == system.deprels[b] and upos(a, b) and feats(a, b)
                for a, b in zip(left, right, strict=True)
            )
        )

    scores["UPOS"] = count(upos)
    scores["XPOS"] = count(xpos)
    scores["UFeats"] = count(feats)
    scores["AllTags"] = count(lambda g, s: upos(g, s) and xpos(g, s) and feats(g, s))
    scores["Lemmas"] = count(lemma)
    scores["UAS"] = count(head)
    scores["LAS"] = count(arc)
    scores["CLAS"] = count(arc, content=True)
    scores["MLAS"] = count(morphosyntax, content=True)
    scores["BLEX"] = count(lambda g, s: arc(g, s) and lemma(g, s), content=True)
    return scores


def _difference(gold: str, system: str) -> str:
    different = (i for i, (a, b) in enumerate(zip(gold, system, strict=False)) if a != b)
    at = next(different, min(len(gold), len(system)))
    return (
        f"they are not of the same text; after {gold[max(at - 20, 0) : at]!r} gold goes on with "
        f"{gold[at : at + 20]!r}, the system's with {system[at : at + 20]!r} (white space left out)"
    )


def _score_spans(gold: Sequence[tuple[int, int]], system: Sequence[tuple[int, int]]) -> Score:
    return Score(len(set(gold) & set(system)), len(gold), len(system))


def align_words(gold: Annotation, system: Annotation) -> list[tuple[int, int]]:
    """Pairs (gold word, system word) that count as the same word, in order."""
    pairs: list[tuple[int, int]] = []
    g = s = 0
    n_gold, n_system = len(gold.forms), len(system.forms)
    while g < n_gold and s < n_system:
        if gold.in_multiword[g] or system.in_multiword[s]:
            g, s = _align_block(gold, system, g, s, pairs)
        elif gold.starts[g] == system.starts[s] and gold.ends[g] == system.ends[s]:
            pairs.append((g, s))
            g += 1
            s += 1
        elif gold.starts[g] <= system.starts[s]:
            g += 1
        else:
            s += 1
    return pairs


def _align_block(
    gold: Annotation, system: Annotation, g: int, s: int, pairs: list[tuple[int, int]]
) -> tuple[int, int]:
    """Align what overlaps with the multiword token at g or s; returns the positions behind it."""
    if gold.in_multiword[g]:
        end = gold.ends[g]
        if not system.in_multiword[s] and system.starts[s] < gold.starts[g]:
            s += 1
    else:
        end = system.ends[s]
        if not gold.in_multiword[g] and gold.starts[g] < system.starts[s]:
            g += 1
    first_gold, first_system = g, s

    def beyond(side: Annotation, word: int) -> bool:
        if word >= len(side.forms):
            return True
        return (side.starts[word] >= end) if side.in_multiword[word] else (side.ends[word] > end)

    while not (beyond(gold, g) and beyond(system, s)):
        if g < len(gold.forms) and (s >= len(system.forms) or gold.starts[g] <= system.starts[s]):
            side, word = gold, g
            g += 1
        else:
            side, word = system, s
            s += 1
        if side.in_multiword[word] and side.ends[word] > end:
            end = side.ends[word]
    pairs.extend(_common(gold.forms, system.forms, first_gold, g, first_system, s))
    return g, s


def _common(
    gold: Sequence[str], system: Sequence[str], g0: int, g1: int, s0: int, s1: int
) -> list[tuple[int, int]]:
    """A longest common subsequence of ``gold[g0:g1]`` and ``system[s0:s1]``, letter case aside."""
    left = [form.lower() for form in gold[g0:g1]]
    right = [form.lower() for form in system[s0:s1]]
    table: list[list[int]] = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i in reversed(range(len(left))):
        for j in reversed(range(len(right))):
            best = max(table[i + 1][j], table[i][j + 1])
            table[i][j] = max(best, 1 + table[i + 1][j + 1]) if left[i] == right[j] else best
    pairs = []
    i = j = 0
    while i < len(left) and j < len(right):
        if left[i] == right[j]:
            pairs.append((g0 + i, s0 + j))
            i += 1
            j += 1
        elif table[i][j] == table[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def format_scores(scores: dict[str, Score]) -> str:
    """A table of percentages, one metric a line."""
    lines = [f"{'Metric':<10} {'Precision':>10} {'Recall':>10} {'F1':>10} {'AligndAcc':>10}"]
    for metric, result in scores.items():
        figures = [result.precision, result.recall, result.f1, result.aligned_accuracy]
        columns = [f"{100 * figure:>10.2f}" for figure in figures if figure is not None]
        lines.append(f"{metric:<10} " + " ".join(columns))
    return "\n".join(lines)


def as_dict(scores: dict[str, Score]) -> dict[str, Any]:
    """F1 in percent by metric: JSON-able."""
    return {metric: 100 * result.f1 for metric, result in scores.items()}
