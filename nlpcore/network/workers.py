"""More than one core for a training step: what does not wait for each other runs at the same time.

Each result is computed by one thread as if it were alone, and results are put together in one fixed order:
the number of threads changes no bit of them. Python's lock is released within products and kernels, which is
where nearly all time goes.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from ..util import available_cores

Task = Callable[[], Any]

#: What tells NumPy's BLAS its number of threads; read when NumPy is imported.
BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def best_number_of_threads() -> int:
    """All cores that the process may use, if BLAS leaves them free; else one, since two kinds of threads on
    the same cores wait for each other.
    """
    return available_cores() if any(os.environ.get(name) == "1" for name in BLAS_THREADS) else 1


class Workers:
    """A pool of threads beside the calling one; none for a single thread."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._pool = ThreadPoolExecutor(threads - 1) if threads > 1 else None

    def run(self, tasks: Sequence[Task]) -> list[Any]:
        """The results of tasks, in their order; the calling thread does its share.

        All are over when it returns or raises; of several errors it raises that of the first task.
        """
        if self._pool is None or len(tasks) < 2:
            return [task() for task in tasks]
        waiting = list(enumerate(tasks))
        lock = threading.Lock()
        results: list[Any] = [None] * len(tasks)
        errors: dict[int, BaseException] = {}

        def work() -> None:
            while True:
                with lock:
                    if not waiting:
                        return
                    number, task = waiting.pop(0)
                try:
                    results[number] = task()
                except BaseException as e:
                    errors[number] = e

        helpers = [self._pool.submit(work) for _ in range(min(self.threads, len(tasks)) - 1)]
        work()
        for helper in helpers:
            helper.result()
        if errors:
            raise errors[min(errors)]
        return results

    def submit(self, task: Task) -> Future[Any]:
        if self._pool is None:
            done: Future[Any] = Future()
            done.set_result(task())
            return done
        return self._pool.submit(task)

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()


_local = threading.local()


def later(task: Task) -> None:
    """Do what nothing waits for beside the rest, where there are workers (``at_work``); else now."""
    waiting: list[Future[Any]] | None = getattr(_local, "waiting", None)
    if waiting is None:
        task()
    else:
        waiting.append(_local.workers.submit(task))


@contextmanager
def at_work(workers: Workers | None) -> Iterator[None]:
    """Within it, ``later`` of this thread has these workers; at its end, all of that is done."""
    if workers is None or workers.threads < 2:
        yield
        return
    before = getattr(_local, "workers", None), getattr(_local, "waiting", None)
    _local.workers, _local.waiting = workers, []
    try:
        yield
    finally:
        waiting = _local.waiting
        _local.workers, _local.waiting = before
        for future in waiting:
            future.exception()
    for future in waiting:
        future.result()
