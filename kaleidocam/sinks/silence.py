"""The silence that fills gaps of uncompressed sound.

Invariant: after a gap the sound is where it was. MP4 and MOV give each sample of uncompressed sound the same length and
no time of its own, so without silence a gap would close and all sound after it would come too early.
"""

import re
from collections.abc import Iterator

import av

ENDLESS = {"mov", "mp4"}  # ffmpeg's formats that hold uncompressed sound as one unbroken row of samples
UNCOMPRESSED = re.compile(r"pcm_(?:[sfu](\d+)(?:le|be)?|alaw|mulaw)")
QUIET = {"pcm_u8": b"\x80", "pcm_alaw": b"\xd5", "pcm_mulaw": b"\xff"}  # a byte of silence; of all others: zero
GAP = 0.005  # seconds; what is shorter comes from rounded times
AT_ONCE = 1  # seconds of silence in a packet at most


class Silence:
    """The silence of a track that is copied from `stream` into a film of ffmpeg's format `form`."""

    def __init__(self, stream: av.stream.Stream, form: str) -> None:
        context = stream.codec_context
        name = context.codec.canonical_name if context is not None and stream.type == "audio" else ""
        found = UNCOMPRESSED.fullmatch(name) if form in ENDLESS else None
        self._bytes = 0  # of a sample of all channels; 0: gaps stay
        if found and int(found[1] or 8) % 8 == 0:
            self._bytes, self._rate = int(found[1] or 8) // 8 * context.channels, context.sample_rate
        self._quiet = QUIET.get(name, b"\x00")
        self._end: float | None = None  # seconds at which the sound so far ends

    def before(self, packet: av.Packet) -> Iterator[av.Packet]:
        """The packets of silence between the packet before and this one."""
        if not self._bytes or packet.dts is None:
            return
        begins = float(packet.dts * packet.time_base)
        end = begins if self._end is None else self._end
        missing = 0 if begins - end < GAP else round((begins - end) * self._rate)
        self._end = end + (missing + packet.size / self._bytes) / self._rate  # times that jitter do not add up
        while missing > 0:
            samples = min(missing, AT_ONCE * self._rate)
            filler = av.Packet(self._quiet * (samples * self._bytes))
            filler.time_base, filler.stream = packet.time_base, packet.stream
            filler.pts = filler.dts = packet.dts - round(missing / self._rate / packet.time_base)
            filler.duration = round(samples / self._rate / packet.time_base)
            missing -= samples
            yield filler
