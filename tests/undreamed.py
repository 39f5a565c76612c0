"""For the tests: a film as `kaleidocam film` makes it, without the dream."""

from kaleidocam.sinks.codecs import CODECS
from kaleidocam.sinks.join import join
from kaleidocam.sinks.piece import PieceFile
from kaleidocam.sources.video import Video


def undreamed(path, out, *, start=None, end=None, **how):
    """Makes `out`; returns the lines on what was left out, and the source's `notice`."""
    codec = CODECS["h264"]
    piece = out.with_name(f"{out.name}-piece{codec.piece_suffix}")
    with Video(str(path), **how) as video:
        frames = {"size": video.size, "fps": video.fps, "tick": video.time_base, "crf": None}
        with PieceFile(piece, codec, **frames) as written:
            first = frame = video.read() if start is None else video.skip_to(start)
            while frame is not None and (end is None or frame.seconds < end):
                written.write(frame)
                last, frame = frame.seconds, video.read()
    del frames["size"]
    where = {} if start is None else {"start": first.seconds, "shift": first.seconds}
    ends = video.end if frame is None else frame.seconds
    return join(
        [piece], out, codec=codec, copy_from=str(path), end=end, last=ends - last, **frames, **where
    ), video.notice
