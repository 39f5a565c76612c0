"""What a performance is played with besides the window's keys: panel, OSC, MIDI, DMX, tempo, sound; and its recording.

Invariant: only what was asked for is imported and opened, and all of it is closed with the performance.
"""

import os
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from kaleidocam.atlas import assembly as atlases
from kaleidocam.atlas.book import SMALL, curated
from kaleidocam.control.desk import Desk
from kaleidocam.control.keys import KEYS
from kaleidocam.control.tempo import Tempo
from kaleidocam.dream.assembly import network_of, reachable
from kaleidocam.errors import UserError
from kaleidocam.frame import Frame
from kaleidocam.live.limits import usual_sizes
from kaleidocam.live.recording import Recording
from kaleidocam.live.samples import Samples, make_sampling
from kaleidocam.live.takes import make_recording
from kaleidocam.settings.parameters import AUTO, QUALITIES, Look, Machine
from kaleidocam.settings.presets import own_folder
from kaleidocam.sinks.base import Sink
from kaleidocam.sources.base import Source
from kaleidocam.sources.changeable import Changeable
from kaleidocam.sources.phone import PHONE, is_there
from kaleidocam.sources.phone_line import LINE

PLAYED = ("source", "quality", "size")  # by their names, by the surfaces that a network reaches
FUNCTION = re.compile(r"(shift\+)?f\d+")  # keys that a browser has for itself
OF_THE_PANEL = ("panel_host", "panel_port", "panel_https", "panel_cert", "panel_key")
ANY = "any"  # the first MIDI device, the system's own microphone


@dataclass(frozen=True)
class Wanted:
    """The flags as they were given. `panel_port` None: the usual one; `panel_https` None: where a phone is the camera
    and others can reach the panel, or a certificate is given; `panel_token` None: another one each time."""

    panel: bool = False
    panel_host: str = "127.0.0.1"
    panel_port: int | None = None
    panel_https: bool | None = None
    panel_cert: str | None = None
    panel_key: str | None = None
    panel_token: str | None = None
    osc: str | None = None
    midi: str | None = None
    midi_learn: str | None = None
    sound: str | None = None
    tempo: float | None = None
    record: str | None = None
    recordings: str | None = None
    media: tuple[str, ...] = ()
    dmx: str | None = None
    dmx_map: str | None = None
    link: bool = False
    link_start_stop: bool = False


