"""Running a command: every failure is one line on stderr that says what to do, and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

OK, FAILED, USAGE, INTERRUPTED, BROKEN_PIPE = 0, 1, 2, 130, 141


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; the exit code."""
    import typer

    from nlpcore.cli.app import app

    usage_error: Any = typer.BadParameter.__mro__[1]  # typer does not export it, nor say which click it uses
    try:
        code = app(
            args=None if arguments is None else list(arguments), prog_name="nlpcore", standalone_mode=False
        )
        sys.stdout.flush()
        # Some versions of typer turn Ctrl-C into this exit code, others into an Abort.
        return complain("interrupted", code) if code == INTERRUPTED else code if isinstance(code, int) else OK
    except typer.Exit as e:
        return e.exit_code
    except usage_error as e:
        command = e.ctx.command_path if e.ctx else "nlpcore"
        return complain(f"{e.format_message()} See: {command} --help", USAGE)
    except (KeyboardInterrupt, typer.Abort):
        return complain("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # Who reads our output has seen enough. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except MemoryError:
        return complain("not enough memory: give it shorter texts, or a machine with more.", FAILED)
    except Exception as e:
        if os.environ.get("NLPCORE_DEBUG"):
            raise
        return complain(describe(e), FAILED)


def describe(error: BaseException) -> str:
    """An error in one line."""
    from nlpcore.errors import NlpcoreError

    text = " ".join(str(error).split())
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, NlpcoreError):
        return text
    return f"{type(error).__name__}: {text} (NLPCORE_DEBUG=1 shows where)"


def complain(text: str, code: int) -> int:
    """Say it on stderr, in one line, whatever stderr can show."""
    encoding = sys.stderr.encoding or "utf-8"
    line = f"nlpcore: {text}".encode(encoding, "backslashreplace").decode(encoding)
    print(line, file=sys.stderr, flush=True)
    return code
