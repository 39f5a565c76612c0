"""The panel: a page that shows the picture and plays the desk, and the clean picture for an OBS browser source.

Invariant: its server runs in a process of its own; a page costs the video a small copy of each frame that it asks for,
and nothing while no page is open. Neither `write` nor a change of the look ever waits for it.
"""

import importlib.util
import re
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kaleidocam.control.desk import Desk
from kaleidocam.control.panel.certificate import Certificate
from kaleidocam.control.panel.child import Child, Message
from kaleidocam.control.panel.door import Door
from kaleidocam.control.panel.presets import Presets
from kaleidocam.errors import UserError, one_line
from kaleidocam.frame import Frame
from kaleidocam.picture.shrinking import small_bgr
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.presets import own_presets
from kaleidocam.sinks.base import Sink
from kaleidocam.sources.phone_line import PhoneLine

PORT = 8765
REPORT_SECONDS, LEVELS_SECONDS = 0.25, 1 / 12
BY = "the panel"
NEEDED = ("starlette", "uvicorn", "websockets")
OFFERS = ("offer", "take", "hang-up")  # of a page's own camera
SAID = {  # once it is done
    "save": "saved as {name}",
    "rename": "{name} is now called {value}",
    "delete": "{name} is deleted; it lies in {folder}/deleted",
}
TOKEN = re.compile(r"[A-Za-z0-9_-]{8,128}")


