"""``nlpcore distill``: a teacher, raw text, a student."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nlpcore.cli.training import COLUMNS
from nlpcore.training.distillation import CERTAIN, distill, with_gold
from nlpcore.training.settings import read_config
from nlpcore.training.showing import counting, display
from nlpcore.training.text_files import raw_lines, text_files


def run_distillation(
    teacher: str,
    raw_text: Path,
    config_path: Path,
    output: Path,
    data: Path,
    *,
    gold: Sequence[Path] = (),
    words: int = 0,
    processes: int = 0,
    silver: Path | None = None,
    certain: float | None = None,
    baseline: str | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> None:
    """Run the whole recipe and print the scores side by side."""
    config = with_gold(read_config(config_path, overrides), gold)
    with counting("words annotated") as on_silver, display(config.schedule.epochs, COLUMNS) as shown:
        result = distill(
            teacher,
            raw_lines(text_files(raw_text)),
            config,
            output,
            data=data,
            words=words,
            processes=processes,
            silver=silver,
            certain=None if certain is None else dict.fromkeys(CERTAIN, certain),
            baseline=baseline,
            on_stage=shown.log,
            on_silver=on_silver,
            on_progress=shown.on_progress,
        )
    print(result.as_text())
    print(f"{result.silver_words:,} words of silver data. The student is in {output / 'student'}.")
