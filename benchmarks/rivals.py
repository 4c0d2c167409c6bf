"""The bare loop that writes over HTTP are held against: from as many processes and connections as the server has."""

import multiprocessing
import multiprocessing.synchronize
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

WORKERS, THREADS = 2, 4

type Loop = Callable[[int, int, int], None]
"""Called with the key of the row to lock, the number of the first insert, and how many to make."""


def _loop_in_threads(loop: Loop, key: int, first: int, each: int, start: multiprocessing.synchronize.Barrier) -> None:
    """What one process does: a loop in each of its threads, once all processes are there."""
    start.wait(60)
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda thread: loop(key, first + thread * each, each), range(THREADS)))


def bare_rate(loop: Loop, key: int, *, loops: int, first: int = 0) -> float:
    """Inserts a second of `loop` about the row `key`: `loops` of them in all, the first with the number `first`."""
    context = multiprocessing.get_context("spawn")
    start, each = context.Barrier(WORKERS + 1), loops // (WORKERS * THREADS)
    workers = [
        context.Process(target=_loop_in_threads, args=(loop, key, first + number * THREADS * each, each, start))
        for number in range(WORKERS)
    ]
    for worker in workers:
        worker.start()
    start.wait(60)
    began = time.perf_counter()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - began
    assert not any(worker.exitcode for worker in workers)
    return each * WORKERS * THREADS / seconds
