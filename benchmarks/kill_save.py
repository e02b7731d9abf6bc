"""Kills processes that write models, at random moments, and looks at what they leave.

    python -m benchmarks.kill_save --kills 200

Each way of writing (``to_disk``, ``download --target``, unpacking by ``install --target``) replaces one model
by another of the same name, again and again, until it is killed (SIGKILL). The place must then hold one of
the two, whole: the old one must never be lost, nor anything load that is neither.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import nlpcore
from nlpcore.errors import NlpcoreError
from nlpcore.models import build_index, install, package

NAME, VERSION = "en_killed", "1.0.0"
WHEEL = f"{NAME}-{VERSION}-py3-none-any.whl"
PLACE = f"{NAME}-{VERSION}"
#: A kill comes at most so many seconds after the first writing began.
LONGEST = 0.4

START = "import itertools, sys, nlpcore; from nlpcore.models import download, install; root = sys.argv[1]\n"
WRITERS = {
    "to_disk": START
    + "pipes = [nlpcore.load(f'{root}/{x}') for x in 'ab']\n"
    + "print('ready', flush=True)\n"
    + f"for nlp in itertools.cycle(pipes): nlp.to_disk(f'{{root}}/target/{PLACE}')\n",
    "download --target": START
    + "print('ready', flush=True)\n"
    + "for x in itertools.cycle('ab'):\n"
    + f"    download({NAME!r}, index=f'{{root}}/index-{{x}}', target=f'{{root}}/target')\n",
    "install --target": START
    + "print('ready', flush=True)\n"
    + "for x in itertools.cycle('ab'):\n"
    + f"    install(f'{{root}}/index-{{x}}/{WHEEL}', target=f'{{root}}/target')\n",
}
#: the components of the two models
KNOWN = {"a": ["tok2vec", "tagger"], "b": ["tok2vec", "parser", "ner"]}


def prepare(root: Path) -> None:
    """The two models, and an index with each."""
    for which, names in KNOWN.items():
        nlp = nlpcore.load("en_core_web_sm")
        for name in set(nlp.pipe_names) - set(names):
            nlp.remove_pipe(name)
        nlp.meta.update(name="killed", version=VERSION)
        nlp.to_disk(root / which)
        index = root / f"index-{which}"
        index.mkdir()
        package(root / which, index)
        build_index(index)
    (root / "target").mkdir()
    install(root / "index-a" / WHEEL, target=root / "target")


def kill_once(root: Path, code: str, seconds: float) -> str:
    """``a`` or ``b``: the model that is there after the kill; else what is wrong."""
    command = [sys.executable, "-c", code, str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(seconds)
        if process.poll() is not None:
            raise SystemExit(f"the writer failed: {process.stderr.read().decode()[-500:]}")  # type: ignore[union-attr]
        process.kill()
    try:
        nlp = nlpcore.load(root / "target" / PLACE)
        nlp("It loads and annotates.")
    except (NlpcoreError, OSError) as e:
        return f"lost: {e}"
    return next(
        (which for which, names in KNOWN.items() if names == nlp.pipe_names), f"neither: {nlp.pipe_names}"
    )


def killed(way: str, kills: int, root: Path, seed: int = 0) -> Counter[str]:
    """What was there after each of so many kills."""
    rng = random.Random(f"{seed} {way}")
    return Counter(kill_once(root, WRITERS[way], rng.uniform(0, LONGEST)) for _ in range(kills))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200, help="for each way of writing")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    good = True
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        for way in WRITERS:
            found = killed(way, arguments.kills, Path(folder), arguments.seed)
            print(f"{way}: {arguments.kills} kills, {dict(found)}", flush=True)
            good = good and set(found) <= set(KNOWN)
            left = [path.name for path in (Path(folder) / "target").iterdir()]
            # Halves of the last few seconds may be left; the next writer clears away what is older.
            print(f"  {len(left)} entries in the directory")
    raise SystemExit(not good)


if __name__ == "__main__":
    main()