@dataclass
class Surfaces:
    """What was opened: the `sinks` among it; `notices`, asked for lines that the performer must read; `watching`,
    called with every frame as it came; `told`, lines to print at the start, and `drawn`, pictures for a terminal; the
    panel; `excited`, which gives the
    channels that the present frame excites; and the recording. `plays`: what plays something by its name (a source, a
    quality, a size), by what that is; filled in later, by whoever has the stage."""

    tempo: Tempo
    recording: Recording
    sinks: list[Sink] = field(default_factory=list)
    notices: list[Callable[[], str | None]] = field(default_factory=list)
    watching: list[Callable[[Frame, Look], None]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    drawn: list[str] = field(default_factory=list)
    panel: Any = None
    excited: Callable[[], list[str]] = list
    samples: Samples | None = None
    plays: dict[str, Callable[[str], Any]] = field(default_factory=dict)

    def play(self, what: str, name: str) -> Any:
        """Plays a source, a quality or a size by its name; "sources": the list of sources. UserError where it can't
        be."""
        if what not in self.plays:
            raise UserError(f"no {what} can be played before the show has begun")
        return self.plays[what](name)

    def each(self, frame: Frame, look: Look) -> None:
        """Call it with every frame as it came, and how it is shown."""
        for see in self.watching:
            see(frame, look)


def open_surfaces(
    stack: ExitStack, wanted: Wanted, desk: Desk, source: Source, machine: Machine, *, overwrite: bool
) -> Surfaces:
    """Opens what is `wanted`, to be closed by `stack`. UserError where one can't be."""
    if not wanted.panel and any(getattr(wanted, name) != getattr(Wanted, name) for name in OF_THE_PANEL):
        given = [f"--{name.replace('_', '-')}" for name in OF_THE_PANEL]
        raise UserError(f"{', '.join(given[:-1])} and {given[-1]} are the panel's; give --panel too")
    recording = make_recording(source, machine, record=wanted.record, folder=wanted.recordings, overwrite=overwrite)
    surfaces = Surfaces(Tempo(wanted.tempo), stack.enter_context(closing(recording)))
    _link(stack, wanted, surfaces)
    desk.drivers.feed("beat", surfaces.tempo.beat)
    desk.follow(surfaces.tempo.place)
    midi = _midi(stack, wanted, desk, surfaces)
    if wanted.sound:
        _sound(stack, wanted.sound, desk, source, surfaces)
    if wanted.osc:
        _osc(stack, wanted.osc, desk, midi, surfaces)
    if wanted.dmx is not None or wanted.dmx_map is not None:
        _dmx(stack, wanted, desk, surfaces)
    if wanted.panel:
        _panel(stack, wanted, desk, source, machine, surfaces, midi)
    return surfaces


def _link(stack: ExitStack, wanted: Wanted, surfaces: Surfaces) -> None:
    if not wanted.link:
        if wanted.link_start_stop:
            raise UserError("--link-start-stop needs --link")
        return
    from kaleidocam.control.link import Link

    link = stack.enter_context(Link(wanted.tempo, start_stop=wanted.link_start_stop))
    surfaces.tempo.share(link)
    surfaces.notices.append(link.notice)
    surfaces.told.append("Ableton Link: tempo, beat and bar are shared with others on this network")


def _sound(stack: ExitStack, text: str, desk: Desk, source: Source, surfaces: Surfaces) -> None:
    """Where the sound is that of the film that plays, it changes with it."""
    from kaleidocam.control.sound import Sound

    sound = stack.enter_context(Sound(None if text == ANY else text))
    if isinstance(source, Changeable) and os.path.isfile(text) and os.path.isfile(began := source.text):
        follows = os.path.samefile(text, began)
        source.changed += [lambda other: sound.follow(other if os.path.isfile(other) else None)] * follows
    for name, feed in sound.feeds.items():
        desk.drivers.feed(name, feed)
    surfaces.notices.append(lambda: sound.notice)


def _osc(stack: ExitStack, address: str, desk: Desk, midi: Any, surfaces: Surfaces) -> None:
    """`midi`: the Midi that learns when OSC asks for it, if there is one."""
    from kaleidocam.control.osc import Osc, parse_address

    actions = {"preset": lambda name: desk.load(name, "OSC"), "layer": lambda name: desk.lay(name, "OSC")}
    actions |= {"learn": midi.learn} if midi else {}
    actions |= {what: partial(surfaces.play, what) for what in PLAYED}
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


def _dmx(stack: ExitStack, wanted: Wanted, desk: Desk, surfaces: Surfaces) -> None:
    if wanted.dmx is None:
        raise UserError("--dmx-map needs --dmx: artnet or sacn")
    from kaleidocam.control.dmx import Dmx, find_fixture, parse_address

    address, fixture = parse_address(wanted.dmx), find_fixture(wanted.dmx_map)
    dmx = stack.enter_context(Dmx(desk, surfaces.tempo, address, fixture))
    surfaces.notices.append(lambda: dmx.notice)
    first, last = fixture.place(address)
    surfaces.told.append(
        f"DMX at {dmx.told}: {dmx.name}, channels {first} to {last}, {fixture.called} (--dmx-sheet shows them)"
        + "; who can reach it can play" * dmx.is_open
    )


def _panel(
    stack: ExitStack, wanted: Wanted, desk: Desk, source: Source, machine: Machine, surfaces: Surfaces, midi: Any
) -> None:
    from kaleidocam.control.panel import PORT, Panel, qr
    from kaleidocam.control.panel.door import is_loopback

    with_atlas = network_of(machine).atlas is not None  # without one, no motif of it ships, nor what is usual for it
    panel = Panel(
        desk,
        size=source.size,
        host=wanted.panel_host,
        port=PORT if wanted.panel_port is None else wanted.panel_port,
        token=wanted.panel_token,
        keys={key: bound.meaning for key, bound in KEYS.items() if bound.press and not FUNCTION.fullmatch(key)},
        press=pressing(desk),
        layers=reachable(machine),
        atlas=SMALL if with_atlas else None,
        curated=curated() if with_atlas else [],
        choices={
            "qualities": [AUTO, *QUALITIES],
            "sizes": usual_sizes(source.size),
            "repeats": [key for key, bound in KEYS.items() if bound.repeats],
        },
        learn=midi.learn if midi else None,
        certificate=_certificate(wanted, source),
        phone=LINE if is_there() else None,
    )
    panel.plays = {what: partial(surfaces.play, what) for what in (*PLAYED, "sources")}
    surfaces.panel = stack.enter_context(panel)
    samples = Samples(make_sampling(machine), panel.presets.names, panel.presets.look, panel.show)
    surfaces.samples, panel.looked_at = stack.enter_context(samples), samples.looked_at
    surfaces.watching.append(lambda frame, look: samples.see(frame))
    if with_atlas:
        spotter = stack.enter_context(atlases.make_spotter(machine))
        surfaces.watching.append(lambda frame, look: spotter(frame))
        surfaces.excited = lambda: spotter.names
    surfaces.sinks.append(panel)
    surfaces.told += [
        f"the panel: {' or '.join(panel.addresses)}",
        f"the clean picture, for an OBS browser source: {panel.clean_address}",
    ]
    if panel.certificate:
        surfaces.told += [f"its certificate's SHA-256 fingerprint: {panel.certificate.fingerprint}"]
        surfaces.told += filter(None, [panel.certificate.note])
    if is_phone(source) and is_loopback(wanted.panel_host):
        surfaces.told.append("only this machine can open that page; for a phone, give --panel-host 0.0.0.0")
    elif is_phone(source):
        surfaces.drawn += filter(None, [qr.drawn(panel.address)])


def _certificate(wanted: Wanted, source: Source) -> Callable[[str, Sequence[str]], Any] | None:
    """What gives the panel's certificate; None where it is to be http. UserError where the flags contradict."""
    from kaleidocam.control.panel import certificate
    from kaleidocam.control.panel.door import is_loopback

    cert, key = wanted.panel_cert, wanted.panel_key
    if key and not cert:
        raise UserError("--panel-key needs --panel-cert, the certificate that it belongs to")
    if cert and wanted.panel_https is False:
        raise UserError("--panel-cert is for https; leave out --no-panel-https")
    if cert:
        given = certificate.given_certificate(cert, key)
        return lambda host, called: given
    automatic = is_phone(source) and not is_loopback(wanted.panel_host)
    wants = automatic if wanted.panel_https is None else wanted.panel_https
    return certificate.own_certificate if wants else None


def is_phone(source: Source) -> bool:
    """Whether it begins with a phone's camera."""
    return isinstance(source, Changeable) and source.text == PHONE


def pressing(desk: Desk) -> Callable[[str], None]:
    """What presses a key by its name, as in the window; UserError where there is none."""

    def press(key: str) -> None:
        bound = KEYS.get(key)
        if bound is None or bound.press is None:
            raise UserError(f"no key '{key}' to play; ? shows them")
        bound.press(desk)

    return press
