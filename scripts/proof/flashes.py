"""Clips whose picture flashes when their sound beeps, and when both are seen and heard in a film."""

import av
import numpy as np

EVENT = 0.15  # seconds of a flash and a beep


def flashing(seconds, at):
    """ffmpeg's arguments for two inputs of that length: a picture that flashes and a sound that beeps at `at`."""
    when = f"between(t,{at},{at + EVENT})"
    picture = f"testsrc2=s=160x96:r=25:d={seconds},eq=brightness=-0.35,drawbox=c=white:t=fill:enable='{when}'"
    return ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", f"aevalsrc='0.6*sin(5529*t)*{when}':s=48000:d={seconds}"]


def events(path):
    """Seconds at which flashes and beeps begin: two lists."""
    with av.open(str(path)) as opened:
        bright = [(frame.time, frame.to_ndarray(format="gray").mean()) for frame in opened.decode(video=0)]
    return _begins(bright, apart=2 * EVENT), _begins(_loudness(path), apart=2 * EVENT)


def loudness_between(path, start, end):
    return max((level for at, level in _loudness(path) if start <= at < end), default=0.0)


def _loudness(path):
    with av.open(str(path)) as opened:
        if not opened.streams.audio:
            return []
        resampler = av.AudioResampler(format="flt", layout="mono")
        return [
            (sound.time + i / 200, float(np.abs(block).mean()))
            for frame in opened.decode(audio=0)
            for sound in resampler.resample(frame)
            for i, block in enumerate(np.array_split(sound.to_ndarray()[0], max(1, sound.samples * 200 // sound.rate)))
        ]


def _begins(levels, apart):
    if not levels:
        return []
    low, high = (edge(level for _, level in levels) for edge in (min, max))
    begins, last = [], -float("inf")
    for at, level in levels:
        if level > low + 0.5 * (high - low):
            if at - last > apart:
                begins.append(at)
            last = at
    return begins
