"""What a performance is played with besides the window's keys: panel, OSC, MIDI, tempo, sound; and its recording.

Invariant: only what was asked for is imported and opened, and all of it is closed with the performance.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from kaleidocam.atlas import assembly as atlases
from kaleidocam.atlas.book import SMALL, curated
from kaleidocam.control.desk import Desk
from kaleidocam.control.keys import KEYS
from kaleidocam.control.recorder import Recorder
from kaleidocam.control.tempo import Tempo
from kaleidocam.dream.assembly import network_of, reachable
from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.settings.parameters import Look, Machine
from kaleidocam.settings.presets import own_folder
from kaleidocam.sinks.base import Sink
from kaleidocam.sinks.behind import Behind
from kaleidocam.sinks.recording import film_of
from kaleidocam.sources.base import Source

ANY = "any"  # the first MIDI device, the system's own microphone


@dataclass(frozen=True)
class Wanted:
    """The flags as they were given. `panel_port` None: the usual one."""

    panel: bool = False
    panel_host: str = "127.0.0.1"
    panel_port: int | None = None
    osc: str | None = None
    midi: str | None = None
    midi_learn: str | None = None
    sound: str | None = None
    tempo: float | None = None
    record: str | None = None


@dataclass
class Surfaces:
    """What was opened: the `sinks` among it; `notices`, asked for lines that the performer must read; `watching`,
    called with every frame as it came; `told`, lines to print at the start; the panel; and `excited`, which gives the
    channels that the present frame excites."""

    tempo: Tempo
    sinks: list[Sink] = field(default_factory=list)
    notices: list[Callable[[], str | None]] = field(default_factory=list)
    watching: list[Callable[[Frame, Look], None]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    panel: Any = None
    excited: Callable[[], list[str]] = list

    def each(self, frame: Frame, look: Look) -> None:
        """Call it with every frame as it came, and how it is shown."""
        for see in self.watching:
            see(frame, look)


def open_surfaces(
    stack: ExitStack, wanted: Wanted, desk: Desk, source: Source, machine: Machine, *, overwrite: bool
) -> Surfaces:
    """Opens what is `wanted`, to be closed by `stack`. UserError where one can't be."""
    if not wanted.panel and (wanted.panel_host, wanted.panel_port) != (Wanted.panel_host, Wanted.panel_port):
        raise UserError("--panel-host and --panel-port are the panel's; give --panel too")
    surfaces = Surfaces(Tempo(wanted.tempo))
    desk.drivers.feed("beat", surfaces.tempo.beat)
    midi = _midi(stack, wanted, desk, surfaces)
    if wanted.sound:
        _sound(stack, wanted.sound, desk, surfaces)
    if wanted.osc:
        _osc(stack, wanted.osc, desk, midi, surfaces)
    if wanted.panel:
        _panel(stack, wanted, desk, source, machine, surfaces)
    if wanted.record:
        recorder = _recorder(stack, wanted.record, source, machine, overwrite)
        surfaces.watching.append(recorder)
        surfaces.notices.append(recorder.notice)
    return surfaces


def _recorder(stack: ExitStack, path: str, source: Source, machine: Machine, overwrite: bool) -> Recorder:
    with ExitStack() as opening:
        film = opening.enter_context(
            Behind(film_of(path, source.size, source.fps, machine, overwrite=overwrite, given=source.format))
        )
        recorder = stack.enter_context(Recorder(film, path, overwrite=overwrite))
        stack.push(opening.pop_all())  # so that the film is closed first, and then the score
    return recorder


def _sound(stack: ExitStack, source: str, desk: Desk, surfaces: Surfaces) -> None:
    from kaleidocam.control.sound import Sound

    sound = stack.enter_context(Sound(None if source == ANY else source))
    for name, feed in sound.feeds.items():
        desk.drivers.feed(name, feed)
    surfaces.notices.append(lambda: sound.notice)


def _osc(stack: ExitStack, address: str, desk: Desk, midi: Any, surfaces: Surfaces) -> None:
    """`midi`: the Midi that learns when OSC asks for it, if there is one."""
    from kaleidocam.control.osc import Osc, parse_address

    actions = {"preset": lambda name: desk.load(name, "OSC")} | ({"learn": midi.learn} if midi else {})
    osc = stack.enter_context(Osc(desk, *parse_address(address), actions=actions))
    exposed = "; who can reach it can play" if osc.is_open else ""
    surfaces.told.append(f"OSC at {' and '.join(osc.told)}, such as /kaleidocam/strength 1.5{exposed}")


def _midi(stack: ExitStack, wanted: Wanted, desk: Desk, surfaces: Surfaces) -> Any:
    if not wanted.midi:
        if wanted.midi_learn:
            raise UserError("--midi-learn needs --midi: the device, or 'any'")
        return None
    from kaleidocam.control.midi import Midi

    port = None if wanted.midi == ANY else wanted.midi
    midi = stack.enter_context(
        Midi(desk, surfaces.tempo, port, mapping=own_folder() / "midi.toml", load=lambda name: desk.load(name, "MIDI"))
    )
    if wanted.midi_learn:
        midi.learn(wanted.midi_learn)
    surfaces.notices.append(lambda: midi.notice)
    surfaces.told.append(f"MIDI from {midi.port}")
    return midi


def _panel(stack: ExitStack, wanted: Wanted, desk: Desk, source: Source, machine: Machine, surfaces: Surfaces) -> None:
    from kaleidocam.control.panel import PORT, Panel

    with_atlas = network_of(machine).atlas is not None  # without one, no motif of it ships, nor what is usual for it
    panel = Panel(
        desk,
        size=source.size,
        host=wanted.panel_host,
        port=PORT if wanted.panel_port is None else wanted.panel_port,
        keys={key: bound.meaning for key, bound in KEYS.items() if bound.press},
        press=pressing(desk),
        layers=reachable(machine),
        atlas=SMALL if with_atlas else None,
        curated=curated() if with_atlas else [],
    )
    surfaces.panel = stack.enter_context(panel)
    if with_atlas:
        spotter = stack.enter_context(atlases.make_spotter(machine))
        surfaces.watching.append(lambda frame, look: spotter(frame))
        surfaces.excited = lambda: spotter.names
    surfaces.sinks.append(panel)
    surfaces.told += [
        f"the panel: {' or '.join(panel.addresses)}",
        f"the clean picture, for an OBS browser source: {panel.clean_address}",
    ]


def pressing(desk: Desk) -> Callable[[str], None]:
    """What presses a key by its name, as in the window; UserError where there is none."""

    def press(key: str) -> None:
        bound = KEYS.get(key)
        if bound is None or bound.press is None:
            raise UserError(f"no key '{key}' to play; ? shows them")
        bound.press(desk)

    return press
