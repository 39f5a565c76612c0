"""An electronic kaleidoscope: the camera's world, dreamed live by one channel of a neural network."""

__version__ = "0.1.0"
