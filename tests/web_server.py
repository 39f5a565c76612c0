"""For the tests: a web server on this machine that sends the files of a folder, with `Range` or without."""

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@contextmanager
def serving(folder, *, ranges=True):
    """The address of the folder, while the server runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _answering(Path(folder), ranges))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _answering(folder, ranges):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            file = folder / self.path.lstrip("/").partition("?")[0]
            if not file.is_file():
                self.send_error(404)
                return
            data, first = file.read_bytes(), 0
            asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "") if ranges else None
            if asked:
                first, last = int(asked[1]), int(asked[2] or len(data) - 1)
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
                part = data[first : last + 1]
            else:
                self.send_response(200)
                part = data
            if ranges:
                self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(part)))
            self.end_headers()
            try:
                self.wfile.write(part)
            except OSError:
                pass  # the reader has what it wants

        def log_message(self, *args):
            pass

    return Handler
