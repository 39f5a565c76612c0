"""A live source in whose place another can be put while it plays.

Invariant: one source plays until the next one has given a picture; neither opening nor closing one holds up a frame.
Every frame has the same size, and times never fall.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from kaleidocam.errors import UserError, one_line
from kaleidocam.fit import CROP, fitted
from kaleidocam.frame import Frame, Joint
from kaleidocam.planes import PixelFormat
from kaleidocam.sources.base import Source
from kaleidocam.sources.newest import Newest
from kaleidocam.sources.opening import place_of
from kaleidocam.sources.watched import LATER_SECONDS, Watched

FIRST_SECONDS = 15.0  # for the first picture of a source that was opened
TICK_SECONDS = 0.1  # between two looks whether another one is wanted meanwhile
CLOSE_SECONDS = 3.0  # how long `close` waits for one that is being opened
Open = Callable[[str], Newest | Watched]
"""Opens the live source that a text names; slow. UserError where it can't be."""


@dataclass(frozen=True)
class _Next:
    """A source that has given its `first` picture."""

    source: Newest | Watched
    first: Frame
    text: str


class Changeable(Source):
    """Plays `source`, which `text` names, and what is asked for by `play` after it. `open`: opens another. `how`: how
    pictures of another shape are brought to the `size`, which is the first source's, or the one that is set later.
    `tell`: called with a line where another source can't be played; `changed`: with the text of one that plays now;
    both on another thread.

    This source owns those that it plays and closes them. `joint`: as in `Newest`.
    """

    def __init__(
        self,
        source: Newest | Watched,
        text: str,
        open: Open,
        *,
        how: str = CROP,
        tell: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._playing, self.text, self._open = source, text, open
        self._size, self.how, self.tell = source.size, how, tell
        self.changed: list[Callable[[str], None]] = []
        self.joint = Joint.ON
        self._first: Frame | None = None  # of the source that plays, where it was read before
        self._last: Frame | None = None
        self._dropped = 0  # by those that played before
        self._over = False  # the source that plays has ended, and another is being opened
        self._lock, self._news = threading.Lock(), threading.Event()
        self._asked: str | None = None
        self._opening: str | None = None
        self._next: _Next | None = None
        self._retired: list[Newest | Watched] = []
        self._closing = False
        self._thread: threading.Thread | None = None
        self._set_up(source)

    def play(self, text: str) -> None:
        """Has the source that `text` names opened, and then played. Returns at once; of several that are asked for
        while one is being opened, the last one counts. Any thread."""
        with self._lock:
            self._asked = text
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="change", daemon=True)
                self._thread.start()
        self._news.set()

    @property
    def playing(self) -> Newest | Watched:
        """The source that plays."""
        return self._playing

    @property
    def opening(self) -> str | None:
        """The text of the source that is being opened."""
        return self._asked or self._opening

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of every frame; another may be set."""
        return self._size

    @size.setter
    def size(self, size: tuple[int, int]) -> None:
        self._size = self._playing.size = size

    @property
    def fps(self) -> float:  # type: ignore[override]  # read-only here
        return self._playing.fps

    @property
    def format(self) -> PixelFormat | None:  # type: ignore[override]  # read-only here
        return self._playing.format

    @property
    def told(self) -> tuple[str, ...]:  # type: ignore[override]  # read-only here
        return self._playing.told

    @property
    def notice(self) -> str | None:  # type: ignore[override]  # read-only here
        """A line for the end, on the source that plays then."""
        return self._playing.notice

    @property
    def dropped(self) -> int:
        """Frames of all sources that nobody read."""
        return self._dropped + self._playing.dropped

    def health(self) -> str | None:
        """One line for the performer while something is wrong, else None. For any thread."""
        return self._playing.health()

    def wait(self, seconds: float) -> bool:
        """True as soon as `read` would return at once; False if it would still block after `seconds`."""
        self._take_up()
        if self._first is not None:
            return True
        if self._over:
            if self.opening is None and self._next is None:
                return True
            time.sleep(seconds)
            return False
        return self._playing.wait(seconds)

    def read(self) -> Frame | None:
        """The next frame; None at the end of a source where no other is being opened. Raises what the source raised."""
        frame, self._first = self._first, None
        if frame is None and self._over:
            return None
        if frame is None:
            frame, joint = self._playing.read(), self._playing.joint
        else:
            joint = Joint.CUT
        if frame is None and self.opening is not None and self._last is not None:
            self._over = True
            frame, joint = self._last.at(time.monotonic()), Joint.ON
        if frame is None:
            return None
        before, self.joint = self._last, joint
        if before is not None and frame.seconds <= before.seconds:
            frame = frame.at(before.seconds + LATER_SECONDS)
        if frame.size != self._size:
            frame = frame.showing(fitted(frame.picture, self._size, self.how))  # the size was set while it came
        self._last = frame
        return frame

    def close(self) -> None:
        self._closing = True
        self._news.set()
        self._playing.close()
        if self._thread:
            self._thread.join(CLOSE_SECONDS)

    def _set_up(self, source: Newest | Watched) -> None:
        source.how = self.how
        if source.size != self._size:
            source.size = self._size

    def _take_up(self) -> None:
        """Lets the next source play, where it is ready."""
        if self._next is None:
            return
        with self._lock:
            ready, self._next = self._next, None
            if ready is None:
                return
            self._retired.append(self._playing)
        self._dropped += self._playing.dropped - ready.source.dropped
        self._playing, self.text, self._first, self._over = ready.source, ready.text, ready.first, False
        self._set_up(self._playing)  # the size may have been set meanwhile
        self._news.set()

    def _run(self) -> None:
        """Opens what is asked for, and closes what has played, until `close`."""
        while not self._closing:
            self._news.wait()
            self._news.clear()
            while not self._closing:
                with self._lock:
                    retired, self._retired = self._retired, []
                    self._opening, self._asked = self._asked, None
                if self._opening is None and not retired:
                    break
                for source in retired:  # first: the same camera may be wanted again
                    source.close()
                if retired:
                    self._note_change()
                if self._opening is not None:
                    self._make_ready(self._opening)
                    self._opening = None
        with self._lock:
            left = [*self._retired, *([self._next.source] if self._next else [])]
            self._next, self._retired = None, []
        for source in left:
            source.close()

    def _note_change(self) -> None:
        for note in self.changed:
            try:
                note(self.text)
            except Exception as error:  # it is another's fault; what plays goes on
                self.tell(one_line(error))

    def _make_ready(self, text: str) -> None:
        source: Newest | Watched | None = None
        try:
            self._check(text)
            source = self._open(text)
            self._set_up(source)
            first = self._first_of(source, text)
        except Exception as error:  # whatever a library raises: the show goes on
            if source:
                source.close()
            self.tell(f"{one_line(error)}; the source stays as it is")
            return
        if first is None:
            source.close()
            return
        with self._lock:
            before, self._next = self._next, _Next(source, first, text)
        if before:
            before.source.close()

    def _check(self, text: str) -> None:
        """UserError where it is the camera that plays: no camera can be opened twice."""
        if isinstance(self._playing, Watched):
            place, wanted = self._playing.place, place_of(text, size=self._size, fps=self.fps)
            if type(wanted) is type(place) and place.is_meant_by(text):
                raise UserError(f"{place} plays already")

    def _first_of(self, source: Newest | Watched, text: str) -> Frame | None:
        """The first picture; None where another one is wanted meanwhile. UserError where none comes."""
        ends = time.monotonic() + FIRST_SECONDS
        while time.monotonic() < ends:
            if self._closing or self._asked is not None:
                return None
            if source.wait(TICK_SECONDS):
                frame = source.read()
                if frame is None:
                    break
                return frame
        raise UserError(f"'{text}' gives no picture")
