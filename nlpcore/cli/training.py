"""``nlpcore train``: a progress bar, a line of scores for each pass, the model in a directory."""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nlpcore
from nlpcore.models.files import write_file
from nlpcore.models.pipeline_io import write_pipeline
from nlpcore.training.config_text import settings_text
from nlpcore.training.pretraining import Pretraining, pretrain
from nlpcore.training.run import train_pipeline
from nlpcore.training.settings import parse_value, read_config, read_toml
from nlpcore.training.showing import display, reading
from nlpcore.training.starting import begin_before, begin_from
from nlpcore.training.text_files import raw_lines

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
    output.parent.mkdir(parents=True, exist_ok=True)
    with display(config.schedule.epochs, COLUMNS) as shown:
        nlp, result = train_pipeline(
            config,
            data,
            on_stage=shown.log,
            on_progress=shown.on_progress,
            checkpoint=output.with_name(f"{output.name}.checkpoint"),
            resume=resume,
            log=log,
        )
    write_pipeline(nlp, output, half=True)
    write_file(output / SETTINGS_NAME, settings_text(config).encode())
    if curves is not None:
        result.plot(curves)
    print(
        f"Wrote {output}: best pass {result.best_epoch}, {result.seconds:,.0f} s, "
        f"{result.words_per_second:,.0f} words/s."
    )


def run_pretraining(
    output: Path,
    texts: Sequence[Path],
    *,
    lang: str,
    config_path: Path | None,
    init: str | None,
    name: str,
    words: int,
    seed: int,
) -> None:
    """Pretrain an encoder on raw text and write it to ``output``, a model of its own."""
    nlp = nlpcore.blank(lang)
    nlp.add_pipe("tok2vec", config=encoder_settings(config_path))
    nlp.meta["name"] = name
    if init is not None:
        starter = nlpcore.load(init)
        begin_from(nlp, starter, begin_before(nlp, starter))
    settings = Pretraining(words=words, seed=seed)
    with reading(words) as heard:
        result = pretrain(nlp, lambda: raw_lines(texts), settings, on_progress=heard)
    write_pipeline(nlp, output, half=True)
    print(
        f"Wrote {output}: {result.words:,} words, {result.seconds:,.0f} s; of the hidden words "
        f"{100 * result.accuracy:.1f}% are told right, loss {result.loss:.3f}."
    )


def encoder_settings(config_path: Path | None) -> dict[str, Any]:
    """What a configuration says of its tok2vec. Raises TrainingSettingsError, OSError."""
    if config_path is None:
        return {}
    # Such a configuration may have no language, name or corpora of its own yet.
    stated = read_toml(config_path).get("components", {})
    settings = stated.get("tok2vec", {}) if isinstance(stated, dict) else {}
    return settings if isinstance(settings, dict) else {}


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
