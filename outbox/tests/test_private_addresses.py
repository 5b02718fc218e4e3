"""What counts as public: an address that carries another one inside goes where that one goes."""

from __future__ import annotations

import pytest

from outbox.callback_address import BadAddress, is_public, parts_of

INSIDE = {
    "64:ff9b::a9fe:a9fe": "NAT64 of 169.254.169.254, where clouds keep their keys",
    "64:ff9b::10.0.0.7": "NAT64 of a private network",
    "64:ff9b:1::8.8.8.8": "NAT64 of a network's own, RFC 8215",
    "2002:7f00:1::": "6to4 of 127.0.0.1",
    "2002:e000:1::": "6to4 of a multicast group",
    "2001:0:808:808::1": "Teredo",
    "::ffff:127.0.0.1": "IPv4 as IPv6",
    "::127.0.0.1": "the same, in the form given up",
    "fec0::1": "site-local, given up",
    "fd00::1": "a private network",
    "fe80::1%eth0": "one cable",
    "ff0e::1": "a multicast group",
    "::": "no address",
    "::1": "this server",
    "127.0.0.1": "this server",
    "169.254.169.254": "where clouds keep their keys",
    "224.0.0.1": "a multicast group",
}


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_that_leads_inside_is_not_public_however_it_is_written(address: str) -> None:
    assert not is_public(address), INSIDE[address]


@pytest.mark.parametrize("address", ["[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]", "[fec0::1]", "[::127.0.0.1]"])
def test_a_callback_to_it_is_refused_at_once(address: str) -> None:
    with pytest.raises(BadAddress, match="private network"):
        parts_of(f"https://{address}/hook", allow_private=False)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "2606:4700::1111", "2a00:1450:4001::5e", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"],
)
def test_what_everybody_reaches_is_public_through_nat64_too(address: str) -> None:
    assert is_public(address)
