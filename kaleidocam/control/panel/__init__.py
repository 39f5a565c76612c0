"""The panel: a page that shows the picture and plays the desk, and the clean picture for an OBS browser source.

Invariant: its server runs in a process of its own; a page costs the video a small copy of each frame that it asks for,
and nothing while no page is open. Neither `write` nor a change of the look ever waits for it.
"""

import importlib.util
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kaleidocam.control.desk import Desk
from kaleidocam.control.panel.child import Child, Message
from kaleidocam.control.panel.door import Door
from kaleidocam.control.panel.presets import Presets
from kaleidocam.errors import UserError, one_line
from kaleidocam.frame import Frame
from kaleidocam.picture.shrinking import small_bgr
from kaleidocam.settings.presets import own_presets
from kaleidocam.sinks.base import Sink

PORT = 8765
REPORT_SECONDS = 0.25
BY = "the panel"
NEEDED = ("starlette", "uvicorn", "websockets")
TOKEN = re.compile(r"[A-Za-z0-9_-]{8,128}")


class Panel(Sink):
    """Serves the page at `address` and the clean picture alone at `clean_address`; both hold the token.

    `size`: (width, height) of the video. `port` 0: any that is free. `token`: 8 to 128 letters, digits, - and _; a
    random one by default. `folder`: where presets are saved and looked for, besides those that ship. `keys`: what each
    key does, and `press` does it (UserError is told to the page). `layers`: how many channels each layer has, for the
    picker. `report`: makes what the meters show, as `Stage.report`; may be set later. `atlas`: a folder with an
    atlas, whose pictures the picker shows; `curated`: the channels that it opens on, as `atlas.page.Curated`. UserError
    where the port is taken or the extra is missing.
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
    ) -> None:
        if not all(importlib.util.find_spec(name) for name in NEEDED):
            raise UserError("the panel needs starlette, uvicorn and websockets: pip install 'kaleidocam[panel]'")
        if token is not None and not TOKEN.fullmatch(token):
            raise UserError("the panel's token is 8 to 128 letters, digits, - and _; leave it out for a random one")
        self.presets, self.report = Presets(folder or own_presets()), report
        self._desk, self._size, self._press = desk, size, press
        self._keys, self._layers = dict(keys or {}), dict(layers or {})
        self._atlas, self._curated = atlas, [dict(each) for each in curated]
        self._token, self._host = token or secrets.token_urlsafe(), host.strip("[]")
        self._door = Door(self._host, port)
        self.port = self._door.port
        self._wanted: int | None = None  # width of the picture that is asked for, 0: full size
        self.pages = 0  # how many are open
        self._child = Child(self._door.sockets, self._greeting, self._heard, self._meters, REPORT_SECONDS)
        self._unwatch = desk.watch(lambda changed, by: self._child.post("look", self._look))

    @property
    def address(self) -> str:
        """What to open in a browser, on a phone too where the host is open."""
        return self.addresses[0]

    @property
    def addresses(self) -> list[str]:
        """The same by every kind of address, IPv4 and IPv6, that it is open to."""
        return [f"http://{each}/?token={self._token}" for each in self._door.called]

    @property
    def clean_address(self) -> str:
        """What an OBS browser source on this machine takes."""
        return f"http://{self._door.called_here}/clean?token={self._token}"

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
        self._unwatch()
        self._child.close()

    def _greeting(self) -> Message:
        self._wanted = None
        return (
            {
                "token": self._token,
                "host": self._host,
                "port": self.port,
                "size": self._size,
                "keys": self._keys,
                "layers": self._layers,
                "folder": str(self.presets.folder),
                "curated": self._curated,
                "atlas": str(self._atlas) if self._atlas else "",
            }
            | self._look()
            | self._names()
        )

    def _look(self) -> Message:
        return {"look": self._desk.base.model_dump(), "preset": self._desk.preset}

    def _names(self) -> Message:
        return {"presets": self.presets.names()}

    def _meters(self) -> Message:
        if not self.pages:
            return {}
        try:
            return {"report": dict(self.report())}
        except Exception as error:  # what is called here belongs to others; the panel goes on
            return {"report": {"notices": [f"no figures: {one_line(error)}"]}}

    def _heard(self, message: Message, data: bytes) -> None:
        do, name = message["do"], message.get("name", "")
        if do == "picture":
            self._wanted = message["width"]
        elif do == "panels":
            self.pages = message["count"]
            self._child.hurry()
        elif do == "ready":
            self._child.notice = None
        elif do == "failed":
            self._child.notice = f"the panel's server failed: {name}; it is being started again"
        else:
            said = self._obey(do, name, message.get("value"), data)
            if said:
                self._child.answer(said | {"client": message["client"]})

    def _obey(self, do: str, name: str, value: Any, data: bytes) -> Message | None:
        """Does what a page asked. Returns what to tell it."""
        try:
            if do == "set":
                self._desk.set(name, value, BY)
            elif do == "share":
                self._desk.set_share(name, value, BY)
            elif do == "ask":
                self._desk.ask(name, BY)
                self._child.hurry()
            elif do == "key" and name in self._keys:
                self._press(name)
                self._child.hurry()
            elif do == "preset":
                self.presets.load(self._desk, name, BY)
            elif do == "save":
                self.presets.save(self._desk, name, BY, data)
                self._child.post("presets", self._names)
            else:
                raise UserError(f"{BY}: no key '{name}'")
        except UserError as error:
            return {"error": str(error)}
        except Exception as error:  # a fault of who watches the desk must not silence every page
            return {"error": f"{do} {name} failed: {one_line(error)}"}
        if do in ("preset", "save"):  # its name has changed, even where no value has
            self._child.post("look", self._look)
        return {"said": f"saved as {name}"} if do == "save" else None
