"""What can be done while Python is busy with something else: all that computes without its lock."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any

from nlpcore import errors


class Background:
    """A function's result, computed on a thread of its own; at once, where there can be no thread."""

    def __init__(self, function: Callable[..., Any], *args: Any) -> None:
        self._function = function
        self._args = args
        self._value: Any = None
        self._error: BaseException | None = None
        self._failure: str | None = None
        self._thread: Thread | None = Thread(target=self._run, daemon=True)
        try:
            self._thread.start()
        except RuntimeError:
            self._thread = None
            self._run()

    def _run(self) -> None:
        try:
            self._value = self._function(*self._args)
        except BaseException as e:
            # Without this frame, which knows this object: no cycle keeps the data of a failed load alive.
            self._error = e.with_traceback(e.__traceback__ and e.__traceback__.tb_next)
            self._failure = str(e)

    def result(self) -> Any:
        """What the function gave or raised; waits for it.

        The error itself is given away once, since it knows whoever holds this object; later calls raise a
        ModelDataError that says the same.
        """
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._failure is None:
            return self._value
        error, self._error = self._error, None
        try:
            raise errors.ModelDataError(reason=self._failure) if error is None else error
        finally:
            del error
