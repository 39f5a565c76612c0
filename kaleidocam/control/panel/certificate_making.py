"""A key and its certificate, made here.

Invariant: the key of the authority that signs it is kept nowhere, so it signs nothing else, ever.
"""

import ipaddress
import socket
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from kaleidocam.address import is_number

if TYPE_CHECKING:
    from cryptography.x509 import Certificate as Read

VALID = timedelta(days=365)  # phones refuse what is valid for more than 398 days
EARLIER = timedelta(days=1)  # for phones whose clock is slow


def make(names: list[str], now: datetime) -> bytes:
    """A new key, its certificate, and the authority that signed it, PEM. The authority's own key is thrown away: who
    trusts it trusts this one certificate."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key, signing = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _signed(f"kaleidocam on {socket.gethostname()}"[:64], signing, signing, None, [], now)
    made = _signed("kaleidocam", key, signing, authority, names, now)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + made.public_bytes(Encoding.PEM) + authority.public_bytes(Encoding.PEM)


def _signed(title: str, key: Any, signing: Any, by: "Read | None", names: list[str], now: datetime) -> "Read":
    """The certificate of `key`, signed with `signing`, which is the key of `by`; None: of itself, an authority."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])
    itself = by is None
    usage = x509.KeyUsage(
        digital_signature=not itself,
        key_cert_sign=itself,
        crl_sign=itself,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    made = (
        x509.CertificateBuilder(by.subject if by else name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + VALID)
        .add_extension(x509.BasicConstraints(ca=itself, path_length=0 if itself else None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
    )
    if not itself:
        made = made.add_extension(x509.SubjectAlternativeName([_general(each) for each in names]), critical=False)
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return made.sign(signing, hashes.SHA256())


def written(names: Iterable[str]) -> list[str]:
    """Names and numbers as a certificate has them, in order; without what it can't have."""
    written = set()
    for name in names:
        plain = name.strip("[]").partition("%")[0]
        try:
            written.add(str(ipaddress.ip_address(plain)) if is_number(plain) else plain.encode("idna").decode())
        except UnicodeError:
            continue
    return sorted(written - {""})


def _general(name: str):
    """A name or a number, of those that `_written` gives."""
    from cryptography import x509

    return x509.IPAddress(ipaddress.ip_address(name)) if is_number(name) else x509.DNSName(name)
