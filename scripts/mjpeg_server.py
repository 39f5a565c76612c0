"""A real Motion-JPEG server on this machine, with the faults that cameras and networks have: for tests and trials."""

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np


class MjpegServer:
    """Sends `images` (H, W, 3 BGR) round and round at `fps` to whoever asks, until `stop`; then the line breaks.

    `visits` counts who asked; `last_sent` is when (time.monotonic) a picture last went out.
    """

    def __init__(self, images, fps=30.0):
        self.visits, self.last_sent = 0, 0.0
        self._fps, self._port = fps, 0
        self._flowing, self._lines = threading.Event(), []
        self.show(images)
        self.come_back()
        self.address = f"http://127.0.0.1:{self._port}/video.mjpg"

    def show(self, images):
        """Other pictures from now on, of the same size or another."""
        self._encoded = [cv2.imencode(".jpg", image)[1].tobytes() for image in images]

    def stall(self):
        """Sends nothing more, on these lines and on new ones, and breaks none."""
        self._flowing.clear()

    def flow(self):
        """Ends a stall."""
        self._flowing.set()

    def hang_up(self):
        """Breaks every line there is; whoever asks anew is answered."""
        for line in self._lines:
            try:
                line.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it was broken from the other side
        self._lines.clear()

    def leave(self):
        """Nobody is at the address any more."""
        self._here = False
        self._server.shutdown()
        self._server.server_close()
        self.hang_up()
        self._flowing.set()  # who waits sees that the line is broken

    def come_back(self):
        """Somebody is at the address again, and sends."""
        self._here = True
        self._flowing.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), _answering(self))
        self._server.daemon_threads = True
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self):
        self.leave()

    def send(self, line, write):
        """One visitor, as long as the line holds."""
        self.visits += 1
        self._lines.append(line)
        i = 0
        while self._here and line in self._lines:
            self._flowing.wait()
            data = self._encoded[i % len(self._encoded)]
            write(b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(data) + data + b"\r\n")
            self.last_sent = time.monotonic()
            time.sleep(1 / self._fps)
            i += 1


def _answering(server):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            try:
                server.send(self.connection, self.wfile.write)
            except OSError:
                return  # the reader has gone

        def log_message(self, *args):
            pass

    return Handler


def plain(color, size=(320, 240)):
    return np.full((size[1], size[0], 3), color, np.uint8)


def noisy(color, size=(320, 240), count=7):
    """Pictures of a color with a camera's noise, no two alike."""
    rng = np.random.default_rng(sum(color))
    noise = rng.integers(-4, 5, (count, size[1], size[0], 3))
    return list(np.clip(plain(color, size) + noise, 0, 255).astype(np.uint8))
