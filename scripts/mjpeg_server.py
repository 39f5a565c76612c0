"""A real Motion-JPEG server on this machine, with the faults of cameras and networks, for tests and experiments."""

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np


class MjpegServer:
    """Sends `images` (H, W, 3 BGR) in a loop at `fps` to every client until `stop`, which breaks the connections.

    `visits` counts the requests; `last_sent` is the time (time.monotonic) of the latest picture sent.
    """

    def __init__(self, images, fps=30.0):
        self.visits, self.last_sent = 0, 0.0
        self._fps, self._port = fps, 0
        self._flowing, self._lines = threading.Event(), []
        self.show(images)
        self.come_back()
        self.address = f"http://127.0.0.1:{self._port}/video.mjpg"

    def show(self, images):
        """Sends other pictures from now on, of any size."""
        self._encoded = [cv2.imencode(".jpg", image)[1].tobytes() for image in images]

    def stall(self):
        """Stops sending, on present and new connections, without breaking any."""
        self._flowing.clear()

    def flow(self):
        """Ends a stall."""
        self._flowing.set()

    def hang_up(self):
        """Breaks every present connection; new requests are answered."""
        for line in self._lines:
            try:
                line.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # the client has closed it
        self._lines.clear()

    def leave(self):
        """Ends the server: no one answers at the address."""
        self._here = False
        self._server.shutdown()
        self._server.server_close()
        self.hang_up()
        self._flowing.set()  # wakes waiting threads, which then see the broken connection

    def come_back(self):
        """Starts the server again at the same address."""
        self._here = True
        self._flowing.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), _answering(self))
        self._server.daemon_threads = True
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self):
        self.leave()

    def send(self, line, write):
        """Serves one client until its connection ends."""
        self.visits += 1
        self._lines.append(line)
        i, due = 0, time.monotonic()
        while self._here and line in self._lines:
            self._flowing.wait()
            data = self._encoded[i % len(self._encoded)]
            write(b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(data) + data + b"\r\n")
            self.last_sent = time.monotonic()
            due = max(due + 1 / self._fps, self.last_sent)  # by the clock; after a stall from then on
            time.sleep(max(0.0, due - time.monotonic()))
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
                return  # the client has closed the connection

        def log_message(self, *args):
            pass

    return Handler


def plain(color, size=(320, 240)):
    return np.full((size[1], size[0], 3), color, np.uint8)


def noisy(color, size=(320, 240), count=7):
    """Pictures of one color with a camera's noise, all different."""
    rng = np.random.default_rng(sum(color))
    noise = rng.integers(-4, 5, (count, size[1], size[0], 3))
    return list(np.clip(plain(color, size) + noise, 0, 255).astype(np.uint8))
