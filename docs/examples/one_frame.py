"""A picture dreamed once, as the first frame of a film would be."""

import cv2

import kaleidocam

kaleidoscope = kaleidocam.Kaleidoscope("eyes")
dreamed = kaleidoscope.frame(cv2.imread("photo.jpg"))
cv2.imwrite("dreamed.png", dreamed)
