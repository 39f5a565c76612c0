"""Writes docs/api.md from the docstrings of the public names: python scripts/api_page.py"""

import dataclasses
import inspect
import re
from pathlib import Path

from pydantic import BaseModel

import kaleidocam
from kaleidocam import orders
from kaleidocam.settings.parameters import Still
from kaleidocam.settings.ranges import allowed
from kaleidocam.settings.values import as_text

PAGE = Path(__file__).parents[1] / "docs" / "api.md"
HEAD = """# kaleidocam from Python

*Made by `python scripts/api_page.py` from the docstrings. Examples that run: [docs/examples](examples).*

Pictures are NumPy arrays (height, width, 3) of uint8 in OpenCV's order, blue first. Times are seconds, sizes (width,
height) in pixels. Wrong input raises a `UserError` with a message of one line.
"""
NAMES = ("Kaleidoscope", "film", "still", "open_source", "open_sink", "Frame", "Source", "Sink", "UserError")
PATHS = (("str | os.PathLike[str]", "path"), ("collections.abc.", ""), ("numpy.", "np."), ("fractions.", ""))


def page() -> str:
    """The whole page, as Markdown."""
    parts = [HEAD, *(_part(getattr(orders if name in ("film", "still") else kaleidocam, name), name) for name in NAMES)]
    return "\n".join([*parts, *map(_table, (kaleidocam.Look, kaleidocam.Machine, Still))])


def _part(what, name: str) -> str:
    lines = [f"## {name}", *_call(what, f"kaleidocam.{name}"), _doc(what)]
    if inspect.isclass(what):
        for member, value in vars(what).items():
            if not member.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
                call = [] if isinstance(value, property) else _call(value, member)
                lines += [f"### {name}.{member}", *call, _doc(value)]
    return "\n".join(lines)


def _call(what, name: str) -> list[str]:
    """The signature; none for a class that is only inherited from."""
    if inspect.isclass(what) and not dataclasses.is_dataclass(what) and "__init__" not in vars(what):
        return []
    text = str(inspect.signature(what)).replace("(self, ", "(").replace("(self)", "()")
    for long, short in PATHS:
        text = text.replace(long, short)
    text = re.sub(r"kaleidocam\.(\w+\.)+", "", text).removesuffix(" -> None")
    text = re.sub(r"-> '(\w+)'", r"-> \1", text)
    return [f"`{name}{text}`\n"]


def _doc(what) -> str:
    return (inspect.getdoc(what) or "") + "\n"


def _table(group: type[BaseModel]) -> str:
    """The parameters of a group."""
    rows = [
        f"| `{name}` | {as_text(field.default)} | {allowed(name)} | {field.description} |".replace("||", "|")
        for name, field in group.model_fields.items()
    ]
    title = f"## Parameters of {'a still' if group is Still else group.__name__}"
    return "\n".join(
        [
            title,
            inspect.getdoc(group),
            "",
            "| name | default | allowed | meaning |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
