"""Type stubs tell the truth about the compiled modules: names, parameters, attributes."""

import subprocess
import sys
from pathlib import Path

import pytest

import nlpcore

PACKAGE = Path(nlpcore.__file__).parent
STUBS = sorted(path.relative_to(PACKAGE.parent) for path in PACKAGE.rglob("*.pyi"))
MODULES = sorted(path.relative_to(PACKAGE.parent) for path in PACKAGE.rglob("*.pyx"))

#: Names on one side only: what Cython adds to every module and class, constants that a module merely uses,
#: classes that only the module itself uses, names of types.
NOT_IN_STUBS = r"""
nlpcore\..*__pyx_\w+__
nlpcore\..*__(reduce|setstate)_cython__
nlpcore\..*\.__test__
nlpcore\.\w+\.\w+\.[A-Z][A-Z_0-9]+
nlpcore\.tokens\.doc\.Extension
nlpcore\.transition\.stepping\.(Arrays|Floats|Gradients)
nlpcore\.tokens\.doc\.Doc\.sentiment_value
nlpcore\.kernels\.tensor\.Tensor\.__buffer__
"""


def name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts)


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, cwd=PACKAGE.parent)


def test_every_compiled_module_has_a_stub():
    # The sources are there in a checkout and in an editable install; a wheel has the stubs alone.
    assert [name(path) for path in MODULES if path.with_suffix(".pyi") not in STUBS] == []


def test_the_package_is_marked_as_typed():
    assert (PACKAGE / "py.typed").is_file()


def test_stubs_agree_with_what_is_compiled(tmp_path):
    pytest.importorskip("mypy")
    allowed = tmp_path / "allowed.txt"
    allowed.write_text(NOT_IN_STUBS)
    settings = tmp_path / "mypy.ini"
    # As in pyproject.toml, which stubtest does not read its overrides from when it is run like this.
    settings.write_text("[mypy]\nignore_missing_imports = true\n[mypy-thinc.*]\nfollow_imports = skip\n")
    command = [sys.executable, "-m", "mypy.stubtest"]
    options = ["--concise", "--ignore-unused-allowlist", "--ignore-positional-only"]
    options += ["--mypy-config-file", str(settings), "--allowlist", str(allowed)]
    if "--ignore-disjoint-bases" in run([*command, "--help"]).stdout:  # newer versions of mypy
        options.append("--ignore-disjoint-bases")
    result = run([*command, *options, *map(name, STUBS)])
    assert result.returncode == 0, result.stdout + result.stderr
