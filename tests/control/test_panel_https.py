"""The panel by https: its certificate, and who is served how at one port."""

import os
import socket
import ssl
import stat
import sys
import time
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from websockets.sync.client import connect

from kaleidocam.control.desk import Desk
from kaleidocam.control.panel import Panel, certificate
from kaleidocam.control.panel.certificate import FILE, given_certificate, own_certificate
from kaleidocam.control.panel.certificate_making import make
from kaleidocam.control.panel.threshold import MOST_WAITING
from kaleidocam.errors import UserError
from kaleidocam.settings.parameters import Look

PATIENCE = 20.0
HERE = "127.0.0.1"


@pytest.fixture
def own(tmp_path):
    return own_certificate("0.0.0.0", ["192.0.2.7", "fd00::7%eth0"], tmp_path)


def read(file):
    return x509.load_pem_x509_certificate(file.read_bytes())


def test_one_is_made_as_phones_want_it(own):
    made = read(own.file)
    assert made.not_valid_after_utc - made.not_valid_before_utc <= timedelta(days=398)
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"localhost", socket.gethostname().lower()} <= set(names.get_values_for_type(x509.DNSName))
    assert {"127.0.0.1", "::1", "192.0.2.7", "fd00::7"} <= set(map(str, names.get_values_for_type(x509.IPAddress)))
    assert made.public_key().curve.name == "secp256r1"
    assert not made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    authority = x509.load_pem_x509_certificate(own.authority.encode())
    made.verify_directly_issued_by(authority)
    limits = authority.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert limits.ca and limits.path_length == 0
    assert own.file.read_text().count("PRIVATE KEY-----") == 2  # one key: the page's
    assert load_pem_private_key(own.file.read_bytes(), None).public_key() == made.public_key()
    assert own.fingerprint == made.fingerprint(hashes.SHA256()).hex(":").upper() and len(own.fingerprint) == 95
    if sys.platform != "win32":
        assert stat.S_IMODE(own.key.stat().st_mode) == 0o600


def test_it_is_kept_and_made_anew_only_where_it_must_be(own, tmp_path, monkeypatch):
    again = partial(own_certificate, "0.0.0.0", ["192.0.2.9"], tmp_path)
    os.chmod(own.file, 0o644)
    assert again() == own and stat.S_IMODE(own.file.stat().st_mode) == 0o600
    monkeypatch.setattr(certificate, "_numbers", lambda: {"198.51.100.4"})
    moved = again()
    assert moved.fingerprint != own.fingerprint and {"192.0.2.7", "198.51.100.4"} <= certificate._names(
        read(moved.file)
    )
    monkeypatch.setattr(certificate, "_numbers", set)
    assert again() == moved  # what was a name of this machine may be one again
    moved.file.write_bytes(moved.file.read_bytes()[:300])
    whole = again()
    assert whole.fingerprint != moved.fingerprint
    monkeypatch.setattr(certificate, "SHOW", timedelta(days=366))
    assert again().fingerprint != whole.fingerprint


def test_where_it_can_not_be_kept_one_line_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="can't be kept in"):
        own_certificate(HERE, [], tmp_path / "file")


def test_without_the_library_one_line_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "cryptography.x509", None)
    for ask in (lambda: own_certificate(HERE, []), lambda: given_certificate("x.pem", None)):
        with pytest.raises(UserError) as said:
            ask()
        assert str(said.value) == "the panel's https needs cryptography: pip install 'kaleidocam[webrtc]'"


def parted(own, folder):
    """The certificate and its key in files of their own."""
    whole = own.file.read_text()
    at = whole.index("-----BEGIN CERTIFICATE")
    (folder / "cert.pem").write_text(whole[at:])
    (folder / "key.pem").write_text(whole[:at])
    return folder / "cert.pem", folder / "key.pem"


def test_the_users_own_is_taken(own, tmp_path):
    cert, key = parted(own, tmp_path)
    assert given_certificate(str(cert), str(key)).fingerprint == own.fingerprint
    assert given_certificate(str(own.file), None).key == own.file


def test_what_is_wrong_with_the_users_own_is_one_line(own, tmp_path):
    cert, key = parted(own, tmp_path)
    (tmp_path / "other").mkdir()
    other = parted(own_certificate("::1", [], tmp_path / "other"), tmp_path / "other")
    (tmp_path / "half.pem").write_text(cert.read_text()[:200])
    locked = load_pem_private_key(key.read_bytes(), None).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    )
    (tmp_path / "locked.pem").write_bytes(locked)
    for given, words in {
        ("nowhere.pem", None): "--panel-cert nowhere.pem can't be read: no such file or directory",
        (str(tmp_path), None): "can't be read",
        (str(cert), "nowhere.pem"): "--panel-key nowhere.pem can't be read",
        (str(cert), None): "holds no key without a passphrase",
        (str(cert), str(cert)): "holds no key without a passphrase",
        (str(cert), str(tmp_path / "locked.pem")): "holds no key without a passphrase",
        (str(key), str(key)): "holds no certificate",
        (str(tmp_path / "half.pem"), str(key)): "holds no certificate",
        (str(cert), str(other[1])): "is not the key of",
    }.items():
        with pytest.raises(UserError, match=words) as said:
            given_certificate(*given)
        assert "\n" not in str(said.value)


