"""The panel's server: runs in a process of its own, at low priority.

Invariant: what it serves stands in one table that is filled at the start, besides the sheet of curated motifs and the
presets' pictures, whose names `Presets` vouches for; no path that is asked for is ever opened.
"""

import asyncio
import base64
import os
import socket
import sys
import threading
import time
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from kaleidocam.control.panel import wire

HERE = Path(__file__).parent
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".webp": "image/webp",
    ".crt": "application/x-x509-ca-cert",  # a phone offers to keep it
}
AUTHORITY = "/kaleidocam.crt"
PAGES = {"": "index.html", "clean": "clean.html", "atlas": "atlas.html"}
NICE = 10
MOST_CLIENTS, MOST_CLEAN = 250, 8
MOST_CONNECTIONS = 400  # of those who were let in; the others wait at the threshold
MESSAGE_BYTES = 16_000
ORPHAN_SECONDS = 1.0
LAST_SECONDS = 0.25


def main() -> None:
    """Serves until the pipe from the performance's process ends."""
    parent = os.getppid()
    if hasattr(os, "nice"):
        os.nice(NICE)
    hears, tells = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    sys.stdout = sys.stderr  # nothing that prints may spoil the pipe
    try:
        if (first := wire.receive(hears)) is None:
            return
        greeting, _ = first
        with asyncio.Runner(loop_factory=_loop_for(greeting)) as runner:
            runner.run(_serve(greeting, hears, tells, parent))
    except BaseException as error:
        wire.send(tells, {"do": "failed", "name": f"{type(error).__name__}: {error}"})
        raise


def _loop_for(greeting: dict[str, Any]):
    """With a certificate, one that can look at what came before it is read; that is not Windows's usual one."""
    return asyncio.SelectorEventLoop if greeting["certificate"] else None


async def _serve(greeting: dict[str, Any], hears, tells, parent: int) -> None:
    import uvicorn

    from kaleidocam.control.panel.door import names_of_this_machine
    from kaleidocam.control.panel.gate import Gate
    from kaleidocam.control.panel.hall import Hall
    from kaleidocam.control.panel.motifs import Motifs
    from kaleidocam.control.panel.presets import Presets
    from kaleidocam.control.panel.threshold import Crowd

    class Server(uvicorn.Server):
        capture_signals: Any = nullcontext  # Ctrl-C is the performance's

    presets = Presets(Path(greeting["folder"]))
    hall = Hall(greeting, presets, lambda message, data=b"": wire.send(tells, message, data))
    motifs = Motifs(Path(greeting["atlas"]) if greeting["atlas"] else None, greeting["curated"])
    app = make_app(hall, presets, motifs, greeting["port"], greeting["token"], greeting["authority"])
    names, https = names_of_this_machine(greeting["host"]), bool(greeting["certificate"])
    gate = Gate(app, token=greeting["token"], port=greeting["port"], names=names, https=https)
    loop = asyncio.get_running_loop()
    threading.Thread(target=_hear, args=(hears, loop, hall), name="hearing", daemon=True).start()
    tasks = [asyncio.ensure_future(hall.pictures.run()), asyncio.ensure_future(_end_with(parent))]
    crowd, listeners = Crowd(), _listeners(greeting)
    server = Server(_config(gate, crowd))
    if https:
        tasks += _porch(greeting["certificate"], crowd, server, listeners)
        listeners = []
    wire.send(tells, {"do": "ready"})
    await server.serve(listeners)
    del tasks


def _porch(certificate: list[str], crowd, server, listeners: list[socket.socket]) -> list[asyncio.Task]:
    """Those who take connections by https, and by http, which the gate sends on."""
    from kaleidocam.control.panel.certificate import context_of
    from kaleidocam.control.panel.porch import Porch

    server.config.load()
    made_with: dict[str, Any] = {"config": server.config, "server_state": server.server_state, "app_state": {}}

    def make(arrival) -> asyncio.Protocol:
        return server.config.http_protocol_class(instead_of=arrival, **made_with)

    porch = Porch(context_of(*certificate), crowd, make)
    return [asyncio.ensure_future(porch.serve(listener)) for listener in listeners]


