"""Small helpers that several packages share; nothing here imports more than the standard library."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from nlpcore import errors
from nlpcore.loading import (
    get_installed_models,
    get_package_path,
    lang_class_is_loaded,
    load_config,
    load_config_from_str,
    load_model,
    load_model_from_config,
    load_model_from_init_py,
    load_model_from_path,
    make_tempdir,
    set_lang_class,
    working_dir,
)
from nlpcore.nested import dict_to_dot, dot_to_dict, dot_to_object, set_dot_to_object, walk_dict
from nlpcore.registries import registry
from nlpcore.storing import from_bytes, from_dict, from_disk, to_bytes, to_dict, to_disk

if TYPE_CHECKING:
    from nlpcore.language import Language
    from nlpcore.tokens import Doc, Span

T = TypeVar("T")

OOV_RANK = 2**64 - 1
DEFAULT_OOV_PROB = -20

__all__ = [
    "DEFAULT_OOV_PROB",
    "OOV_RANK",
    "FrozenDict",
    "FrozenList",
    "SimpleFrozenDict",
    "SimpleFrozenList",
    "add_note",
    "all_equal",
    "combine_score_weights",
    "compile_infix_regex",
    "compile_prefix_regex",
    "compile_suffix_regex",
    "compounding",
    "copy_config",
    "dict_to_dot",
    "did_you_mean",
    "dot_to_dict",
    "dot_to_object",
    "ensure_path",
    "escape_html",
    "expand_exc",
    "filter_chain_spans",
    "filter_spans",
    "fix_random_seed",
    "from_bytes",
    "from_dict",
    "from_disk",
    "get_installed_models",
    "get_lang_class",
    "get_object_name",
    "get_package_path",
    "get_package_version",
    "get_words_and_spaces",
    "ignore_error",
    "is_package",
    "lang_class_is_loaded",
    "load_config",
    "load_config_from_str",
    "load_model",
    "load_model_from_config",
    "load_model_from_init_py",
    "load_model_from_path",
    "make_tempdir",
    "minibatch",
    "minify_html",
    "normalize_slice",
    "raise_error",
    "registry",
    "set_dot_to_object",
    "set_lang_class",
    "split_command",
    "to_bytes",
    "to_dict",
    "to_disk",
    "to_ternary_int",
    "update_exc",
    "walk_dict",
    "working_dir",
]


class FrozenList(list[Any]):
    """A list that cannot be changed: what ``nlp.pipe_names`` and its like return.

    Raises NotImplementedError, and says what to call instead, on every attempt to change it.
    """

    def __init__(self, values: Iterable[Any] = (), *, error: str | None = None) -> None:
        super().__init__(values)
        self._error = error

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise errors.FrozenCollection(what="list", hint=self._error or "Make a copy with list(...) first.")

    append = clear = extend = insert = pop = remove = reverse = sort = _refuse
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return (list, (list(self),))


class FrozenDict(dict[Any, Any]):
    """A dict that cannot be changed; see FrozenList."""

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise errors.FrozenCollection(what="dict", hint="Make a copy with dict(...) first.")

    clear = pop = popitem = setdefault = update = _refuse
    __setitem__ = __delitem__ = __ior__ = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return (dict, (dict(self),))


# The names that users of spaCy know.
SimpleFrozenList = FrozenList
SimpleFrozenDict = FrozenDict


def minibatch(items: Iterable[T], size: int | Iterable[int] | Iterator[int]) -> Iterator[list[T]]:
    """Yield lists of ``size`` items (the last may be shorter), reading no further ahead than one list.

    items: any iterable.
    size: how many items a list holds, or an iterator of sizes, one for each list.
    """
    sizes = None if isinstance(size, int) else iter(size)
    stream = iter(items)
    while True:
        wanted = size if sizes is None else next(sizes, 0)
        batch = []
        for item in stream:
            batch.append(item)
            if len(batch) >= int(wanted):  # type: ignore[arg-type]
                break
        if not batch:
            return
        yield batch


def ensure_path(path: Any) -> Any:
    """A str as Path; anything else as it is."""
    return Path(path) if isinstance(path, str) else path


def copy_config(config: dict[str, Any]) -> dict[str, Any]:
    """A deep copy of settings.

    Raises PipelineError where a value cannot be copied.
    """
    try:
        return copy.deepcopy(config)
    except Exception as e:
        raise errors.PipelineError(f"These settings cannot be copied: {e}. Use plain values.") from e


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``" Did you mean 'x'?"`` for the known name closest to ``name``, or the empty string."""
    import difflib

    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" Did you mean {close[0]!r}?" if close else ""


