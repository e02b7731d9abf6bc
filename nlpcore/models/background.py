"""What can be done while Python is busy with something else: all that computes without its lock."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any


class Background:
    """A function's result, computed on a thread of its own; at once, where there can be no thread."""

    def __init__(self, function: Callable[..., Any], *args: Any) -> None:
        self._function = function
        self._args = args
        self._value: Any = None
        self._error: BaseException | None = None
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
            self._error = e

    def result(self) -> Any:
        """What the function gave or raised; waits for it."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._error is not None:
            raise self._error
        return self._value
