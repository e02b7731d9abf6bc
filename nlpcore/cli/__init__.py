"""The command line. This module imports nothing heavy: the commands do when they run."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit: 0 done, 1 it failed, 2 called wrongly, 130 interrupted (Ctrl-C)."""
    from nlpcore.cli.run import run

    raise SystemExit(run(arguments))
