"""Certificates for the tests of Doctor: an authority of our own, and servers' certificates with every fault."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from accounts import clock

HOST = "books.example.com"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Identity:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        kind, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        return self.key.private_bytes(serialization.Encoding.PEM, kind, plain)


@cache
def authority(name: str = "Test root") -> Identity:
    return _issue(name, None, is_authority=True)


@cache
def intermediate() -> Identity:
    return _issue("Test intermediate", authority(), is_authority=True)


def of_a_server(host: str = HOST, *, days: int = 90, began: int = 60) -> Identity:
    """Signed by the intermediate; `days` from now it ends, negative: it has ended."""
    return _issue(host, intermediate(), days=days, began=began)


def self_signed(host: str = HOST) -> Identity:
    return _issue(host, None)


def signed_by(issuer: Identity, host: str = HOST) -> Identity:
    return _issue(host, issuer)


def _issue(
    name: str, issuer: Identity | None, *, is_authority: bool = False, days: int = 90, began: int = 60
) -> Identity:
    key = ec.generate_private_key(ec.SECP256R1())
    now = clock.now().astimezone(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_moment(now - began * DAY))
        .not_valid_after(_moment(now + days * DAY))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if is_authority:
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(usage, critical=True)
    else:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    return Identity(builder.sign(signer, hashes.SHA256()), key)


def _moment(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
