"""A real Motion-JPEG server on this machine, for the tests of network streams."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np


class MjpegServer:
    """Sends `images` (H, W, 3 BGR) round and round at `fps` to whoever asks, until `stop`; then the line breaks."""

    def __init__(self, images, fps=30.0):
        encoded = [cv2.imencode(".jpg", image)[1].tobytes() for image in images]
        self._stopped = stopped = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                i = 0
                try:
                    while not stopped.is_set():
                        data = encoded[i % len(encoded)]
                        head = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(data)
                        self.wfile.write(head + data + b"\r\n")
                        time.sleep(1 / fps)
                        i += 1
                except OSError:
                    return  # the reader has gone

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}/video.mjpg"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()


def plain(color, size=(320, 240)):
    return np.full((size[1], size[0], 3), color, np.uint8)
