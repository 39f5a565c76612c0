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
}
PAGES = {"": "index.html", "clean": "clean.html", "atlas": "atlas.html"}
NICE = 10
MOST_CLIENTS, MOST_CLEAN = 250, 8
MOST_CONNECTIONS = 400  # of those who were let in; the others wait at the threshold
MESSAGE_BYTES = 16_000
ORPHAN_SECONDS = 1.0


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
        asyncio.run(_serve(greeting, hears, tells, parent))
    except BaseException as error:
        wire.send(tells, {"do": "failed", "name": f"{type(error).__name__}: {error}"})
        raise


async def _serve(greeting: dict[str, Any], hears, tells, parent: int) -> None:
    import uvicorn

    from kaleidocam.control.panel.gate import Gate, cookie_name, names_of_this_machine
    from kaleidocam.control.panel.hall import Hall
    from kaleidocam.control.panel.motifs import Motifs
    from kaleidocam.control.panel.presets import Presets

    class Server(uvicorn.Server):
        capture_signals: Any = nullcontext  # Ctrl-C is the performance's

    presets = Presets(Path(greeting["folder"]))
    hall = Hall(greeting, presets, lambda message, data=b"": wire.send(tells, message, data))
    motifs = Motifs(Path(greeting["atlas"]) if greeting["atlas"] else None, greeting["curated"])
    app = make_app(hall, presets, motifs, cookie_name(greeting["port"]), greeting["token"])
    gate = Gate(app, token=greeting["token"], port=greeting["port"], names=names_of_this_machine(greeting["host"]))
    loop = asyncio.get_running_loop()
    threading.Thread(target=_hear, args=(hears, loop, hall), name="hearing", daemon=True).start()
    tasks = [asyncio.ensure_future(hall.pictures.run()), asyncio.ensure_future(_end_with(parent))]
    wire.send(tells, {"do": "ready"})
    await Server(_config(gate)).serve(_listeners(greeting))
    del tasks


def _config(gate) -> Any:
    import uvicorn

    from kaleidocam.control.panel.threshold import Crowd, Threshold

    return uvicorn.Config(
        gate,
        http=partial(Threshold, Crowd()),  # type: ignore[arg-type]  # uvicorn calls it as it calls a class
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
    os._exit(0)  # the performance is over; there is nothing here to finish


async def _end_with(parent: int) -> None:
    """Ends with the performance also where another of its children keeps the pipe open."""
    while os.getppid() == parent:
        await asyncio.sleep(ORPHAN_SECONDS)
    os._exit(0)


def make_app(hall, presets, motifs, cookie: str, token: str):
    """The pages, their pictures and the one WebSocket, for those whom the gate let through."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route, WebSocketRoute

    files = {f"/{file.name}": file.read_bytes() for file in (HERE / "page").iterdir() if file.suffix in TYPES}
    files |= motifs.files

    def page(request: Request) -> Response:
        path = request.path_params["path"]
        name = PAGES.get(path, path)
        data = files.get(f"/{name}")
        if data is None:
            return Response(status_code=404)
        response = Response(data, media_type=TYPES[Path(name).suffix])
        if path in PAGES:
            response.set_cookie(cookie, token, httponly=True, samesite="strict", path="/")
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
