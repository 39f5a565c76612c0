"""The gate, asked without a server: each rule alone, with all others kept."""

import asyncio

import pytest

from kaleidocam.control.panel.door import names_of_this_machine
from kaleidocam.control.panel.gate import Gate, cookie_name

TOKEN, PORT = "a-very-long-token", 8123
OWN = f"127.0.0.1:{PORT}"


def ask(
    *,
    kind="http",
    method="GET",
    host=OWN,
    origin=None,
    cookie=None,
    query=f"token={TOKEN}",
    server="127.0.0.1",
    port=PORT,
    names=("localhost",),
    more=(),
    scheme=None,
    https=False,
):
    """(whether the gate let it through, the first message that was answered)."""
    named = {"host": host, "origin": origin, "cookie": cookie}
    headers = [(name.encode(), value.encode("latin-1")) for name, value in named.items() if value is not None]
    scope = {
        "type": kind,
        "server": (server, port),
        "path": "/",
        "query_string": query.encode("latin-1"),
        "headers": [*headers, *more],
    }
    if scheme:
        scope["scheme"] = scheme
    if kind == "http":
        scope["method"] = method
    passed, said = [], []

    async def app(scope, receive, send):
        passed.append(scope)
        if kind == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive():
        return {"type": f"{kind}.connect"}

    async def send(message):
        said.append(message)

    asyncio.run(Gate(app, token=TOKEN, port=port, names=names, https=https)(scope, receive, send))
    return bool(passed), said[0] if said else None


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"method": "HEAD"},
        {"origin": f"http://{OWN}"},
        {"host": f"localhost:{PORT}"},
        {"host": f"LocalHost:{PORT}"},
        {"query": "", "cookie": f"{cookie_name(PORT)}={TOKEN}"},
        {"kind": "websocket", "origin": f"http://{OWN}"},
        {"server": "::1", "host": f"[::1]:{PORT}"},
        {"server": "::ffff:10.0.0.7", "host": f"10.0.0.7:{PORT}"},
        {"port": 80, "host": "localhost"},  # a browser leaves out the usual port
        {"port": 80, "host": "127.0.0.1:80"},
    ],
)
def test_who_may_come_in_comes_in(asked):
    assert ask(**asked)[0]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"query": ""}, 403),
        ({"query": f"token={TOKEN[:-1]}"}, 403),
        ({"query": "token="}, 403),
        ({"query": f"token={TOKEN}&token={TOKEN}"}, 403),
        ({"query": "token=wrong", "cookie": f"{cookie_name(PORT)}={TOKEN}"}, 403),
        ({"query": "", "cookie": f"{cookie_name(PORT + 1)}={TOKEN}"}, 403),  # another performance's on this machine
        ({"query": "", "cookie": f"{cookie_name(PORT)}=wrong"}, 403),
        ({"query": "token=%F0%9F%92%80"}, 403),
        ({"host": None}, 403),
        ({"host": "127.0.0.1"}, 403),  # without the port, where it is not the usual one
        ({"host": f"evil.example:{PORT}"}, 403),
        ({"host": f"127.0.0.1:{PORT + 1}"}, 403),
        ({"host": f"::1:{PORT}", "server": "::1"}, 403),
        ({"more": [(b"host", OWN.encode())]}, 403),  # given twice
        ({"origin": "http://evil.example"}, 403),
        ({"origin": f"https://{OWN}"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": ""}, 403),
        ({"method": "POST"}, 405),
        ({"method": "DELETE"}, 405),
    ],
)
def test_who_may_not_is_told_and_kept_out(asked, status):
    passed, said = ask(**asked)
    assert not passed and said["status"] == status
    assert dict(said["headers"])[b"cache-control"] == b"no-store"


@pytest.mark.parametrize(
    "asked",
    [{"origin": None}, {"origin": "http://evil.example"}, {"query": ""}, {"host": f"evil.example:{PORT}"}],
)
def test_a_websocket_that_may_not_come_in_is_closed_as_against_the_rules(asked):
    passed, said = ask(**{"kind": "websocket", "origin": f"http://{OWN}"} | asked)
    assert not passed and said == {"type": "websocket.close", "code": 1008}  # RFC 6455: a policy was violated


def test_a_start_of_the_server_is_nobodys_visit():
    assert ask(kind="lifespan", host=None, query="")[0]


def test_a_page_may_connect_to_the_address_that_it_came_from_alone():
    def policy(**asked):
        return dict(ask(**asked)[1]["headers"])[b"content-security-policy"].decode()

    assert f"connect-src 'self' ws://localhost:{PORT};" in policy(host=f"localhost:{PORT}")
    assert "connect-src 'self';" in policy(host="evil.example; script-src *") and "*" not in policy(host="evil; *")


def test_names_of_a_machine(monkeypatch):
    monkeypatch.setattr("socket.gethostname", lambda: "Stage-PC")
    everywhere = {"localhost", "stage-pc", "stage-pc.local"}
    assert names_of_this_machine("0.0.0.0") == names_of_this_machine("::") == everywhere
    assert names_of_this_machine("Studio.lan") == {"localhost", "studio.lan"}


SECURE = {"https": True, "scheme": "https", "server": "10.0.0.7", "host": f"10.0.0.7:{PORT}"}


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 200),
        ({"origin": f"https://10.0.0.7:{PORT}"}, 200),
        ({"query": "", "cookie": f"{cookie_name(PORT, True)}={TOKEN}"}, 200),
        ({"port": 443, "host": "10.0.0.7"}, 200),
        ({"scheme": "http", "server": "127.0.0.1", "host": OWN}, 200),
        ({"scheme": "http", "server": "::1", "host": f"[::1]:{PORT}"}, 200),
        ({"scheme": "http"}, 307),
        ({"scheme": "http", "query": "token=wrong"}, 307),
        ({"scheme": "http", "host": f"evil.example:{PORT}"}, 403),
        ({"origin": f"http://10.0.0.7:{PORT}"}, 403),
        ({"query": "", "cookie": f"{cookie_name(PORT)}={TOKEN}"}, 403),  # which http could have set
        ({"port": 80, "host": "10.0.0.7"}, 403),
        ({"scheme": "http", "server": "127.0.0.1", "host": OWN, "query": ""}, 403),
    ],
)
def test_by_https_all_of_it_is_so_and_http_leads_there(asked, status):
    passed, said = ask(**SECURE | asked)
    assert passed == (status == 200) and said["status"] == status
    if status == 307:
        assert dict(said["headers"])[b"location"].startswith(f"https://10.0.0.7:{PORT}/?token=".encode())


def test_no_websocket_of_another_machine_comes_in_by_http():
    plain = {"kind": "websocket", "scheme": "ws", "origin": f"http://10.0.0.7:{PORT}"}
    passed, said = ask(**SECURE | plain)
    assert not passed and said == {"type": "websocket.close", "code": 1008}
