"""The presets that a performer saves, beside those that ship.

Invariant: no name leads out of the folder, and a file there is either whole or absent.
"""

from pathlib import Path

from kaleidocam.control.desk import KEPT, Desk
from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.presets import (
    ALLOWED,
    is_preset_name,
    own_preset_names,
    preset_groups,
    preset_names,
    read_preset,
    require_preset,
)
from kaleidocam.settings.values import as_toml
from kaleidocam.whole_file import write_whole

MOST = 500  # presets; no performer has more
PICTURE_BYTES = 64_000
DELETED = "deleted"  # the folder in which presets lie that were deleted
THUMBNAILS = Path(__file__).parent / "thumbnails"  # of the presets that ship


class Presets:
    """Reads and writes NAME.toml, and NAME.jpg, its picture, in `folder`, which is made when first needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._shown: dict[str, bytes] = {}
        self.shown = 0  # how often `show` was called

    def names(self) -> dict[str, bool]:
        """Every preset there is, and whether it is the performer's own; those come first."""
        own = own_preset_names(self.folder)
        return dict.fromkeys(own, True) | {name: False for name in preset_names() if name not in own}

    def groups(self) -> dict[str, str]:
        """The group of each preset that comes with kaleidocam."""
        return {name: group for group, names in preset_groups().items() for name in names}

    def load(self, desk: Desk, name: str, by: str) -> None:
        """Plays a preset as it is, all else at its defaults. UserError where there is none of that name."""
        desk.load(name, by, file=self._file(name, by))

    def lay(self, desk: Desk, name: str, by: str) -> None:
        """Lays the dream of a preset over what is played; with an empty name, none. UserError as by `load`."""
        desk.lay(name, by, file=self._file(name, by) if name else None)

    def save(self, desk: Desk, name: str, by: str, picture: bytes = b"") -> None:
        """Keeps what is played now under `name`, with a JPEG of it, in place of any own preset of that name."""
        path = self._path(name, ".toml")
        if name.lower() in preset_names():
            raise UserError(f"'{name}' is a preset that comes with kaleidocam; save yours under another name")
        if not path.exists() and sum(self.names().values()) >= MOST:
            raise UserError(f"{self.folder} holds {MOST} presets, the most there may be; remove some")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, _toml(desk.base).encode())
            if 0 < len(picture) <= PICTURE_BYTES:
                write_whole(self._path(name, ".jpg"), picture)
        except OSError as error:
            raise UserError(f"{path} can't be written: {error.strerror}") from error
        except UnicodeEncodeError as error:
            raise UserError(f"'{name}' can't be saved: a text in it is not valid Unicode") from error
        desk.load(name, by, file=path, at_once=True)  # it is what is played now

    def rename(self, name: str, new: str) -> None:
        """Gives an own preset, and its picture, another name. UserError where that is taken."""
        path, to = self._own(name), self._path(new, ".toml")
        if new.lower() in preset_names() or (to.exists() and not (path.exists() and to.samefile(path))):
            raise UserError(f"there is a preset '{new}' already; give another name")
        self._move(path, to)
        picture = self._path(name, ".jpg")
        if picture.is_file():
            self._move(picture, self._path(new, ".jpg"))

    def delete(self, name: str) -> None:
        """Puts an own preset, and its picture, aside, into the folder `deleted`, where it can be taken back."""
        path = self._own(name)
        aside = self.folder / DELETED
        stem, number = path.stem, 1
        while (aside / f"{stem}.toml").exists():
            number += 1
            stem = f"{path.stem} {number}"
        try:
            aside.mkdir(exist_ok=True)
        except OSError as error:
            raise UserError(f"{aside} can't be made: {error.strerror}") from error
        self._move(path, aside / f"{stem}.toml")
        picture = self._path(name, ".jpg")
        if picture.is_file():
            self._move(picture, aside / f"{stem}.jpg")

    def look(self, name: str) -> Look | None:
        """The look of a preset as it was kept; None where there is none that can be played."""
        try:
            path = self._path(name, ".toml")
            return Look(**read_preset(str(path) if path.is_file() else name))
        except (UserError, ValueError):
            return None

    def show(self, name: str, picture: bytes) -> None:
        """Shows a JPEG of the present picture under a preset instead of the kept one, as long as this object lives."""
        self._shown[name], self.shown = picture, self.shown + 1
        if len(self._shown) > MOST:
            del self._shown[next(iter(self._shown))]

    def picture(self, name: str) -> bytes | None:
        """The JPEG of a preset; None where it has none that can be shown."""
        if name in self._shown:
            return self._shown[name]
        try:
            own = self._path(name, ".jpg")
            path = own if own.is_file() else THUMBNAILS / own.name
            data = path.read_bytes() if path.stat().st_size <= PICTURE_BYTES else b""
        except (OSError, UserError):
            return None
        return data if data.startswith(b"\xff\xd8\xff") else None

    def _file(self, name: str, by: str) -> Path | None:
        """The file of an own preset; None for one that comes with kaleidocam. UserError where there is none."""
        path = self._path(name, ".toml")
        if path.is_file():
            return path
        require_preset(name, by)
        return None

    def _own(self, name: str) -> Path:
        path = self._path(name, ".toml")
        if not path.is_file():
            comes = name in preset_names()
            raise UserError(
                f"'{name}' comes with kaleidocam and stays; save your own beside it" if comes else f"no preset '{name}'"
            )
        return self.folder.resolve() / f"{name}.toml"  # a link is moved itself, not what it leads to

    @staticmethod
    def _move(path: Path, to: Path) -> None:
        try:
            path.rename(to)
        except OSError as error:
            raise UserError(f"{path} can't be moved: {error.strerror}") from error

    def _path(self, name: str, ending: str) -> Path:
        if not is_preset_name(name):
            raise UserError(f"'{name[:80]}' can't be a preset's name; allowed is {ALLOWED}")
        folder = self.folder.resolve()
        path = (folder / f"{name}{ending}").resolve()
        if not path.is_relative_to(folder):
            raise UserError(f"preset '{name}' is a link that leads out of {folder}; put the file itself there")
        return path


def _toml(look: Look) -> str:
    """All of a look, so that it stays as it is when a later version has other defaults; but of KEPT, which a preset
    leaves to the performance, only what differs from the defaults."""
    lines = [
        f"{name} = {as_toml(value)}"
        for name, value in look
        if name not in KEPT or value != Look.model_fields[name].default
    ]
    return "\n".join(["# Saved from the panel.", *lines, ""])
