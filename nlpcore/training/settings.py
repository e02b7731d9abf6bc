"""What a training run is made of, as typed settings read from a TOML file."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from ..errors import TrainingSettingsError
from ..util import did_you_mean

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover - Python 3.10
    import tomli as tomllib


#: What is left of the learn rate at the end of a run.
LEAST_RATE = 0.02


def learn_rate_at(step: int, learn_rate: float, warmup_steps: int, done: float) -> float:
    """The learn rate of a step: it rises over the first ones, and falls while ``done`` goes from 0 to 1."""
    return learn_rate * min(1.0, (step + 1) / max(1, warmup_steps)) * max(LEAST_RATE, 1.0 - done)


#: What a corpus can know of its words.
LAYERS = ("xpos", "upos", "feats", "lemmas", "heads", "entities")


@dataclass
class Source:
    """One corpus: a treebank (``conllu``), with entities from a file of their own (``ner``) or from GUM's
    ``Entity=`` (``gum``), or entities alone (``ner`` without ``conllu``). Paths are relative to the data
    folder.

    labels: how the file's entity types are named here (a name in ``iob.LABEL_MAPS``, or a table).
    repeat: how often it is learned in one pass. unknown: layers that count as unknown there (``LAYERS``):
    where the guidelines of two corpora differ, one of them can teach alone. guess_blanks: an entity file
    without its text gets the blanks that English would have; else there is one between all tokens.
    """

    conllu: str | None = None
    ner: str | None = None
    gum: bool = False
    labels: Any = None
    repeat: int = 1
    unknown: list[str] = field(default_factory=list)
    guess_blanks: bool = True


@dataclass
class Vectors:
    """Word vectors that the lexeme embeddings are fitted to before training (see ``lexical_pretraining``)."""

    path: str
    passes: float = 20.0
    learn_rate: float = 0.003


@dataclass
class Schedule:
    """How the parameters are learned.

    epochs: passes over the data. batch_words: tokens in a batch. max_words: longer documents are cut at
    sentence ends. learn_rate rises over ``warmup_steps`` and then falls linearly to zero;
    encoder_learn_rate: that of the encoder, 0: the same. explore_after: the pass from which on the
    transition systems follow their own choices. grad_clip: the most that the norm of a parameter's gradient
    can be, 0: whatever it is. patience: so many evaluations without a better
    one end the run, 0: none does. silver_share: words of silver data, where there is some, for each word of
    the corpora in a pass; gold_passes: the last passes, which are over the corpora alone. frozen: components
    that stay as they are. checkpoint_seconds: how often the state of the run is saved. threads: on which
    components learn at the same time, 0: on all cores that NumPy's BLAS leaves free; they change nothing
    about the weights. augment: shares of the examples that get
    altered copies, by kind (see ``augmentation.Augmentation``). weights: of each component's loss (1 unless
    named). score_weights: what makes a model the best one, by the names of dev scores.
    """

    seed: int = 0
    epochs: int = 20
    batch_words: int = 2000
    max_words: int = 250
    gold_tokens: bool = True
    learn_rate: float = 0.002
    encoder_learn_rate: float = 0.0
    warmup_steps: int = 100
    dropout: float = 0.15
    word_dropout: float = 0.0
    explore_after: int = 1
    evaluate_every: int = 1
    grad_clip: float = 0.0
    patience: int = 0
    silver_share: float = 3.0
    gold_passes: int = 0
    checkpoint_seconds: float = 60.0
    threads: int = 0
    frozen: list[str] = field(default_factory=list)
    augment: dict[str, float] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    score_weights: dict[str, float] = field(
        default_factory=lambda: {
            "LAS": 1.0,
            "UPOS": 0.5,
            "XPOS": 0.5,
            "UFeats": 0.5,
            "Lemmas": 0.5,
            "Sentences": 0.2,
            "ents_f": 0.3,
        }
    )


@dataclass
class TrainingConfig:
    """A whole run: what ``nlpcore train CONFIG OUTPUT`` repeats.

    init: name or path of a model that it begins from (see ``starting.begin_from``).
    """

    lang: str
    name: str
    train: list[Source]
    dev: Source
    pipeline: list[str] = field(
        default_factory=lambda: ["tok2vec", "tagger", "morphologizer", "parser", "lemmatizer", "ner"]
    )
    components: dict[str, dict[str, Any]] = field(default_factory=dict)
    vectors: Vectors | None = None
    schedule: Schedule = field(default_factory=Schedule)
    meta: dict[str, Any] = field(default_factory=dict)
    init: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def read_config(path: str | Path, overrides: Mapping[str, Any] | None = None) -> TrainingConfig:
    """Read the settings of a run.

    overrides: dotted names and values that go before those of the file (``{"schedule.epochs": 3}``); of a
    list of tables, such as ``train``, the name is that of its only one, or a number says which
    (``train.0.conllu``).

    Raises TrainingSettingsError naming the file and what is wrong in it, OSError.
    """
    data = read_toml(path)
    try:
        for name, value in (overrides or {}).items():
            _override(data, name, value)
        return config_from_dict(data)
    except (TypeError, ValueError) as e:
        if isinstance(e, TrainingSettingsError):
            raise
        raise TrainingSettingsError(path=str(path), reason=str(e)) from e


def read_toml(path: str | Path) -> dict[str, Any]:
    """The tables of a TOML file. Raises TrainingSettingsError, OSError."""
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise TrainingSettingsError(path=str(path), reason=str(e)) from e


def parse_value(text: str) -> Any:
    """A value as TOML writes it; what TOML cannot read is a string."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _override(data: dict[str, Any], name: str, value: Any) -> None:
    """Put a value where a dotted name says. Raises ValueError where there is no such place."""
    place: Any = data
    *path, last = name.split(".")
    for i, key in enumerate(path):
        if isinstance(place, dict):
            place = place.setdefault(key, {})
        if isinstance(place, list):
            number = path[i + 1] if i + 1 < len(path) else ""
            if number.isdecimal() and int(number) < len(place):
                place = {number: place[int(number)]}
            elif len(place) == 1:
                place = place[0]
            else:
                raise ValueError(f"{name}: there are {len(place)} of [[{key}]]; say which: {key}.0.{last}")
        if not isinstance(place, dict):
            raise ValueError(f"{name}: {key!r} is no table")
    place[last] = value


