"""What the runners share.

They run by themselves, each in a fresh process, and import nothing of ``benchmarks``: another pipeline may
live in another environment.
"""

from __future__ import annotations

import inspect
import json
import sys
from typing import Any

READ = ("TAG", "HEAD", "DEP", "ENT_IOB", "ENT_TYPE")


def arguments() -> dict[str, Any]:
    return json.loads(sys.argv[1])


def texts(path: str) -> dict[str, list[str]]:
    with open(path, encoding="utf8") as f:
        return json.load(f)


def report(values: dict[str, Any]) -> None:
    """The last line of what a runner says."""
    print(json.dumps({**values, "peak_bytes": peak_bytes()}))


def peak_bytes() -> int:
    """The most memory that this process ever had resident."""
    try:
        with open("/proc/self/status", encoding="ascii") as lines:
            return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return used if sys.platform == "darwin" else used * 1024


def resident_bytes() -> int:
    """The memory that this process has resident now (Linux)."""
    import os

    with open("/proc/self/statm", encoding="ascii") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def load(system: str, given: dict[str, Any]) -> tuple[Any, list[int], str]:
    """The pipeline, the attributes to read from each Doc, and the version."""
    if system == "nlpcore":
        import nlpcore
        from nlpcore import attrs

        nlp = nlpcore.load(given.get("model", "en_core_web_sm"))
        return nlp, [getattr(attrs, name) for name in READ], nlpcore.__version__
    import spacy
    from spacy import attrs

    if given.get("ops") == "numpy":
        from thinc.api import NumpyOps, set_current_ops

        set_current_ops(NumpyOps(use_blis=False))
    return spacy.load(given["model_path"]), [getattr(attrs, name) for name in READ], spacy.__version__


def piped(nlp: Any, texts: list[str], settings: dict[str, Any]) -> Any:
    """``nlp.pipe`` with these settings; where it has no threads, one of them is what it does anyway."""
    if settings.get("threads") == 1 and not has_threads(nlp):
        settings = {key: value for key, value in settings.items() if key != "threads"}
    return nlp.pipe(texts, **settings)


def has_threads(nlp: Any) -> bool:
    return "threads" in inspect.signature(nlp.pipe).parameters
