"""Morphological analyses: FEATS strings such as ``Case=Nom|Number=Sing``, and their ids."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import BadMorphFeaturesError
from .strings import StringStore, hash_string

if TYPE_CHECKING:
    from .vocab import Vocab

FEATURE_SEP = "|"
FIELD_SEP = "="
VALUE_SEP = ","
EMPTY_MORPH = "_"


class Morphology:
    """The store of morphological analyses.

    An analysis is kept as its canonical string in the vocab's string store: fields sorted, and the values
    of a field, too. Its id is the id of that string; the analysis without features is ``"_"``.
    """

    FEATURE_SEP = FEATURE_SEP
    FIELD_SEP = FIELD_SEP
    VALUE_SEP = VALUE_SEP
    EMPTY_MORPH = EMPTY_MORPH

    def __init__(self, strings: StringStore) -> None:
        self.strings = strings

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.strings,)

    def add(self, features: str | Mapping[Any, str]) -> int:
        """The id of an analysis given as FEATS string or as dict; the canonical string is interned.

        Warns and gives the empty analysis for anything else. Raises ValueError for a string that is no
        FEATS string.
        """
        return self.strings.add(self.normalize_features(features))

    def get(self, morph: int) -> str:
        """The FEATS string of an id, "" for 0 and for an unknown one."""
        if not morph or morph not in self.strings:
            return ""
        return self.strings[morph]

    def normalize_features(self, features: str | Mapping[Any, str]) -> str:
        """The canonical form of a FEATS string or of a dict; "_" for no features."""
        if isinstance(features, str):
            if features and _is_canonical(features):
                return features
            return self.dict_to_feats(self.feats_to_dict(features)) or EMPTY_MORPH
        if isinstance(features, Mapping) and all(isinstance(value, str) for value in features.values()):
            named = {self.strings.as_string(field): value for field, value in features.items()}
            return self.dict_to_feats(named) or EMPTY_MORPH
        warnings.warn(
            f"{features!r} is no set of morphological features and was left out: give a dict such as "
            "{'Case': 'Acc,Nom'}, or a string such as 'Case=Acc,Nom|Number=Sing'.",
            UserWarning,
            stacklevel=3,
        )
        return EMPTY_MORPH

    @staticmethod
    def feats_to_dict(feats: str) -> dict[str, str]:
        """``"Case=Nom,Acc|Number=Sing"`` as ``{"Case": "Acc,Nom", "Number": "Sing"}``."""
        if not isinstance(feats, str):
            raise BadMorphFeaturesError(got=repr(feats))
        if not feats or feats == EMPTY_MORPH:
            return {}
        features = {}
        for feature in feats.split(FEATURE_SEP):
            parts = feature.split(FIELD_SEP)
            if len(parts) != 2:
                raise BadMorphFeaturesError(got=repr(feats))
            features[parts[0]] = _sorted_values(parts[1])
        return features

    @staticmethod
    def dict_to_feats(feats_dict: Mapping[str, str]) -> str:
        """``{"Number": "Sing", "Case": "Nom"}`` as ``"Case=Nom|Number=Sing"``."""
        if not isinstance(feats_dict, Mapping) or not all(isinstance(v, str) for v in feats_dict.values()):
            raise BadMorphFeaturesError(got=repr(feats_dict))
        return FEATURE_SEP.join(
            f"{field}{FIELD_SEP}{_sorted_values(value)}" for field, value in sorted(feats_dict.items())
        )


def _is_canonical(feats: str) -> bool:
    """Whether a FEATS string is written as ``dict_to_feats`` would: features by name, and one value each."""
    fields = [feature.partition(FIELD_SEP)[0] for feature in feats.split(FEATURE_SEP)]
    one_each = feats.count(FIELD_SEP) == len(fields) and "," not in feats
    return one_each and fields[0] != "" and fields == sorted(set(fields))


class MorphAnalysis:
    """One morphological analysis: ``token.morph``. Cannot be changed; equal to another with the same
    features."""

    __slots__ = ("_feats", "key", "vocab")

    def __init__(self, vocab: Vocab, features: str | Mapping[Any, str] | None = None) -> None:
        self.vocab = vocab
        self.key: int = vocab.morphology.add({} if features is None else features)
        self._feats: str | None = None

    @classmethod
    def from_id(cls, vocab: Vocab, key: int) -> MorphAnalysis:
        """The analysis of an id; without features where the id is 0 or unknown."""
        morph = cls.__new__(cls)
        morph.vocab = vocab
        morph.key = key
        morph._feats = None
        return morph

    @classmethod
    def from_feats(cls, vocab: Vocab, feats: str) -> MorphAnalysis:
        """The analysis of a FEATS string that is canonical already, without interning it."""
        morph = cls.from_id(vocab, hash_string(feats))
        morph._feats = "" if feats == EMPTY_MORPH else feats
        return morph

    def __str__(self) -> str:
        if self._feats is None:
            feats = self.vocab.morphology.get(self.key)
            self._feats = "" if feats == EMPTY_MORPH else feats
        return self._feats

    __repr__ = __str__

    def to_json(self) -> str:
        """The FEATS string, "" without features."""
        return str(self)

    def to_dict(self) -> dict[str, str]:
        """Field -> values, joined by commas."""
        return Morphology.feats_to_dict(str(self))

    def get(self, field: Any, default: Any = None) -> Any:
        """The values of a field as a list; where the analysis lacks it, the default, or an empty list."""
        value = self.to_dict().get(field)
        if value is None:
            return [] if default is None else default
        return value.split(VALUE_SEP)

    def __iter__(self) -> Iterator[str]:
        """Each feature as "Field=Value"; a field with several values once for each."""
        for field, values in self.to_dict().items():
            for value in values.split(VALUE_SEP):
                yield f"{field}{FIELD_SEP}{value}"

    def __contains__(self, feature: str | int) -> bool:
        """Whether it has a feature, given as "Field=Value" or as the id of that string."""
        if isinstance(feature, str):
            return feature in iter(self)
        return any(hash_string(mine) == feature for mine in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            raise BadMorphFeaturesError(
                "A MorphAnalysis is not comparable with a string: compare str(morph)."
            )
        if isinstance(other, MorphAnalysis):
            return self.key == other.key
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.key)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.vocab, str(self))


def _sorted_values(values: str) -> str:
    return VALUE_SEP.join(sorted(values.split(VALUE_SEP))) if VALUE_SEP in values else values
