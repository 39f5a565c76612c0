"""Segments of a film spread over the workers of a Dask cluster.

Invariant: a worker leaves finished pieces in the shared folder and nothing else; whatever becomes of it, what another
one renders in its place is the same.
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

LOOK_SECONDS = 0.5  # between two looks at how far it is
ATTEMPTS = 5  # at a segment, by workers that failed
CONNECT_SECONDS, CLOSE_SECONDS = 20, 30
TALKATIVE = ("distributed", "tornado", "asyncio")  # log whole tracebacks where a connection ends
# By default Dask's workers give memory back to the system at once (MALLOC_TRIM_THRESHOLD_), which costs a film of 300
# frames 4.7 million page faults instead of 0.4, and 52.9 s instead of 43.9.
ENVIRONMENT: dict[str, dict] = {"distributed.nanny.pre-spawn-environ": {}}
NOWHERE = "127.0.0.1:0"  # of the page that Dask serves: any free port, or a second cluster here would complain
AGAIN = "what is finished is kept: give the same command again"


@contextmanager
def connected(address: str | None, workers: int | None) -> Iterator[Any]:
    """A Dask client: of the cluster at `address`, once it has a worker, or of `workers` processes on this machine.
    UserError where there is none."""
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise UserError("rendering by several processes needs Dask: pip install 'kaleidocam[cluster]'") from error
    with ExitStack() as stack:
        stack.enter_context(_without_logs())
        cluster: Any = address
        if address is None:
            with _deaf_children(), dask.config.set(ENVIRONMENT):
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
    """Closes a cluster of this machine; workers that do not end in time are killed, so that none holds up a film that
    is finished."""
    workers = [worker.pid for worker in cluster.workers.values() if worker.pid]
    try:
        cluster.close(timeout=CLOSE_SECONDS)
    except TimeoutError:
        for worker in workers:
            with suppress(OSError):  # it has ended since
                os.kill(worker, getattr(signal, "SIGKILL", signal.SIGTERM))


def hosts(client: Any) -> Counter[str]:
    """How many segments are rendered at a time on each machine of the cluster. UserError where it is gone."""
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
    """Has `render(job, number)` called for each of `segments` (number, how long it takes in any unit) by some worker,
    the longest first. `look` is called now and then, here. UserError where a worker raised one, at once; where workers
    failed again and again; or the scheduler is gone."""
    has_workers = _watch(client)
    with _scheduler_there(client):
        # The job is a task of its own, not data that is sent: it is made again where the worker that holds it dies.
        shared = client.submit(_itself, job, pure=False)
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


def _itself(job: Any) -> Any:
    return job


def _rendered(render: Callable[[Any, int], None], job: Any, number: int) -> str | None:
    """In a worker: None, or what a UserError says. It is not raised, as Dask would try again what never succeeds, and
    send its causes, some of which can't be."""
    try:
        render(job, number)
    except UserError as error:
        return str(error)
    return None


def _check(future: Any) -> None:
    """UserError where the segment that is done came to nothing."""
    if future.status == "error":
        error = future.exception()
        raise UserError(f"a worker failed again and again: {one_line(error)}; {AGAIN}") from error
    if future.status != "finished":
        raise UserError(f"the Dask scheduler has lost a part of the film; {AGAIN}")
    if (refused := future.result()) is not None:
        raise UserError(refused)


def _watch(client: Any) -> Callable[[], bool]:
    """To be called now and then: whether there are workers. Where there are none any more, says so, once."""
    told = False

    def has_workers() -> bool:
        nonlocal told
        with _scheduler_there(client):
            there = bool(client.nthreads())
        if not there and not told:
            address = client.scheduler.address
            log.info(f"waiting for workers at {address}; start some with: dask worker {address}")
        told = not there
        return there

    return has_workers


@contextmanager
def _scheduler_there(client: Any) -> Iterator[None]:
    """UserError for what goes wrong inside because the scheduler is gone."""
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
def _without_logs() -> Iterator[None]:
    """What goes wrong in a cluster ends as one line of ours."""
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
def _deaf_children() -> Iterator[None]:
    """Processes begun by threads begun inside hear no Ctrl-C and no polite kill, which a terminal sends to all at once:
    the film's own process ends them, and they end with it. What comes meanwhile is heard at the end."""
    if sys.platform == "win32":  # which has no such mask
        yield
        return
    resource_tracker.ensure_running()  # begun later, by one of the threads, it would open that one's ears again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
