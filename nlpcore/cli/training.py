"""``nlpcore train``: a progress bar, a line of scores for each pass, the model in a directory."""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from nlpcore.models.files import write_file
from nlpcore.models.pipeline_io import write_pipeline
from nlpcore.training import loop
from nlpcore.training.config_text import settings_text
from nlpcore.training.run import train_pipeline
from nlpcore.training.settings import parse_value, read_config

#: The settings of the run, in the model's directory.
SETTINGS_NAME = "training.toml"
COLUMNS = ["Words", "Sentences", "UPOS", "XPOS", "UFeats", "Lemmas", "UAS", "LAS", "ents_f"]


def run_training(
    config_path: Path,
    output: Path,
    data: Path,
    *,
    seed: int | None = None,
    epochs: int | None = None,
    overrides: Mapping[str, Any] | None = None,
    resume: bool = False,
    log: Path | None = None,
    curves: Path | None = None,
) -> None:
    """Train what the configuration describes and write it to ``output``, in half precision, with the
    settings of the run beside it (``training.toml``), which repeat it.

    The state of the run is beside it (``NAME.checkpoint``) until it is done.
    """
    config = read_config(config_path, overrides)
    if output.exists() and not output.is_dir():  # known before the work, not after it
        raise NotADirectoryError(
            errno.ENOTDIR, "there is a file where the model's directory should be", str(output)
        )
    if seed is not None:
        config.schedule.seed = seed
    if epochs is not None:
        config.schedule.epochs = epochs
    console = Console()
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[speed]:>8,.0f} words/s"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task("pass 1", total=config.schedule.epochs, speed=0.0)

        def on_progress(progress: loop.Progress) -> None:
            done = progress.epoch - 1 + progress.words_done / progress.words_in_pass
            bar.update(
                task, completed=done, description=f"pass {progress.epoch}", speed=progress.words_per_second
            )
            if progress.scores:
                console.print(score_line(progress), highlight=False, soft_wrap=True)

        console.print(
            f"{'pass':>4} {'words/s':>8} " + " ".join(f"{name:>9}" for name in COLUMNS), highlight=False
        )
        output.parent.mkdir(parents=True, exist_ok=True)
        nlp, result = train_pipeline(
            config,
            data,
            on_stage=bar.log,
            on_progress=on_progress,
            checkpoint=output.with_name(f"{output.name}.checkpoint"),
            resume=resume,
            log=log,
        )
    write_pipeline(nlp, output, half=True)
    write_file(output / SETTINGS_NAME, settings_text(config).encode())
    if curves is not None:
        result.plot(curves)
    console.print(
        f"Wrote {output}: best pass {result.best_epoch}, {result.seconds:,.0f} s, "
        f"{result.words_per_second:,.0f} words/s.",
        highlight=False,
        soft_wrap=True,
    )


def parse_overrides(arguments: Sequence[str]) -> dict[str, Any]:
    """``--schedule.epochs 3`` and ``--schedule.epochs=3`` as ``{"schedule.epochs": 3}``.

    Raises ValueError for anything else.
    """
    found: dict[str, Any] = {}
    rest = list(arguments)
    while rest:
        option = rest.pop(0)
        name, equals, text = option.partition("=")
        if not name.startswith("--") or len(name) < 3 or not (equals or rest):
            raise ValueError(
                f"{option!r} is no setting: write --SECTION.NAME VALUE, as in --schedule.epochs 3"
            )
        found[name[2:]] = parse_value(text if equals else rest.pop(0))
    return found


def score_line(progress: loop.Progress) -> str:
    """The dev scores of a pass in columns; a star marks the best so far."""
    scores = " ".join(f"{progress.scores.get(name, float('nan')):>9.2f}" for name in COLUMNS)
    return (
        f"{progress.epoch:>4} {progress.words_per_second:>8,.0f} {scores} {'*' if progress.is_best else ''}"
    )
