"""What a TLS server shows of itself: the versions it speaks, the certificates it sends, whether they can be trusted."""

from __future__ import annotations

import os
import socket
import ssl
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from cryptography import x509

from qwc.doctor_checks.visits import Way, open_socket, unverified

# OpenSSL of today refuses to speak these, so they are asked for by hand.
OLD_VERSIONS = {"TLS 1.0": b"\x03\x01", "TLS 1.1": b"\x03\x02"}
NEW_VERSIONS = {"TLS 1.2": ssl.TLSVersion.TLSv1_2, "TLS 1.3": ssl.TLSVersion.TLSv1_3}
# Suites that every server with an old version has at least one of: ECDHE and RSA with AES, 3DES.
_OLD_SUITES = bytes.fromhex("c014c013c00ac009003500390033002f000a")


@dataclass(frozen=True)
class TlsFacts:
    """`chain` as the server sends it, its own certificate first. `verify_code`: OpenSSL's, 0 is trusted."""

    versions: frozenset[str]
    chain: tuple[x509.Certificate, ...]
    verify_code: int
    verify_words: str
    failure: str = ""

    @property
    def own(self) -> x509.Certificate:
        return self.chain[0]


def gather(way: Way, ca_file: str) -> TlsFacts:
    """Five short handshakes; nothing is sent inside. OSError only when nobody listens any more."""
    versions = {name for name, version in NEW_VERSIONS.items() if _speaks(way, version)}
    versions |= {name for name, number in OLD_VERSIONS.items() if _speaks_old(way, number)}
    try:
        chain = _chain(way)
    except OSError as error:
        return TlsFacts(frozenset(versions), (), 0, "", f"{type(error).__name__}: {error}")
    code, words = _verify(way, ca_file)
    return TlsFacts(frozenset(versions), chain, code, words)


def _handshake(way: Way, context: ssl.SSLContext) -> ssl.SSLSocket:
    plain = open_socket(way)
    try:
        return context.wrap_socket(plain, server_hostname=way.host)
    except OSError:
        plain.close()
        raise


def _speaks(way: Way, version: ssl.TLSVersion) -> bool:
    context = unverified()
    context.minimum_version = context.maximum_version = version
    try:
        _handshake(way, context).close()
    except OSError:
        return False
    return True


def _chain(way: Way) -> tuple[x509.Certificate, ...]:
    with _handshake(way, unverified()) as connection:
        own = connection.getpeercert(binary_form=True)
        sent = _sent_chain(connection) or ([own] if own else [])
    return tuple(x509.load_der_x509_certificate(each) for each in sent)


def _sent_chain(connection: ssl.SSLSocket) -> list[bytes]:
    """Public since Python 3.13; before that the same lies one attribute deeper."""
    public = cast(Any, connection)
    if hasattr(public, "get_unverified_chain"):
        return [bytes(each) for each in public.get_unverified_chain()]
    inner: Iterable[Any] = public._sslobj.get_unverified_chain() or ()
    return [ssl.PEM_cert_to_DER_cert(each.public_bytes()) for each in inner]


def _verify(way: Way, ca_file: str) -> tuple[int, str]:
    """Against this system's authorities and our own; the name is judged apart."""
    context = ssl.create_default_context()
    context.check_hostname = False
    if ca_file:
        context.load_verify_locations(cafile=ca_file)
    try:
        _handshake(way, context).close()
    except ssl.SSLCertVerificationError as error:
        return error.verify_code, error.verify_message
    return 0, ""


def _speaks_old(way: Way, version: bytes) -> bool:
    """Whether a hello in this version is answered in it (RFC 2246, 7.4.1)."""
    try:
        with open_socket(way) as plain:
            plain.sendall(_hello(way.host, version))
            return _is_hello_in(plain, version)
    except OSError:
        return False


def _hello(host: str, version: bytes) -> bytes:
    name = host.encode("idna")
    server_name = struct.pack("!HHBH", len(name) + 5, len(name) + 3, 0, len(name)) + name
    curves = bytes.fromhex("000a00080006001700180019")
    points = bytes.fromhex("000b00020100")
    extensions = b"\x00\x00" + server_name + curves + points
    body = version + os.urandom(32) + b"\x00" + struct.pack("!H", len(_OLD_SUITES)) + _OLD_SUITES + b"\x01\x00"
    body += struct.pack("!H", len(extensions)) + extensions
    message = b"\x01" + struct.pack("!I", len(body))[1:] + body
    return b"\x16\x03\x01" + struct.pack("!H", len(message)) + message


def _is_hello_in(plain: socket.socket, version: bytes) -> bool:
    """A handshake record (22) with a ServerHello (2) in this version; anything else is an alert."""
    start = b""
    while len(start) < 11 and (piece := plain.recv(11 - len(start))):
        start += piece
    return len(start) == 11 and start[0] == 0x16 and start[5] == 0x02 and start[9:11] == version
