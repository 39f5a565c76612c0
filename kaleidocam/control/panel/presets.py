"""The presets that a performer saves, beside those that ship.

Invariant: no name leads out of the folder, and a file there is either whole or absent.
"""

from pathlib import Path

from kaleidocam.control.desk import KEPT, Desk
from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.presets import ALLOWED, PRESET_NAME, own_preset_names, preset_names
from kaleidocam.settings.values import as_toml
from kaleidocam.whole_file import write_whole

MOST = 500  # presets; no performer has more
PICTURE_BYTES = 64_000
THUMBNAILS = Path(__file__).parent / "thumbnails"  # of the presets that ship


class Presets:
    """Reads and writes NAME.toml, and NAME.jpg, its picture, in `folder`, which is made when first needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> dict[str, bool]:
        """Every preset there is, and whether it is the performer's own; those come first."""
        own = own_preset_names(self.folder)
        return dict.fromkeys(own, True) | {name: False for name in preset_names() if name not in own}

    def load(self, desk: Desk, name: str, by: str) -> None:
        """Plays a preset as it is, all else at its defaults. UserError where there is none of that name."""
        path = self._path(name, ".toml")
        desk.load(name, by, file=path if path.is_file() else None)

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
        self.load(desk, name, by)

    def picture(self, name: str) -> bytes | None:
        """The JPEG of a preset; None where it has none that can be shown."""
        try:
            own = self._path(name, ".jpg")
            path = own if own.is_file() else THUMBNAILS / own.name
            data = path.read_bytes() if path.stat().st_size <= PICTURE_BYTES else b""
        except (OSError, UserError):
            return None
        return data if data.startswith(b"\xff\xd8\xff") else None

    def _path(self, name: str, ending: str) -> Path:
        if not PRESET_NAME.fullmatch(name):
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
