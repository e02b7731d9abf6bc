"""A small model that learns from what a large one says of raw text (Hinton et al. 2015; Kim & Rush 2016).

The teacher's annotation of raw text (silver data) is learned beside the corpora that people annotated. What
it was not certain of is left out word by word, not sentence by sentence: the parser's oracle charges nothing
for an arc that is unknown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..models.files import write_file
from ..models.pipeline_io import write_pipeline
from .evaluate import evaluate_documents
from .loop import Progress
from .run import flat_scores, source_documents, train_pipeline
from .silver import Silver
from .silver_making import make_silver

if TYPE_CHECKING:
    from ..language import Language
    from .settings import TrainingConfig

#: How certain the teacher must have been, by column, for its word to count.
CERTAIN = {"HEAD": 0.5, "TAG": 0.5, "POS": 0.5, "MORPH": 0.92}
#: Scores that the table shows.
SHOWN = ("Words", "Sentences", "UPOS", "XPOS", "UFeats", "Lemmas", "UAS", "LAS", "ents_f")
STUDENT, ALONE, SILVER, SCORES = "student", "alone", "silver", "scores.json"


@dataclass
class Distilled:
    """Scores on the dev data in percent, by who reached them; silver_words: what the teacher annotated."""

    scores: dict[str, dict[str, float]]
    silver_words: int

    def as_text(self) -> str:
        """The scores side by side."""
        width = max(map(len, self.scores))
        lines = [" ".join([" " * width, *(f"{name:>9}" for name in SHOWN)])]
        for who, scores in self.scores.items():
            values = (scores.get(name, float("nan")) for name in SHOWN)
            lines.append(" ".join([f"{who:<{width}}", *(f"{value:>9.2f}" for value in values)]))
        return "\n".join(lines)


def distill(
    teacher: str | Path,
    texts: Iterable[str],
    config: TrainingConfig,
    output: str | Path,
    *,
    data: str | Path = ".",
    words: int = 0,
    processes: int = 0,
    silver: str | Path | None = None,
    certain: Mapping[str, float] | None = None,
    baseline: str | Path | None = None,
    on_stage: Callable[[str], None] | None = None,
    on_silver: Callable[[int], None] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Distilled:
    """Annotate raw text with a teacher and train a student on that and on the configuration's corpora.

    Into the folder ``output`` go the student, the same student trained without the teacher (``alone``), the
    shards (unless ``silver`` is another folder), and the scores of all three. What is done already, a part of
    the shards or of a training run, is gone on with. words: of raw text that are annotated, 0: all. certain:
    see ``silver.Silver``. baseline: a model that stands for the student without the teacher. on_silver hears
    of the words that are annotated, on_progress of the training.

    Raises what ``make_silver`` and ``train_pipeline`` raise.
    """
    import nlpcore

    tell = on_stage or (lambda text: None)
    folder = Path(output)
    shards = Path(silver) if silver is not None else folder / SILVER
    folder.mkdir(parents=True, exist_ok=True)
    tell("the teacher reads")
    n_words = make_silver(teacher, texts, shards, words=words, processes=processes, on_progress=on_silver)
    limits = CERTAIN if certain is None else dict(certain)

    def learned(nlp: Language) -> Silver:
        return Silver(nlp, shards, words=words, certain=limits, max_words=config.schedule.max_words)

    def train(name: str, given: Callable[[Language], Silver] | None) -> Language:
        nlp, _ = train_pipeline(
            config,
            data,
            on_stage=tell,
            on_progress=on_progress,
            checkpoint=folder / f"{name}.checkpoint",
            resume=True,
            silver=given,
        )
        if given is not None:
            name_the_teacher(nlp, nlpcore.load(teacher), n_words)
        write_pipeline(nlp, folder / name, half=True)
        return nlp

    tell("the student learns")
    train(STUDENT, learned)
    if baseline is None:
        tell("the student learns without the teacher")
        train(ALONE, None)
    dev = list(source_documents(config.dev, Path(data), tell))
    found = {
        "teacher": teacher,
        "student": folder / STUDENT,
        "student without teacher": folder / ALONE if baseline is None else baseline,
    }
    scores = {who: flat_scores(evaluate_documents(nlpcore.load(what), dev)) for who, what in found.items()}
    result = Distilled(scores, n_words)
    write_file(folder / SCORES, json.dumps(asdict(result), indent=2).encode())
    return result


def name_the_teacher(nlp: Language, teacher: Language, n_words: int) -> None:
    """Say in a student's metadata who taught it, and whose work that was."""
    meta = teacher.meta
    full = f"{meta.get('lang')}_{meta.get('name')} {meta.get('version', '')}".strip()
    source = {
        "name": f"{full} (the teacher: it annotated {n_words:,} tokens of raw text)",
        "author": meta.get("author", ""),
        "url": meta.get("url", ""),
        "license": meta.get("license", ""),
    }
    own = list(nlp.meta.get("sources") or [])
    known = {entry.get("name") for entry in own}
    theirs = [entry for entry in meta.get("sources") or [] if entry.get("name") not in known]
    nlp.meta["sources"] = [*own, source, *theirs]


def with_gold(config: TrainingConfig, paths: Iterable[Path]) -> TrainingConfig:
    """The configuration with other corpora to learn from."""
    from .settings import Source

    sources = [Source(conllu=str(path.absolute())) for path in paths]
    return replace(config, train=sources) if sources else config
