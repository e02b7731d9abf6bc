"""Build of the compiled modules: every ``nlpcore/**/*.pyx`` becomes one extension module.

NLPCORE_BUILD_THREADS: how many modules are compiled at once (default: one for each CPU, at most 8).
NLPCORE_SANITIZE: if set, compile with AddressSanitizer and UndefinedBehaviorSanitizer (`make sanitize`).
"""

import os
import platform
import sys
from pathlib import Path

import Cython
from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).parent
THREADS = int(os.environ.get("NLPCORE_BUILD_THREADS") or min(8, os.cpu_count() or 1))
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
AVX512 = ["-mavx512f", "-mavx512dq", "-mavx512bw", "-mavx512vl", "-mavx2", "-mfma"]
#: Flags of the sources that hold one kernel variant each (nlpcore/kernels/simd.hpp); on other machines than
#: x86-64 all but the last come out empty.
VARIANT_FLAGS = {
    "simd_avx512.cc": AVX512,
    "simd_avx512vnni.cc": [*AVX512, "-mavx512vnni", "-mbmi2"],
    "simd_avx2.cc": ["-mavx2", "-mfma"],
    "simd_base.cc": [],
}


def variant_args(source: str) -> list[str]:
    """What a source is compiled with beside the flags of its module."""
    name = Path(source).name
    if name not in VARIANT_FLAGS:
        return []
    args = ["-ffp-contract=fast"]
    if sys.platform == "darwin":
        # One call may compile for both kinds of Macs.
        return args + [part for flag in VARIANT_FLAGS[name] for part in ("-Xarch_x86_64", flag)]
    return args + (VARIANT_FLAGS[name] if platform.machine().lower() in ("x86_64", "amd64") else [])


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


#: Folders whose headers a folder's modules include.
BORROWED = {"engine": ["kernels", "transition", "tokenizer"]}


def is_translated(path: Path) -> bool:
    """True if a module's C++ was made by this Cython from what is there now.

    Cython would translate everything again in every isolated build, since what it brings along is new there.
    """
    cpp = path.with_suffix(".cpp")
    if not cpp.exists():
        return False
    with cpp.open(encoding="utf8") as file:
        generated_by = file.readline().split()
    made_from = [path, ROOT / "setup.py", *ROOT.glob("nlpcore/**/*.pxd")]
    newest = max(p.stat().st_mtime for p in made_from)
    return Cython.__version__ in generated_by and cpp.stat().st_mtime > newest


def extensions() -> list[Extension]:
    modules = []
    for path in sorted(ROOT.glob("nlpcore/**/*.pyx")):
        source = path.with_suffix(".cpp") if is_translated(path) else path
        folders = ["vocab", "tokens", *BORROWED.get(path.parent.name, [])]
        headers = {
            *path.parent.glob("*.hpp"),
            *(h for name in folders for h in ROOT.glob(f"nlpcore/{name}/*.hpp")),
        }
        variants = path.parent.glob(f"{path.stem}_*.cc")
        modules.append(
            Extension(
                ".".join(path.relative_to(ROOT).with_suffix("").parts),
                [str(file.relative_to(ROOT)) for file in (source, *sorted(variants))],
                language="c++",
                include_dirs=["."],
                depends=sorted(str(header.relative_to(ROOT)) for header in headers),
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

    def build_extensions(self) -> None:
        """Compiles the sources of kernel variants with their own flags."""
        compile_one = getattr(self.compiler, "_compile", None)  # compilers on Windows have none
        if compile_one is not None:

            def compile_with_flags(obj, src, ext_name, cc_args, extra_postargs, pp_opts):
                return compile_one(
                    obj, src, ext_name, cc_args, [*extra_postargs, *variant_args(src)], pp_opts
                )

            self.compiler._compile = compile_with_flags
        super().build_extensions()


setup(
    ext_modules=cythonize(extensions(), compiler_directives=DIRECTIVES, nthreads=0),
    cmdclass={"build_ext": BuildInOnePlace},
)
