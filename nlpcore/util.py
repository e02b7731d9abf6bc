"""Small helpers that several packages share; nothing here imports more than the standard library."""

from __future__ import annotations

import copy
import os
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from nlpcore import errors
from nlpcore.registries import registry

if TYPE_CHECKING:
    from nlpcore.language import Language
    from nlpcore.tokens import Doc, Span

T = TypeVar("T")

__all__ = [
    "FrozenDict",
    "FrozenList",
    "add_note",
    "compile_infix_regex",
    "compile_prefix_regex",
    "compile_suffix_regex",
    "copy_config",
    "did_you_mean",
    "ensure_path",
    "filter_spans",
    "fix_random_seed",
    "get_lang_class",
    "get_words_and_spaces",
    "ignore_error",
    "is_package",
    "load_model",
    "minibatch",
    "normalize_slice",
    "raise_error",
    "registry",
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
    __setitem__ = __delitem__ = __ior__ = _refuse  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return (dict, (dict(self),))


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
        error.__notes__ = notes  # type: ignore[attr-defined]


def raise_error(name: str, proc: Any, docs: Sequence[Doc], e: Exception) -> None:
    """The error handler that components start with: the error goes to the caller, with the name of the
    component.
    """
    add_note(e, f"This happened in the pipeline component {name!r}.")
    raise e


def ignore_error(name: str, proc: Any, docs: Sequence[Doc], e: Exception) -> None:
    """An error handler that drops the docs that a component could not process."""


def fix_random_seed(seed: int = 0) -> None:
    """Seed Python's and NumPy's global generators (and CuPy's where it is loaded)."""
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


def load_model(name: str | os.PathLike[str], **kwargs: Any) -> Language:
    """The same as ``nlpcore.load``."""
    from nlpcore.models.loader import load

    return load(name, **kwargs)


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