@pytest.mark.parametrize(("at", "words"), [(-400, "expired on"), (400, "is not valid before")])
def test_one_that_is_not_valid_now_is_refused(tmp_path, at, words):
    made = make(["localhost"], datetime.now(UTC) + timedelta(days=at))
    (tmp_path / "c.pem").write_bytes(made)
    with pytest.raises(UserError, match=words):
        given_certificate(str(tmp_path / "c.pem"), None)


def test_one_that_soon_expires_is_told(tmp_path):
    made = make(["localhost"], datetime.now(UTC) - timedelta(days=364.5))
    (tmp_path / "c.pem").write_bytes(made)
    assert "expires on" in given_certificate(str(tmp_path / "c.pem"), None).note


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("https")
    make = partial(own_certificate, folder=folder)
    with Panel(Desk(Look()), size=(160, 90), host="0.0.0.0", port=0, folder=folder, certificate=make) as panel:
        trusting = ssl.create_default_context(cafile=str(folder / FILE))
        panel.get = partial(httpx.get, timeout=PATIENCE, verify=trusting)
        panel.trusting = trusting
        yield panel


def outside(panel):
    """The page's address as other machines call it, HOST:PORT."""
    return panel.address.removeprefix("https://").partition("/")[0]


@pytest.mark.timed
def test_the_page_is_https_and_its_certificate_is_for_its_addresses(served):
    assert served.address.startswith("https://") and served.clean_address.startswith(f"http://{HERE}:")
    for host in (outside(served), f"{HERE}:{served.port}", f"localhost:{served.port}"):
        answer = served.get(f"https://{host}/?token={served._token}")
        assert answer.status_code == 200
        assert "Secure" in answer.headers["set-cookie"] and f"wss://{host}" in answer.headers["content-security-policy"]
        assert served.get(f"https://{host}/?token=wrong").status_code == 403


@pytest.mark.timed
def test_who_has_the_token_gets_what_a_phone_can_trust(served):
    answer = served.get(f"https://{HERE}:{served.port}/kaleidocam.crt?token={served._token}")
    assert answer.headers["content-type"] == "application/x-x509-ca-cert"
    trusting = ssl.create_default_context(cadata=answer.text)
    assert httpx.get(served.address, verify=trusting, timeout=PATIENCE).status_code == 200
    assert served.get(f"https://{HERE}:{served.port}/kaleidocam.crt").status_code == 403


@pytest.mark.timed
def test_by_http_this_machine_is_served_and_others_are_sent_to_https(served):
    here = served.get(served.clean_address)
    assert here.status_code == 200 and "Secure" not in here.headers["set-cookie"]
    there = outside(served)
    if there.startswith(HERE):
        pytest.skip("this machine has no network")
    for path in ("/", "/?token=x%20y", "/clean", "//evil.example/x"):
        answer = served.get(f"http://{there}{path}")
        assert answer.status_code == 307
        assert answer.headers["location"] == f"https://{there}/{path.lstrip('/')}"
    assert served.get(f"http://{there}/", headers={"Host": "evil.example"}).status_code == 403


@pytest.mark.timed
def test_the_websocket_wants_the_origin_of_its_own_scheme(served):
    host = f"{HERE}:{served.port}"
    address = f"wss://{host}/live?view=panel&token={served._token}"
    with connect(address, origin=f"https://{host}", ssl=served.trusting, open_timeout=PATIENCE) as page:
        assert page.recv(timeout=PATIENCE)
    for origin in (f"http://{host}", "https://evil.example", None):
        with pytest.raises(Exception, match="403"):
            connect(address, origin=origin, ssl=served.trusting, open_timeout=PATIENCE)


@pytest.mark.timed
@pytest.mark.parametrize("sent", [b"", b"\x16", b"\x16\x03\x01\x02\x00\x01", b"G", b"\0\0\0", b"\x16" * 40_000])
def test_those_who_say_half_of_it_keep_nobody_out(served, sent):
    waiting = []
    try:
        for _ in range(MOST_WAITING + 40):
            waiting.append(socket.create_connection((HERE, served.port), timeout=PATIENCE))
            try:
                waiting[-1].sendall(sent)
            except OSError:
                pass  # turned away meanwhile
        began = time.monotonic()
        assert served.get(f"https://{HERE}:{served.port}/?token={served._token}").status_code == 200
        assert time.monotonic() - began < 3
    finally:
        for each in waiting:
            each.close()


@pytest.mark.timed
def test_old_tls_is_refused(served):
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection((HERE, served.port)) as line, pytest.raises(OSError):
        old.wrap_socket(line, server_hostname="localhost")


def test_a_port_that_is_taken_or_a_certificate_that_fails_leaves_no_socket(tmp_path):
    def none(host, called):
        raise UserError("no certificate")

    with socket.create_server((HERE, 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(UserError, match="no certificate"):
        Panel(Desk(Look()), size=(160, 90), port=port, folder=tmp_path, certificate=none)
    with socket.create_server((HERE, port)), pytest.raises(UserError, match="give another port"):
        Panel(Desk(Look()), size=(160, 90), port=port, folder=tmp_path, certificate=none)
