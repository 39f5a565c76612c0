"""How a stream is encoded: H.264 at an even bit rate, with a keyframe every two seconds, as servers want it.

Invariant: no frame is held back by the encoder, and none refers to one that is shown later.
"""

import os
import re
from dataclasses import replace

from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Machine
from kaleidocam.sinks import hardware
from kaleidocam.sinks.codecs import CODECS, Codec, codec_for

# With so many cores, or less, x264's next faster preset: 7.7 ms of processor time a frame of 1280x720, not 11.8.
FEW_CORES = 2
KEY_SECONDS = 2.0  # from keyframe to keyframe
BITS_A_PIXEL = 0.15  # of each frame: 4 Mbit/s at 1280x720 and 30 fps; a dream has more detail than a face
LEAST, USUAL_MOST = 500_000, 6_000_000  # bits a second; most servers take no more than the second
RANGE = 50_000, 200_000_000  # bits a second that can be asked for
_UNITS = {"": 1, "k": 1000, "m": 1_000_000}


def stream_codec(machine: Machine, size: tuple[int, int], fps: float) -> Codec:
    """The codec of a stream of frames of `size` (width, height). An encoder in hardware is taken if the machine's codec
    is one of H.264; any other codec concerns films and recordings. UserError if it does not work here, or for a bit
    rate that can't be."""
    bits = bit_rate(machine.bitrate, size, fps)
    asked = (
        None if machine.codec == "auto" else codec_for("stream.mkv", machine.codec) if _h264(machine.codec) else None
    )
    codec = asked or CODECS["h264"]
    if codec.hardware:
        hardware.check(codec.name, size)
    gop = str(max(1, round(KEY_SECONDS * fps)))
    options = {"b": str(bits), "maxrate": str(bits), "bufsize": str(bits), "g": gop}
    if codec.hardware:
        options = codec.options | dict(hardware.streamed(codec.name)) | options
    else:
        only = f"{codec.options['x264-params']}:scenecut=0:min-keyint={gop}"
        options |= {"x264-params": only, "tune": "zerolatency"}
    preset = codec.preset if codec.hardware else ("preset", "superfast" if _cores() <= FEW_CORES else "veryfast")
    return replace(codec, default=None, quality=None, reorders=0, options=options, preset=preset)


def bit_rate(asked: str, size: tuple[int, int], fps: float) -> int:
    """Bits a second: "4M", "2500k", "2500000", or "auto", by size and frame rate. UserError for others."""
    if asked == "auto":
        return round(min(USUAL_MOST, max(LEAST, BITS_A_PIXEL * size[0] * size[1] * fps)))
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([kKmM]?)", asked)
    bits = round(float(found[1]) * _UNITS[found[2].lower()]) if found else 0
    if not RANGE[0] <= bits <= RANGE[1]:
        raise UserError(f"the bit rate is '{asked}'; allowed is 50k to 200M, such as 4M or 2500k, or auto")
    return bits


def _cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _h264(name: str) -> bool:
    """Whether a codec's name is that of H.264, in software or in hardware."""
    return name.lower().startswith(("h264", "h.264", "avc", "x264", "libx264"))
