"""Build of the compiled modules: every ``nlpcore/**/*.pyx`` becomes one extension module.

NLPCORE_BUILD_THREADS: how many modules are compiled at once (default 1).
NLPCORE_SANITIZE: if set, compile with AddressSanitizer and UndefinedBehaviorSanitizer (`make sanitize`).
"""

import os
import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).parent
THREADS = int(os.environ.get("NLPCORE_BUILD_THREADS") or 1)
SANITIZE = bool(os.environ.get("NLPCORE_SANITIZE"))
SANITIZERS = "-fsanitize=address,undefined"
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
    flags = ["-O3", "-std=c++17", "-Wall", "-Wno-unused-function", "-fno-math-errno", "-fopenmp-simd"]
    if SANITIZE:
        # Only one version of each kernel: functions that are chosen while a module is loaded would run before
        # the sanitizers are ready.
        flags += ["-O1", "-g1", "-fno-omit-frame-pointer", "-DNLPCORE_ONE_VERSION"]
        flags += [SANITIZERS, "-fno-sanitize-recover=undefined"]
    return flags


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
                extra_link_args=[SANITIZERS] if SANITIZE else [],
            )
        )
    return modules


class BuildInOnePlace(build_ext):
    """Editable installs build where wheels are built, not in a temporary directory.

    So whichever comes second, and every build after a small change, compiles only what changed.
    """

    def finalize_options(self) -> None:
        super().finalize_options()
        if self.parallel is None and THREADS > 1:
            self.parallel = THREADS
        if self.editable_mode:
            build = self.distribution.get_command_class("build")(self.distribution)
            build.finalize_options()
            self.build_lib, self.build_temp = build.build_platlib, build.build_temp


setup(
    ext_modules=cythonize(extensions(), compiler_directives=DIRECTIVES, nthreads=0),
    cmdclass={"build_ext": BuildInOnePlace},
)
