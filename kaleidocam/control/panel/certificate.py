"""The certificate by which the panel's page is https: browsers give their camera to no other page.

Invariant: a private key that is made here can be read by its owner alone, and signs nothing but this page's own lines.
No other page can be forged with what a phone was told to trust.
"""

import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from kaleidocam.control.panel.certificate_making import make, written
from kaleidocam.control.panel.door import names_of_this_machine
from kaleidocam.errors import UserError, reason
from kaleidocam.settings.presets import own_folder
from kaleidocam.whole_file import write_whole

if TYPE_CHECKING:
    from cryptography.x509 import Certificate as Read

SHOW = timedelta(days=1)  # for which it must still be valid
MOST_NAMES = 64
OWNER_ALONE = 0o600
FILE = "panel-certificate.pem"  # with its key


@dataclass(frozen=True)
class Certificate:
    """`file` and `key`: PEM; one file may hold both. `fingerprint`: its SHA-256, as browsers show it. `authority`: what
    a phone can be told to trust, PEM, where it was made here. `note`: a line for the performer, where there is
    something to say."""

    file: Path
    key: Path
    fingerprint: str
    authority: str = ""
    note: str | None = None


def own_certificate(host: str, called: Iterable[str], folder: Path | None = None) -> Certificate:
    """The one that is kept in `folder`, by default the user's own; made where there is none that names this machine and
    is valid. `host`: where the panel listens; `called`: numbers and names by which it is reached. UserError where it
    can't be."""
    _check_library()
    file = (folder or own_folder()) / FILE
    steady = written([*names_of_this_machine(host), "127.0.0.1", "::1", *_numbers()])
    kept = _kept(file)
    now = datetime.now(UTC)
    if kept is None or not _names(kept).issuperset(steady) or not kept.not_valid_before_utc <= now < _ends(kept) - SHOW:
        earlier = sorted(_names(kept)) if kept else []
        made = make([*dict.fromkeys([*steady, *written(called), *earlier])][:MOST_NAMES], now)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(file, made, OWNER_ALONE)
        except OSError as error:
            raise UserError(f"the certificate for https can't be kept in {file}: {reason(error)}") from error
    return Certificate(file, file, _fingerprint(_loaded(file, file)), _authority(file))


def given_certificate(file: str, key: str | None) -> Certificate:
    """The user's own; without `key`, the file holds it too. UserError where the two can't serve a page now."""
    _check_library()
    read = _loaded(Path(file), Path(key or file))
    now = datetime.now(UTC)
    if now >= _ends(read):
        raise UserError(f"--panel-cert {file} expired on {_ends(read):%Y-%m-%d}; give one that is valid")
    if now < read.not_valid_before_utc:
        raise UserError(f"--panel-cert {file} is not valid before {read.not_valid_before_utc:%Y-%m-%d}; give another")
    note = f"--panel-cert {file} expires on {_ends(read):%Y-%m-%d}" if now > _ends(read) - SHOW else None
    return Certificate(Path(file), Path(key or file), _fingerprint(read), note=note)


def context_of(file: str | Path, key: str | Path) -> ssl.SSLContext:
    """The settings of a server with this certificate. Raises OSError, ssl.SSLError among it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(file, key, password=lambda: "")  # else it would ask at the terminal
    return context


def _check_library() -> None:
    try:
        import cryptography.x509  # noqa: F401
    except ImportError as error:
        raise UserError("the panel's https needs cryptography: pip install 'kaleidocam[webrtc]'") from error


def _loaded(file: Path, key: Path) -> "Read":
    """The certificate in `file`. UserError where it or its key can't be used."""
    from cryptography.x509 import load_pem_x509_certificate

    for path, flag in ((file, "--panel-cert"), (key, "--panel-key")):
        try:
            path.read_bytes()
        except OSError as error:
            raise UserError(f"{flag} {path} can't be read: {reason(error)}; give a PEM file") from error
    try:
        read = load_pem_x509_certificate(file.read_bytes())
    except ValueError as error:
        raise UserError(f"--panel-cert {file} holds no certificate; give a PEM file") from error
    try:
        context_of(file, key)
    except ssl.SSLError as error:
        if "MISMATCH" in str(error).upper():
            raise UserError(f"--panel-key {key} is not the key of {file}; give the one that belongs to it") from error
        raise UserError(f"--panel-key {key} holds no key without a passphrase; give a PEM file with one") from error
    return read


def _kept(file: Path) -> "Read | None":
    """The certificate that was made before; None where there is none that can be used."""
    try:
        file.chmod(OWNER_ALONE)
        return _loaded(file, file)
    except (OSError, UserError):
        return None


def _names(read: "Read") -> set[str]:
    """The names and numbers that a certificate is for."""
    from cryptography import x509

    try:
        known = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    return {*known.get_values_for_type(x509.DNSName), *map(str, known.get_values_for_type(x509.IPAddress))}


def _numbers() -> set[str]:
    """This machine's IPv4 numbers. Those of IPv6 change each day, so a certificate can't be kept for them."""
    try:
        import ifaddr
    except ImportError:
        return set()
    return {each.ip for adapter in ifaddr.get_adapters() for each in adapter.ips if isinstance(each.ip, str)}


def _ends(read: "Read") -> datetime:
    return read.not_valid_after_utc


def _authority(file: Path) -> str:
    """The last certificate of those in a file, PEM."""
    text = file.read_text()
    return text[text.rindex("-----BEGIN CERTIFICATE") :]


def _fingerprint(read: "Read") -> str:
    from cryptography.hazmat.primitives import hashes

    return read.fingerprint(hashes.SHA256()).hex(":").upper()
