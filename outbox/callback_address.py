"""Where a callback may go: https in public, nothing inside the network unless the administrator allows it."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

LOCALHOST = "localhost"
LONGEST = 2000
# IANA's IPv6 registries: what is given out to everybody, and RFC 6052's way to IPv4. `is_global` knows private
# ranges only, and counts as global what was given up (fec0::/10, ::/96) or is a network's own (64:ff9b:1::/48).
_EVERYBODYS = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class BadAddress(ValueError):
    """The message says why for a person."""


def parts_of(url: str, *, allow_private: bool, called: str = "callback_url") -> SplitResult:
    """The address taken apart. BadAddress; a host name is judged again when it is known what it stands for.

    `called` is what a person calls it.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise BadAddress(f"{called} is not an address.") from None
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url or not host:
        raise BadAddress(f"{called} is not an address of at most 2,000 plain characters.")
    if parts.username is not None or parts.password is not None:
        raise BadAddress(f"{called} must not contain a user name or password; the signature says who is calling.")
    _check_scheme(parts.scheme, host, called, allow_private=allow_private)
    return parts


def _check_scheme(scheme: str, host: str, called: str, *, allow_private: bool) -> None:
    if scheme not in ("https", "http"):
        raise BadAddress(f"{called} must begin with https://.")
    is_local = host == LOCALHOST or _is_loopback(host)
    if scheme == "http" and not is_local:
        raise BadAddress(f"{called} must begin with https://; http is accepted for localhost only.")
    if (is_local or not is_public_text(host)) and not allow_private:
        raise BadAddress(
            f"{called} names this server or its private network. An administrator can allow that with "
            "CALLBACK_ALLOW_PRIVATE=true."
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_public_text(host: str) -> bool:
    """False for an IP address that is not public; a name may stand for anything, and counts as public here."""
    try:
        return is_public(host)
    except ValueError:
        return True


def is_public(address: str) -> bool:
    """Whether an IP address can be reached by everybody. ValueError when it is none."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inside = ip.ipv4_mapped or ip.sixtofour or (ipaddress.IPv4Address(int(ip) % 2**32) if ip in _NAT64 else None)
        if inside is None:
            return ip in _EVERYBODYS and ip.is_global
        ip = inside
    return ip.is_global and not ip.is_multicast
