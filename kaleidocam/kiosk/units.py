"""What starts a performance with the machine: a unit of systemd, a plist of launchd, a task of Windows.

Invariant: it runs the very command line that it was made from, word for word, in the same folder.
Sources: systemd.service(5), systemd.syntax(7), launchd.plist(5), Task Scheduler schema 1.2.
"""

import os
import plistlib
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

from kaleidocam.errors import UserError, nearest

OPTION, KEEPS = "--print-unit", ("--keep-running", "--kiosk")
CARRIED = ("PYTHONPATH", "KERAS_BACKEND", "XDG_CONFIG_HOME")  # environment variables that change what it does
PLAIN = re.compile(r"[\w@+=:,./-]+", re.ASCII)  # a word that systemd takes as it is
LABEL = "kaleidocam.live"
TASK = "http://schemas.microsoft.com/windows/2004/02/mit/task"


def unit(system: str, arguments: Sequence[str]) -> str:
    """The text for `system`, one of UNITS, that runs kaleidocam with `arguments`, those of this very call; it is kept
    running. UserError for another system."""
    if system not in UNITS:
        raise UserError(f"{OPTION} is '{system}'; give {', '.join(UNITS)}{nearest(system, UNITS)}")
    words = _without_option(arguments)
    if not set(KEEPS) & set(words):
        words.append(KEEPS[0])
    environment = {name: os.environ[name] for name in CARRIED if os.environ.get(name)}
    return UNITS[system]([sys.executable, "-P", "-m", "kaleidocam", *words], os.getcwd(), environment)


def _without_option(arguments: Sequence[str]) -> list[str]:
    words, left = list(arguments), []
    while words:
        word = words.pop(0)
        if word == OPTION:
            words = words[1:]
        elif not word.startswith(f"{OPTION}="):
            left.append(word)
    return left


def _systemd(command: Sequence[str], folder: str, environment: Mapping[str, str]) -> str:
    variables = "".join(f"Environment={_quoted(f'{name}={value}')}\n" for name, value in environment.items())
    return f"""[Unit]
Description=kaleidocam
PartOf=graphical-session.target
After=graphical-session.target
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
WatchdogSec=30
ExecStart={" ".join(_quoted(word).replace("$", "$$") for word in command)}
WorkingDirectory={folder.replace("%", "%%")}
{variables}Restart=on-failure
RestartSec=5
RestartPreventExitStatus=2
SuccessExitStatus=130
TimeoutStopSec=40

[Install]
WantedBy=graphical-session.target
"""


def _quoted(word: str) -> str:
    """As systemd reads it again."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("%", "%%")
    return word if PLAIN.fullmatch(word) else f'"{escaped}"'


def _launchd(command: Sequence[str], folder: str, environment: Mapping[str, str]) -> str:
    return plistlib.dumps(
        {
            "Label": LABEL,
            "ProgramArguments": list(command),
            "WorkingDirectory": folder,
            "EnvironmentVariables": dict(environment),
            "RunAtLoad": True,
            "KeepAlive": {"SuccessfulExit": False},
            "ThrottleInterval": 30,
            "ProcessType": "Interactive",
            "LimitLoadToSessionType": "Aqua",
            "StandardErrorPath": str(Path.home() / "Library" / "Logs" / "kaleidocam.log"),
        },
        sort_keys=False,
    ).decode()


def _windows(command: Sequence[str], folder: str, environment: Mapping[str, str]) -> str:
    """A task of the schema's version 1.2; in ASCII, so that it is the same in whatever encoding it is saved. A task has
    no environment variables of its own: those of the user hold."""
    program = Path(command[0])
    silent = program.with_name(program.name.replace("python", "pythonw", 1))  # opens no console over the show
    settings = {
        "MultipleInstancesPolicy": "IgnoreNew",
        "DisallowStartIfOnBatteries": "false",
        "StopIfGoingOnBatteries": "false",
        "ExecutionTimeLimit": "PT0S",
        "Priority": "4",
        "RestartOnFailure": {"Interval": "PT1M", "Count": "255"},
    }
    task = {
        "RegistrationInfo": {"Description": "kaleidocam"},
        "Triggers": {"LogonTrigger": {"Enabled": "true"}},
        "Principals": {"Principal": {"LogonType": "InteractiveToken", "RunLevel": "LeastPrivilege"}},
        "Settings": settings,
        "Actions": {
            "Exec": {
                "Command": str(silent if silent.exists() else program),
                "Arguments": subprocess.list2cmdline(command[1:]),
                "WorkingDirectory": folder,
            }
        },
    }
    root = ElementTree.Element("Task", version="1.2", xmlns=TASK)
    _fill(root, task)
    ElementTree.indent(root)
    return f'<?xml version="1.0"?>\n{ElementTree.tostring(root, encoding="us-ascii").decode()}\n'.replace(
        "<?xml version='1.0' encoding='us-ascii'?>\n", ""
    )


def _fill(element: ElementTree.Element, parts: Mapping[str, object]) -> None:
    for name, value in parts.items():
        child = ElementTree.SubElement(element, name)
        if isinstance(value, Mapping):
            _fill(child, value)
        else:
            child.text = str(value)


UNITS: dict[str, Callable[[Sequence[str], str, Mapping[str, str]], str]] = {
    "systemd": _systemd,
    "launchd": _launchd,
    "windows": _windows,
}
