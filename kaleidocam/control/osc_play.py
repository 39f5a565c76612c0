"""What OSC's messages do at the desk.

Invariant: parameters are set in the order in which they came, the last of each in one go; what stands between them sees
the desk as it is by then.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from kaleidocam.control.desk import COMMANDS, SETTABLE, Desk
from kaleidocam.control.osc_answers import Answers
from kaleidocam.control.osc_patterns import is_pattern, matching
from kaleidocam.control.osc_senders import Asker
from kaleidocam.control.osc_values import (
    BY,
    NORM,
    ROOT,
    as_osc,
    is_echo,
    is_pressed,
    is_question,
    name_of,
    share_of,
    value_of,
)
from kaleidocam.errors import UserError, nearest
from kaleidocam.settings.parameters import Look
from kaleidocam.settings.ranges import span

BOUNCE_SECONDS = 0.03  # within which the same command again is a bounce: about a frame
KNOBS = (*(f"{NORM}{name}" for name in Look.model_fields if span(name)), *(ROOT + name for name in Look.model_fields))
CONTROLS = tuple(name for name in SETTABLE if name not in Look.model_fields)


class Play:
    """`actions`: what may be asked for with a name. `others`: what an address does with its sender and its values that
    is no business of the desk."""

    def __init__(
        self,
        desk: Desk,
        answers: Answers,
        actions: Mapping[str, Callable[[str], None]],
        others: Mapping[str, Callable[[Asker, tuple], None]],
    ) -> None:
        self._desk, self._answers, self._actions, self._others = desk, answers, actions, others
        # What a pattern presses or sets only where no parameter fits it.
        self._buttons = (
            *(f"{NORM}{name}" for name in CONTROLS if span(name)),
            *(ROOT + name for name in (*CONTROLS, *COMMANDS, *actions)),
        )
        self._wanted: dict[str, tuple[Any, Asker]] = {}  # parameter: what it is to become, and who said so
        self._pressed_at: dict[str, float] = {}  # a command, time.monotonic

    def obey(self, asker: Asker, address: str, values: tuple) -> None:
        """One address, or all that a pattern means. Of many, those that can't take such a value are passed over, as
        long as any can. UserError where none can."""
        found = matching(address, KNOBS, self._buttons) if is_pattern(address) else ()
        refused = []
        for each in found or (address,):
            try:
                self._obey(asker, each, values)
            except UserError as error:
                refused.append(error)
        if refused and len(refused) == len(found or (address,)):
            raise refused[0]

    def settle(self) -> None:
        """Sets what has come for parameters, the last of each, in one go; where the desk refuses that, one by one."""
        wanted = {n: (v, who) for n, (v, who) in self._wanted.items() if not is_echo(n, v, self._desk.value(n, BY))}
        self._wanted = {}
        try:
            if wanted:
                self._desk.set_all({name: value for name, (value, _) in wanted.items()}, BY)
        except Exception:  # of whatever kind: below, whoever sent the wrong value is told
            for name, (value, asker) in wanted.items():
                self._answers.trying(asker, ROOT + name, self._desk.set, name, value, BY)

    def _obey(self, asker: Asker, address: str, values: tuple) -> None:
        if not address.startswith(ROOT):
            raise UserError(f"{BY}: no address '{address}'; they begin with {ROOT}")
        normed, name = address.startswith(NORM), address.removeprefix(NORM).removeprefix(ROOT)
        question = is_question(values)
        if name in SETTABLE and not question:
            self._wanted[name] = (share_of if normed else value_of)(name, values), asker
            return
        self.settle()  # in the order in which they came
        if normed or question:
            self._answers.give(asker, address, self._value(name, normed))
        elif name in self._others:
            self._others[name](asker, values)
        elif name in COMMANDS:
            self._press(name, values)
        elif name in self._actions:
            self._actions[name](name_of(name, values))
        else:
            raise _unknown(name, (*SETTABLE, *COMMANDS, *self._actions))

    def _press(self, name: str, values: tuple) -> None:
        now = time.monotonic()
        if is_pressed(name, values) and now - self._pressed_at.get(name, 0.0) > BOUNCE_SECONDS:
            self._pressed_at[name] = now
            self._desk.ask(name, BY)

    def _value(self, name: str, normed: bool) -> float | str:
        if name == "preset" and not normed:
            return self._desk.preset
        if name not in SETTABLE:
            raise _unknown(name, SETTABLE)
        return self._desk.share(name, BY) if normed else as_osc(self._desk.value(name, BY))


def _unknown(name: str, known: Any) -> UserError:
    return UserError(f"{BY}: no parameter '{name}'{nearest(name, known)}")