class Panel(Sink):
    """Serves the page at `address` and the clean picture alone at `clean_address`; both hold the token.

    `size`: (width, height) of the video. `port` 0: any that is free. `token`: 8 to 128 letters, digits, - and _; a
    random one by default. `folder`: where presets are saved and looked for, besides those that ship. `keys`: what each
    key does, and `press` does it (UserError is told to the page). `layers`: how many channels each layer has, for the
    picker. `report`: makes what the meters show, as `Stage.report`; may be set later. So is `plays`, which plays a
    source, a quality or a size by its name, and lists the sources. `choices`: the qualities and sizes that there are.
    `atlas`: a folder with an atlas, whose pictures the picker shows; `curated`: the channels that it opens on, as
    `atlas.page.Curated`. `certificate` gives, for the host and what it is called by, the one with which the page is
    https; None: it is http. `phone`: takes the cameras that pages offer; None: they offer none. UserError where the
    port is taken or the extra is missing.
    """

    def __init__(
        self,
        desk: Desk,
        *,
        size: tuple[int, int],
        host: str = "127.0.0.1",
        port: int = PORT,
        token: str | None = None,
        folder: Path | None = None,
        keys: Mapping[str, str] | None = None,
        press: Callable[[str], None] = lambda key: None,
        layers: Mapping[str, int] | None = None,
        report: Callable[[], Mapping[str, Any]] = dict,
        atlas: Path | None = None,
        curated: Sequence[Mapping[str, Any]] = (),
        choices: Mapping[str, Sequence[str]] = {},
        learn: Callable[[str | None], None] | None = None,
        certificate: Callable[[str, Sequence[str]], Certificate] | None = None,
        phone: PhoneLine | None = None,
    ) -> None:
        if not all(importlib.util.find_spec(name) for name in NEEDED):
            raise UserError("the panel needs starlette, uvicorn and websockets: pip install 'kaleidocam[panel]'")
        if token is not None and not TOKEN.fullmatch(token):
            raise UserError("the panel's token is 8 to 128 letters, digits, - and _; leave it out for a random one")
        self.presets, self.report = Presets(folder or own_presets()), report
        self.plays: Mapping[str, Callable[[str], Any]] = {}
        self._desk, self._size, self._press = desk, size, press
        self._keys, self._layers = dict(keys or {}), dict(layers or {})
        self._atlas, self._curated = atlas, [dict(each) for each in curated]
        self._choices = {name: list(texts) for name, texts in choices.items()}
        self._learn, self._phone = learn, phone
        self._token, self._host = token or secrets.token_urlsafe(), host.strip("[]")
        self._door = Door(self._host, port)
        self.port = self._door.port
        self.certificate: Certificate | None = None
        if certificate:
            try:
                self.certificate = certificate(self._host, self._door.hosts)
            except BaseException:
                self._door.close()
                raise
        self._wanted: int | None = None  # width of the picture that is asked for, 0: full size
        self.pages = 0  # how many are open
        self.looked_at: Callable[[bool], object] = bool  # told when a page shows the presets, or no more
        self._reported, self._told_drivers = 0.0, {"": 0.0}
        self._rest: tuple[str, Message] = "", {}
        self._child = Child(self._door.sockets, self._greeting, self._heard, self._meters, LEVELS_SECONDS)
        self._unwatch = [
            watch(lambda changed, by: self._child.post("look", self._look))
            for watch in (desk.watch, desk.watch_instrument)
        ]

    @property
    def address(self) -> str:
        """What to open in a browser, on a phone too where the host is open."""
        return self.addresses[0]

    @property
    def addresses(self) -> list[str]:
        """The same by every kind of address, IPv4 and IPv6, that it is open to."""
        return [f"{self._scheme}://{each}/?token={self._token}" for each in self._door.called]

    @property
    def _scheme(self) -> str:
        return "https" if self.certificate else "http"

    @property
    def clean_address(self) -> str:
        """What an OBS browser source on this machine takes: by http where that is this machine's own line, for OBS
        refuses a certificate that was made here."""
        scheme = "http" if self._door.is_here else self._scheme
        return f"{scheme}://{self._door.called_here}/clean?token={self._token}"

    @property
    def notice(self) -> str | None:  # type: ignore[override]  # nobody sets it
        """What went wrong with the server, until it is up again."""
        return self._child.notice

    def write(self, frame: Frame) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is None:
            return
        width, height = frame.size
        if 0 < wanted < width:
            image = small_bgr(frame.picture, (wanted, max(1, round(height * wanted / width))))
        else:
            image = frame.image.copy()
        about = {"picture": [image.shape[1], image.shape[0]], "full": wanted == 0}
        self._child.post("picture", lambda: about, np.ascontiguousarray(image))

    def close(self) -> None:
        for unwatch in self._unwatch:
            unwatch()
        self._child.close({"ended": True})

    def show(self, preset: str, picture: bytes) -> None:
        """Shows a JPEG of what the present picture becomes under a preset."""
        self._child.answer({"pictured": preset}, picture)

    def _greeting(self) -> Message:
        self._wanted = None
        return (
            {
                "token": self._token,
                "host": self._host,
                "port": self.port,
                "size": self._size,
                "clean": self.clean_address,
                "learns": self._learn is not None,
                "phone": self._phone is not None,
                "certificate": [str(self.certificate.file), str(self.certificate.key)] if self.certificate else [],
                "fingerprint": self.certificate.fingerprint if self.certificate else "",
                "authority": self.certificate.authority if self.certificate else "",
                "groups": self.presets.groups(),
                "keys": self._keys,
                "layers": self._layers,
                "folder": str(self.presets.folder),
                "curated": self._curated,
                "atlas": str(self._atlas) if self._atlas else "",
            }
            | {"sizes": [], "qualities": [], "repeats": []}
            | self._choices
            | self._look()
            | self._names()
        )

    def _look(self) -> Message:
        return {
            "look": self._desk.base.model_dump(),
            "preset": self._desk.preset,
            "instrument": self._desk.instrument(),
            "rest": self._values(self._desk.preset),
        }

    def _values(self, preset: str) -> Message:
        """What each parameter goes back to: its value in the preset, or its default where that can't be read."""
        if preset != self._rest[0]:
            self._rest = preset, (self.presets.look(preset) or Look()).model_dump()
        return self._rest[1]

    def _names(self) -> Message:
        return {"presets": self.presets.names()}

    def _meters(self) -> Message:
        if not self.pages:
            return {}
        drivers = {name: round(value, 2) for name, value in self._desk.drivers.now().items()}
        news: Message = {} if drivers == self._told_drivers else {"drivers": drivers}
        self._told_drivers = drivers
        if time.monotonic() < self._reported + REPORT_SECONDS:
            return news
        self._reported = time.monotonic()
        return news | self._report()

    def _hurry(self) -> None:
        """The next report comes at once."""
        self._reported = 0.0
        self._child.hurry()

    def _report(self) -> Message:
        try:
            return {"report": dict(self.report())}
        except Exception as error:  # what is called here belongs to others; the panel goes on
            return {"report": {"notices": [f"no figures: {one_line(error)}"]}}

    def _heard(self, message: Message, data: bytes) -> None:
        do, name = message["do"], message.get("name", "")
        if do == "picture":
            self._wanted = message["width"]
        elif do == "panels":
            self.pages, self._told_drivers = message["count"], {"": 0.0}
            self._hurry()
        elif do == "looks":
            self.looked_at(message.get("value") == 1)
        elif do == "ready":
            self._child.notice = None
        elif do == "failed":
            self._child.notice = f"the panel's server failed: {name}; it is being started again"
        elif do in OFFERS:
            self._hear_of_phone(do, name, str(message.get("value", "")), message["client"])
        elif do in self.plays:  # cameras are asked for, folders are read: the other pages need not wait for it
            threading.Thread(target=self._play, args=(do, name, message["client"]), daemon=True).start()
        else:
            said = self._obey(do, name, message.get("value"), data)
            if said:
                self._child.answer(said | {"client": message["client"]})

    def _hear_of_phone(self, do: str, device: str, sdp: str, client: int) -> None:
        def answer(said: Message) -> None:
            self._child.answer({"phone": said, "client": client})

        if self._phone is None:
            answer({"refused": "this show takes no phone's camera"})
        elif do == "hang-up":
            self._phone.hang_up(device)
        else:
            self._phone.offer(device, sdp, answer, take=do == "take")

    def _play(self, what: str, name: str, client: int) -> None:
        try:
            found = self.plays[what](name)
            said = found if isinstance(found, dict) else None
        except UserError as error:
            said = {"error": str(error)}
        except Exception as error:  # as in `_obey`
            said = {"error": f"{what} {name} failed: {one_line(error)}"}
        if said:
            self._child.answer(said | {"client": client})
        self._hurry()

    def _obey(self, do: str, name: str, value: Any, data: bytes) -> Message | None:
        """Does what a page asked. Returns what to tell it."""
        try:
            if do in ("set", "control"):
                self._desk.set(name, value, BY)
            elif do == "share":
                self._desk.set_share(name, value, BY)
            elif do == "lock":
                if not isinstance(value, bool):
                    raise UserError(f"{BY}: lock is '{value}'; allowed is true or false")
                self._desk.lock(name, value, BY)
            elif do == "ask":
                self._desk.ask(name, BY)
                self._hurry()
            elif do == "key" and name in self._keys:
                self._press(name)
                self._hurry()
            elif do == "preset":
                self.presets.load(self._desk, name, BY)
            elif do == "layer":
                self.presets.lay(self._desk, name, BY)
            elif do == "save":
                self.presets.save(self._desk, name, BY, data)
            elif do == "learn" and self._learn:
                self._learn(name or None)
            elif do == "rename":
                self.presets.rename(name, str(value))
                self._desk.rename_preset(name, str(value), BY)
            elif do == "delete":
                self.presets.delete(name)
            else:
                raise UserError(f"{BY}: no key '{name}'")
        except UserError as error:
            return {"error": str(error)}
        except Exception as error:  # a fault of who watches the desk must not silence every page
            return {"error": f"{do} {name} failed: {one_line(error)}"}
        if do == "save" and data:
            self.show(name, data)  # in place of the picture of the one that it replaces
        if do in ("save", "rename", "delete"):
            self._rest = "", {}
            self._child.post("presets", self._names)
        if do in ("preset", "save", "rename"):  # its name has changed, even where no value has
            self._child.post("look", self._look)
        return {"said": SAID[do].format(name=name, value=value, folder=self.presets.folder)} if do in SAID else None
