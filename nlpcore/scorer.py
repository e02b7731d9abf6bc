"""Scores of predicted Docs against reference Docs, component by component, over Examples.

Tokens and spans are compared through the Example's alignment; annotation that the reference lacks counts
neither for nor against. A score for which there is nothing to compare is None. For the shared task's scores
from raw text see `nlpcore.training.evaluate_model`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .language import Language
    from .tokens import Doc, Span, Token
    from .training import Example

MISSING_VALUES = frozenset({0, None, ""})
DEFAULT_PIPELINE = ("senter", "tagger", "morphologizer", "parser", "ner", "textcat")
PUNCTUATION = ("p", "punct")


class PRFScore:
    """True positives, false positives, false negatives. ``precision``, ``recall``, ``fscore``: 0 for 0/0."""

    def __init__(self, *, tp: int = 0, fp: int = 0, fn: int = 0) -> None:
        self.tp = tp
        self.fp = fp
        self.fn = fn

    def __len__(self) -> int:
        return self.tp + self.fp + self.fn

    def __iadd__(self, other: PRFScore) -> PRFScore:
        self.tp += other.tp
        self.fp += other.fp
        self.fn += other.fn
        return self

    def __add__(self, other: PRFScore) -> PRFScore:
        return PRFScore(tp=self.tp + other.tp, fp=self.fp + other.fp, fn=self.fn + other.fn)

    def score_set(self, cand: set[Any], gold: set[Any]) -> None:
        """Count the candidates against the gold ones."""
        right = len(cand & gold)
        self.tp += right
        self.fp += len(cand) - right
        self.fn += len(gold) - right

    @property
    def precision(self) -> float:
        return self.tp / (self.tp + self.fp) if self.tp else 0.0

    @property
    def recall(self) -> float:
        return self.tp / (self.tp + self.fn) if self.tp else 0.0

    @property
    def fscore(self) -> float:
        return 2 * self.tp / (2 * self.tp + self.fp + self.fn) if self.tp else 0.0

    def to_dict(self) -> dict[str, float]:
        return {"p": self.precision, "r": self.recall, "f": self.fscore}


class Scorer:
    """Scores of a pipeline's components.

    nlp: the pipeline whose components' ``score`` methods are asked; without one the usual components of
        `default_pipeline` are scored. Further keyword arguments go to every ``score``.
    """

    def __init__(
        self,
        nlp: Language | None = None,
        default_lang: str = "xx",
        default_pipeline: Iterable[str] = DEFAULT_PIPELINE,
        **cfg: Any,
    ) -> None:
        self.cfg = cfg
        self.nlp = nlp
        self.default_lang = default_lang
        self.default_pipeline = tuple(default_pipeline)

    def score(self, examples: Iterable[Example], *, per_component: bool = False) -> dict[str, Any]:
        """All scores by name; per_component: a dict of scores for each component."""
        examples = list(examples)
        parts: dict[str, dict[str, Any]] = {}
        tokenizer: Any = getattr(self.nlp, "tokenizer", None)
        score_tokenizer = getattr(tokenizer, "score", self.score_tokenization)
        parts["tokenizer"] = score_tokenizer(examples, **self.cfg)
        if self.nlp is None:
            for name in self.default_pipeline:
                if name in COMPONENT_SCORERS:
                    parts[name] = COMPONENT_SCORERS[name](examples, **self.cfg)
        else:
            for name, component in self.nlp.pipeline:
                if hasattr(component, "score"):
                    parts[name] = component.score(examples, **self.cfg) or {}
        if per_component:
            return parts
        scores: dict[str, Any] = {}
        for part in parts.values():
            scores.update(part)
        return scores

    @staticmethod
    def score_tokenization(examples: Iterable[Example], **cfg: Any) -> dict[str, Any]:
        """``token_acc``: the share of predicted tokens that fit one reference token or lie in one;
        ``token_p/r/f``: exact spans. White space is left out, and references whose spaces are unknown."""
        accuracy, spans = PRFScore(), PRFScore()
        for example in examples:
            if example.reference.has_unknown_spaces:
                continue
            lengths = example.alignment.x2y.lengths.tolist()
            for token in example.predicted:
                if not token.is_space:
                    if lengths[token.i] == 1:
                        accuracy.tp += 1
                    else:
                        accuracy.fp += 1
            spans.score_set(_offsets(example.predicted), _offsets(example.reference))
        if not len(accuracy):
            return dict.fromkeys(("token_acc", "token_p", "token_r", "token_f"))
        return {
            "token_acc": accuracy.precision,
            "token_p": spans.precision,
            "token_r": spans.recall,
            "token_f": spans.fscore,
        }

    @staticmethod
    def score_token_attr(
        examples: Iterable[Example],
        attr: str,
        *,
        getter: Callable[[Token, str], Any] = getattr,
        missing_values: Iterable[Any] = MISSING_VALUES,
        **cfg: Any,
    ) -> dict[str, Any]:
        """``{attr}_acc``: F1 of (reference token, value); tokens whose reference is missing are left out."""
        missing = frozenset(missing_values)
        score = PRFScore()
        for example in examples:
            gold, unknown = _gold_values(example, attr, getter, missing)
            predicted = {
                (i, None if _is_unset(token, attr) else _plain(getter(token, attr)))
                for token, i in _single(example)
                if i not in unknown and not token.is_space
            }
            score.score_set(predicted, gold)
        return {f"{attr}_acc": score.fscore if len(score) else None}

    @staticmethod
    def score_token_attr_per_feat(
        examples: Iterable[Example],
        attr: str,
        *,
        getter: Callable[[Token, str], Any] = getattr,
        missing_values: Iterable[Any] = MISSING_VALUES,
        **cfg: Any,
    ) -> dict[str, Any]:
        """``{attr}_micro_p/r/f`` and ``{attr}_per_feat`` over the features of values like ``A=B|C=D``.

        Reference tokens without features are left out, and features that no reference token has.
        """
        missing = frozenset(missing_values)
        per_feat: dict[str, PRFScore] = {}
        for example in examples:
            unknown = set()
            gold: dict[str, set[tuple[int, str]]] = defaultdict(set)
            predicted: dict[str, set[tuple[int, str]]] = defaultdict(set)
            for token in example.reference:
                value = _feature_text(getter, token, attr)
                if value in missing or token.is_space:
                    unknown.add(token.i)
                    continue
                for name, feat in _features(value):
                    gold[name].add((token.i, feat))
            for token, i in _single(example):
                if i in unknown or token.is_space:
                    continue
                for name, feat in _features(_feature_text(getter, token, attr)):
                    predicted[name].add((i, feat))
            for name in gold:
                per_feat.setdefault(name, PRFScore())
            for name, score in per_feat.items():
                score.score_set(predicted[name], gold[name])
        micro = PRFScore()
        for score in per_feat.values():
            micro += score
        found = len(micro) > 0
        return {
            f"{attr}_micro_p": micro.precision if found else None,
            f"{attr}_micro_r": micro.recall if found else None,
            f"{attr}_micro_f": micro.fscore if found else None,
            f"{attr}_per_feat": {name: s.to_dict() for name, s in per_feat.items()} if found else None,
        }

    @staticmethod
    def score_spans(
        examples: Iterable[Example],
        attr: str,
        *,
        getter: Callable[[Doc, str], Iterable[Span]] = getattr,
        has_annotation: Callable[[Doc], bool] | None = None,
        labeled: bool = True,
        allow_overlap: bool = False,
        **cfg: Any,
    ) -> dict[str, Any]:
        """``{attr}_p/r/f`` (and ``{attr}_per_type``) of exact spans.

        References without annotation are left out.
        """
        total = PRFScore()
        per_type: dict[str, PRFScore] = {}
        for example in examples:
            if has_annotation is not None and not has_annotation(example.reference):
                continue
            gold: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
            predicted: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
            for span in getter(example.reference, attr):
                gold[span.label_].add((span.label_ if labeled else 0, span.start, span.end))
            if has_annotation is None or has_annotation(example.predicted):
                spans = list(getter(example.predicted, attr))
                for span in spans:
                    per_type.setdefault(span.label_, PRFScore())
                for span in example.get_aligned_spans_x2y(spans, allow_overlap):
                    predicted[span.label_].add((span.label_ if labeled else 0, span.start, span.end))
            for label in {**gold, **predicted}:
                per_type.setdefault(label, PRFScore()).score_set(predicted[label], gold[label])
            total.score_set(set().union(*predicted.values()), set().union(*gold.values()))
        found = len(total) > 0
        scores: dict[str, Any] = {
            f"{attr}_p": total.precision if found else None,
            f"{attr}_r": total.recall if found else None,
            f"{attr}_f": total.fscore if found else None,
        }
        if labeled:
            scores[f"{attr}_per_type"] = {k: s.to_dict() for k, s in per_type.items()} if found else None
        return scores

    @staticmethod
    def score_deps(
        examples: Iterable[Example],
        attr: str,
        *,
        getter: Callable[[Token, str], Any] = getattr,
        head_attr: str = "head",
        head_getter: Callable[[Token, str], Any] = getattr,
        ignore_labels: Iterable[str] = (),
        missing_values: Iterable[Any] = MISSING_VALUES,
        **cfg: Any,
    ) -> dict[str, Any]:
        """``{attr}_uas``, ``{attr}_las`` (F1 over arcs) and ``{attr}_las_per_type``."""
        missing, ignored = frozenset(missing_values), frozenset(ignore_labels)
        unlabelled, labelled = PRFScore(), PRFScore()
        per_type: dict[Any, PRFScore] = {}
        for example in examples:
            gold: dict[Any, set[tuple[int, int]]] = defaultdict(set)
            predicted: dict[Any, set[tuple[int, int]]] = defaultdict(set)
            unknown = set()
            for token in example.reference:
                label = getter(token, attr)
                if label in missing or token.is_space:
                    unknown.add(token.i)
                elif label not in ignored:
                    gold[label].add((token.i, head_getter(token, head_attr).i))
            if len(unknown) == len(example.reference):
                continue
            partner = example.alignment.x2y.first_or(-1).tolist()
            for token in example.predicted:
                label = getter(token, attr)
                at = partner[token.i]
                if token.is_space or at in unknown or label in ignored:
                    continue
                head = partner[head_getter(token, head_attr).i]
                if at < 0 or head < 0:
                    unlabelled.fp += 1
                    labelled.fp += 1
                else:
                    predicted[label].add((at, head))
            unlabelled.score_set(set().union(*predicted.values()), set().union(*gold.values()))
            labelled.score_set(_with_label(predicted), _with_label(gold))
            for label in {**gold, **predicted}:
                per_type.setdefault(label, PRFScore()).score_set(predicted[label], gold[label])
        found = len(unlabelled) > 0
        return {
            f"{attr}_uas": unlabelled.fscore if found else None,
            f"{attr}_las": labelled.fscore if found else None,
            f"{attr}_las_per_type": {k: s.to_dict() for k, s in per_type.items()} if found else None,
        }

    @staticmethod
    def score_cats(
        examples: Iterable[Example],
        attr: str,
        *,
        getter: Callable[[Doc, str], Any] = getattr,
        labels: Iterable[str] = (),
        multi_label: bool = True,
        positive_label: str | None = None,
        threshold: float | None = None,
        **cfg: Any,
    ) -> dict[str, Any]:
        """``cats_score`` and the figures behind it, for categories of Docs.

        multi_label: each label is a question of its own, answered yes from `threshold` (0.5) on; else the
        label with the highest score counts. ``cats_score`` is the F of `positive_label` if one of two
        exclusive labels is asked for, the macro AUC for many labels, else the macro F.
        """
        from . import category_scores

        return category_scores.score_cats(
            examples, attr, getter, list(labels), multi_label, positive_label, threshold
        )

    @staticmethod
    def score_links(
        examples: Iterable[Example], *, negative_labels: Iterable[str], **cfg: Any
    ) -> dict[str, Any]:
        """``nel_*``: knowledge base ids of entities that stand at the same characters on both sides.

        negative_labels: ids that say that there is none.
        """
        negative = frozenset(negative_labels)
        per_type: dict[str, PRFScore] = {}
        for example in examples:
            gold = {(ent.start_char, ent.end_char): ent for ent in example.reference.ents}
            for ent in example.predicted.ents:
                other = gold.get((ent.start_char, ent.end_char))
                if other is None:
                    continue
                score = per_type.setdefault(other.label_, PRFScore())
                found, wanted = ent.kb_id_ not in negative, other.kb_id_ not in negative
                if found and wanted and ent.kb_id_ == other.kb_id_:
                    score.tp += 1
                else:
                    score.fp += found
                    score.fn += wanted
        micro = PRFScore()
        for score in per_type.values():
            micro += score
        n = max(len(per_type), 1)
        return {
            "nel_score": micro.fscore,
            "nel_score_desc": "micro F",
            "nel_micro_p": micro.precision,
            "nel_micro_r": micro.recall,
            "nel_micro_f": micro.fscore,
            "nel_macro_p": sum(score.precision for score in per_type.values()) / n,
            "nel_macro_r": sum(score.recall for score in per_type.values()) / n,
            "nel_macro_f": sum(score.fscore for score in per_type.values()) / n,
            "nel_f_per_type": {label: score.to_dict() for label, score in per_type.items()},
        }


def get_ner_prf(examples: Iterable[Example], **cfg: Any) -> dict[str, Any]:
    """``ents_p/r/f`` and ``ents_per_type``.

    Predictions where the reference is unknown do not count, nor those with labels that it does not speak of
    (``Example.known_entity_labels``).
    """
    per_type: dict[str, PRFScore] = {}
    for example in examples:
        if not example.reference.has_annotation("ENT_IOB"):
            continue
        gold = {(ent.label_, ent.start, ent.end) for ent in example.reference.ents}
        for label, _, _ in gold:
            per_type.setdefault(label, PRFScore())
        codes = example.reference.column("ENT_IOB")
        align = example.alignment.x2y
        known = example.known_entity_labels
        predicted = set()
        for ent in example.predicted.ents:
            if known is not None and ent.label_ not in known:
                continue
            score = per_type.setdefault(ent.label_, PRFScore())
            row = align[ent.start : ent.end]
            if not len(row):
                continue
            first, end = int(row[0]), int(row[-1]) + 1
            if codes is not None and (codes[first:end] == 0).any():
                continue
            key = (ent.label_, first, end)
            if key in gold and key not in predicted:
                score.tp += 1
                predicted.add(key)
            else:
                score.fp += 1
        for label, _, _ in gold - predicted:
            per_type[label].fn += 1
    total = PRFScore()
    for score in per_type.values():
        total += score
    if not len(total):
        return dict.fromkeys(("ents_p", "ents_r", "ents_f", "ents_per_type"))
    return {
        "ents_p": total.precision,
        "ents_r": total.recall,
        "ents_f": total.fscore,
        "ents_per_type": {label: score.to_dict() for label, score in per_type.items()},
    }


# -- values ----------------------------------------------------------------------------------------------


def _offsets(doc: Doc) -> set[tuple[int, int]]:
    return {(token.idx, token.idx + len(token)) for token in doc if not token.is_space}


def _single(example: Example) -> Iterable[tuple[Token, int]]:
    """Predicted tokens that lie in one reference token, with its position."""
    partner = example.alignment.x2y.first_or(-1).tolist()
    return [(token, i) for token, i in zip(example.predicted, partner, strict=True) if i >= 0]


def _plain(value: Any) -> Any:
    """Something to compare and hash: the id, the string, or what a MorphAnalysis says."""
    return value if isinstance(value, (int, str, bool, float, type(None))) else str(value)


def _is_unset(token: Token, attr: str) -> bool:
    return attr == "morph" and not token.has_morph()


def _gold_values(
    example: Example, attr: str, getter: Callable[[Token, str], Any], missing: frozenset[Any]
) -> tuple[set[tuple[int, Any]], set[int]]:
    gold, unknown = set(), set()
    for token in example.reference:
        value = _plain(getter(token, attr))
        # Features may be known to be none; then the value is an empty text and yet not missing.
        # White space is not scored, whether annotated or not.
        if token.is_space or _is_unset(token, attr) or (value in missing and attr != "morph"):
            unknown.add(token.i)
        else:
            gold.add((token.i, value))
    return gold, unknown


def _feature_text(getter: Callable[[Token, str], Any], token: Token, attr: str) -> str | None:
    value = getter(token, attr)
    if isinstance(value, int):
        return token.doc.vocab.strings[value] if value else ""
    return None if value is None else str(value)


def _features(text: str | None) -> Iterable[tuple[str, str]]:
    if text in (None, "", "_"):
        return []
    return [(feat.split("=", 1)[0], feat) for feat in text.split("|")]


def _with_label(groups: Mapping[Any, set[tuple[int, int]]]) -> set[tuple[Any, int, int]]:
    return {(label, i, head) for label, arcs in groups.items() for i, head in arcs}


# -- components without a pipeline ---------------------------------------------------------------------------


def _score_sentences(examples: list[Example], **cfg: Any) -> dict[str, Any]:
    def has_sentences(doc: Doc) -> bool:
        return doc.has_annotation("SENT_START")

    scores = Scorer.score_spans(examples, "sents", has_annotation=has_sentences, **cfg)
    del scores["sents_per_type"]
    return scores


def _score_tagger(examples: list[Example], **cfg: Any) -> dict[str, Any]:
    return Scorer.score_token_attr(examples, "tag", **cfg)


def _score_morphologizer(examples: list[Example], **cfg: Any) -> dict[str, Any]:
    scores = Scorer.score_token_attr(examples, "pos", **cfg)
    scores.update(Scorer.score_token_attr(examples, "morph", **cfg))
    scores.update(Scorer.score_token_attr_per_feat(examples, "morph", **cfg))
    return scores


def _score_lemmatizer(examples: list[Example], **cfg: Any) -> dict[str, Any]:
    return Scorer.score_token_attr(examples, "lemma", **cfg)


def _score_parser(examples: list[Example], **cfg: Any) -> dict[str, Any]:
    def label(token: Token, attr: str) -> str:
        return token.dep_.lower()

    scores = _score_sentences(examples, **cfg)
    scores.update(Scorer.score_deps(examples, "dep", getter=label, ignore_labels=PUNCTUATION, **cfg))
    return scores


def _score_textcat(examples: list[Example], **cfg: Any) -> dict[str, Any]:
    return Scorer.score_cats(examples, "cats", **{"multi_label": False, **cfg})


COMPONENT_SCORERS: dict[str, Callable[..., dict[str, Any]]] = {
    "senter": _score_sentences,
    "tagger": _score_tagger,
    "morphologizer": _score_morphologizer,
    "lemmatizer": _score_lemmatizer,
    "parser": _score_parser,
    "ner": get_ner_prf,
    "textcat": _score_textcat,
}
