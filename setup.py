"""Build of the compiled modules: every ``nlpcore/**/*.pyx`` becomes one extension module."""

import os
import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

ROOT = Path(__file__).parent
DIRECTIVES = {
    "language_level": 3,
    "boundscheck": False,
    "wraparound": False,
    "initializedcheck": False,
    "cdivision": True,
    "embedsignature": True,
}


def compile_args() -> list[str]:
    if sys.platform == "win32":
        return ["/O2", "/std:c++17"]
    # -Wno-unused-function: Cython emits helpers that a module may not call.
    return ["-O3", "-std=c++17", "-Wall", "-Wno-unused-function", "-fno-math-errno", "-fopenmp-simd"]


def extensions() -> list[Extension]:
    modules = []
    for path in sorted(ROOT.glob("nlpcore/**/*.pyx")):
        relative = path.relative_to(ROOT)
        headers = sorted(str(h.relative_to(ROOT)) for h in path.parent.glob("*.hpp"))
        modules.append(
            Extension(
                ".".join(relative.with_suffix("").parts),
                [str(relative)],
                language="c++",
                include_dirs=["."],
                depends=headers,
                extra_compile_args=compile_args(),
            )
        )
    return modules


setup(
    ext_modules=cythonize(
        extensions(),
        compiler_directives=DIRECTIVES,
        nthreads=int(os.environ.get("NLPCORE_BUILD_THREADS", "0")),
    )
)
