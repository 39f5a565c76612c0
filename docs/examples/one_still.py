"""A picture dreamed in octaves, at its own size."""

import kaleidocam

dreamed = kaleidocam.still("photo.jpg", "dream.png", look="spirals", octaves="-1..0", octave_steps=10, overwrite=True)
height, width, _ = dreamed.shape
print(f"dream.png is {width}x{height}")
