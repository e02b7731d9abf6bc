"""Importing nlpcore is cheap: nothing heavy comes along."""

import subprocess
import sys

import pytest

HEAVY = ("thinc", "pydantic", "cupy", "torch", "typer", "click", "rich", "spacy", "confection")


def run(code: str) -> str:
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return result.stdout.strip()


@pytest.mark.parametrize("module", ["nlpcore", "nlpcore.language", "nlpcore.tokens", "nlpcore.models.loader"])
def test_import_brings_nothing_heavy(module):
    code = f"import sys, {module}; print(*(m for m in {HEAVY} if m in sys.modules))"
    assert run(code) == ""


def test_a_loaded_model_brings_nothing_heavy():
    code = "import sys, nlpcore; nlpcore.load('en_core_web_sm')('Ann sleeps in Oslo.'); "
    # A model has rules of its own; arrays are made for whoever asks for one.
    heavy = (*HEAVY, "nlpcore.lang.en.rules", "numpy")
    assert run(code + f"print(*(m for m in {heavy} if m in sys.modules))") == ""


def test_names_appear_when_they_are_asked_for():
    assert (
        run("import nlpcore; print(nlpcore.tokens.Doc.__name__, nlpcore.Language.__name__)") == "Doc Language"
    )
    assert "load" in run("import nlpcore; print(dir(nlpcore))")
    with pytest.raises(subprocess.CalledProcessError):
        run("import nlpcore; nlpcore.nothing")


def test_packages_give_what_they_export():
    code = (
        "import importlib\n"
        "for package in ('nlpcore', 'nlpcore.pipeline', 'nlpcore.models'):\n"
        "    module = importlib.import_module(package)\n"
        "    for name in module.__all__: getattr(module, name)\n"
        "    assert set(module.__all__) <= set(dir(module))\n"
    )
    assert run(code) == ""


def test_import_is_fast():
    code = "import numpy, time; a = time.perf_counter(); import nlpcore; print(time.perf_counter() - a)"
    assert min(float(run(code)) for _ in range(3)) < 0.05
