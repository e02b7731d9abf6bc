"""Scores of categories of Docs; see `Scorer.score_cats`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .scorer import PRFScore


def score_cats(
    examples: Iterable[Any],
    attr: str,
    getter: Callable[[Any, str], Mapping[str, float]],
    labels: list[str],
    multi_label: bool,
    positive_label: str | None,
    threshold: float | None,
) -> dict[str, Any]:
    """See `Scorer.score_cats`."""
    if threshold is None:
        threshold = 0.5
    scores = {label: PRFScore() for label in labels}
    chances: dict[str, list[tuple[float, bool]]] = {label: [] for label in labels}
    for example in examples:
        predicted = getter(example.predicted, attr)
        gold = getter(example.reference, attr)
        for label in labels:
            if label in gold:
                chances[label].append((predicted.get(label, 0.0), gold[label] > 0))
        if multi_label:
            for label in labels:
                if label in gold:
                    _count(scores[label], predicted.get(label, 0.0) >= threshold, gold[label] > 0)
        elif gold:
            best = max(predicted, key=lambda label: predicted[label]) if predicted else None
            wanted = max(gold, key=lambda label: gold[label])
            right = wanted if gold[wanted] > 0 else None
            for label in labels:
                _count(scores[label], label == best, label == right)
    auc = {label: roc_auc(pairs) for label, pairs in chances.items()}
    n = max(len(labels), 1)
    micro = PRFScore()
    for score in scores.values():
        micro += score
    results: dict[str, Any] = {
        f"{attr}_score": None,
        f"{attr}_score_desc": None,
        f"{attr}_micro_p": micro.precision,
        f"{attr}_micro_r": micro.recall,
        f"{attr}_micro_f": micro.fscore,
        f"{attr}_macro_p": sum(score.precision for score in scores.values()) / n,
        f"{attr}_macro_r": sum(score.recall for score in scores.values()) / n,
        f"{attr}_macro_f": sum(score.fscore for score in scores.values()) / n,
        f"{attr}_macro_auc": sum(value or 0.0 for value in auc.values()) / n,
        f"{attr}_f_per_type": {label: score.to_dict() for label, score in scores.items()},
        f"{attr}_auc_per_type": auc,
    }
    if positive_label and not multi_label and len(labels) == 2:
        value, what = results[f"{attr}_f_per_type"][positive_label]["f"], f"F ({positive_label})"
    elif multi_label:
        value, what = results[f"{attr}_macro_auc"], "macro AUC"
    else:
        value, what = results[f"{attr}_macro_f"], "macro F"
    results[f"{attr}_score"], results[f"{attr}_score_desc"] = value, what
    return results


def _count(score: PRFScore, said: bool, true: bool) -> None:
    score.tp += said and true
    score.fp += said and not true
    score.fn += true and not said


def roc_auc(pairs: list[tuple[float, bool]]) -> float | None:
    """The chance that a true case scores higher than a false one, ties counting half; None without both."""
    n_true = sum(true for _, true in pairs)
    n_false = len(pairs) - n_true
    if not n_true or not n_false:
        return None
    ordered = sorted(pairs, key=lambda pair: pair[0])
    rank_sum = 0.0
    i = 0
    while i < len(ordered):
        end = i
        while end < len(ordered) and ordered[end][0] == ordered[i][0]:
            end += 1
        middle = (i + 1 + end) / 2  # the mean of the ranks i + 1 … end
        rank_sum += middle * sum(true for _, true in ordered[i:end])
        i = end
    return (rank_sum - n_true * (n_true + 1) / 2) / (n_true * n_false)
