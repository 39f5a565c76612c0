"""Where the pages meet: what they ask for goes to the stage within a budget, and what changes there goes to all.

Invariant: however many pages ask for however much, the stage hears at most BUDGET wishes a second, and of each
parameter the newest.
"""

import asyncio
import json
import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from kaleidocam.control.panel.client import QUICKEST_SECONDS, Client
from kaleidocam.control.panel.pictures import Pictures
from kaleidocam.control.panel.presets import Presets
from kaleidocam.control.panel.registry import for_page, registry

BUDGET = 500  # wishes a second
AT_ONCE = BUDGET / 10
WAITING_DEEDS = 64  # presets, commands and keys that may wait for the budget
ALL_MESSAGES = 2000  # a second, to all pages together
DOES = (
    *("set", "share", "control", "lock", "ask", "key", "preset", "layer", "save", "seen"),
    *("sources", "source", "quality", "size", "learn", "rename", "delete", "looks"),
    *("offer", "take", "hang-up"),
)
VALUES = ("set", "share", "control")  # of which only the newest counts
GREETED = (
    "size",
    "layers",
    "sizes",
    "qualities",
    "clean",
    "learns",
    "groups",
    "repeats",
    "phone",
    "fingerprint",
    "authority",
)
TOLD = ("preset", "report", "drivers", "ended", "instrument")  # passed on as they come
SELDOM = ("preset", "instrument", "rest")  # of which only what differs is told
SHOWN = ("look", "shares", "instrument")  # what a page shows before it is done
LONGEST_NAME = 64
LONGEST_PATH = 4096  # characters of the name of a source


class Garbage(Exception):
    """A message that no page of ours sends."""


class Hall:
    """`post` sends a message, and data with it, to the performance's process."""

    def __init__(self, greeting: dict[str, Any], presets: Presets, post: Callable[..., None]) -> None:
        self.clients: dict[int, Client] = {}
        self.pictures = Pictures(self.clients.values(), lambda width: post({"do": "picture", "width": width}))
        self._hello = registry() | {name: greeting[name] for name in GREETED}
        self._hello["keys"] = list(greeting["keys"].items())  # in their order, which a script's objects don't keep
        self._presets, self._post, self._joined = presets, post, 0
        self._state: dict[str, Any] = {}
        self._wishes: dict[Any, dict[str, Any]] = {}
        self._credit, self._counted = AT_ONCE, time.monotonic()
        self._timer: asyncio.TimerHandle | None = None
        self._pictured: dict[str, int] = {}
        self.hear(greeting, b"")

    def join(self, websocket: Any, clean: bool) -> Client:
        self._joined += 1
        client = self.clients[self._joined] = Client(self._joined, websocket, clean)
        client.tell({"hello": self._hello} | self._state)
        self._count()
        self.pictures.joined(client)
        return client

    def leave(self, client: Client) -> None:
        del self.clients[client.number]
        self._count()

    def hear(self, message: dict[str, Any], data: bytes) -> None:
        """From the performance."""
        came: dict[str, Any] = {name: message[name] for name in TOLD if name in message}
        if "rest" in message:
            came["rest"] = for_page(message["rest"])
        news = {name: it for name, it in came.items() if name not in SELDOM or it != self._state.get(name)}
        if "picture" in message:
            width, height = message["picture"]
            self.pictures.came(np.frombuffer(data, np.uint8).reshape(height, width, 3), message["full"])
        if "look" in message:
            news |= self._changed(message["look"])
        if "pictured" in message:
            self._presets.show(message["pictured"], data)
            news["pictured"] = self._pictured = self._pictured | {message["pictured"]: self._presets.shown}
        if "presets" in message:
            news["presets"] = [
                {"name": name, "own": own, "picture": self._presets.picture(name) is not None}
                for name, own in message["presets"].items()
            ]
        if "client" in message:
            self._answer(message)
        self._tell_all(news)

    def wish(self, client: Client, text: str) -> None:
        """From a page. Garbage where it is none of DOES with a name and a plain value."""
        wish = _read(text)
        do, name = wish["do"], wish.get("name", "")
        if do == "seen":
            client.saw()
            self.pictures.consider()
            return
        # Of a parameter only the newest counts. It goes to the end, so that no preset asked for before overrides it.
        key = ("value", name) if do in VALUES else (do, name, time.monotonic())
        self._wishes.pop(key, None)
        if key[0] != "value" and sum(other[0] != "value" for other in self._wishes) >= WAITING_DEEDS:
            client.tell({"error": "too much at once; this was left out"})
            return
        self._wishes[key] = wish | {"client": client.number}
        self._pass_on()

    def _pass_on(self) -> None:
        now = time.monotonic()
        self._credit = min(AT_ONCE, self._credit + (now - self._counted) * BUDGET)
        self._counted = now
        while self._wishes and self._credit >= 1:
            self._credit -= 1
            wish = self._wishes.pop(next(iter(self._wishes)))
            self._post(wish, self.pictures.thumbnail() if wish["do"] == "save" else b"")
        if self._wishes and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(1 / 60, self._again)

    def _again(self) -> None:
        self._timer = None
        self._pass_on()

    def _answer(self, message: dict[str, Any]) -> None:
        client = self.clients.get(message["client"])
        if client and "error" in message:  # with the true values, for the page has shown what was refused
            client.tell({"error": message["error"]} | {name: self._state[name] for name in SHOWN})
        elif client:
            client.tell({name: message[name] for name in ("said", "sources", "source", "phone") if name in message})

    def _changed(self, look: dict[str, Any]) -> dict[str, Any]:
        """What has changed in the new look. A browser that has been away is given the whole state."""
        new, old = for_page(look), self._state
        self._state = old | new
        if "look" not in old:
            return new
        names = [name for name, value in new["look"].items() if old["look"][name] != value]
        return {part: {name: new[part][name] for name in names if name in new[part]} for part in new} if names else {}

    def _tell_all(self, news: dict[str, Any]) -> None:
        self._state |= {name: value for name, value in news.items() if name not in ("look", "shares")}
        if news:
            for client in self.clients.values():
                client.tell(news)
        self.pictures.consider()

    def _count(self) -> None:
        self._post({"do": "panels", "count": sum(not client.clean for client in self.clients.values())})
        for client in self.clients.values():
            client.pause = max(QUICKEST_SECONDS, len(self.clients) / ALL_MESSAGES)


def _read(text: str) -> dict[str, Any]:
    try:
        wish = json.loads(text)
        if not isinstance(wish, dict) or wish.get("do") not in DOES or not wish.keys() <= {"do", "name", "value"}:
            raise ValueError("no wish")
        name, value = wish.get("name", ""), wish.get("value", 0)
        longest = LONGEST_PATH if wish["do"] == "source" else LONGEST_NAME
        if not isinstance(name, str) or len(name) > longest or not isinstance(value, (str, int, float)):
            raise ValueError("no name or value")
        if (wish["do"] == "share" and isinstance(value, str)) or (
            isinstance(value, float) and not math.isfinite(value)
        ):
            raise ValueError("no number")
        f"{name}{value}".encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise Garbage from error
    return wish