def config_from_dict(data: dict[str, Any]) -> TrainingConfig:
    """Settings from plain tables; ValueError or TypeError says which entry is unknown, missing or of a
    wrong type.
    """
    data = dict(data)
    data["train"] = [_fill(Source, entry, "train") for entry in _list(data.get("train"), "train")]
    data["dev"] = _fill(Source, data.get("dev", {}), "dev")
    if data.get("vectors") is not None:
        data["vectors"] = _fill(Vectors, data["vectors"], "vectors")
    data["schedule"] = _fill(Schedule, data.get("schedule", {}), "schedule")
    config = _fill(TrainingConfig, data, "the file")
    for source in [*config.train, config.dev]:
        if source.conllu is None and source.ner is None:
            raise ValueError("a corpus needs `conllu`, `ner` or both")
        check_range(source, "train", {"repeat": (1, 10**6)})
        if not isinstance(source.unknown, list) or not set(map(str, source.unknown)) <= set(LAYERS):
            raise ValueError(f"[train] unknown must be a list of some of {', '.join(LAYERS)}")
    _check_pipeline(config)
    check_range(config.schedule, "schedule", SCHEDULE_RANGES)
    for name in ("weights", "score_weights"):
        values = getattr(config.schedule, name)
        if not isinstance(values, dict) or not all(_is_number(value) for value in values.values()):
            raise TypeError(f"[schedule] {name} must be a table of numbers")
    from .augmentation import Augmentation

    Augmentation.of(config.schedule.augment)
    frozen = config.schedule.frozen
    if not isinstance(frozen, list) or not set(map(str, frozen)) <= set(config.pipeline):
        raise ValueError("[schedule] frozen must be a list of components of the pipeline")
    if config.vectors is not None:
        check_range(config.vectors, "vectors", {"passes": (0, 10**6), "learn_rate": (0, 1)})
    return config


#: the least and the most that a setting can be
SCHEDULE_RANGES: dict[str, tuple[float, float]] = {
    "seed": (0, 2**32 - 1),
    "epochs": (1, 10**9),
    "batch_words": (1, 10**9),
    "max_words": (0, 10**9),
    "learn_rate": (0, 1),
    "encoder_learn_rate": (0, 1),
    "warmup_steps": (0, 10**9),
    "dropout": (0, 0.95),
    "word_dropout": (0, 1),
    "explore_after": (0, 10**9),
    "evaluate_every": (1, 10**9),
    "grad_clip": (0, 10**6),
    "patience": (0, 10**9),
    "silver_share": (0, 10**6),
    "gold_passes": (0, 10**9),
    "checkpoint_seconds": (0, 10**6),
    "threads": (0, 1024),
}


def _check_pipeline(config: TrainingConfig) -> None:
    names = config.pipeline
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise TypeError("pipeline must be a list of names of components")
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ValueError(f"pipeline names the component {twice[0]!r} twice")
    if not isinstance(config.components, dict):
        raise TypeError("[components] must be a table of tables")
    for name, values in config.components.items():
        if not isinstance(values, dict):
            raise TypeError(f"[components.{name}] must be a table")
        if name not in names:
            raise ValueError(f"[components.{name}]: the pipeline has no component {name!r}")
    if not isinstance(config.meta, dict):
        raise TypeError("[meta] must be a table")


def check_range(values: Any, where: str, ranges: dict[str, tuple[float, float]]) -> None:
    """Raise ValueError where an attribute of ``values`` is no number between the least and the most."""
    for name, (least, most) in ranges.items():
        value = getattr(values, name)
        if not _is_number(value) or not least <= value <= most:
            raise ValueError(f"[{where}] {name} is {value!r}, it must be {least:,} to {most:,}")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"there must be at least one [[{name}]]")
    return value


def _fill(kind: type, values: Any, where: str) -> Any:
    if not isinstance(values, dict):
        raise TypeError(f"[{where}] must be a table")
    known = {f.name: f for f in fields(kind)}
    unknown = sorted(set(values) - set(known))
    if unknown:
        hint = did_you_mean(unknown[0], known)
        raise ValueError(f"[{where}] has no setting {unknown[0]!r}.{hint} There are {', '.join(known)}")
    for name, value in values.items():
        expected = _SCALARS.get(str(known[name].type))
        if expected is not None and (
            not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected)
        ):
            raise TypeError(
                f"[{where}] {name} must be of type {known[name].type}, not {type(value).__name__}"
            )
    return kind(**values)


_SCALARS: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "str": (str,),
    "str | None": (str,),
}
