"""A web address that says how a performance is, for those who watch it from outside.

Invariant: it answers at once, whatever the performance does, and tells no secret.
"""

import json
import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn
from typing import Any

from kaleidocam.closing import Closing
from kaleidocam.control.listening import callable_as, in_brackets, listen, parse_place
from kaleidocam.errors import UserError, reason

ASKED_SECONDS = 5.0  # in which whoever connects must have asked
MOST_ASKERS = 16  # at a time; more are turned away
PATHS = ("/", "/health", "/healthz")


def parse_health(text: str) -> tuple[str, int]:
    """`"[HOST:]PORT"` -> (host, port); without a host it is this machine's own. UserError where it is neither."""
    return parse_place(text, "--health", 8766)


class Health(Closing):
    """Answers at `text`, as `parse_health` reads it. `asked` gives whether all is well, and what there is to tell.
    `told`: a line for the start. UserError where it can't listen there."""

    def __init__(self, text: str, asked: Callable[[], tuple[bool, dict[str, Any]]]) -> None:
        host, port = parse_health(text)
        try:
            sockets = listen(host, port, socket.SOCK_STREAM)
        except (OSError, OverflowError, UnicodeError) as error:
            raise UserError(
                f"--health can't listen on {in_brackets(host)}:{port}: {reason(error)}; give another HOST:PORT"
            ) from error
        self.port = sockets[0].getsockname()[1]
        called = [f"http://{in_brackets(each)}:{self.port}/" for each in callable_as(host, sockets)]
        self.told = f"how it is: {' or '.join(called)}"
        self._servers = [_Server(each, asked) for each in sockets]
        for server in self._servers:
            threading.Thread(target=server.serve_forever, name="health", daemon=True).start()

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


class _Server(ThreadingMixIn, HTTPServer):
    daemon_threads, block_on_close = True, False

    def __init__(self, opened: socket.socket, asked: Callable[[], tuple[bool, dict[str, Any]]]) -> None:
        super().__init__(opened.getsockname(), _Answers, bind_and_activate=False)
        self.socket.close()
        self.socket, self.asked = opened, asked
        self._room = threading.BoundedSemaphore(MOST_ASKERS)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no more threads at the moment
            self._room.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asked has gone: nothing to do about it."""


class _Answers(BaseHTTPRequestHandler):
    server: _Server
    timeout = ASKED_SECONDS

    def do_GET(self) -> None:
        if self.path.partition("?")[0] not in PATHS:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        well, told = self.server.asked()
        data = (json.dumps(told, indent=1) + "\n").encode()
        self.send_response(HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_HEAD = do_GET

    def version_string(self) -> str:
        return "kaleidocam"

    def log_message(self, format: str, *args: object) -> None:
        """A watcher asks once a minute for weeks: not a word on it."""
