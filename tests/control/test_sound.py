"""Sound: real .wav files and, through PortAudio, a real ALSA device whose samples come out of a pipe."""

import os
import select
import sys
import threading
import time
import wave
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from wants import ALSA

from kaleidocam.control import sound_device, sound_file
from kaleidocam.control.desk import Desk
from kaleidocam.control.levels import BANDS, Levels
from kaleidocam.control.sound import Sound
from kaleidocam.control.sound_device import find
from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Look

pytestmark = pytest.mark.timed

RATE = 44100
SECONDS = 8.0  # to wait for what should come soon


def tone(hertz, seconds=1.0, loud=0.5, rate=RATE):
    return loud * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def clicks(times, seconds, loud=0.8):
    """Bursts of 10 ms of noise."""
    samples, noise = np.zeros(round(seconds * RATE)), np.random.default_rng(1).uniform(-loud, loud, RATE // 100)
    for when in times:
        samples[round(when * RATE) :][: len(noise)] = noise
    return samples


def music(seconds, peak):
    """Two kicks a second, a chord that swells, hats between: over 20 dB from loud to quiet in each band."""
    t = np.arange(round(seconds * RATE)) / RATE
    kick = np.sin(2 * np.pi * 55 * t) * np.exp(-12 * (t % 0.5))
    chord = sum(np.sin(2 * np.pi * f * t) for f in (330, 440, 550)) * np.sin(np.pi * t) ** 4 / 6
    hats = np.random.default_rng(2).uniform(-0.3, 0.3, len(t)) * np.exp(-30 * ((t + 0.25) % 0.5))
    mix = kick + chord + hats
    return mix * peak / np.abs(mix).max()


def write(path, *channels, rate=RATE):
    samples = np.stack(channels, axis=1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((samples * 32767).round().astype("<i2").tobytes())
    return str(path)


def heard(samples, rate=RATE, block=512):
    """(blocks, bands): every level after each block of the sound, as fast as it can be measured."""
    levels, told = Levels(), []
    for start in range(0, len(samples), block):
        levels.hear(samples[start : start + block, None].astype(np.float32), rate)
        told.append([levels.value(name) for name in BANDS])
    return np.array(told)


def soon(true):
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)


def playing(sound):
    return {name: feed() for name, feed in sound.feeds.items()}


@pytest.mark.parametrize("hertz, band", [(60, "bass"), (150, "bass"), (440, "mid"), (1500, "mid"), (6000, "treble")])
def test_a_tone_drives_its_band_alone(tmp_path, hertz, band):
    with Sound(write(tmp_path / "tone.wav", tone(hertz))) as sound:
        soon(lambda: playing(sound)[band] > 0.9 and playing(sound)["level"] > 0.9)
        now = playing(sound)
        assert all(now[other] < 0.05 for other in {"bass", "mid", "treble"} - {band}), now
        assert sound.notice is None and sound.name == "tone.wav"


@pytest.mark.parametrize("rate", [8000, 22050, 48000, 96000])
def test_any_rate_measures_the_same(rate):
    told = heard(tone(440, rate=rate), rate)[-1]
    assert told[0] > 0.95 and told[2] > 0.95 and told[1] < 0.05 and told[3] < 0.05


def test_silence_is_nothing():
    assert heard(np.zeros(RATE)).max() == 0
    assert heard(np.full(RATE, 0.2))[RATE // 1024 :].max() == 0  # a card's direct current is no sound


def test_faint_noise_is_not_blown_up():
    assert heard(np.random.default_rng(3).normal(0, 0.0006, 4 * RATE)).max() < 0.1


def test_a_faint_band_is_not_blown_up_beside_a_loud_one():
    told = heard(tone(440, 4) + tone(6000, 4, loud=0.004))[-1]
    assert told[2] > 0.95 and told[3] < 0.3


def test_the_levels_pulse_with_the_clicks():
    told = heard(clicks(np.arange(0.25, 4, 0.5), 4), block=64)[:, 0]
    seconds = np.arange(len(told)) * 64 / RATE
    for when in np.arange(1.25, 3.5, 0.5):
        peak = told[(seconds > when) & (seconds < when + 0.08)].max()
        assert peak > 0.7, (when, peak)
        assert told[(seconds > when + 0.35) & (seconds < when + 0.5)].max() < 0.4 * peak
    assert told[seconds < 0.24].max() == 0


@pytest.mark.slow
def test_a_click_is_heard_when_it_is_played(tmp_path):
    path = write(tmp_path / "clicks.wav", clicks([0.5], 1.0))
    start, rises = time.monotonic(), []
    with Sound(path) as sound:
        level, before = sound.feeds["level"], 0.0
        while time.monotonic() - start < 3.2:
            now = level()
            if now > before + 0.3:
                rises.append(time.monotonic() - start)
            before = min(now, before) if now < before else now
            time.sleep(0.004)
    for when in (0.5, 1.5, 2.5):  # in a loop
        assert any(abs(rise - when) < 0.25 for rise in rises), rises
    assert not any(0.3 < (rise - 0.5) % 1 < 0.95 for rise in rises), rises


@pytest.mark.parametrize("decibels", [-40, -20, -6, 0])
def test_quiet_and_loud_music_use_the_same_range(decibels):
    told = heard(music(12, 10 ** (decibels / 20)))[-(6 * RATE // 512) :]
    high, low = told.max(axis=0), told.min(axis=0)
    assert (high[:3] > 0.8).all() and (low[:3] < 0.35).all(), (high, low)
    assert decibels < -20 or high[3] > 0.8


def test_after_a_bang_the_music_is_heard_again_within_half_a_minute():
    quiet = music(30, 0.05)
    told = heard(np.concatenate([np.random.default_rng(4).uniform(-1, 1, RATE // 20), quiet]))
    assert told[3 * RATE // 512 : 6 * RATE // 512, 0].max() > 0.1
    assert told[-(3 * RATE // 512) :, 0].max() > 0.6


def test_blocks_of_any_size_measure_the_same():
    sound = music(3, 0.5)
    whole = heard(sound, block=64)
    for block in (448, 1024, 4096):
        told = heard(sound, block=block)[:-1]
        assert np.abs(told - whole[block // 64 - 1 :: block // 64][: len(told)]).max() < 1e-5


def test_attack_and_release_take_their_seconds():
    told = heard(np.concatenate([tone(1000, 2), np.zeros(2 * RATE)]), block=64)[:, 0]
    seconds = np.arange(len(told)) * 64 / RATE
    assert seconds[told > 0.9][0] < 0.13
    assert told[(seconds > 2.3)][0] == pytest.approx(np.exp(-1), abs=0.12)
    assert told[-1] < 0.01


def test_poisoned_samples_do_no_harm():
    bad = tone(440).astype(np.float32)
    bad[1000:1400:7], bad[2000], bad[3000], bad[4000] = np.nan, np.inf, -np.inf, 1e38
    told = heard(np.concatenate([bad, tone(440, 2)]))
    assert np.isfinite(told).all() and told[-1, 0] > 0.8


@pytest.mark.slow
def test_both_ears_are_heard_and_the_desk_is_fed(tmp_path):
    desk = Desk(Look(strength=0.5, modulate="strength + 0.5*bass"))
    with Sound(write(tmp_path / "right.wav", np.zeros(RATE), tone(80))) as sound:
        for name, feed in sound.feeds.items():
            desk.drivers.feed(name, feed)
        soon(lambda: desk.look().strength > 1.3)
    soon(lambda: desk.look().strength < 0.55)  # closed: all falls


@pytest.mark.slow
def test_a_file_that_goes_away_is_told_and_taken_up_again(tmp_path, monkeypatch):
    monkeypatch.setattr(sound_file, "RETRY_SECONDS", 0.05)
    path = Path(write(tmp_path / "short.wav", tone(440, 0.3)))
    with Sound(str(path)) as sound:
        soon(lambda: playing(sound)["mid"] > 0.8)
        path.rename(tmp_path / "aside.wav")
        soon(lambda: sound.notice and "no sound from short.wav" in sound.notice)
        soon(lambda: playing(sound)["level"] < 0.05)
        (tmp_path / "aside.wav").rename(path)
        soon(lambda: playing(sound)["mid"] > 0.8 and sound.notice is None)


def test_what_is_no_sound_is_refused(tmp_path):
    (tmp_path / "text.wav").write_text("not a sound")
    write(tmp_path / "tone.wav", tone(440))
    (tmp_path / "list.wav").write_text("ffconcat version 1.0\nfile tone.wav\n")  # playlists can reach other files
    for name in ("text.wav", "list.wav"):
        with pytest.raises(UserError, match="can't be read as sound"):
            Sound(str(tmp_path / name))
    with pytest.raises(UserError, match="has no sound in it"):
        Sound(write(tmp_path / "empty.wav", np.zeros(0)))
    with pytest.raises(UserError, match="no file 'drums.flac'; give a sound file"):
        Sound("drums.flac")


def test_listening_costs_little():
    sound = music(20, 0.5).astype(np.float32)[:, None]
    levels, start = Levels(), time.thread_time()
    for block in range(0, len(sound), 512):
        levels.hear(sound[block : block + 512], RATE)
    assert (time.thread_time() - start) / 20 < 0.02  # of a core; 0.4 % on an idle machine


def test_without_its_libraries_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(UserError, match=r"pip install 'kaleidocam\[sound\]'"):
        Sound()

    class NoPortAudio:
        def find_spec(self, name, *args):
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice")
    monkeypatch.setattr(sys, "meta_path", [NoPortAudio(), *sys.meta_path])
    with pytest.raises(UserError, match="needs the PortAudio library.*path of a sound file"):
        Sound("Microphone")


def inputs(*names, system=0):
    """What sounddevice lists, for `find`: each device once a sound system, and an output."""
    listed = [{"name": name, "max_input_channels": 2, "hostapi": api} for api in (0, 1) for name in names]
    listed.append({"name": "Speakers", "max_input_channels": 0, "hostapi": 0})
    return SimpleNamespace(query_devices=lambda: listed, default=SimpleNamespace(device=[1, 0], hostapi=system))


def test_an_input_is_found_by_number_name_or_part():
    audio = inputs("Microphone (Webcam)", "Line (USB)", "Line")
    assert find(audio, None) == 1
    assert find(audio, "2") == 2
    assert find(audio, "webcam") == 0
    assert find(inputs("Microphone (Webcam)", "Line", system=1), "webcam") == 2
    assert find(audio, "Line") == 2
    for source, why in (
        ("line", "fits 2 of .*give the number"),
        ("Speakers", "no sound input 'Speakers'; there are 0"),
        ("99", "no sound input '99'"),
    ):
        with pytest.raises(UserError, match=why):
            find(audio, source)
    with pytest.raises(UserError, match="no sound input 'x'; there is none on this machine"):
        find(inputs(), "x")


class Card:
    """A sound card as ALSA has it: its file plugin takes the samples, float32 stereo, out of a pipe, as fast as they
    come. Held, it is silent as a card whose plug was pulled; unlisted, it is gone from the system."""

    def __init__(self, folder):
        self.hertz, self.held, self.ended = 440.0, threading.Event(), threading.Event()
        self.config, self.pipe = folder / "asound.conf", folder / "samples"
        import fcntl  # there is none on Windows, where this class is not used

        os.mkfifo(self.pipe)
        self.list_as("stage_input", "other_input")
        self._end = os.open(self.pipe, os.O_RDWR | os.O_NONBLOCK)
        fcntl.fcntl(self._end, fcntl.F_SETPIPE_SZ, 1 << 20)  # a pipe that runs dry is heard as crackle
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def list_as(self, *names):
        self.config.write_text(
            "".join(
                f'pcm.{name} {{ type file slave.pcm "null" file "/dev/null" infile "{self.pipe}" format "raw" }}\n'
                for name in names
            )
        )

    def _run(self):
        sounds = {hertz: tone(hertz, loud=0.3).astype("<f4").repeat(2).tobytes() for hertz in (440.0, 6000.0)}
        at = 0
        while not self.ended.is_set():
            if self.held.is_set():
                time.sleep(0.01)
            elif select.select([], [self._end], [], 0.02)[1]:
                second = sounds[self.hertz]  # whole periods, so that it joins itself
                at = (at + os.write(self._end, second[at : at + 65536])) % len(second)

    def close(self):
        self.ended.set()
        self._thread.join()
        os.close(self._end)


needs_a_card = pytest.mark.needs("ALSA", "PortAudio")


@pytest.fixture
def card(tmp_path, monkeypatch):
    """Real PortAudio, that knows this card and no other."""
    audio = sound_device.portaudio()
    card = Card(tmp_path)
    monkeypatch.setenv("ALSA_CONFIG_PATH", f"{ALSA}:{card.config}")
    audio._terminate()
    audio._initialize()
    monkeypatch.setattr(sound_device, "RETRY_SECONDS", 0.2)
    yield card
    card.held.clear()  # or a read that waits for ever is waited for
    monkeypatch.undo()
    audio._terminate()
    audio._initialize()
    card.close()


@needs_a_card
def test_a_sound_card_is_heard_by_a_part_of_its_name(card):
    with Sound("Stage") as sound:
        assert sound.name == "stage_input"
        soon(lambda: playing(sound)["mid"] > 0.8 and playing(sound)["treble"] < 0.1)
        card.hertz = 6000.0
        soon(lambda: playing(sound)["treble"] > 0.8 and playing(sound)["mid"] < 0.1)
    soon(lambda: max(playing(sound).values()) < 0.01)  # closed, while the card goes on


@needs_a_card
def test_an_unknown_sound_card_is_refused_with_those_there_are(card):
    with pytest.raises(UserError, match=r"no sound input 'Scarlett'; there are .*\(stage_input\)"):
        Sound("Scarlett")
    with pytest.raises(UserError, match="'input' fits 2 of"):
        Sound("input")


@needs_a_card
def test_a_sound_card_that_is_pulled_is_told_and_taken_up_again(card):
    with Sound("stage_input") as sound:
        soon(lambda: playing(sound)["level"] > 0.8)
        card.list_as("other_input")
        card.held.set()
        soon(lambda: sound.notice and "no more sound from stage_input" in sound.notice)
        assert max(playing(sound).values()) < 0.01
        card.held.clear()
        time.sleep(1.0)  # a read that was held up ends with this, and the stream is let go
        soon(lambda: max(playing(sound).values()) < 0.01)
        time.sleep(0.6)
        assert sound.notice and max(playing(sound).values()) < 0.01  # the other one is left alone
        card.list_as("other_input", "stage_input")
        soon(lambda: sound.notice is None and playing(sound)["level"] > 0.8)


@needs_a_card
def test_a_sound_card_that_hangs_does_not_hold_up_the_end(card):
    sound = Sound("stage_input")
    soon(lambda: playing(sound)["level"] > 0.8)
    card.held.set()
    time.sleep(0.5)
    start = time.monotonic()
    sound.close()
    assert time.monotonic() - start < 4
    card.held.clear()
    soon(lambda: "sound" not in [thread.name for thread in threading.enumerate()])


@pytest.mark.slow
def test_the_sound_goes_with_the_film_that_plays(tmp_path):
    """To another file, from its start; to silence where there is none; and back."""
    low, high = write(tmp_path / "low.wav", tone(60)), write(tmp_path / "high.wav", tone(8000))
    (tmp_path / "mute.png").write_bytes(b"no sound in here")

    def eventually(bass, treble):
        ends = time.monotonic() + SECONDS
        while (sound.feeds["bass"]() > 0.3, sound.feeds["treble"]() > 0.3) != (bass, treble):
            assert time.monotonic() < ends, (sound.feeds["bass"](), sound.feeds["treble"]())
            time.sleep(0.01)

    with Sound(low) as sound:
        eventually(True, False)
        for other, bass, treble in ((high, False, True), (None, False, False), (low, True, False)):
            sound.follow(other)
            eventually(bass, treble)
        for mute in (str(tmp_path / "mute.png"), str(tmp_path / "gone.wav")):
            sound.follow(mute)
            eventually(False, False)
            assert sound.notice is None
        for _ in range(50):  # by a hand that plays all of them
            sound.follow(low)
            sound.follow(high)
        eventually(False, True)
