"""THE table of masks: which text is which mask, and how it is made.

Invariant: a text belongs to the first kind in KINDS that claims it, and the last kind claims every text. A kind's
module is imported only when it is needed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from kaleidocam.errors import UserError
from kaleidocam.mask.base import Mask, Showing
from kaleidocam.settings.mask_words import NOT, WORDS


def _no_path(text: str) -> tuple[int, int]:
    return 0, 0


@dataclass(frozen=True)
class Kind:
    """A kind of mask, by its name in settings/mask_words.WORDS; a text is without NOT.

    `claims`: whether a text means it. `check`: UserError where `make` would fail. `exact`: its edge is the truth,
    and is not brought to the picture's own. `path`: where in the text a path stands, from one
    character to another; nowhere if both are the same. `timed`: a single picture has none.
    """

    name: str
    claims: Callable[[str], bool]
    make: Callable[[str, Showing], Mask]
    check: Callable[[str], None]
    exact: bool = False
    path: Callable[[str], tuple[int, int]] = _no_path
    timed: bool = False


def plain(text: str) -> str:
    """A mask's text without NOT."""
    return text.strip().removeprefix(NOT).strip()


def kind_of(text: str) -> Kind:
    """The kind of mask that a text means, with NOT or without."""
    return next(kind for kind in KINDS if kind.claims(plain(text)))


def is_exact(text: str) -> bool:
    """Whether a mask's own edge is the truth."""
    return kind_of(text).exact


def path_in(text: str) -> str | None:
    """The path of the file that a mask is; None: it is none."""
    named, (start, end) = plain(text), kind_of(text).path(plain(text))
    return named[start:end] or None


def with_path(text: str, change: Callable[[str], str]) -> str:
    """A mask, its path changed by a function; unchanged where it has none."""
    named, (start, end) = plain(text), kind_of(text).path(plain(text))
    if start == end:
        return text
    turned = NOT if text.strip().startswith(NOT) else ""
    return f"{turned}{named[:start]}{change(named[start:end])}{named[end:]}"


def _first(name: str) -> Callable[[str], bool]:
    """Whether a text begins with a word."""
    return lambda text: text.split(maxsplit=1)[:1] == [name]


def _people(text: str, showing: Showing) -> Mask:
    from kaleidocam.mask.person import Person
    from kaleidocam.mask.steady import Steady

    return Steady(Person(), showing.every)


def _check_people(text: str) -> None:
    from kaleidocam.mask.person import Person

    Person()


def _motion(text: str, showing: Showing) -> Mask:
    from kaleidocam.mask.moving import Moving

    return Moving()


def _nothing(text: str) -> None:
    pass


def _luma(text: str, showing: Showing) -> Mask:
    from kaleidocam.mask.luma import Luma, ramp_of

    return Luma(ramp_of(text))


def _check_luma(text: str) -> None:
    from kaleidocam.mask.luma import ramp_of

    ramp_of(text)


def _is_key(text: str) -> bool:
    from kaleidocam.mask.chroma import is_key

    return is_key(text)


def _key(text: str, showing: Showing) -> Mask:
    from kaleidocam.mask.chroma import Chroma, key_of

    return Chroma(key_of(text))


def _check_key(text: str) -> None:
    from kaleidocam.mask.chroma import key_of

    key_of(text)


def _depth(text: str, showing: Showing) -> Mask:
    from kaleidocam.mask.matte import Matte, depth_of

    path, ramp = depth_of(text)
    return Matte(path, showing, ramp)


def _check_depth(text: str) -> None:
    from kaleidocam.mask.matte import depth_of
    from kaleidocam.mask.matte_file import check_path, matte_size

    if text == "depth":
        raise UserError(
            "no mask 'depth' alone: how far things are is not in the picture; give a depth map too, as in "
            "'depth map.png', a picture or film in which what is near is white"
        )
    path, _ = depth_of(text)
    check_path(path, text)
    matte_size(path)


def _depth_path(text: str) -> tuple[int, int]:
    from kaleidocam.mask.matte import DEPTH

    match = DEPTH.fullmatch(text)
    return match.span("path") if match else (0, 0)


def _matte(text: str, showing: Showing) -> Mask:
    from kaleidocam.mask.matte import Matte

    return Matte(text, showing)


def _check_matte(text: str) -> None:
    from kaleidocam.mask.matte_file import check_path, matte_size

    check_path(text, text)
    matte_size(text)


def _all(text: str) -> tuple[int, int]:
    return 0, len(text)


KINDS = (
    Kind("people", lambda text: text == "people", _people, _check_people),
    Kind("motion", lambda text: text == "motion", _motion, _nothing, timed=True),
    Kind("luma", _first("luma"), _luma, _check_luma, exact=True),
    Kind("key", _is_key, _key, _check_key, exact=True),
    Kind("depth", _first("depth"), _depth, _check_depth, exact=True, path=_depth_path),
    Kind("matte", lambda text: True, _matte, _check_matte, exact=True, path=_all),
)
assert [kind.name for kind in KINDS] == [word.name for word in WORDS], "one line of each kind, in one order"
