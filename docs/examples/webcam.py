"""A webcam in a window of your own; q ends it."""

import time

import cv2

import kaleidocam

camera = cv2.VideoCapture(0)
with kaleidocam.Kaleidoscope("mandala", detail=0.5) as kaleidoscope:
    while True:
        there, image = camera.read()
        if not there:
            break
        cv2.imshow("kaleidocam", kaleidoscope.frame(image, time.monotonic()))
        if cv2.waitKey(1) == ord("q"):
            break
camera.release()
