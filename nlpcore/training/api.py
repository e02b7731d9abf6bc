"""Training from Python in a few lines: ``nlpcore.train``."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import NothingToLearnError, TrainingSettingsError
from ..util import did_you_mean
from . import keeping, loop
from .lost import LostAnnotation, lost_annotation
from .settings import SCHEDULE_RANGES, Schedule, check_range

if TYPE_CHECKING:
    from ..language import Language
    from .example import Example

    Data = str | os.PathLike[str] | Iterable[Example] | Callable[[Language], Iterable[Example]]

#: What differs from a ``Schedule``'s own values: data are fewer here than a treebank.
DEFAULTS = {"batch_words": 500, "max_words": 120, "dropout": 0.2, "warmup_steps": 20}
#: … and for a model that has learned already, from a few hundred sentences.
FOR_LOADED = {"batch_words": 200, "explore_after": 0}


#: Few data are learned in smaller batches: about so many steps in a pass, of so many words at least.
STEPS = 20
LEAST_BATCH = 10


@dataclass
class TrainingReport(loop.TrainResult):
    """What a run gave.

    before, after: scores on the dev data, as ``nlp.evaluate`` gives them; before for models that had learned.
    old_before, old_after: likewise on ``old_dev``. kept: how far the pipeline still gives what the original
    gave for texts that were rehearsed, from 0 to 1. added: the recognizer that new entity types got. lost:
    what of the examples' annotation does not fit the tokens; ``lost.places`` lists it.
    """

    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    old_before: dict[str, Any] = field(default_factory=dict)
    old_after: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, float] = field(default_factory=dict)
    added: str | None = None
    lost: LostAnnotation = field(default_factory=LostAnnotation)

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
        if self.added:
            lines.append(f"new entity types are in a component of their own, {self.added!r}")
        lines += _compared(self.before, self.after)
        if self.old_after:
            lines += ["what it could do before:", *_compared(self.old_before, self.old_after)]
        if self.kept:
            shown = ", ".join(f"{name} {100 * value:.1f}" for name, value in self.kept.items())
            lines.append(f"the same as before on rehearsed texts: {shown}")
        if self.lost:
            lines.append(str(self.lost))
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
    show: bool = False,
    rehearse: keeping.Texts | bool | None = None,
    old_dev: Data | None = None,
    **settings: Any,
) -> TrainingReport:
    """Teach a pipeline what examples say; a loaded one goes on from what it knows, and gets their new labels.

    train, dev: Examples, a function of the pipeline that gives them (such as ``Corpus(path)``), or the path
    of a CoNLL-U file, of JSON lines, or of a file with a tag a token. Of the passes over the data, the one
    that scores best on ``dev`` is kept, by ``nlp.config["training"]["score_weights"]``; without it, the last.
    output: a directory for the model; the state of the run is beside it until it is done, and ``resume`` goes
    on with it. log: a file for a line of JSON at each evaluation. show: a bar with words/s and the time left,
    and the scores of each pass; on_progress: a function that hears of them instead. settings: those of
    ``settings.Schedule`` (``epochs=``, ``dropout=``, ``frozen=`` …), with defaults that suit few data.

    A model that had learned keeps what it could do (``training.keeping``): entity types that it did not have
    get a recognizer of their own, beside which all else stays; what it learns in place, it rehearses.
    rehearse: texts such as it was made for, or the path of a file with them; without, it does with what it
    knows of the texts that it learned from, and with those of the examples. False: it may forget. old_dev:
    examples of what it could do before, which are scored before and after.

    Raises TrainingSettingsError, NothingToLearnError, RehearsalError, CheckpointError (ValueErrors), OSError.
    """
    examples = list(read_examples(nlp, train))
    dev_examples = [] if dev is None else list(read_examples(nlp, dev))
    old_examples = [] if old_dev is None else list(read_examples(nlp, old_dev))
    loaded = [name for name, pipe in nlp.pipeline if getattr(pipe, "is_ready", False)]
    schedule = make_schedule(nlp, settings, sum(len(e.predicted) for e in examples), loaded=bool(loaded))
    plan = Plan()
    if loaded and rehearse is not False and examples:
        plan = make_plan(nlp, examples, None if rehearse is True else rehearse)
        schedule = replace(schedule, frozen=[*schedule.frozen, *plan.frozen])
    if plan.old is not None:
        new_types = keeping.entity_labels(examples)
        old_types = keeping.types_of(nlp)
        dev_examples = speaking_of(dev_examples, new_types | keeping.entity_labels(dev_examples))
        examples, old_examples = speaking_of(examples, new_types), speaking_of(old_examples, old_types)
    with keeping.trained_part(nlp):
        before = nlp.evaluate(dev_examples) if loaded and dev_examples else {}
        old_before = nlp.evaluate(old_examples) if loaded and old_examples else {}
    place = None if output is None else Path(output)
    with added_recognizer(nlp, plan, examples, dev_examples), shown(schedule, dev_examples, show) as hear:
        begin(nlp, examples, loaded, as_they_are={*schedule.frozen, plan.old})
        check_learners(nlp, examples, schedule)
        result = loop.train(
            nlp,
            examples,
            evaluate=(lambda nlp: _numbers(nlp.evaluate(dev_examples))) if dev_examples else None,
            schedule=schedule,
            on_progress=hear or on_progress,
            checkpoint=None if place is None else place.with_name(f"{place.name}.checkpoint"),
            resume=resume,
            log=None if log is None else Path(log),
            rehearsal=plan.rehearsal,
        )
    if not loaded:
        keeping.describe_texts(nlp, examples)
    after = nlp.evaluate(dev_examples) if dev_examples else {}
    if after:
        nlp.meta["performance"] = {name: value for name, value in after.items() if name != "speed"}
    nlp.meta["training"] = {"sentences": len(examples), "schedule": asdict(schedule)}
    if place is not None:
        nlp.to_disk(place)
    return TrainingReport(
        **vars(result),
        before=before,
        after=after,
        old_before=old_before,
        old_after=nlp.evaluate(old_examples) if old_examples else {},
        kept=keeping.original_scores(nlp, plan.compared),
        added=plan.added,
        lost=lost_annotation(examples),
    )


@dataclass
class Plan:
    """How a loaded model learns without forgetting.

    frozen: what stays as it is. old: the recognizer beside which new entity types get one of their own, and
    added: that one. rehearsal: what is learned beside the examples. compared: what the original gave.
    """

    frozen: list[str] = field(default_factory=list)
    old: str | None = None
    added: str | None = None
    texts: list[str] = field(default_factory=list)
    rehearsal: keeping.Rehearsal | None = None
    compared: list[Example] = field(default_factory=list)


def make_plan(nlp: Language, examples: list[Example], texts: keeping.Texts | None) -> Plan:
    """What to freeze, what to rehearse, and whether new entity types get a recognizer of their own."""
    labels = keeping.entity_labels(examples)
    plan = Plan(texts=keeping.read_texts(texts), old=keeping.old_recognizer(nlp, labels))
    taught = keeping.learners(nlp, examples)
    if plan.old is not None:
        taught -= set(keeping.recognizers_of(nlp))
    plan.frozen = keeping.untouched(nlp, taught)
    if taught:
        plan.rehearsal = keeping.Rehearsal(nlp, examples, plan.texts)
        plan.compared = plan.rehearsal.compared()
    else:
        plan.compared = keeping.Rehearsal(nlp, [], plan.texts[: keeping.COMPARED]).compared()
    return plan


@contextmanager
def added_recognizer(
    nlp: Language, plan: Plan, examples: list[Example], dev_examples: list[Example]
) -> Iterator[None]:
    """Adds the recognizer that a plan wants. Where learning fails within, it is gone again: what has not
    learned would only be in the way.
    """
    if plan.old is None:
        yield
        return
    own_texts = [example.predicted for example in [*examples, *dev_examples]]
    plan.added = keeping.add_recognizer(nlp, plan.old, examples, own_texts, plan.texts)
    try:
        yield
    except BaseException:
        nlp.remove_pipe(plan.added)
        raise


@contextmanager
def shown(
    schedule: Schedule, dev_examples: list[Example], show: bool
) -> Iterator[Callable[[loop.Progress], None] | None]:
    """What shows the progress of a run, if anything does."""
    if not show:
        yield None
        return
    from .showing import display

    with display(schedule.epochs, list(schedule.score_weights) if dev_examples else [], 100.0) as screen:
        yield screen.on_progress


def check_learners(nlp: Language, examples: list[Example], schedule: Schedule) -> None:
    """Raise NothingToLearnError where no component can learn from the examples."""
    taught = keeping.learners(nlp, examples) - set(schedule.frozen)
    if examples and not any(getattr(nlp.get_pipe(name), "labels", True) for name in taught):
        reason = "the examples have no labels for any of the components that are to learn"
        raise NothingToLearnError(reason=reason)


def speaking_of(examples: Iterable[Example], labels: Iterable[str]) -> list[Example]:
    """The examples, saying nothing of other entity types, unless they say themselves what they speak of."""
    return [
        example
        if example.known_entity_labels is not None
        else type(example)(example.predicted, example.reference, known_entity_labels=labels)
        for example in examples
    ]


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


def make_schedule(nlp: Language, given: Mapping[str, Any], words: int, *, loaded: bool) -> Schedule:
    """The schedule of a run on so many words.

    Raises TrainingSettingsError for unknown names and impossible values.
    """
    known = [f.name for f in fields(Schedule)]
    unknown = [name for name in given if name not in known]
    if unknown:
        hint = did_you_mean(unknown[0], known)
        reason = f"there is no setting {unknown[0]!r}.{hint} There are {', '.join(known)}"
        raise TrainingSettingsError(path="nlpcore.train", reason=reason)
    weights = {name: w for name, w in nlp.config["training"]["score_weights"].items() if w}
    usual: dict[str, Any] = {**DEFAULTS, "score_weights": weights, **(FOR_LOADED if loaded else {})}
    usual["batch_words"] = min(usual["batch_words"], max(LEAST_BATCH, words // STEPS))
    values = {**usual, **given}
    schedule = Schedule(**values)
    try:
        check_range(schedule, "nlpcore.train", SCHEDULE_RANGES)
    except ValueError as e:
        raise TrainingSettingsError(path="nlpcore.train", reason=str(e)) from e
    return schedule


def begin(
    nlp: Language, examples: list[Example], loaded: list[str], as_they_are: Collection[str | None]
) -> None:
    """Initialize what has learned nothing yet, and add new labels to what has, but for some components."""
    from ..pipeline.encoder import Encoder

    fresh = [
        name
        for name, pipe in nlp.pipeline
        if hasattr(pipe, "initialize") and not getattr(pipe, "is_ready", False)
    ]
    for name in loaded:
        if name in as_they_are:
            continue
        pipe: Any = nlp.get_pipe(name)
        if not isinstance(pipe, Encoder):
            pipe.add_labels_from(examples)
    if fresh:
        with nlp.select_pipes(enable=fresh):
            nlp.initialize(lambda: examples)


def _compared(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """A line for each score, with what it was before."""
    lines = []
    for name, value in _numbers(new).items():
        before = old.get(name)
        shown = f"{100 * before:6.1f} -> " if isinstance(before, (int, float)) else ""
        lines.append(f"{name:<14} {shown}{100 * value:6.1f}")
    return lines


def _numbers(scores: Mapping[str, Any]) -> dict[str, float]:
    return {
        name: float(value)
        for name, value in scores.items()
        if isinstance(value, (int, float)) and name != "speed"
    }
