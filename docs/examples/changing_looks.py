"""A look that changes over time: stronger and stronger, and another channel after a second."""

import kaleidocam

with (
    kaleidocam.open_source("walk.mp4") as walk,
    kaleidocam.Kaleidoscope("eyes", morph=1.5) as kaleidoscope,
    kaleidocam.open_sink("changing.mp4", walk.size, walk.fps, overwrite=True) as film,
):
    for frame in kaleidoscope.frames(walk):
        film.write(frame)
        kaleidoscope.change(strength=min(2.0, 0.5 + 0.5 * frame.seconds))
        if frame.seconds > 1:
            kaleidoscope.change(channel="mixed4:245", mirrors=6)
