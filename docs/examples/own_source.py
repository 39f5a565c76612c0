"""A source of your own: two seconds of drifting noise, dreamed into a film."""

import cv2
import numpy as np

import kaleidocam


class Noise(kaleidocam.Source):
    size, fps, count = (320, 180), 15.0, 0

    def read(self):
        if self.count == 2 * self.fps:
            return None
        coarse = np.random.default_rng(1).integers(0, 256, (18, 32, 3), np.uint8)
        image = np.roll(cv2.resize(coarse, self.size), 3 * self.count, axis=1)
        self.count += 1
        return kaleidocam.Frame(image, (self.count - 1) / self.fps, self.count - 1)

    def close(self):
        pass


with Noise() as noise, kaleidocam.open_sink("noise.mp4", noise.size, noise.fps, overwrite=True) as film:
    for frame in kaleidocam.Kaleidoscope("cells").frames(noise):
        film.write(frame)
