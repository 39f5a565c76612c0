"""Encoders in hardware: what each is asked for, what is said where there is none, and films by one that is played here
by a software encoder, since the machines of the tests have none."""

import sys
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import av
import numpy as np
import pytest
from film_pieces import picture
from media import decoded

from kaleidocam.errors import UserError
from kaleidocam.film.order import Order
from kaleidocam.film.studio import make
from kaleidocam.film.worker import piece_opener
from kaleidocam.frame import Frame
from kaleidocam.planes import PixelFormat, Planes
from kaleidocam.settings.parameters import Look, Machine
from kaleidocam.sinks import codecs, hardware, hardware_trial
from kaleidocam.sinks.codecs import CODECS, codec_for, named
from kaleidocam.sinks.film import Film
from kaleidocam.sinks.piece import PieceFile

PLAYED = replace(  # x264 in the place of h264_qsv: another layout, no B-frames, another name for its quality
    named("h264_qsv"),
    encoder="libx264",
    asked=lambda crf: {"qp": str(crf)},
    preset=("preset", "veryfast"),
    options={"x264-params": "bframes=0"},
    recorded={"tune": "zerolatency"},
)
IN_THIS_BUILD = [encoder for encoder in hardware.ENCODERS if encoder.name in av.codecs_available]


def refusal(name, layout, options):
    """FFmpeg's last word when the encoder is opened; None if it opens."""
    before = av.logging.get_level()
    av.logging.set_level(av.logging.ERROR)
    try:
        context = av.CodecContext.create(name, "w")
        context.width, context.height, context.pix_fmt = 640, 360, layout
        context.time_base, context.options = Fraction(1, 25), options
        context.open()
        return None
    except av.FFmpegError as error:
        return error.log[2]
    finally:
        av.logging.set_level(before)


@pytest.mark.parametrize("encoder", IN_THIS_BUILD, ids=lambda encoder: encoder.name)
def test_ffmpeg_knows_every_option_and_takes_its_values(encoder):
    """FFmpeg reads the options before it looks for the hardware; one that it does not know it ignores without a word,
    so each is also given a value that cannot be."""
    assert encoder.layout in [form.name for form in av.codec.Codec(encoder.name, "w").video_formats]
    plain = {**encoder.options, **dict([encoder.preset] if encoder.preset else [])}
    asked = [encoder.asked(crf) for crf in (*encoder.quality, encoder.default)]
    for options in (*(plain | each for each in asked), plain | asked[0] | encoder.recorded):
        said = refusal(encoder.name, encoder.layout, options)
        assert said is None or "option" not in said
    for name in plain | asked[0] | encoder.recorded:
        said = refusal(encoder.name, encoder.layout, {name: "nonsense"})
        assert said is not None and ("option" in said or "nonsense" in said), name


@pytest.mark.parametrize("encoder", hardware.ENCODERS, ids=lambda encoder: encoder.name)
def test_each_is_a_codec_with_the_files_and_the_tag_of_its_standard(encoder):
    codec, software = named(encoder.name), CODECS[encoder.standard]
    assert (codec.suffixes, codec.tag, codec.piece_suffix) == (software.suffixes, software.tag, software.piece_suffix)
    assert codec.encoder == encoder.name and codec.hardware and codec.joins and codec.reorders == 0
    low, high = codec.quality
    assert low < codec.crf(None) < high <= 100
    with pytest.raises(UserError, match=f"the quality of {encoder.name} goes from {low} "):
        codec.crf(high + 1)


def test_less_is_better_for_all_of_them():
    assert named("h264_videotoolbox").asked(35) == {"global_quality": str(65 * 118)}  # ffmpeg's -q:v 65
    assert named("av1_amf").asked(63) == {"qp_i": "252", "qp_p": "252"}


def test_none_is_used_unless_it_is_asked_for():
    assert not any(codec_for(f"film{suffix}").hardware for suffix in (".mp4", ".mkv", ".mov", ".webm"))


def without(*working):
    return lambda names, size: {name: None if name in working else "Cannot load libcuda.so.1" for name in names}


@pytest.mark.parametrize(
    "working, said",
    [
        ((), r"h264_nvenc does not work here \(Cannot load libcuda.so.1\); .* that do: none; give --codec h264$"),
        (("h264_qsv", "av1_qsv"), "hardware encoders that do: h264_qsv, av1_qsv; give --codec h264$"),
    ],
)
def test_one_that_is_not_here_is_refused_in_one_line(monkeypatch, working, said):
    hardware.check.cache_clear()
    monkeypatch.setattr(hardware, "tried", without(*working))
    with pytest.raises(UserError, match=said):
        codec_for("film.mp4", "H264_NVENC")
    hardware.check.cache_clear()


def test_one_that_works_may_refuse_a_size(monkeypatch):
    hardware.check.cache_clear()
    monkeypatch.setattr(
        hardware, "tried", lambda names, size: dict.fromkeys(names, "too large" if size[0] > 4096 else None)
    )
    assert codec_for("film.mp4", "hevc_amf") is codec_for("film.mp4", "h265_amf")
    with pytest.raises(
        UserError, match=r"h264_nvenc can't encode 7680x4320 here \(too large\); give --codec h264, or a"
    ):
        hardware.check("h264_nvenc", (7680, 4320))
    hardware.check.cache_clear()


def test_what_is_told_of_them(monkeypatch):
    monkeypatch.setattr(hardware, "tried", without("hevc_amf"))
    assert hardware.told() == "hevc_amf; the processor encodes unless you ask for one: --codec hevc_amf"
    monkeypatch.setattr(hardware, "tried", without())
    assert hardware.told().startswith("none works here")


