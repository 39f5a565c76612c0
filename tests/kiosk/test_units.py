"""What starts a performance with the machine can be read by what reads it, and runs the same words."""

import configparser
import os
import plistlib
import shutil
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from kaleidocam.errors import UserError
from kaleidocam.kiosk.units import TASK, UNITS, unit

WORDS = ["live", "--from", "the HD cam", "--modulate", 'strength + 0.2*beat "x" 50% $HOME \\', "--to", "window:Écran"]
RUNS = [sys.executable, "-P", "-m", "kaleidocam", *WORDS, "--keep-running"]


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    folder = tmp_path / "the 5% show"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in ("PYTHONPATH", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KERAS_BACKEND", "a 5% backend")
    return folder


def test_systemd_s_unit(place, tmp_path):
    text = unit("systemd", [*WORDS, "--print-unit", "systemd"])
    read = configparser.RawConfigParser(strict=True)
    read.optionxform = str
    read.read_string(text)
    service = read["Service"]
    assert service["Type"] == "notify" and service["WatchdogSec"] == "30"
    assert service["RestartPreventExitStatus"] == "2" and service["WorkingDirectory"] == str(place).replace("%", "%%")
    assert service["Environment"] == '"KERAS_BACKEND=a 5%% backend"'
    assert service["ExecStart"] == (
        f'{sys.executable} -P -m kaleidocam live --from "the HD cam" --modulate '
        '"strength + 0.2*beat \\"x\\" 50%% $$HOME \\\\" --to "window:Écran" --keep-running'
    )


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_systemd_takes_it(tmp_path):
    path = tmp_path / "kaleidocam.service"

    def told(text):
        path.write_text(text, encoding="utf-8")
        done = subprocess.run(
            ["systemd-analyze", "--user", "verify", str(path)],
            capture_output=True,
            text=True,
            env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)},
        )
        return [line for line in done.stderr.splitlines() if path.name in line]

    good = unit("systemd", WORDS)
    assert told(good) == [] and told(good.replace("Type=", "Tipe="))


def test_launchd_s_plist(place):
    read = plistlib.loads(unit("launchd", ["--print-unit=launchd", *WORDS]).encode())
    assert read["ProgramArguments"] == RUNS and read["WorkingDirectory"] == str(place)
    assert read["RunAtLoad"] is True and read["KeepAlive"] == {"SuccessfulExit": False}
    assert read["EnvironmentVariables"] == {"KERAS_BACKEND": "a 5% backend"}


def test_windows_task(place):
    text = unit("windows", WORDS)
    assert text.isascii() and text.count("<?xml") == 1
    read, names = ElementTree.fromstring(text), {"": TASK}
    assert read.findtext("Actions/Exec/Arguments", namespaces=names) == subprocess.list2cmdline(RUNS[1:])
    assert read.findtext("Actions/Exec/WorkingDirectory", namespaces=names) == str(place)
    assert read.findtext("Settings/ExecutionTimeLimit", namespaces=names) == "PT0S"
    assert read.find("Triggers/LogonTrigger", names) is not None


def test_a_kiosk_is_kept_running_as_it_is():
    assert "--keep-running" not in unit("systemd", ["live", "--kiosk"])


def test_another_system_is_one_line():
    with pytest.raises(UserError, match=r"--print-unit is 'sytemd'; give systemd, launchd, windows; did you mean 's"):
        unit("sytemd", [])


@pytest.mark.parametrize("system", UNITS)
def test_the_command_prints_it(said, system, monkeypatch):
    monkeypatch.delenv("KERAS_BACKEND")
    code, out, err = said("live", "--kiosk", "--from", "aisle", "--print-unit", system)
    assert code == 0 and not err and out == unit(system, ["live", "--kiosk", "--from", "aisle"])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (("--strength", "99"), "strength"),
        (("--channel", "nosuch:1"), "no layer 'nosuch'"),
        (("--mask", "nosuch"), "no mask 'nosuch'"),
        (("--layer-channel", "mixed9:3"), "mixed9 can't be dreamed"),
        (("--health", "nowhere"), "--health is 'nowhere'"),
        (("--attract", "absent"), "--attract 'absent' is not there"),
        (("--attract-after", "5"), "give --attract memory"),
        (("--to", "nosuch"), "no sink 'nosuch'"),
        (("--to", "virtual"), "--kiosk fills a display"),
        (("--from", "-"), "'-' is a pipe, which can't be begun anew"),
    ],
)
def test_bad_input_makes_no_unit(said, wrong, message, monkeypatch):
    monkeypatch.delenv("KERAS_BACKEND")
    code, out, err = said("live", "--kiosk", *wrong, "--print-unit", "systemd")
    assert code == 2 and not out and message in err and err.count("\n") == 1
