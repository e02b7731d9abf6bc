"""What is measured: the parts of the report and, in each, the variants that alternate."""

from __future__ import annotations

import hashlib
import inspect
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import benchmarks.measure as m
from benchmarks import texts
from benchmarks.measure import Task
from nlpcore.language import Language

#: batch sizes of spaCy that are tried: the fastest depends on the texts, the smallest is best for its memory
SPACY_BATCHES = (4, 16, 64)
LEAN_BATCH = SPACY_BATCHES[0]
BATCHES = (1, 8, 64, 1000)
#: BLIS sub-configurations that are tried with a machine's own choice: Haswell and Zen 2 kernels
ARCHITECTURES = (3, 6)
SEED = 0


@dataclass
class Options:
    """See the command line's help. words: of the main comparison; no other part takes more."""

    folder: Path
    data: Path
    words: int = 2_000_000
    calibration_words: int = 40_000
    growth_words: int = 200_000
    profile_words: int = 200_000
    lengths: tuple[int, ...] = texts.LENGTHS
    warm_up: int = texts.WARM_UP
    repeats: int = 5
    start_repeats: int = 15
    flat: dict[str, int] = field(
        default_factory=lambda: {"tokens": 10_000_000, "warm_up": 1_000_000, "size": 10_000_000}
    )
    python: str = sys.executable
    model: str = "en_core_web_sm"
    spacy_model: Path | None = None
    spacy_python: str = sys.executable
    shim: Path | None = None
    udpipe_model: Path | None = None
    udpipe_python: str = sys.executable
    build: str = ""

    def __post_init__(self) -> None:
        for name in ("calibration_words", "growth_words", "profile_words"):
            setattr(self, name, min(getattr(self, name), self.words))

    @property
    def cores(self) -> int:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Plan:
    """Makes the tasks of each part; texts are prepared once and lie in ``options.folder``."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._pool: list[str] | None = None
        self._library: Path | None = None
        self._digests: dict[str, str] = {}

    # -- texts ---------------------------------------------------------------------------------------------

    def pool(self) -> list[str]:
        if self._pool is None:
            found = texts.sources(self.options.data)
            self._pool = [text for path in found for text in texts.documents(path)]
        return self._pool

    def prepared(self, words: int) -> str:
        path = self.options.folder / f"texts-{words}.json"
        if not path.exists():
            texts.write(path, texts.choose(self.pool(), words, self.options.warm_up, SEED))
        return str(path)

    def prepared_lengths(self, length: int) -> str:
        path = self.options.folder / f"length-{length}.json"
        if not path.exists():
            total = max(self.options.lengths)
            chosen = texts.choose(self.pool(), total // 3, self.options.warm_up, SEED)
            cut = texts.of_length(chosen["measured"], length, total)
            texts.write(path, {"warm": chosen["warm"], "measured": cut})
        return str(path)

    def given_texts(self, path: str) -> dict[str, str]:
        """The arguments that name a file of texts, and tell it from others when results are kept."""
        if path not in self._digests:
            self._digests[path] = hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]
        return {"texts_path": path, "texts": self._digests[path]}

    # -- systems -------------------------------------------------------------------------------------------

    def nlpcore(
        self, part: str, variant: str, words: int, runner: str = "annotate.py", **settings: Any
    ) -> Task:
        arguments: dict[str, Any] = {"system": "nlpcore", "model": self.options.model, "words": words}
        arguments.update(self.given_texts(self.prepared(words)))
        if settings:
            arguments["settings"] = settings
        options = self.options
        return Task(
            part, variant, runner, options.python, arguments, repeats=options.repeats, build=options.build
        )

    def spacy(
        self,
        part: str,
        variant: str,
        words: int,
        runner: str = "annotate.py",
        kernels: str = "installed",
        processes: int = 1,
        batch: int = 64,
    ) -> Task:
        options = self.options
        arguments: dict[str, Any] = {"system": "spacy", "words": words, "kernels": kernels}
        arguments["model_path"] = str(options.spacy_model)
        arguments["model"] = options.spacy_model.name if options.spacy_model else None
        arguments.update(self.given_texts(self.prepared(words)))
        arguments["settings"] = {"batch_size": batch, "n_process": processes}
        env: dict[str, str] = {}
        if kernels == "numpy":
            arguments["ops"] = "numpy"
        elif kernels != "installed":
            env = {"LD_PRELOAD": str(self.library()), "BLIS_ARCH_ID": kernels}
        return Task(
            part,
            variant,
            runner,
            options.spacy_python,
            arguments,
            env,
            repeats=options.repeats,
            processes=processes > 1,
        )

    def library(self) -> Path | None:
        """The shim that makes BLIS take the kernels that it is told to; None: it cannot be made here."""
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if self._library is None and self.options.shim is not None and compiler:
            target = self.options.folder / "blis_arch.so"
            command = [compiler, "-O2", "-shared", "-fPIC", str(self.options.shim), "-o", str(target)]
            if subprocess.run(command, capture_output=True).returncode == 0:
                self._library = target
        return self._library

    def threads(self) -> list[int]:
        """How many threads are tried: one, and all cores where ``nlp.pipe`` has threads."""
        known = "threads" in inspect.signature(Language.pipe).parameters
        return sorted({1, self.options.cores if known else 1})

    # -- parts ---------------------------------------------------------------------------------------------

    def calibration(self) -> list[Task]:
        """spaCy with each of the kernels that it can be given, on few words."""
        if self.options.spacy_model is None:
            return []
        kinds = ["installed", "numpy"]
        if self.library() is not None:
            kinds += [str(number) for number in ARCHITECTURES]
        words = self.options.calibration_words
        return [self.spacy("kernels", kind, words, kernels=kind) for kind in kinds]

    def batches(self, kernels: str) -> list[Task]:
        """spaCy with its best kernels and batches of each size, on few words."""
        if self.options.spacy_model is None:
            return []
        words = self.options.calibration_words
        return [
            self.spacy("batches", str(size), words, kernels=kernels, batch=size) for size in SPACY_BATCHES
        ]

    def pipeline(self, kernels: str, batch: int) -> list[Task]:
        """The whole pipeline, side by side. kernels, batch: the best for spaCy, from the calibration."""
        words, cores = self.options.words, self.options.cores
        tasks = [self.nlpcore("pipeline", f"nlpcore-{n}", words, threads=n) for n in self.threads()]
        if self.options.spacy_model is not None:
            best = {"kernels": kernels, "batch": batch}
            tasks.append(self.spacy("pipeline", "spacy-best-1", words, **best))
            if cores > 1:
                tasks.append(self.spacy("pipeline", f"spacy-best-{cores}", words, processes=cores, **best))
            if batch != LEAN_BATCH:
                lean = {"kernels": kernels, "batch": LEAN_BATCH}
                tasks.append(self.spacy("pipeline", "spacy-lean-1", words, **lean))
            if kernels != "installed":
                tasks.append(self.spacy("pipeline", "spacy-installed-1", words, batch=batch))
        if self.options.udpipe_model is not None:
            tasks.append(self.udpipe(words))
        return tasks

    def udpipe(self, words: int) -> Task:
        options = self.options
        arguments = {
            "system": "udpipe",
            "words": words,
            "model_path": str(options.udpipe_model),
            "model": options.udpipe_model.name if options.udpipe_model else None,
            **self.given_texts(self.prepared(words)),
        }
        return Task(
            "pipeline", "udpipe-1", "annotate.py", options.udpipe_python, arguments, repeats=options.repeats
        )

    def tokenizer(self) -> list[Task]:
        words, runner = self.options.words, "tokenize_texts.py"
        tasks = [self.nlpcore("tokenizer", "nlpcore", words, runner)]
        if self.options.spacy_model is not None:
            tasks.append(self.spacy("tokenizer", "spacy", words, runner))
        return tasks

    def stages(self) -> list[Task]:
        return [self.nlpcore("stages", "nlpcore", self.options.profile_words, "stages.py")]

    def growth(self) -> list[Task]:
        words = self.options.growth_words
        tasks = []
        for length in self.options.lengths:
            task = self.nlpcore("growth-length", f"nlpcore-{length}", words, threads=1)
            task.arguments.update(self.given_texts(self.prepared_lengths(length)), length=length)
            tasks.append(task)
        tasks += [
            self.nlpcore("growth-batch", f"nlpcore-{size}", words, threads=1, batch_size=size)
            for size in BATCHES
        ]
        tasks += [
            self.nlpcore("growth-threads", f"nlpcore-{n}", words, threads=n)
            for n in range(1, max(self.threads()) + 1)
        ]
        return tasks

    def start(self) -> list[Task]:
        options = self.options
        systems = [("numpy", options.python, options.build), ("nlpcore", options.python, options.build)]
        if options.spacy_model is not None:
            systems.append(("spacy", options.spacy_python, ""))
        tasks = []
        for system, python, build in systems:
            arguments = {"system": system}
            if system == "spacy":
                arguments["model_path"] = str(options.spacy_model)
            tasks.append(
                Task(
                    "start",
                    system,
                    "start.py",
                    python,
                    arguments,
                    repeats=options.start_repeats,
                    unmeasured=1,
                    build=build,
                )
            )
        return tasks

    def flat(self) -> list[Task]:
        """The proof that memory stays flat; once, since it takes long and its numbers hardly vary."""
        options = self.options
        script = str(Path(m.__file__).parent / "flat_memory.py")
        size = {"size": options.flat["size"]}
        stream = {key: value for key, value in options.flat.items() if key != "size"}
        return [
            Task(
                part,
                f"nlpcore-{n}",
                script,
                options.python,
                {"system": "nlpcore", "model": options.model, "threads": n, **given},
                repeats=1,
                build=options.build,
            )
            for part, given in (("flat-stream", stream), ("flat-long", size))
            for n in self.threads()
        ]
