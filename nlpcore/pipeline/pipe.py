"""The contract of components.

A component is anything that can be called with a Doc and returns it. Deriving from Pipe gives it streaming,
an
error handler and one way to be stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from nlpcore import errors
from nlpcore.util import raise_error

if TYPE_CHECKING:
    import os

    import numpy

    from nlpcore.language import Language
    from nlpcore.tokens import Doc
    from nlpcore.training import Example
    from nlpcore.vocab import Vocab

ErrorHandler = Callable[[str, Any, list[Any], Exception], Any]


class Pipe:
    """Base class of components.

    A subclass defines ``__call__`` (or ``pipe``), and, if it has anything to store, ``get_state`` and
    ``set_state``.
    """

    name: str = "pipe"
    vocab: Vocab
    _error_handler: ErrorHandler | None = None

    def __call__(self, doc: Doc) -> Doc:
        """Annotate one Doc in place and return it."""
        raise NotImplementedError(
            f"{type(self).__name__} does not say what it does with a Doc: define __call__."
        )

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Annotate a stream of Docs, lazily and in order.

        A Doc that raises goes to the error handler; if that does not raise either, the Doc is left out.
        """
        handler = self.get_error_handler()
        for doc in stream:
            try:
                doc = self(doc)
            except Exception as e:
                handler(self.name, self, [doc], e)
            else:
                yield doc

    # -- labels -------------------------------------------------------------------------------------------

    @property
    def labels(self) -> tuple[str, ...]:
        """What the component can predict; empty for one that has no labels."""
        return ()

    @property
    def label_data(self) -> Any:
        """What ``initialize(labels=...)`` needs to make the same labels again; None if there are none."""
        return None

    @property
    def hide_labels(self) -> bool:
        """True to leave the labels out of ``nlp.meta`` and ``nlp.pipe_labels``."""
        return False

    @property
    def is_trainable(self) -> bool:
        """True if examples change what the component predicts."""
        return False

    def add_label(self, label: str) -> int:
        """Add something to predict; returns 1 if it is new, else 0."""
        raise NotImplementedError(f"The component {self.name!r} has no labels to add to.")

    def _require_labels(self) -> None:
        if not self.labels:
            raise errors.PipelineError(
                f"The component {self.name!r} has no labels: call nlp.initialize with examples, or "
                f"add_label, first."
            )

    # -- training and scores ------------------------------------------------------------------------------

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        **settings: Any,
    ) -> None:
        """Make the component ready for training: find labels, set sizes. Nothing to do by default."""

    def score(self, examples: Iterable[Example], **settings: Any) -> dict[str, Any]:
        """Scores of predictions against gold. Nothing by default."""
        return {}

    # -- errors -------------------------------------------------------------------------------------------

    def set_error_handler(self, error_handler: ErrorHandler) -> None:
        """Call ``error_handler(name, component, docs, error)`` for errors while Docs are annotated."""
        self._error_handler = error_handler

    def get_error_handler(self) -> ErrorHandler:
        """The error handler; the one that raises unless another was set."""
        return self._error_handler if self._error_handler is not None else raise_error

    # -- storage ------------------------------------------------------------------------------------------

    def get_state(self) -> tuple[dict[str, Any], dict[str, numpy.ndarray]]:
        """What is worth storing: a JSON-able dict, and arrays by name."""
        return {}, {}

    def set_state(self, meta: dict[str, Any], tensors: dict[str, numpy.ndarray]) -> None:
        """Take over what ``get_state`` gave.

        Checks every shape, dtype, label and index, whoever made the data; raises ModelDataError and then
        changes
        nothing.
        """
        if meta or tensors:
            raise errors.ModelDataError(
                reason=f"the component {self.name!r} stores nothing, but data came for it"
            )

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """The component's state in the archive format of ``docs/model-format.md``."""
        from nlpcore.models.archive import dump_archive

        meta, tensors = self.get_state()
        return dump_archive({"kind": "component", "state": meta}, tensors)

    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> Pipe:
        """Take over what ``to_bytes`` gave. Raises ModelDataError (a ValueError). Returns self."""
        from nlpcore.models.archive import load_archive

        archive = load_archive(bytes_data, kind="component")
        self.set_state(archive.section("state"), archive.tensors)
        return self

    def to_disk(self, path: str | os.PathLike[str], *, exclude: Iterable[str] = ()) -> None:
        """Write ``to_bytes`` to a file, which is there whole or not at all."""
        from nlpcore.models.files import write_file

        write_file(path, self.to_bytes(exclude=exclude))

    def from_disk(self, path: str | os.PathLike[str], *, exclude: Iterable[str] = ()) -> Pipe:
        """Read what ``to_disk`` wrote. Raises OSError and ModelDataError. Returns self."""
        from nlpcore.models.files import read_file

        return self.from_bytes(read_file(path), exclude=exclude)