def _config(gate, crowd) -> Any:
    import uvicorn

    from kaleidocam.control.panel.threshold import Threshold

    return uvicorn.Config(
        gate,
        http=partial(Threshold, crowd),  # type: ignore[arg-type]  # uvicorn calls it as it calls a class
        ws="auto",
        ws_max_size=MESSAGE_BYTES,
        ws_per_message_deflate=False,
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        log_config=None,
        access_log=False,
        log_level="critical",
        h11_max_incomplete_event_size=MESSAGE_BYTES,
    )


def _listeners(greeting: dict[str, Any]) -> list[socket.socket]:
    """The sockets that the performance's process holds open for every server that it starts."""
    if sys.platform == "win32":
        return [socket.fromshare(base64.b64decode(shared)) for shared in greeting["shared"]]
    return [socket.socket(fileno=descriptor) for descriptor in greeting["descriptors"]]


def _hear(hears, loop: asyncio.AbstractEventLoop, hall) -> None:
    while heard := wire.receive(hears):
        loop.call_soon_threadsafe(hall.hear, *heard)
        if "ended" in heard[0]:
            time.sleep(LAST_SECONDS)  # until the pages have been told
            break
    os._exit(0)  # the performance is over; there is nothing here to finish


async def _end_with(parent: int) -> None:
    """Ends with the performance also where another of its children keeps the pipe open."""
    while os.getppid() == parent:
        await asyncio.sleep(ORPHAN_SECONDS)
    os._exit(0)


def make_app(hall, presets, motifs, port: int, token: str, authority: str = ""):
    """The pages, their pictures and the one WebSocket, for those whom the gate let through. `authority`: the one that
    a phone can be told to trust, PEM."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route, WebSocketRoute

    from kaleidocam.control.panel.gate import cookie_name, is_secure

    files = {f"/{file.name}": file.read_bytes() for file in (HERE / "page").iterdir() if file.suffix in TYPES}
    files |= motifs.files | ({AUTHORITY: authority.encode()} if authority else {})

    def page(request: Request) -> Response:
        path = request.path_params["path"]
        name = PAGES.get(path, path)
        data = files.get(f"/{name}")
        if data is None:
            return Response(status_code=404)
        response = Response(data, media_type=TYPES[Path(name).suffix])
        if path in PAGES:
            secure = is_secure(request.scope)
            name = cookie_name(port, secure)
            response.set_cookie(name, token, httponly=True, samesite="strict", path="/", secure=secure)
        return response

    pages, live = Route("/{path:path}", page), WebSocketRoute("/live", partial(_live, hall))
    return Starlette(routes=[*_pictures(presets, motifs), pages, live])


def _pictures(presets, motifs) -> list[Any]:
    """The routes to the presets' pictures, and to the sheet of curated motifs."""
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from kaleidocam.control.panel.motifs import CHOSEN

    def thumbnail(request: Request) -> Response:
        data = presets.picture(request.path_params["name"])
        return Response(data, media_type="image/jpeg") if data else Response(status_code=404)

    def chosen(request: Request) -> Response:
        data = motifs.chosen()
        return Response(data, media_type=TYPES[".webp"]) if data else Response(status_code=404)

    return [Route("/thumbnails/{name}.jpg", thumbnail), Route(CHOSEN, chosen)]


async def _live(hall, websocket) -> None:
    from kaleidocam.control.panel.hall import Garbage

    clean = websocket.query_params.get("view") == "clean"
    cleans = sum(client.clean for client in hall.clients.values())
    if len(hall.clients) >= MOST_CLIENTS or (clean and cleans >= MOST_CLEAN):
        await websocket.close(1013)
        return
    await websocket.accept()
    client = hall.join(websocket, clean)
    sending = asyncio.ensure_future(client.run())
    sending.add_done_callback(lambda task: task.cancelled() or task.exception())  # a line that broke is no news
    try:
        while (message := await websocket.receive())["type"] == "websocket.receive":
            try:
                hall.wish(client, message.get("text") or "")
            except Garbage:
                await websocket.close(1008)
                return
    finally:
        sending.cancel()
        hall.leave(client)
