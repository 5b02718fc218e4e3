"""A good .qwc file written by hand, and how to spoil it."""

from __future__ import annotations

GOOD = """\
<?xml version="1.0"?>
<QBWCXML>
  <AppName>Birch &amp; Sons sync</AppName>
  <AppID></AppID>
  <AppURL>https://sync.example.com/soap/quickbooks.php</AppURL>
  <AppDescription>Invoices of the shop</AppDescription>
  <AppSupport>https://sync.example.com/help</AppSupport>
  <UserName>birch</UserName>
  <OwnerID>{6B1F3C5E-4C0D-4F0E-9A55-2D1D7E0C9B7A}</OwnerID>
  <FileID>{0d4a9c1f-93a1-4c54-8a5b-7f2b8a6f3f10}</FileID>
  <QBType>QBFS</QBType>
  <AppUniqueName>Birch sync</AppUniqueName>
  <Scheduler>
    <RunEveryNMinutes>30</RunEveryNMinutes>
  </Scheduler>
</QBWCXML>
"""


def spoilt(old: str, new: str) -> bytes:
    """The good file with one text replaced, which must be there."""
    assert old in GOOD, old
    return GOOD.replace(old, new, 1).encode()


def with_extra(xml: str) -> bytes:
    """The good file with something more in it."""
    return spoilt("</QBWCXML>", f"{xml}\n</QBWCXML>")


def with_url(url: str) -> bytes:
    return spoilt("https://sync.example.com/soap/quickbooks.php", url)


def with_support(url: str) -> bytes:
    return spoilt("https://sync.example.com/help", url)
