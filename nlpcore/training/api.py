"""Training from Python in a few lines: ``nlpcore.train``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import TrainingSettingsError
from ..util import did_you_mean
from . import loop
from .settings import SCHEDULE_RANGES, Schedule, check_range

if TYPE_CHECKING:
    from ..language import Language
    from .example import Example

    Data = str | os.PathLike[str] | Iterable[Example] | Callable[[Language], Iterable[Example]]

#: What differs from a ``Schedule``'s own values: data are fewer here than a treebank.
DEFAULTS = {"batch_words": 500, "max_words": 120, "dropout": 0.2, "warmup_steps": 20}
#: … and for a model that has learned already, from a few hundred sentences.
FOR_LOADED = {"batch_words": 200, "explore_after": 0}


@dataclass
class TrainingReport(loop.TrainResult):
    """What a run gave.

    before, after: scores on the dev data, as ``nlp.evaluate`` gives them; before for models that had learned.
    """

    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)

    def by_label(self) -> list[tuple[str, float | None, float | None]]:
        """(label, F1 before, F1 after) of every entity label, F1 from 0 to 1; None: it was not there."""
        found = [scores.get("ents_per_type") or {} for scores in (self.before, self.after)]
        labels = sorted({label for scores in found for label in scores})
        old, new = found
        return [(label, old.get(label, {}).get("f"), new.get(label, {}).get("f")) for label in labels]

    def __str__(self) -> str:
        lines = [
            f"{len(self.history)} evaluations, the best after pass {self.best_epoch}; "
            f"{self.seconds:.0f} s, {self.words_per_second:,.0f} words/s"
        ]
        for name, value in _numbers(self.after).items():
            before = self.before.get(name)
            shown = f"{100 * before:6.1f} -> " if isinstance(before, (int, float)) else ""
            lines.append(f"{name:<14} {shown}{100 * value:6.1f}")
        for label, old, new in self.by_label():
            shown = " -> ".join("  none" if value is None else f"{100 * value:6.1f}" for value in (old, new))
            lines.append(f"  {label:<12} {shown}")
        return "\n".join(lines)


def train(
    nlp: Language,
    train: Data,
    dev: Data | None = None,
    *,
    output: str | os.PathLike[str] | None = None,
    resume: bool = False,
    log: str | os.PathLike[str] | None = None,
    on_progress: Callable[[loop.Progress], None] | None = None,
    **settings: Any,
) -> TrainingReport:
    """Teach a pipeline what examples say; a loaded one goes on from what it knows, and gets their new labels.

    train, dev: Examples, a function of the pipeline that gives them (such as ``Corpus(path)``), or the path
    of a CoNLL-U file, of JSON lines, or of a file with a tag a token. Of the passes over the data, the one
    that scores best on ``dev`` is kept, by ``nlp.config["training"]["score_weights"]``; without it, the last.
    output: a directory for the model; the state of the run is beside it until it is done, and ``resume`` goes
    on with it. log: a file for a line of JSON at each evaluation. settings: those of ``settings.Schedule``
    (``epochs=``, ``dropout=``, ``frozen=`` …), with defaults that suit few data.

    A loaded model forgets what its data had and these examples lack; ``frozen`` components do not. What the
    examples do not mark as an entity is none, also for labels that the model had before: give it examples of
    these, too, such as texts that it annotated itself.
    Raises TrainingSettingsError, NothingToLearnError, CheckpointError (ValueErrors), OSError.
    """
    examples = list(read_examples(nlp, train))
    dev_examples = [] if dev is None else list(read_examples(nlp, dev))
    loaded = [name for name, pipe in nlp.pipeline if getattr(pipe, "is_ready", False)]
    schedule = make_schedule(nlp, settings, loaded=bool(loaded))
    begin(nlp, examples, loaded)
    before = nlp.evaluate(dev_examples) if loaded and dev_examples else {}

    def evaluate(pipeline: Language) -> dict[str, float]:
        return _numbers(pipeline.evaluate(dev_examples))

    place = None if output is None else Path(output)
    result = loop.train(
        nlp,
        examples,
        evaluate=evaluate if dev_examples else None,
        schedule=schedule,
        on_progress=on_progress,
        checkpoint=None if place is None else place.with_name(f"{place.name}.checkpoint"),
        resume=resume,
        log=None if log is None else Path(log),
    )
    after = nlp.evaluate(dev_examples) if dev_examples else {}
    if after:
        nlp.meta["performance"] = {name: value for name, value in after.items() if name != "speed"}
    if place is not None:
        nlp.to_disk(place)
    return TrainingReport(**vars(result), before=before, after=after)


def read_examples(nlp: Language, data: Data) -> Iterable[Example]:
    """Examples, from whatever gives them. Raises TypeError for what does not, and what readers raise."""
    from .corpus import documents_to_examples
    from .debugging import read_any
    from .example import validate_examples

    if isinstance(data, (str, os.PathLike)) and Path(data).suffix == ".jsonl":
        from .jsonl import read_jsonl

        return read_jsonl(nlp, data)
    if isinstance(data, (str, os.PathLike)):
        # A tag a token: the spaces between tokens are guessed, and theirs alone.
        own_tokens = Path(data).suffix != ".conllu"
        return documents_to_examples(nlp, read_any(os.fspath(data)), gold_tokens=own_tokens, max_words=120)
    found = list(data(nlp) if callable(data) else data)
    validate_examples(found, "nlpcore.train")
    return found


def make_schedule(nlp: Language, given: Mapping[str, Any], *, loaded: bool) -> Schedule:
    """The schedule of a run. Raises TrainingSettingsError for unknown names and impossible values."""
    known = [f.name for f in fields(Schedule)]
    unknown = [name for name in given if name not in known]
    if unknown:
        hint = did_you_mean(unknown[0], known)
        reason = f"there is no setting {unknown[0]!r}.{hint} There are {', '.join(known)}"
        raise TrainingSettingsError(path="nlpcore.train", reason=reason)
    weights = {name: w for name, w in nlp.config["training"]["score_weights"].items() if w}
    values = {**DEFAULTS, "score_weights": weights, **(FOR_LOADED if loaded else {}), **given}
    schedule = Schedule(**values)
    try:
        check_range(schedule, "nlpcore.train", SCHEDULE_RANGES)
    except ValueError as e:
        raise TrainingSettingsError(path="nlpcore.train", reason=str(e)) from e
    return schedule


def begin(nlp: Language, examples: list[Example], loaded: list[str]) -> None:
    """Initialize what has learned nothing yet, and add new labels to what has."""
    from ..pipeline.tok2vec import Tok2Vec

    fresh = [name for name, pipe in nlp.pipeline if hasattr(pipe, "initialize") and name not in loaded]
    for name in loaded:
        pipe: Any = nlp.get_pipe(name)
        if not isinstance(pipe, Tok2Vec):
            pipe.add_labels_from(examples)
    if fresh:
        with nlp.select_pipes(enable=fresh):
            nlp.initialize(lambda: examples)


def _numbers(scores: Mapping[str, Any]) -> dict[str, float]:
    return {
        name: float(value)
        for name, value in scores.items()
        if isinstance(value, (int, float)) and name != "speed"
    }
