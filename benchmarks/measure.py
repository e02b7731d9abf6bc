"""Runs each measurement in a fresh process, in alternation, and keeps the results so that a run can go on."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RUNNERS = Path(__file__).parent / "runners"
SINGLE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS"), "1")
SAMPLE = 0.25  # seconds between two looks at the memory of several processes


@dataclass
class Task:
    """One thing to be measured several times.

    part, variant: what it is called. runner: a script of ``runners`` (or a path), run by ``python``.
    arguments: given to it as JSON. env: changes of the environment. repeats: how often; ``unmeasured``
    runs before them fill the caches of files.
    processes: the runner starts others; their memory is sampled from outside.
    build: identifies the code that is measured: results of another one are not used.
    """

    part: str
    variant: str
    runner: str
    python: str = sys.executable
    arguments: dict[str, Any] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    repeats: int = 5
    unmeasured: int = 0
    processes: bool = False
    build: str = ""

    @property
    def name(self) -> str:
        return f"{self.part}/{self.variant}"

    def key(self, repeat: int) -> dict[str, Any]:
        """What tells a result from others; paths are left out, they differ from run to run."""
        given = {k: v for k, v in self.arguments.items() if not k.endswith("path")}
        return {
            "part": self.part,
            "variant": self.variant,
            "repeat": repeat,
            "arguments": given,
            "build": self.build,
        }


class Failed(Exception):
    """A runner did not end well; the message is the end of what it said."""


class Store:
    """Results as lines of JSON in a file (None: in memory only)."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.records: list[dict[str, Any]] = []
        if path is not None and path.exists():
            self.records = [json.loads(line) for line in path.read_text(encoding="utf8").splitlines()]

    def find(self, key: dict[str, Any]) -> dict[str, Any] | None:
        return next((r for r in self.records if all(r.get(k) == v for k, v in key.items())), None)

    def add(self, record: dict[str, Any]) -> None:
        self.records.append(record)
        if self.path is not None:
            with self.path.open("a", encoding="utf8") as out:
                out.write(json.dumps(record) + "\n")


def measure(tasks: Iterable[Task], store: Store, say: Callable[[str], None] = print) -> list[dict[str, Any]]:
    """The results of all tasks. Those of one part alternate: A B C, A B C, ...

    What is in store is not run again.
    """
    tasks = list(tasks)
    out = []
    for part in dict.fromkeys(task.part for task in tasks):
        members = [task for task in tasks if task.part == part]
        for repeat in range(max(task.repeats for task in members)):
            for task in members:
                if repeat >= task.repeats:
                    continue
                key = task.key(repeat)
                record = store.find(key)
                if record is None:
                    if repeat == 0:
                        for _ in range(task.unmeasured):
                            run(task)
                    clock = clock_speed()
                    started = time.perf_counter()
                    values = run(task)
                    say(f"{task.name} {repeat + 1}/{task.repeats}: {time.perf_counter() - started:.1f} s")
                    record = {**key, "clock": clock, "values": values}
                    store.add(record)
                out.append(record)
    return out


def run(task: Task) -> dict[str, Any]:
    """What one fresh process reports. Raises Failed."""
    script = RUNNERS / task.runner
    env = {**os.environ, **SINGLE_THREAD, **task.env}
    # Compiled Python is part of an installation; it must not be missing on one side alone.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    if task.python != sys.executable:
        env.pop("PYTHONPATH", None)
    command = [task.python, str(script), json.dumps(task.arguments)]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    peak = 0
    while task.processes:
        try:
            process.wait(SAMPLE)
            break
        except subprocess.TimeoutExpired:
            peak = max(peak, family_memory(process.pid))
    said, complaint = process.communicate()
    if process.returncode != 0:
        raise Failed(f"{task.name} ended with {process.returncode}: {complaint[-2000:]}")
    values = json.loads(said.strip().splitlines()[-1])
    if peak:
        values["peak_bytes"] = peak
    return values


def family_memory(pid: int) -> int:
    """Bytes of a process and its descendants; pages that they share count once (Linux; else 0)."""
    total = 0
    for member in [pid, *_descendants(pid)]:
        try:
            lines = Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def _descendants(pid: int) -> list[int]:
    try:
        children = [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return children + [n for child in children for n in _descendants(child)]


def clock_speed() -> float:
    """Work a second of a fixed kind (SHA-256 of 32 MB, in GB/s): shows how the machine's clock drifts."""
    data = bytes(32 << 20)
    started = time.perf_counter()
    hashlib.sha256(data).digest()
    return len(data) / (time.perf_counter() - started) / 1e9


def fingerprint(folder: Path) -> str:
    """Identifies the code of a package."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".py", ".so", ".pyd", ".nlpcore"):
            digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]
