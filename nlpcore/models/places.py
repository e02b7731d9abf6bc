"""Where models lie that were unpacked without pip: ``nlpcore download --target``, or where pip is absent.

Each is a directory ``NAME-VERSION``, as ``nlp.to_disk`` writes it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

#: directories to look in, instead of the user's own, as in PATH
VARIABLE = "NLPCORE_MODELS"


def model_directories() -> list[Path]:
    """The directories that ``nlpcore.load`` searches; the first is where models are unpacked to."""
    given = [Path(part) for part in os.environ.get(VARIABLE, "").split(os.pathsep) if part]
    return given or [user_directory()]


def user_directory() -> Path:
    """The user's own place for models, after the habits of the system."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.expanduser("~/AppData/Local")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Application Support")
    else:
        base = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return Path(base) / "nlpcore" / "models"
