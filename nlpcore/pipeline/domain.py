"""Which texts a component was made for: told by their words.

Two sets of texts may be annotated by different rules: a "person" here is a "PER" there. Of two recognizers
in a pipeline, one for each, a DomainGate tells by a document's words which of them is at home in it. It is a
naive Bayes classifier of two classes (Maron 1961), over the distinct features of a document: norm, suffix and
shape of each word, and each two norms that follow each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from nlpcore.lazy import numpy as np

from ..errors import ModelDataError

if TYPE_CHECKING:
    from ..tokens import Doc

#: Columns of ``Doc.network_input`` that are features by themselves: NORM, SUFFIX, SHAPE.
FEATURES = (0, 2, 3)
#: Added to each count; added features are half as good as one that was seen.
SMOOTHING = 0.5
#: Features that occur in fewer documents tell too little for the room that they take.
MIN_DOCUMENTS = 2
#: Share of a component's own documents that a gate may turn away, by cross-validation.
TURNED_AWAY = 0.2
FOLDS = 4
#: Features that are counted at once.
AT_ONCE = 1_000_000


def features(doc: Doc) -> np.ndarray:
    """The distinct features of a document: uint64, ascending."""
    _, ids, _ = doc.network_input()
    kinds = [ids[:, column] * np.uint64(4) + np.uint64(column) for column in FEATURES]
    norms = ids[:, 0]
    pairs = norms[:-1] * np.uint64(0x9E3779B97F4A7C15) ^ norms[1:]
    return np.unique(np.concatenate([*kinds, pairs * np.uint64(4) + np.uint64(1)]))


class TextProfile:
    """In how many documents each feature occurs.

    keys (K,) uint64, ascending; counts (K,) int32; total: the features of all documents, those that were left
    out of ``keys`` since they are rare among them.
    """

    def __init__(self, keys: np.ndarray, counts: np.ndarray, total: int) -> None:
        self.keys = keys
        self.counts = counts
        self.total = total

    @classmethod
    def of(cls, documents: Iterable[np.ndarray], *, min_documents: int = 1) -> TextProfile:
        """documents: the ``features`` of each; gone through once, and not kept."""
        profile = cls.of_some([])
        waiting: list[np.ndarray] = []
        size = 0
        for document in documents:
            waiting.append(document)
            size += len(document)
            if size > AT_ONCE:
                profile += cls.of_some(waiting)
                waiting, size = [], 0
        profile += cls.of_some(waiting)
        kept = profile.counts >= min_documents
        return cls(profile.keys[kept], profile.counts[kept], profile.total)

    @classmethod
    def of_some(cls, documents: Sequence[np.ndarray]) -> TextProfile:
        """The profile of so few documents that they are counted at once."""
        found = np.concatenate([np.zeros(0, dtype="uint64"), *documents])
        keys, counts = np.unique(found, return_counts=True)
        return cls(keys, counts.astype("int32"), len(found))

    def __add__(self, other: TextProfile) -> TextProfile:
        """The profile of both sets of documents."""
        every = np.union1d(self.keys, other.keys)
        return TextProfile(every, self.count(every) + other.count(every), self.total + other.total)

    def count(self, keys: np.ndarray) -> np.ndarray:
        """In how many documents each of these features occurs, 0 for unknown ones."""
        return looked_up(keys, self.keys, self.counts)

    def get_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        return {"total": self.total}, {"keys": self.keys, "counts": self.counts}

    @classmethod
    def from_state(cls, meta: Any, tensors: dict[str, Any]) -> TextProfile:
        """Take over ``get_state``. Raises ModelDataError."""
        keys = checked_keys(tensors)
        counts = checked_values(tensors, "counts", "int32", keys)
        total = meta.get("total") if isinstance(meta, dict) else None
        if type(total) is not int or not 0 <= total < 2**53 or (len(counts) and int(counts.min()) < 0):
            raise ModelDataError(reason="the counts of its profile of texts are impossible")
        return cls(keys, counts, total)


class DomainGate:
    """Whether a document looks like those that a component was made for.

    keys (K,) uint64, ascending; weights (K,) float32: the logarithm of how much likelier each feature is in
    them than in other texts. A document's score is their mean over its features, 0 for unknown ones.
    """

    def __init__(self, keys: np.ndarray, weights: np.ndarray, threshold: float) -> None:
        self.keys = keys
        self.weights = weights
        self.threshold = threshold

    @classmethod
    def fit(cls, own: Sequence[np.ndarray], other: TextProfile) -> DomainGate:
        """own: the features of documents that it must let in; other: those of the texts to tell them from.

        The threshold is the score that ``TURNED_AWAY`` of its own documents would not reach if they were
        unknown to it.
        """
        scores = np.zeros(len(own))
        folds = min(FOLDS, len(own))
        for fold in range(folds):
            rest = [document for i, document in enumerate(own) if i % folds != fold]
            gate = cls(*log_odds(TextProfile.of(rest), other), 0.0)
            for i in range(fold, len(own), folds):
                scores[i] = gate.score_features(own[i])
        threshold = float(np.quantile(scores, TURNED_AWAY)) if len(own) else 0.0
        return cls(*log_odds(TextProfile.of(own), other), threshold)

    def score_features(self, found: np.ndarray) -> float:
        weights = looked_up(found, self.keys, self.weights)
        return float(weights.sum(dtype="float64")) / max(1, len(found))

    def lets_in(self, doc: Doc) -> bool:
        return self.score_features(features(doc)) > self.threshold

    def get_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        return {"threshold": self.threshold}, {"keys": self.keys, "weights": self.weights}

    @classmethod
    def from_state(cls, meta: Any, tensors: dict[str, Any]) -> DomainGate:
        """Take over ``get_state``. Raises ModelDataError."""
        keys = checked_keys(tensors)
        weights = checked_values(tensors, "weights", "float32", keys)
        threshold = meta.get("threshold") if isinstance(meta, dict) else None
        if type(threshold) is not float or not np.isfinite(threshold) or not np.isfinite(weights).all():
            raise ModelDataError(reason="the weights of its gate are not finite")
        return cls(keys, weights, threshold)


def log_odds(own: TextProfile, other: TextProfile) -> tuple[np.ndarray, np.ndarray]:
    """Keys and weights of a gate: features that occur in at least ``MIN_DOCUMENTS`` of all documents."""
    keys = np.union1d(own.keys, other.keys)
    here, there = own.count(keys), other.count(keys)
    added = SMOOTHING * max(1, len(keys))
    weights = np.log((here + SMOOTHING) / (own.total + added)) - np.log(
        (there + SMOOTHING) / (other.total + added)
    )
    kept = here + there >= MIN_DOCUMENTS
    return keys[kept], weights[kept].astype("float32")


def looked_up(found: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The values of the keys that are found, 0 for others. keys: ascending."""
    if len(keys) == 0:
        return np.zeros(len(found), dtype=values.dtype)
    at = np.minimum(np.searchsorted(keys, found), len(keys) - 1)
    return np.where(keys[at] == found, values[at], values.dtype.type(0))


def checked_keys(tensors: dict[str, Any]) -> np.ndarray:
    keys = np.asarray(tensors.get("keys"))
    if keys.dtype != "uint64" or keys.ndim != 1 or bool((keys[1:] <= keys[:-1]).any()):
        raise ModelDataError(reason="its features of texts are no ascending uint64 numbers")
    return keys


def checked_values(tensors: dict[str, Any], name: str, dtype: str, keys: np.ndarray) -> np.ndarray:
    values = np.asarray(tensors.get(name))
    if values.dtype != dtype or values.shape != keys.shape:
        raise ModelDataError(reason=f"its features of texts have no {name} ({dtype}), one for each")
    return values
