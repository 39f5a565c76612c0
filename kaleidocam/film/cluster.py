"""Distributes the segments of a film over the workers of a Dask cluster.

Invariant: a worker leaves only finished pieces in the shared folder. If it fails, another worker renders the same
frames in its place.
"""

import logging
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import resource_tracker
from typing import Any

from kaleidocam.errors import UserError, one_line

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5  # between two checks of the progress
ATTEMPTS = 5  # most retries of a segment whose worker failed
CONNECT_SECONDS, CLOSE_SECONDS = 20, 30
TALKATIVE = ("distributed", "tornado", "asyncio")  # loggers that print complete tracebacks when a connection ends
# By default Dask's workers give memory back to the system at once (MALLOC_TRIM_THRESHOLD_), which costs a film of 300
# frames 4.7 million page faults instead of 0.4, and 52.9 s instead of 43.9.
ENVIRONMENT: dict[str, dict] = {"distributed.nanny.pre-spawn-environ": {}}
NOWHERE = "127.0.0.1:0"  # for Dask's own web page: any free port, or a second cluster would warn
AGAIN = "finished pieces are kept: give the same command again"


@contextmanager
def connected(address: str | None, workers: int | None) -> Iterator[Any]:
    """A Dask client of the cluster at `address`, or of `workers` processes on this machine; it waits until there is a
    worker. UserError if Dask is not installed or no scheduler answers."""
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise UserError("rendering by several processes needs Dask: pip install 'kaleidocam[cluster]'") from error
    with ExitStack() as stack:
        stack.enter_context(_quiet_loggers())
        cluster: Any = address
        if address is None:
            with _signals_blocked(), dask.config.set(ENVIRONMENT):
                cluster = LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    processes=True,
                    memory_limit=0,
                    dashboard_address=NOWHERE,
                    silence_logs=logging.CRITICAL,
                )
                stack.callback(end, cluster)
        try:
            client = stack.enter_context(Client(cluster, timeout=CONNECT_SECONDS, set_as_default=False))
        except (OSError, ValueError, TimeoutError) as error:
            raise UserError(
                f"no Dask scheduler at '{address}': {one_line(error)}; start one with: dask scheduler, and "
                f"dask worker {address} on each machine"
            ) from error
        has_workers = _watch(client)
        while not has_workers():
            time.sleep(LOOK_SECONDS)
        yield client


def end(cluster: Any) -> None:
    """Closes a cluster on this machine. Workers that do not end in time are killed, so that none delays a finished
    film."""
    workers = [worker.pid for worker in cluster.workers.values() if worker.pid]
    try:
        cluster.close(timeout=CLOSE_SECONDS)
    except TimeoutError:
        for worker in workers:
            with suppress(OSError):  # it has ended by itself
                os.kill(worker, getattr(signal, "SIGKILL", signal.SIGTERM))


def hosts(client: Any) -> Counter[str]:
    """How many segments each machine of the cluster renders at a time. UserError if the scheduler is gone."""
    with _scheduler_there(client):
        count: Counter[str] = Counter()
        for worker, threads in client.nthreads().items():
            count[worker.rpartition(":")[0]] += threads
        return count


def spread(
    client: Any,
    job: Any,
    render: Callable[[Any, int], None],
    segments: Sequence[tuple[int, int]],
    look: Callable[[], None],
) -> None:
    """Has workers call `render(job, number)` for each of `segments`, the longest first. A segment is (number, cost);
    the cost is in any unit. `look` is called now and then, in this process. UserError as soon as a worker raises one,
    if workers fail again and again, or if the scheduler is gone."""
    has_workers = _watch(client)
    with _scheduler_there(client):
        # The job is a task of its own, not scattered data, so Dask makes it again if the worker that holds it dies.
        shared = client.submit(_same_job, job, pure=False)
        waiting = [
            client.submit(_rendered, render, shared, number, retries=ATTEMPTS, priority=cost, pure=False)
            for number, cost in sorted(segments, key=lambda segment: -segment[1])
        ]
    try:
        while waiting:
            time.sleep(LOOK_SECONDS)
            look()
            done = [future for future in waiting if future.done()]
            with _scheduler_there(client):
                for future in done:
                    _check(future)
                has_workers()
            waiting = [future for future in waiting if future not in done]
    finally:
        if client.status == "running":
            client.cancel(waiting, force=True)


def _same_job(job: Any) -> Any:
    return job


def _rendered(render: Callable[[Any, int], None], job: Any, number: int) -> str | None:
    """Runs in a worker. Returns None, or the message of a UserError. The error itself is not raised: Dask would retry a
    task that never succeeds, and would send the error's causes, some of which can't be pickled."""
    try:
        render(job, number)
    except UserError as error:
        return str(error)
    return None


def _check(future: Any) -> None:
    """UserError if the segment of this future has failed."""
    if future.status == "error":
        error = future.exception()
        raise UserError(f"a worker failed again and again: {one_line(error)}; {AGAIN}") from error
    if future.status != "finished":
        raise UserError(f"the Dask scheduler has lost a segment of the film; {AGAIN}")
    if (message := future.result()) is not None:
        raise UserError(message)


def _watch(client: Any) -> Callable[[], bool]:
    """A function to call now and then: it says whether there are workers. It logs once when there are none."""
    logged = False

    def has_workers() -> bool:
        nonlocal logged
        with _scheduler_there(client):
            there = bool(client.nthreads())
        if not there and not logged:
            address = client.scheduler.address
            log.info(f"waiting for workers at {address}; start some with: dask worker {address}")
        logged = not there
        return there

    return has_workers


@contextmanager
def _scheduler_there(client: Any) -> Iterator[None]:
    """Turns errors inside the block into a UserError if the scheduler is gone."""
    from concurrent.futures import CancelledError

    gone = UserError(f"the Dask scheduler at {_address(client)} went away; {AGAIN}")
    try:
        if client.status != "running":
            raise gone
        yield
    except (OSError, TimeoutError, CancelledError) as error:
        raise gone from error
    except UserError as error:
        raise (error if client.status == "running" else gone) from error.__cause__


def _address(client: Any) -> str:
    return client.scheduler.address if client.scheduler else "its address"


@contextmanager
def _quiet_loggers() -> Iterator[None]:
    """Silences Dask's loggers: an error in a cluster is reported in one line of our own."""
    loggers = [logging.getLogger(name) for name in logging.root.manager.loggerDict if name.startswith(TALKATIVE)]
    before = [(logger, logger.level) for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in before:
            logger.setLevel(level)


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Blocks SIGINT and SIGTERM in the processes that threads start inside the block. A terminal sends Ctrl-C to all
    processes at once, but only the film's own process is to end its workers. A signal that arrives inside the block is
    delivered when the block ends."""
    if sys.platform == "win32":  # there is no signal mask on Windows
        yield
        return
    resource_tracker.ensure_running()  # started later, by one of the threads, it would unblock the signals in it
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
