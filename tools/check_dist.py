"""Wheels and source archives hold what they should, and nothing that was made on the way.

python tools/check_dist.py dist
"""

from __future__ import annotations

import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
COMPILED = (".so", ".pyd")
PACKAGE = ("*.py", "*.pyi", "*.pxd", "*.hpp", "*.nlpcore", "py.typed")


def names(path: Path) -> set[str]:
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            return set(wheel.namelist())
    with tarfile.open(path) as archive:
        return {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}


def expected(*patterns: str) -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for pattern in patterns
        for path in (ROOT / "nlpcore").rglob(pattern)
    }


def problems(path: Path) -> list[str]:
    found = names(path)
    is_wheel = path.suffix == ".whl"
    wanted = (
        expected(*PACKAGE) if is_wheel else expected(*PACKAGE, "*.pyx") | {"README.md", "LICENSE", "setup.py"}
    )
    out = [f"lacks {name}" for name in sorted(wanted - found)]
    if is_wheel:
        modules = {name.split(".")[0] for name in found if name.endswith(COMPILED)}
        sources = {name.split(".")[0] for name in expected("*.pyx")}
        out += [f"lacks the compiled module {name}" for name in sorted(sources - modules)]
        out += [f"should not have {name}" for name in sorted(found) if name.endswith((".cpp", ".c"))]
        out += [f"should not have {name}" for name in sorted(found) if name.startswith("tests/")]
    else:
        out += [f"should not have {name}" for name in sorted(found) if name.endswith((".cpp", *COMPILED))]
    return [f"{path.name} {problem}" for problem in out]


def main() -> None:
    archives = [
        path
        for path in sorted(Path(sys.argv[1]).iterdir())
        if path.suffix == ".whl" or path.name.endswith(".tar.gz")
    ]
    found = [problem for path in archives for problem in problems(path)]
    for problem in found:
        print(problem)
    for path in archives:
        print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB, {len(names(path))} files")
    sys.exit(1 if found or not archives else 0)


if __name__ == "__main__":
    main()
