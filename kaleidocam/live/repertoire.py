"""What can be played in a performance: the sources that a control surface may ask for.

Invariant: whoever reaches a control surface plays and learns of no file but those that lie in a folder that the
performer allowed, neither by a link nor by `..`, and of no address but the one that was given.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from kaleidocam.address import name_of, without_secrets
from kaleidocam.errors import UserError, brief, nearest, reason, shown
from kaleidocam.sharing.names import meant
from kaleidocam.sharing.search import Lookout
from kaleidocam.sharing.systems import is_sender, label_of, names_one, system_of, wanted_of
from kaleidocam.sources.camera import camera_names
from kaleidocam.sources.kinds import kind_of
from kaleidocam.sources.phone import is_there
from kaleidocam.sources.place import Named, find_camera
from kaleidocam.sources.sequence import PICTURES
from kaleidocam.sources.signature import content_of, is_regular

MOST_FILES = 500  # of one folder that are listed
FILMS = {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".m2ts", ".mts", ".mxf", ".wmv"}
FILMS |= {".flv", ".ogv", ".3gp", ".vob", ".dv", ".nut", ".y4m", ".gif", ".apng", ".mjpg", ".mjpeg"}
DRAWN = "aisle"
BROUGHT = "phone"


@dataclass(frozen=True)
class Offer:
    """A source that may be asked for by its `name`; `label`: its name for people; `kind`: camera, file or drawing."""

    name: str
    label: str
    kind: str


class Repertoire:
    """The source that a performance began with, all cameras, what other programs share, what lies in the folders, and
    the drawn aisle.

    `began`: the text of that source; where it is a file, its folder is allowed too. `folders`: others, UserError where
    one is none. `cameras`: (number, name) of each that is connected; slow. `senders`: finds what other programs share,
    by the systems that are installed. `phone`: whether there is a page that can send a phone's camera; it is offered
    where its extra is installed.
    """

    def __init__(
        self,
        began: str,
        folders: Iterable[str] = (),
        cameras: Callable[[], Sequence[Named]] = camera_names,
        senders: Lookout | None = None,
        *,
        phone: bool = False,
    ) -> None:
        self._began, self._cameras, self._senders = began, cameras, senders or Lookout()
        self._takes_phone = phone and is_there()
        self._named: dict[str, str] = {}  # the camera's name by its number, as of the last listing
        self._folders = [checked_folder(folder) for folder in folders]
        if kind_of(began).name in ("picture", "video") and os.path.isfile(began):
            self._folders.insert(0, os.path.dirname(began) or os.curdir)

    def name_of(self, text: str) -> str:
        """How a source that plays is named here: without the secrets of an address, and a camera by its name where that
        is known."""
        if is_sender(text):
            with suppress(UserError):
                return self._sender(text)
            return text
        return self._named.get(text, without_secrets(text))

    @property
    def changes(self) -> int:
        """How often what is found beside the show has changed since a listing."""
        return self._senders.changes

    def listed(self) -> list[dict[str, str]]:
        """All of it, as {name, label, kind} each, in the order in which people look for it. Slow: asks for cameras and
        reads the folders. Senders are looked for from now on; those that were found before are listed."""
        phone = [Offer(BROUGHT, "a phone's camera", "camera")] * self._takes_phone
        sent = [Offer(text, label_of(text), "shared") for text in self._senders.texts]
        offers = [*self._offered_cameras(), *phone, *sent, *self._first(), *self._files()]
        self._senders.begin()
        offers.append(Offer(DRAWN, "the drawn aisle", "drawing"))
        return [asdict(offer) for offer in {offer.name: offer for offer in reversed(offers)}.values()][::-1]

    def find(self, name: str) -> str:
        """The text of a source by its name here; a file also by its last part, a camera also by its number or a part
        of its name. UserError where there is none. Slow."""
        if name == DRAWN or (name == BROUGHT and self._takes_phone):
            return name
        if name == without_secrets(self._began):
            return self._began
        files = self._files()
        for offer in files:
            if name in (offer.name, offer.label):
                return offer.name
        if is_sender(name):
            if name not in self._senders.texts:
                system_of(name).check()
                self._senders.look()
            return self._sender(name)
        cameras = self._connected()
        if name.isdigit() and int(name) in dict(cameras):
            return name
        known = [DRAWN, *self._senders.texts, *(offer.label for offer in files), *(camera for _, camera in cameras)]
        if not any(name.casefold() in camera.casefold() for _, camera in cameras if name):
            raise UserError(f"no source '{brief(shown(name))}' to play here{nearest(name, known)}")
        return str(find_camera(name, cameras))

    def _connected(self) -> list[Named]:
        try:
            return sorted(self._cameras())
        except Exception:  # the system can't list its cameras, whatever the error: the rest can be played
            return []

    def _offered_cameras(self) -> list[Offer]:
        cameras = self._connected()
        names = [name for _, name in cameras]
        named = {
            str(number): name if names.count(name) == 1 and not name.isdigit() else str(number)
            for number, name in cameras
        }
        self._named = named
        return [Offer(named[str(number)], name or f"camera {number}", "camera") for number, name in cameras]

    def _sender(self, text: str) -> str:
        """The sender that a text such as "ndi:NAME" means, of those that were found. UserError where there is none."""
        system = system_of(text)
        there = [wanted_of(each) for each in self._senders.texts if names_one(each, system)]
        return f"{system.name}:{meant(wanted_of(text), there, system.title, system.advice)}"

    def _first(self) -> list[Offer]:
        """The source that it began with, where it is neither drawn nor a camera that is listed."""
        name = self.name_of(self._began)
        if name in (DRAWN, BROUGHT, *self._named.values(), *self._senders.texts):
            return []
        if is_sender(name):
            return [Offer(name, label_of(name), "shared")]
        kind = "camera" if kind_of(self._began).place else "file"
        return [Offer(name, f"camera {name}" if name.isdigit() else name_of(self._began), kind)]

    def _files(self) -> list[Offer]:
        return [offer for folder in self._folders for offer in media_in(folder)]


def checked_folder(folder: str) -> str:
    """`folder` itself. UserError where it is none, or can't be read."""
    try:
        os.listdir(folder)
    except (OSError, ValueError) as error:
        raise UserError(f"--media '{folder}' can't be read: {reason(error)}; give a folder of clips") from error
    return folder


def media_in(folder: str) -> list[Offer]:
    """The films and pictures that lie in the folder itself, by name; what a link only seems to put there is left
    out."""
    try:
        real = os.path.realpath(folder)
        names = sorted((entry.name for entry in os.scandir(folder)), key=str.casefold)
    except OSError:  # it is gone; so are its files
        return []
    paths = (os.path.join(folder, name) for name in names if not name.startswith("."))
    inside = (path for path in paths if os.path.dirname(os.path.realpath(path)) == real and is_media(path))
    return [Offer(path, os.path.basename(path), "file") for path in islice(inside, MOST_FILES)]


def is_media(path: str) -> bool:
    """By its suffix, or by what it holds; no pipe or device, which might never answer."""
    known = Path(path).suffix.lower() in FILMS | PICTURES
    return is_regular(path) and (known or content_of(path) in ("picture", "animation", "film"))
