"""Where a run stands, for people: a bar with words/s and the time left, a line of scores for each pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from . import loop

WIDTH = 9


class Display:
    """What is on the screen during a run; its ``on_progress`` is for ``loop.train``.

    columns: names of the scores that are shown; those that come from 0 to 1 are multiplied by ``scale``.
    """

    def __init__(
        self, bar: Progress, console: Console, epochs: int, columns: Sequence[str], scale: float
    ) -> None:
        self._bar = bar
        self._console = console
        self._task = bar.add_task("pass 1", total=epochs, speed=0.0)
        self._columns = columns
        self._scale = scale
        names = " ".join(f"{name:>{WIDTH}}" for name in columns)
        self._print(f"{'pass':>4} {'words/s':>8} {names}")

    def log(self, text: str) -> None:
        self._bar.log(text)

    def on_progress(self, progress: loop.Progress) -> None:
        done = progress.epoch - 1 + progress.words_done / progress.words_in_pass
        description = f"pass {progress.epoch}"
        self._bar.update(self._task, completed=done, description=description, speed=progress.words_per_second)
        if progress.scores:
            self._print(score_line(progress, self._columns, self._scale))

    def _print(self, text: str) -> None:
        self._console.print(text, highlight=False, soft_wrap=True)


def bar_of(*columns: ProgressColumn) -> Progress:
    """A bar with these columns and the time left; none where there is no terminal."""
    console = Console()
    return Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal)


@contextmanager
def display(epochs: int, columns: Sequence[str], scale: float = 1.0) -> Iterator[Display]:
    """A display on the terminal; without a terminal, the lines of scores alone."""
    speed = TextColumn("{task.fields[speed]:>8,.0f} words/s")
    with bar_of(TextColumn("{task.description}"), BarColumn(), speed) as bar:
        yield Display(bar, bar.console, epochs, columns, scale)


@contextmanager
def reading(words: int) -> Iterator[Callable[[int, float, float], None]]:
    """A bar for a run over raw text; gives what hears of (words read, loss, share that was right)."""
    read = TextColumn("{task.completed:>12,.0f} words")
    learned = TextColumn("loss {task.fields[loss]:.3f}, right {task.fields[right]:.1%}")
    with bar_of(BarColumn(), read, learned) as bar:
        task = bar.add_task("", total=words, loss=0.0, right=0.0)
        yield lambda done, loss, right: bar.update(task, completed=done, loss=loss, right=right)


@contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """A count on the terminal, of nobody knows how many."""
    with bar_of(TextColumn("{task.completed:>12,.0f} {task.description}")) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done: bar.update(task, completed=done)


def score_line(progress: loop.Progress, columns: Sequence[str], scale: float = 1.0) -> str:
    """The dev scores of a pass in columns; a star marks the best so far."""
    values = (scale * progress.scores.get(name, float("nan")) for name in columns)
    scores = " ".join(f"{value:>{WIDTH}.2f}" for value in values)
    star = "*" if progress.is_best else ""
    return f"{progress.epoch:>4} {progress.words_per_second:>8,.0f} {scores} {star}"
