"""A file's audio, copied packet by packet into a film.

Invariant: not one byte of a packet is changed, and each keeps its time.
"""

from collections.abc import Iterator

import av

from kaleidocam.errors import UserError


class Sound:
    """Every audio stream of the file `path`, to be copied into the open container `out`.

    UserError if the container can't hold one of them. Copying goes on step by step, so that sound and picture lie
    side by side in the film. Where the file is damaged, the sound ends; the picture's source says so already.
    """

    def __init__(self, path: str, out: av.container.OutputContainer, name: str) -> None:
        """`name` is the film's, for the message."""
        self._out = out
        self._input = av.open(path, options={"protocol_whitelist": "file"})
        streams = self._input.streams.audio
        for stream in streams:
            if stream.codec_context.name.split("_")[0] not in _holdable(out):
                self._input.close()
                raise UserError(
                    f"'{name}' can't hold the input's {stream.codec_context.name} audio; name the film .mkv, which can"
                )
        self._copies = {stream.index: out.add_stream_from_template(stream) for stream in streams}
        self._packets = self._read(streams) if streams else iter(())
        self._held: av.Packet | None = None

    def copy_until(self, seconds: float) -> None:
        """Copies the packets that begin before `seconds`."""
        while (packet := self._held or next(self._packets, None)) is not None:
            if packet.pts is not None and float(packet.pts * packet.time_base) >= seconds:
                self._held = packet
                return
            self._held = None
            packet.stream = self._copies[packet.stream.index]
            self._out.mux(packet)

    def close(self) -> None:
        self._input.close()

    def _read(self, streams) -> Iterator[av.Packet]:
        try:
            for packet in self._input.demux(*streams):
                if packet.size:  # the last, empty one only tells a decoder to flush
                    yield packet
        except av.FFmpegError:
            return


def _holdable(out: av.container.OutputContainer) -> set[str]:
    """Names of the codecs that a container can hold, as far as a codec's name goes ("pcm" for all of PCM)."""
    return {codec.split("_")[0] for codec in out.supported_codecs}