def add_note(error: BaseException, note: str) -> None:
    """Say more about an error without changing its type or message (shown in its traceback)."""
    if hasattr(error, "add_note"):
        if note not in getattr(error, "__notes__", ()):
            error.add_note(note)
    else:  # Python 3.10 shows no notes, but whoever looks for them finds them
        notes = [*getattr(error, "__notes__", ()), note]
        error.__notes__ = notes


def raise_error(name: str, proc: Any, docs: Sequence[Doc], e: Exception) -> None:
    """The error handler that components start with: the error goes to the caller, with the name of the
    component.
    """
    add_note(e, f"This happened in the pipeline component {name!r}.")
    raise e


def ignore_error(name: str, proc: Any, docs: Sequence[Doc], e: Exception) -> None:
    """An error handler that drops the docs that a component could not process."""


def available_cores() -> int:
    """How many cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def fix_random_seed(seed: int = 0) -> None:
    """Seed Python's and NumPy's global generators (and CuPy's where it is loaded)."""
    import random
    import sys

    import numpy

    random.seed(seed)
    numpy.random.seed(seed)
    cupy = sys.modules.get("cupy")
    if cupy is not None:
        cupy.random.seed(seed)


def compile_prefix_regex(entries: Iterable[Any]) -> Any:
    """See ``nlpcore.tokenizer.patterns.compile_prefix_regex``."""
    from nlpcore.tokenizer import patterns

    return patterns.compile_prefix_regex(entries)


def compile_suffix_regex(entries: Iterable[Any]) -> Any:
    """See ``nlpcore.tokenizer.patterns.compile_suffix_regex``."""
    from nlpcore.tokenizer import patterns

    return patterns.compile_suffix_regex(entries)


def compile_infix_regex(entries: Iterable[Any]) -> Any:
    """See ``nlpcore.tokenizer.patterns.compile_infix_regex``."""
    from nlpcore.tokenizer import patterns

    return patterns.compile_infix_regex(entries)


def get_lang_class(lang: str) -> type[Language]:
    """The Language class of a language code such as ``en``; see ``nlpcore.lang.get_lang_class``."""
    from nlpcore.lang import get_lang_class as lookup

    return lookup(lang)


def is_package(name: str) -> bool:
    """True if a distribution of this name is installed."""
    import importlib.metadata

    try:
        importlib.metadata.distribution(name)
    except Exception:
        return False
    return True


def normalize_slice(
    length: int, start: int | None, stop: int | None, step: int | None = None
) -> tuple[int, int]:
    """Resolve a slice with optional or negative ends into ``0 <= start <= stop <= length``.

    Raises ValueError for a step other than 1.
    """
    if not (step is None or step == 1):
        raise ValueError("A stepped slice is not possible here: only neighbouring tokens form a span.")
    start, stop, _ = slice(start, stop).indices(length)
    return start, max(start, stop)


def filter_spans(spans: Iterable[Span]) -> list[Span]:
    """Leave out spans that overlap: longer ones win, then those that start earlier.

    Returns the spans that stay, in the order of their starts.
    """
    kept: list[Span] = []
    taken: set[int] = set()
    for span in sorted(spans, key=lambda s: (s.start - s.end, s.start)):
        # No span is longer than those kept before it, so that an overlap always shows at one of its ends.
        if span.start not in taken and span.end - 1 not in taken:
            kept.append(span)
            taken.update(range(span.start, span.end))
    return sorted(kept, key=lambda s: s.start)


def get_words_and_spaces(words: Iterable[str], text: str) -> tuple[list[str], list[bool]]:
    """Align words with the text that they come from.

    words: in the order of the text; white space between them may be missing from the list.
    Returns the words with white space beyond single blanks as words of their own, and for each of them
    whether a blank follows. Raises ValueError where the words do not spell the text.
    """
    words = list(words)
    if "".join("".join(words).split()) != "".join(text.split()):
        raise ValueError("The words do not spell the text: check that both come from the same document.")
    out_words: list[str] = []
    spaces: list[bool] = []
    at = 0
    for word in (w for w in words if not w.isspace()):
        found = text.find(word, at)
        if found < 0:
            raise ValueError(f"The word {word!r} does not occur in the text after character {at}.")
        if found > at:
            out_words.append(text[at:found])
            spaces.append(False)
        at = found + len(word)
        out_words.append(word)
        spaces.append(text[at : at + 1] == " ")
        at += spaces[-1]
    if at < len(text):
        out_words.append(text[at:])
        spaces.append(False)
    return out_words, spaces


def error_handler_of(proc: Any, default: Callable[..., None]) -> Callable[..., None]:
    """The component's own error handler, or ``default``."""
    get = getattr(proc, "get_error_handler", None)
    return get() if get is not None else default


def filter_chain_spans(*spans: Iterable[Span]) -> list[Span]:
    """``filter_spans`` of several lists of spans together."""
    return filter_spans(span for group in spans for span in group)


def compounding(start: float, stop: float, compound: float) -> Iterator[float]:
    """Values from ``start``, each ``compound`` times the one before, that do not go beyond ``stop``."""
    value = float(start)
    while True:
        yield max(value, stop) if start > stop else min(value, stop)
        value *= compound


def to_ternary_int(value: Any) -> int:
    """1 for True, 0 for None, −1 for False, for the values of ``sent_start`` and their like; the integers 1
    and 0 stand for themselves, all else is −1."""
    if value is True or (value == 1 and not isinstance(value, bool)):
        return 1
    if value is None or (value == 0 and value is not False):
        return 0
    return -1


def all_equal(values: Iterable[Any]) -> bool:
    """Whether all values equal each other."""
    stream = iter(values)
    first = next(stream, None)
    return all(value == first for value in stream)


def escape_html(text: str) -> str:
    """Text as it can stand in HTML and in its attributes."""
    for char, name in (("&", "amp"), ("<", "lt"), (">", "gt"), ('"', "quot")):
        text = text.replace(char, f"&{name};")
    return text


def minify_html(html: str) -> str:
    """HTML without the line breaks and the white space at its ends."""
    return html.strip().replace("\n", "")


def split_command(command: str) -> list[str]:
    """The words of a command line, quotes resolved."""
    import shlex

    return shlex.split(command)


def get_object_name(obj: Any) -> str:
    """A name for an object: its ``name``, its ``__name__`` or that of its class."""
    for name in (getattr(obj, "name", None), getattr(obj, "__name__", None)):
        if isinstance(name, str):
            return name
    return type(obj).__name__


def get_package_version(name: str) -> str | None:
    """Version of an installed distribution, or None."""
    import importlib.metadata

    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def combine_score_weights(
    weights: Iterable[Mapping[str, float | None]], overrides: Mapping[str, float | None] | None = None
) -> dict[str, float | None]:
    """Join the score weights of several components into one dict whose values sum to 1 (rounded to 2 digits).

    weights: of two weights for one score, the later holds; None is a score that is shown but has no weight.
    overrides: weights that replace those of the components.
    """
    result: dict[str, float | None] = {}
    for part in weights:
        result.update(part)
    result.update(overrides or {})
    total = sum(abs(value) for value in result.values() if value)
    return {name: round(value / total, 2) if value and total else value for name, value in result.items()}


def update_exc(base: Mapping[str, Any], *additions: Mapping[str, Any]) -> dict[str, Any]:
    """Tokenizer exceptions of several dicts, later ones first.

    Raises ValueError for an exception whose ORTH values do not spell its string.
    """
    from nlpcore.attrs import ORTH

    result = dict(base)
    for addition in additions:
        for string, pieces in addition.items():
            if "".join(piece[ORTH] for piece in pieces) != string:
                raise ValueError(f"The pieces {pieces} of the exception {string!r} do not spell it.")
        result.update(addition)
    return expand_exc(result, "'", "’")


def expand_exc(exceptions: Mapping[str, Any], search: str, replace: str) -> dict[str, Any]:
    """Tokenizer exceptions, and each that has ``search`` in it also with ``replace`` in its place."""
    from nlpcore.attrs import ORTH

    result = dict(exceptions)
    for string, pieces in exceptions.items():
        if search in string:
            variant = [{**piece, ORTH: piece[ORTH].replace(search, replace)} for piece in pieces]
            result[string.replace(search, replace)] = variant
    return result