def test_those_of_this_machine_answer_from_another_process():
    found = hardware.tried(["h264_nvenc", "hevc_videotoolbox"], (640, 360))
    assert all(why is None or len(why) > 10 for why in found.values()) and len(found) == 2


def test_one_that_crashes_takes_nothing_with_it(monkeypatch):
    """A driver that ends the process at the second encoder, as often as it is tried."""
    code = (
        "import json, os, sys\n"
        "for name in json.load(sys.stdin)[0]:\n"
        "    if name == 'crashes': os.abort()\n"
        "    print(json.dumps([name, None]), flush=True)"
    )
    monkeypatch.setattr(hardware.child_process, "command", lambda function: [sys.executable, "-c", code])
    monkeypatch.setattr(av, "codecs_available", {"a", "crashes", "b"})
    found = hardware.tried(["a", "crashes", "b", "missing"], (640, 360))
    assert found["a"] is None and found["b"] is None
    assert "crashed" in found["crashes"] and "no such encoder" in found["missing"]


def test_one_that_hangs_is_ended(monkeypatch):
    code = "import time\nprint('[\"a\", null]', flush=True)\ntime.sleep(60)"
    monkeypatch.setattr(hardware.child_process, "command", lambda function: [sys.executable, "-c", code])
    monkeypatch.setattr(hardware, "TRY_SECONDS", 1.0)
    assert hardware._apart(["a", "b"], (640, 360)) == {"a": None}


def test_the_trial_makes_a_film_of_pieces():
    assert hardware_trial.trial(PLAYED, (160, 96)) is None
    assert "h264_nonsense" in hardware_trial.trial(replace(PLAYED, encoder="h264_nonsense"), (160, 96))


def test_one_that_reorders_frames_is_found_out():
    """Its packets would get wrong times in a film; the same with the option that keeps B-frames off ignored."""
    assert hardware_trial.trial(replace(PLAYED, options={"x264-params": "bframes=3:b-adapt=0"}), (160, 96))


def test_another_layout_changes_no_frame(tmp_path, monkeypatch):
    """A recording by it, fed as NV12, and one by the same encoder, fed as yuv420p."""
    monkeypatch.setattr("kaleidocam.sinks.film.codec_for", lambda path, name: kinds[name])
    kinds = {"nv12": replace(PLAYED, name="nv12"), "plain": replace(PLAYED, name="plain", layout=None)}
    for name, codec in kinds.items():
        with Film(str(tmp_path / f"{name}.mkv"), size=(159, 95), fps=25, codec=codec, crf=10) as film:
            for i in range(4):
                film.write(Frame(picture(i, (159, 95)), i / 25, i))
    fed, plain = (decoded(tmp_path / f"{name}.mkv") for name in kinds)
    assert len(fed) == 4 and fed == plain


def test_planes_of_full_range_stay_what_they_are(tmp_path):
    """A film's own planes, black at 0 and white at 255, fed as NV12 to an encoder that loses nothing."""
    form = PixelFormat("yuv420p", full=True)
    luma = np.tile(np.arange(256, dtype=np.uint8), (96, 1))
    given = Planes(luma, luma[::2, ::2].copy(), luma[::-2, ::-2].copy(), form)
    lossless = replace(PLAYED, asked=lambda crf: {"qp": "0"})
    with PieceFile(
        tmp_path / "a.nut", lossless, size=(256, 96), fps=25, tick=Fraction(1, 25), crf=20, form=form
    ) as piece:
        piece.write(Frame(given, 0.0, 0))
    with av.open(str(tmp_path / "a.nut")) as opened:
        kept = next(opened.decode(video=0)).to_ndarray()
    assert (kept[:96] == luma).all()
    assert (kept[96:].reshape(2, 48, 128) == np.stack(given.all[1:])).all()


def test_a_film_by_one_is_joined_and_goes_on(tmp_path, monkeypatch):
    """The whole way of the command, with x264 in its place; and a film begun with it is not continued by another."""
    hardware.check.cache_clear()
    monkeypatch.setattr(hardware, "tried", without("h264_qsv"))
    monkeypatch.setitem(codecs._HARDWARE, "h264_qsv", PLAYED)
    monkeypatch.setitem(codecs._NAMES, "h264_qsv", PLAYED)
    out = tmp_path / "film.mp4"
    order = Order(
        "aisle",
        str(out),
        Look(grid=(96, 96), channel="mixed0:3"),
        Machine(size=(160, 96), fps=15, codec="h264_qsv", crf=20, precision="float32"),
        end=0.8,
        cuts="none",
    )

    class Stopped(Exception):
        pass

    def stop(done, total):
        if done >= 4:
            raise Stopped

    monkeypatch.setattr("kaleidocam.film.order.piece_frames", lambda *given: 4)
    with pytest.raises(Stopped):
        make(replace(order, called=stop))
    with pytest.raises(UserError, match="codec"):
        make(replace(order, machine=order.machine.model_copy(update={"codec": "auto"})))
    make(replace(order, called=lambda done, total: None))
    assert len(decoded(out)) == 12
    hardware.check.cache_clear()


def test_a_worker_without_the_encoder_says_so(monkeypatch):
    hardware.check.cache_clear()
    monkeypatch.setattr(hardware, "tried", without())
    with pytest.raises(UserError, match="av1_amf does not work here"):
        piece_opener(SimpleNamespace(codec="av1_amf", shown="dreamed", size=(160, 96)))
    hardware.check.cache_clear()
