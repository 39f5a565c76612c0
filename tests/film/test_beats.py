"""Beats and levels of a film's sound: found where they are heard, by the clock that its frames have."""

import builtins
import wave

import numpy as np
import pytest
from media import ffmpeg

from kaleidocam.errors import UserError
from kaleidocam.film.beats import find_beats
from kaleidocam.film.sound_drivers import SoundDrivers, hear
from kaleidocam.settings.modulation import DRIVERS

RATE = 44_100
SECONDS = 16
CLICKS = np.arange(0.37, SECONDS - 0.1, 0.5)  # 120 a minute


def write_wav(path, samples):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return str(path)


def clicks_at(moments, seconds=SECONDS):
    """A click of 10 ms at each of `moments`, over a little noise."""
    samples = np.random.default_rng(0).normal(0, 0.001, int(seconds * RATE))
    click = 0.7 * np.sin(2 * np.pi * 1000 * np.arange(441) / RATE) * np.exp(-np.arange(441) / 150)
    for moment in moments:
        at = int(moment * RATE)
        samples[at : at + len(click)] += click[: len(samples) - at]
    return samples


@pytest.fixture(scope="module")
def clicks(tmp_path_factory):
    return write_wav(tmp_path_factory.mktemp("sound") / "clicks.wav", clicks_at(CLICKS))


def made(out, *arguments):
    ffmpeg(*arguments, out)
    return str(out)


def check(found, clicks, share=0.9):
    """Each beat is within 30 ms of a click, and hardly a click has none."""
    found, clicks = np.array(found), np.array(clicks)
    assert np.abs(found[:, None] - clicks).min(1).max() < 0.03
    assert (np.abs(clicks[:, None] - found).min(1) < 0.03).mean() > share
    assert (np.diff(found) > 0.1).all()


@pytest.mark.slow
def test_the_beats_of_a_click_track(clicks):
    found = find_beats(clicks)
    check(found, CLICKS)
    assert np.abs(np.array(found)[:, None] - CLICKS).min(1).mean() < 0.01 and found == find_beats(clicks)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "before", "codec"),
    [
        ("late.mkv", 1.5, ["-c:a", "libopus"]),
        ("film.mp4", 0.0, ["-c:a", "aac"]),
        ("stereo.mov", 0.25, ["-ac", "2"]),
    ],
)
def test_beats_are_by_the_clock_of_the_pictures(tmp_path, clicks, name, before, codec):
    """Also where the sound begins later than the picture, or is compressed with a delay of its own."""
    film = made(
        tmp_path / name,
        "-f",
        "lavfi",
        "-i",
        "testsrc2=s=64x48:r=25:d=17",
        "-itsoffset",
        before,
        "-i",
        clicks,
        "-c:v",
        "mpeg4",
        *codec,
    )
    check(find_beats(film), CLICKS + before)


def test_where_sound_is_missing_the_rest_stays_in_step(tmp_path, clicks):
    film = made(tmp_path / "hole.mkv", "-i", clicks, "-af", "aselect='lt(t,5)+gt(t,8.1)'", "-c:a", "pcm_s16le")
    found = find_beats(film)
    late = [seconds for seconds in found if seconds > 8.2]
    assert len(late) > 12
    check(late, CLICKS[CLICKS > 8.1])


def test_a_damaged_file_keeps_its_beats(tmp_path, clicks):
    film = made(tmp_path / "film.ts", "-i", clicks, "-c:a", "aac")
    data = bytearray((tmp_path / "film.ts").read_bytes())
    data[len(data) // 2 : len(data) // 2 + 3000] = bytes(3000)
    (tmp_path / "film.ts").write_bytes(data)
    check([beat for beat in find_beats(film) if not 6 < beat < 11], CLICKS, share=0.6)


@pytest.mark.slow
def test_a_second_song_has_its_own_tempo(tmp_path):
    first, second = np.arange(0.3, 60, 60 / 126), np.arange(60.2, 120, 60 / 93)
    both = write_wav(tmp_path / "two.wav", clicks_at([*first, *second], 120))
    found = find_beats(both)
    check([beat for beat in found if beat < 58], first)
    check([beat for beat in found if beat > 63], second)
    assert 60 / np.median(np.diff([beat for beat in found if beat > 63])) == pytest.approx(93, rel=0.02)


def test_what_has_no_sound_or_no_beat_is_said(tmp_path):
    silent = made(tmp_path / "silent.mp4", "-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=1", "-c:v", "mpeg4")
    for path, said in (
        (silent, "has no sound, so nothing"),
        (tmp_path / "no.mp4", "can't be read as sound: no such file"),
        (write_wav(tmp_path / "zeros.wav", np.zeros(RATE * 3)), "no beat was found in the sound of"),
        (write_wav(tmp_path / "blink.wav", np.zeros(50)), "no beat was found"),
    ):
        with pytest.raises(UserError, match=said) as raised:
            find_beats(str(path))
        assert str(path) in str(raised.value) and "\n" not in str(raised.value)


def test_a_missing_librosa_is_said(monkeypatch, clicks):
    real = builtins.__import__

    def without(name, *more, **options):
        if name.partition(".")[0] == "librosa":
            raise ImportError(name)
        return real(name, *more, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UserError, match=r"finding beats needs librosa: pip install 'kaleidocam\[beats\]'"):
        find_beats(clicks)


def test_the_beat_drives_as_a_tempo_does():
    drive = SoundDrivers(beats=(1.0, 1.5, 2.5))
    assert [drive(seconds)["beat"] for seconds in (0.99, 1.0, 1.5, 2.5, 3.6)] == [0, 1, 1, 1, 0]
    assert drive(1.25)["beat"] == drive(2.0)["beat"] == drive(3.0)["beat"] == pytest.approx(np.exp(-2.5))
    assert SoundDrivers()(7.0) == dict.fromkeys(DRIVERS, 0.0)


def test_levels_rise_and_fall_with_the_films_sound(tmp_path):
    """A low tone from 1 to 2 s, a high one from 3 to 4 s, in a film whose clock begins at 0.5 s later."""
    t = np.arange(5 * RATE) / RATE
    sound = 0.5 * np.sin(2 * np.pi * 80 * t) * ((t >= 1) & (t < 2)) + 0.5 * np.sin(2 * np.pi * 5000 * t) * (
        (t >= 3) & (t < 4)
    )
    drive = hear(write_wav(tmp_path / "tones.wav", sound), 0.5, {"bass", "treble"})
    values = {at: drive(at - 0.5) for at in (0.5, 0.97, 1.2, 1.8, 2.6, 3.2, 3.8, 4.9)}
    assert values[0.5] == dict.fromkeys(DRIVERS, 0.0) and values[0.97]["bass"] < 0.1
    assert values[1.2]["bass"] > 0.9 and values[1.8]["level"] > 0.9 and values[1.8]["treble"] < 0.2
    assert values[3.2]["treble"] > 0.9 and values[3.2]["bass"] < 0.2 and values[4.9]["treble"] < 0.1
    assert all(0 <= value <= 1 for now in values.values() for value in now.values())
    assert drive(99.0) == dict.fromkeys(DRIVERS, 0.0) and drive(2.7) == drive(2.7)


def test_only_what_is_wanted_is_measured(clicks):
    assert hear(clicks, 0.0, {"beat"}).levels is None
    assert hear(clicks, 0.0, {"level"}).beats == ()
    both = hear(clicks, 0.1, {"beat", "mid"})
    check(both.beats, CLICKS - 0.1)
    assert both(float(both.beats[4]))["beat"] == 1 and max(both(t / 30)["mid"] for t in range(300)) > 0.9
