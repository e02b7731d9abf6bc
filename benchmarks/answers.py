"""Runs that answer with a line of JSON, on one thread each."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "BLIS", "MKL")}


def answer(command: list[str], environment: dict[str, str]) -> Any:
    """The last line that a command prints, as JSON. environment: variables to add to those that are set.

    Ends this program, with what the command said, where it fails.
    """
    result = subprocess.run(
        command, env={**os.environ, **ONE_THREAD, **environment}, capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise SystemExit(result.stderr[-2000:])
    return json.loads(result.stdout.splitlines()[-1])
