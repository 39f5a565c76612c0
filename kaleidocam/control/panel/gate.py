"""Who may come in: the exact host, the exact origin, the token.

Invariant: nothing behind the gate is reached without the token, and no other site's page can use a browser's.
Source: the holes that Jupyter, Home Assistant and OctoPrint had; exact comparisons only, no patterns.
"""

import secrets
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from ipaddress import IPv6Address, ip_address
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse

NO_TOKEN = "This page needs the address with the token, as kaleidocam shows it when it starts.\n"


def cookie_name(port: int, secure: bool = False) -> str:
    """Each port has its own: a browser sends a host's cookies to all of its ports. `secure`: that of https, which http
    neither gets nor sets."""
    return f"kaleidocam_{port}_s" if secure else f"kaleidocam_{port}"


def is_secure(scope) -> bool:
    """Whether it came by https or wss."""
    return scope.get("scheme") in ("https", "wss")


class Gate:
    """ASGI: lets through what may pass, with headers that keep other sites out of the page; answers 403 or 405 to all
    else. `https`: it is served so; what comes by http is sent there, but from this machine itself."""

    def __init__(self, app, *, token: str, port: int, names: Iterable[str], https: bool = False) -> None:
        self.app, self._token, self._port, self._names = app, token.encode(), port, frozenset(names)
        self._https = https

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal and scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        elif refusal:  # without a token no connection is kept
            answer = PlainTextResponse(refusal[1], refusal[0], {"Connection": "close"} | refusal[2])
            await answer(scope, receive, self._with_headers(scope, send))
        else:
            await self.app(scope, receive, self._with_headers(scope, send))

    def _refusal(self, scope) -> tuple[int, str, dict[str, str]] | None:
        """Status, text and headers; None: it may pass."""
        host, origin = _header(scope, b"host"), _header(scope, b"origin")
        if host is None or _as_usual(host) not in self._hosts(scope):
            return 403, "This is not the host that kaleidocam serves.\n", {}
        if self._https and not is_secure(scope) and not ip_address(_number(scope)).is_loopback:
            return 307, f"This page is at https://{host}/\n", {"Location": f"https://{host}{_asked(scope)}"}
        own = f"{'https' if is_secure(scope) else 'http'}://{host}"
        if origin != own and (origin is not None or scope["type"] == "websocket"):
            return 403, "This is not the origin that kaleidocam serves.\n", {}
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD"):
            return 405, "Changes go over the WebSocket.\n", {}
        return None if self._has_token(scope) else (403, NO_TOKEN, {})

    def _hosts(self, scope) -> set[str]:
        """What the Host header may say: the machine's names, and the very address that was connected to."""
        number = _number(scope)
        calls = self._names | {f"[{number}]" if ":" in number else number}
        usual = 443 if is_secure(scope) else 80
        return {f"{call}:{self._port}" for call in calls} | (calls if self._port == usual else set())

    def _has_token(self, scope) -> bool:
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        if not given:
            try:
                morsel = SimpleCookie(_header(scope, b"cookie") or "").get(cookie_name(self._port, is_secure(scope)))
            except CookieError:
                return False
            given = [morsel.value] if morsel else []
        return len(given) == 1 and secrets.compare_digest(given[0].encode("utf-8", "replace"), self._token)

    def _with_headers(self, scope, send):
        host = (_header(scope, b"host") or "").lower()
        kind = "wss" if is_secure(scope) else "ws"
        connect = f"'self' {kind}://{host}" if _as_usual(host) in self._hosts(scope) else "'self'"

        async def send_with_headers(message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(
                    {
                        "Cache-Control": "no-store",
                        "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
                        f"img-src 'self' blob:; connect-src {connect}; base-uri 'none'; form-action 'none'; "
                        "frame-ancestors 'none'",
                        "Cross-Origin-Resource-Policy": "same-origin",
                        "Referrer-Policy": "no-referrer",
                        "X-Content-Type-Options": "nosniff",
                        "X-Frame-Options": "DENY",
                    }
                )
            await send(message)

        return send_with_headers


def _as_usual(host: str) -> str:
    """A Host header with its IPv6 number as a socket writes it, without the zone, which is this machine's affair."""
    number, bracket, port = host.lower().removeprefix("[").rpartition("]")
    try:
        return f"[{IPv6Address(number.partition('%')[0])}]{port}" if bracket and host[0] == "[" else host.lower()
    except ValueError:
        return host.lower()


def _number(scope) -> str:
    """The address of this machine that was connected to."""
    return scope["server"][0].removeprefix("::ffff:").partition("%")[0]


def _asked(scope) -> str:
    """The path and the query, as they came."""
    path = scope.get("raw_path", b"/").partition(b"?")[0].decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    return f"/{path.lstrip('/')}" + (f"?{query}" if query else "")


def _header(scope, name: bytes) -> str | None:
    """A header's value; an empty text where it is given more than once, which nothing equals."""
    values = [value.decode("latin-1") for key, value in scope["headers"] if key == name]
    return values[0] if len(values) == 1 else "" if values else None
