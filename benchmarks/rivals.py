"""The bare loop that writes over HTTP are held against: from as many processes and connections as the server has."""

import multiprocessing
import multiprocessing.synchronize
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

WORKERS, THREADS = 2, 4
PATIENCE = 120  # seconds until all have begun
CONTEXT = multiprocessing.get_context("spawn")

type Loop = Callable[[int, int, int], None]
"""Called with the key of the row to lock, the number of the first insert, and how many to make."""


def _loop_in_threads(loop: Loop, key: int, first: int, each: int, start: multiprocessing.synchronize.Barrier) -> None:
    """What one process does: a loop in each of its threads, once all processes are there."""
    start.wait(PATIENCE)
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda thread: loop(key, first + thread * each, each), range(THREADS)))


def together(target: Callable[..., None], arguments: Sequence[tuple[Any, ...]]) -> float:
    """Run a process for each of `arguments`, begun together: each gets a barrier last, to wait at. Returns seconds."""
    start = CONTEXT.Barrier(len(arguments) + 1)
    processes = [CONTEXT.Process(target=target, args=(*own, start)) for own in arguments]
    for process in processes:
        process.start()
    start.wait(PATIENCE)
    began = time.perf_counter()
    for process in processes:
        process.join()
    seconds = time.perf_counter() - began
    assert not any(process.exitcode for process in processes)
    return seconds


def bare_rate(loop: Loop, key: int, *, loops: int, first: int = 0) -> float:
    """Inserts a second of `loop` about the row `key`: `loops` of them in all, the first with the number `first`."""
    each = loops // (WORKERS * THREADS)
    arguments = [(loop, key, first + number * THREADS * each, each) for number in range(WORKERS)]
    return each * WORKERS * THREADS / together(_loop_in_threads, arguments)
