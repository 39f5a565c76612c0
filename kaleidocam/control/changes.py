"""Who is told what has changed at the desk.

Invariant: watchers are called after the change, outside the desk's lock, so none can hold it up; each change is told
once, whatever was called within it.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

Watcher = Callable[[Mapping[str, Any], str], None]
"""Called with {name: new value} and who changed it, on that one's thread; it must neither wait nor raise."""


class Changes:
    """`states` give, for each subject that can be watched, what there is to tell of it: {name: value}."""

    def __init__(self, **states: Callable[[], Mapping[str, Any]]) -> None:
        self._states = states
        self._watchers: dict[str, list[Watcher]] = {subject: [] for subject in states}
        self._lock, self._within = threading.RLock(), False

    def watch(self, subject: str, watcher: Watcher) -> Callable[[], None]:
        """Calls `watcher` after every change of the subject; returns what ends that."""
        watchers = self._watchers[subject]
        with self._lock:
            watchers.append(watcher)
        return lambda: watchers.remove(watcher) if watcher in watchers else None

    @contextmanager
    def by(self, who: str) -> Iterator[None]:
        """A change: the lock is held, and what differs afterwards is told, also where it broke off."""
        news: list[tuple[Watcher, dict[str, Any]]] = []
        try:
            with self._lock:
                if self._within:
                    yield
                    return
                before = {subject: dict(state()) for subject, state in self._states.items()}
                self._within = True
                try:
                    yield
                finally:
                    self._within = False
                    news = self._news(before)
        finally:
            for watcher, changed in news:
                watcher(changed, who)

    def _news(self, before: Mapping[str, Mapping[str, Any]]) -> list[tuple[Watcher, dict[str, Any]]]:
        news = []
        for subject, old in before.items():
            changed = {name: value for name, value in self._states[subject]().items() if old[name] != value}
            if changed:
                news += [(watcher, changed) for watcher in self._watchers[subject]]
        return news
