"""The bytes of a QWCLog.txt to its lines without secrets: when, which part of the Web Connector, what it says.

Observed since 2009: `20221114.18:53:19 UTC<tab>: QBWebConnector.SOAPWebService.do_authenticate() : text`, and for
scheduled runs `…UTC<tab>: UpdateThisScheduledApp() : text`. Errors and qbXML go on in lines without a stamp.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from qwc.log_redaction import STAMP, redact

LARGEST: Final = 10 * 1024 * 1024
_PLACE: Final = re.compile(r"(?:[A-Za-z_][\w.]{0,120}\.)?([A-Za-z_]\w{0,60})\(\)\s{0,3}:?\s{0,3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """A line that says something. Without a stamp of its own it has that of the line that it belongs to."""

    number: int
    at: datetime | None
    place: str  # do_authenticate, setUpdateLock, …
    text: str
    is_stamped: bool


def decoded(raw: bytes) -> str:
    """Text from UTF-8, UTF-16 with or without its mark, or Windows-1252; a cut or broken character is replaced."""
    for mark, codec in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if raw.startswith(mark):
            return raw[len(mark) :].decode(codec, "replace")
    sample = raw[:4_000]
    if sample.count(0) > len(sample) // 4:
        return raw.decode("utf-16-le" if sample[1::2].count(0) >= sample[::2].count(0) else "utf-16-be", "replace")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        is_cut = error.start >= len(raw) - 3  # the file ends in the middle of a character
        return raw.decode("utf-8" if is_cut else "cp1252", "replace")


def lines_of(text: str) -> Iterator[Line]:
    """Every line that says something, secrets left out."""
    at: datetime | None = None
    place = ""
    for number, line in enumerate(redact(text).split("\n"), 1):
        if not line:
            continue
        stamp = STAMP.match(line) if ":" in line[:60] else None
        if stamp is None:
            if line.strip():
                yield Line(number, at, place, line.strip(), is_stamped=False)
            continue
        at = _moment(stamp["date"].replace("-", ""), stamp["time"]) or at
        rest = line[stamp.end() :]
        found = _PLACE.match(rest)
        place = found[1] if found else ""
        yield Line(number, at, place, (rest[found.end() :] if found else rest).strip(), is_stamped=True)


def _moment(date: str, time: str) -> datetime | None:
    try:
        hour, minute, second = map(int, time.split(":"))
        return datetime(int(date[:4]), int(date[4:6]), int(date[6:]), hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
