"""The rules of names, GUIDs, choices and the schedule of any .qwc file (qbwc-protocol.md 5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from qwc.document import ALL_EDITIONS, LONGEST_DESCRIPTION, LONGEST_NAME, PERSONAL_DATA, UNATTENDED
from qwc.lint_reading import IN_SCHEDULER, MAY_BE_EMPTY, REQUIRED, Element, Reading

_GUID: Final = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}")
# In Intuit's guide and samples, and from there in many applications.
_SAMPLES: Final = frozenset({"90a44fb7-33d9-4815-ac85-ac86a7e7d1eb", "57f3b9b6-86f1-4fcc-b1ff-966de1813d20"})
_FLAGS: Final = re.compile(r"(0[xX])?([0-9A-Fa-f]{1,8})")
_INTERVAL: Final = re.compile(r"[1-9][0-9]{0,8}")
_DAY: Final = {"RunEveryNMinutes": 24 * 60, "RunEveryNSeconds": 24 * 60 * 60}


def check_presence(reading: Reading) -> None:
    """Required elements are there and say something; no value wears blanks."""
    for name in REQUIRED:
        element = reading.first(name)
        if element is None:
            reading.say("missing-element", f"<{name}> is missing.", name)
        elif not element.value.strip() and name not in MAY_BE_EMPTY:
            reading.say("empty-element", f"<{name}> is empty.", name, element.line)
    for element in reading.elements:
        if element.value != element.value.strip() or re.search(r"[\x00-\x1f\x7f]", element.value):
            what = f"The value of <{element.name}> begins or ends with a blank, or holds a line end."
            reading.say("stray-blanks", what, element.name, element.line)


def check_names(reading: Reading) -> None:
    """AppName and AppUniqueName as registry keys; the description."""
    for name in ("AppName", "AppUniqueName"):
        element = reading.first(name)
        if element is not None and "\\" in element.value:
            reading.say("name-backslash", f"{name} contains a backslash.", name, element.line)
        if element is not None and len(element.value.strip()) > LONGEST_NAME:
            what = f"{name} has {len(element.value.strip())} characters."
            reading.say("name-long", what, name, element.line)
    if (description := reading.first("AppDescription")) and len(description.value.strip()) > LONGEST_DESCRIPTION:
        what = f"AppDescription has {len(description.value.strip())} characters."
        reading.say("description-long", what, "AppDescription", description.line)
    if reading.first("AppUniqueName") is None:
        reading.say("no-unique-name", "There is no AppUniqueName.", "AppUniqueName")


def check_identity(reading: Reading) -> None:
    """The two GUIDs."""
    guids = [_check_guid(element, reading) for name in ("OwnerID", "FileID") if (element := reading.first(name))]
    if len(guids) == 2 and guids[0] and guids[0] == guids[1]:
        element = reading.first("FileID")
        reading.say("guid-same", "OwnerID and FileID are the same.", "FileID", element.line if element else None)


def _check_guid(element: Element, reading: Reading) -> str:
    """The GUID in small letters and without braces; "" when it is none."""
    value = element.value.strip()
    if not value:
        return ""
    bare = value.removeprefix("{").removesuffix("}").lower()
    if not _GUID.fullmatch(bare):
        reading.say("guid-form", f"{element.name} is not a GUID.", element.name, element.line)
        return ""
    if value.lower() != "{" + bare + "}":
        reading.say("guid-braces", f"{element.name} has no braces, or one only.", element.name, element.line)
    if not bare.strip("0-"):
        reading.say("guid-zero", f"{element.name} is all zeros.", element.name, element.line)
    if bare in _SAMPLES:
        reading.say("guid-sample", f"{element.name} is a GUID of Intuit's examples.", element.name, element.line)
    return bare


def check_choices(reading: Reading) -> None:
    """Elements of which only certain values are known."""
    for name, check in _CHOICES.items():
        element = reading.first(name)
        if element is not None and element.value.strip():
            check(element, element.value.strip(), reading)


def _one_of(rule: str, known: tuple[str, ...]) -> Callable[[Element, str, Reading], None]:
    def check(element: Element, value: str, reading: Reading) -> None:
        if value not in known:
            reading.say(rule, f"{element.name} is “{value[:40]}”.", element.name, element.line)

    return check


def _auth_flags(element: Element, value: str, reading: Reading) -> None:
    found = _FLAGS.fullmatch(value)
    flags = int(found[2], 16 if found[1] or not found[2].isdigit() else 10) if found else -1
    if not 0 <= flags <= ALL_EDITIONS:
        reading.say("auth-flags", f"AuthFlags is “{value[:40]}”.", element.name, element.line)
        return
    if found and not found[1] and flags > 9:
        reading.say("auth-flags-decimal", f"AuthFlags is {value}, without 0x.", element.name, element.line)
    if flags not in (0, ALL_EDITIONS):
        what = f"AuthFlags is {value}, which is not every edition."
        reading.say("auth-flags-narrow", what, element.name, element.line)
    if reading.value("QBType") == "QBPOS":
        reading.say("auth-flags-pos", "AuthFlags stands beside QBPOS.", element.name, element.line)


def _is_read_only(element: Element, value: str, reading: Reading) -> None:
    if value.lower() == "true":
        reading.say("read-only", f"IsReadOnly is {value}.", element.name, element.line)
    _one_of("boolean", ("true", "false"))(element, value, reading)


def _style(element: Element, value: str, reading: Reading) -> None:
    _one_of("style", ("Document", "DocWrapped", "RPC"))(element, value, reading)
    if value in ("DocWrapped", "RPC"):
        reading.say("style-other", f"Style is {value}.", element.name, element.line)


_CHOICES: Final[dict[str, Callable[[Element, str, Reading], None]]] = {
    "QBType": _one_of("qb-type", ("QBFS", "QBPOS")),
    "AuthFlags": _auth_flags,
    "IsReadOnly": _is_read_only,
    "Notify": _one_of("boolean", ("true", "false")),
    "PersonalDataPref": _one_of("personal-data", PERSONAL_DATA),
    "UnattendedModePref": _one_of("unattended", UNATTENDED),
    "Style": _style,
}


def check_schedule(reading: Reading) -> None:
    """The first child of Scheduler is the one that counts."""
    scheduler = reading.first("Scheduler")
    intervals = [element for element in reading.elements if element.name in IN_SCHEDULER]
    if scheduler is None:
        reading.say("no-schedule", "There is no Scheduler.", "Scheduler")
        return
    if not intervals:
        reading.say("schedule-empty", "Scheduler names no interval.", "Scheduler", scheduler.line)
    if len({element.name for element in intervals}) > 1:
        what = f"Scheduler names {intervals[0].name} first; {intervals[1].name} is not looked at."
        reading.say("two-schedules", what, "Scheduler", intervals[1].line)
    for element in intervals[:1]:
        _check_interval(element, reading)


def _check_interval(element: Element, reading: Reading) -> None:
    value = element.value.strip()
    if not _INTERVAL.fullmatch(value):
        reading.say("schedule-number", f"{element.name} is “{value[:40]}”.", element.name, element.line)
        return
    if element.name == "RunEveryNSeconds":
        reading.say("schedule-seconds", f"It runs every {value} seconds.", element.name, element.line)
    if int(value) > _DAY[element.name]:
        reading.say("schedule-rare", f"{element.name} is {value}: more than a day.", element.name, element.line)
