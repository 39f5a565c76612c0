"""Whatever is asked for with an address, nothing that is printed, logged, named or written shows its secrets."""

import signal
import sys

import pytest
from film_pieces import write_clip
from moving import texture
from web_server import serving

from kaleidocam.cli import program as cli
from kaleidocam.film.job import fingerprint
from kaleidocam.film.order import Order, _settings
from kaleidocam.settings.parameters import Look, Machine
from kaleidocam.sources.place import StreamPlace
from kaleidocam.sources.watched import Watched

QUICK = ["--grid", "96x96", "--channel", "mixed0:3", "--burst", "0"]
ADDRESSES = (
    "http://me:geheim@127.0.0.1:9/x.mp4?password=geheim&x=a/geheim",
    "http://127.0.0.1:9/x.mp4?token=geheim,of 'two geheim' words",
    "rtsp://me:geh/geheim@127.0.0.1:9/x.mp4",
)
COMMANDS = {
    "film": ["film", "{}", "out.mp4"],
    "film, an address as its output": ["film", "aisle", "{}"],
    "guide": ["film", "aisle", "out.mp4", "--channel", "mixed4@{}"],
    "quoted guide": ["film", "aisle", "out.mp4", "--channel", 'mixed4@"{}"'],
    "palette": ["film", "aisle", "out.mp4", "--palette", "{}"],
    "preset": ["film", "aisle", "out.mp4", "--preset", "{}"],
    "score": ["film", "aisle", "out.mp4", "--score", "{}"],
    "weights": ["film", "aisle", "out.mp4", "--weights", "{}"],
    "cluster": ["film", "aisle", "out.mp4", "--cluster", "{}", "--workers", "2"],
    "a number": ["film", "aisle", "out.mp4", "--to", "{}"],
    "an argument too many": ["film", "aisle", "out.mp4", "{}"],
    "an option that is none": ["film", "aisle", "out.mp4", "--source={}"],
    "preview": ["preview", "{}"],
    "still": ["still", "{}", "out.png"],
    "sweep": ["sweep", "{}"],
    "picture that guides": ["guide", "{}"],
    "live": ["live", "--from", "{}", "--to", "out.mp4", "-t", "1"],
    "live, an address as its output": ["live", "--from", "aisle", "--to", "{}", "-t", "1"],
    "live, sound": ["live", "--from", "aisle", "--to", "out.mp4", "--sound", "{}", "-t", "1"],
    "live, recorded": ["live", "--from", "aisle", "--to", "out.mp4", "--record", "{}", "-t", "1"],
}


@pytest.fixture
def told(monkeypatch, capfd, tmp_path):
    """Runs the command line here, in an empty folder: (exit code, all that was printed, and every name and byte that is
    in the folder then)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(signal, "signal", lambda *args: None)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["kaleidocam", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = "".join(capfd.readouterr())
        for path in tmp_path.rglob("*"):
            printed += str(path) + (path.read_bytes().decode("latin-1") if path.is_file() else "")
        return ended.value.code or 0, printed

    return run


@pytest.mark.parametrize("address", ADDRESSES, ids=["user and query", "spaces and quotes", "slash in it"])
@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_refused_is_told_without_secrets(told, command, address):
    code, printed = told(*(part.replace("{}", address) for part in COMMANDS[command]))
    assert code == 2 and "geh" not in printed, printed
    assert "kaleidocam: " in printed


@pytest.mark.slow
def test_a_film_is_made_without_a_word_of_them(told, tmp_path_factory):
    folder = tmp_path_factory.mktemp("web")
    write_clip(folder / "clip.mp4", map(texture, range(4)))
    with serving(folder) as web:
        address = web.replace("//", "//me:geheim@") + "/clip.mp4?token=geheim"
        code, printed = told("film", address, "out.mkv", "--json", *QUICK)
        assert (code, "geh" in printed) == (0, False), printed
        code, printed = told("preview", address, "--moments", "1", *QUICK)
        assert (code, "geh" in printed) == (0, False), printed
    assert "clip-preview.png" in printed


@pytest.mark.slow
def test_a_stream_that_is_waited_for_is_told_without_its_key(told):
    address = "rtmp://me:geheim@127.0.0.1:9/live/geheim?token=geheim"
    line = "the stream to rtmp://127.0.0.1:9/live/… is interrupted (connection refused); trying again"
    for seconds in (1, 5, 30):  # the process that sends it begins beside the show: on a busy machine, after a while
        code, printed = told("live", "--from", "aisle", "--to", address, "--wait", "-t", seconds, *QUICK)
        assert code == 0 and "geh" not in printed, printed
        if line in printed:
            break
    assert line in printed


def test_a_film_goes_on_with_a_new_token(tmp_path):
    write_clip(tmp_path / "clip.mp4", map(texture, range(4)))
    write_clip(tmp_path / "other.mp4", map(texture, range(1, 5)))
    with serving(tmp_path) as web:
        one, two, other = (
            _settings(Order(f"{web}/{name}", "out.mkv", Look(), Machine()))["input"]
            for name in ("clip.mp4?token=geheim", "clip.mp4?token=geheimer", "other.mp4?token=geheim")
        )
    assert one == two and "geheim" not in str(one)
    assert one["sha256 of packets"] != other["sha256 of packets"]


def test_what_may_be_logged_as_it_is_holds_none():
    address = ADDRESSES[0]
    place = StreamPlace(address, (160, 96), 30.0)
    order = Order(address, "out.mkv", Look(), Machine())
    for text in (repr(place), str(place), repr(order), str(fingerprint(ADDRESSES[2]))):
        assert "geh" not in text


def test_the_line_on_the_picture_holds_none():
    with Watched(StreamPlace(ADDRESSES[0], (160, 96), 30.0), patient=True) as source:
        assert source.health() == "no picture from http://127.0.0.1:9/x.mp4?… yet; waiting for it"
