"""What somebody has to do again after a .qwc file has changed (qbwc-protocol.md 5.5).

The Web Connector copies the values into its registry when the file is added and never reads it again.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from qwc.document import PERSONAL_DATA, UNATTENDED, BadConnection, ConnectionFile
from qwc.lint import lint


class Kind(enum.IntEnum):
    """What a change costs, dearest last."""

    NOTHING = 0
    BY_HAND = 1  # the value can be set in the Web Connector as well
    AUTHORISE = 2  # only QuickBooks has to be asked
    ADD = 3  # add the new file; with AppUniqueName it replaces the old entry
    REMOVE_AND_ADD = 4  # and QuickBooks has to be asked, as for a new application


@dataclass(frozen=True, slots=True)
class Redo:
    """`because`: the sentence for the bookkeeper. `also`: what else to do or to know, disputed facts named so."""

    needs_readding: bool
    because: str
    also: tuple[str, ...] = ()
    needs_removing: bool = False
    needs_authorisation: bool = False


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change of one element costs, and why."""

    element: str
    kind: Kind
    why: str
    also: str = ""


_COPIED: Final = "was copied into the Web Connector when the file was added"
_NEW_APPLICATION: Final = "is the name under which QuickBooks gave its permission, so it is a new application to it"
_PERMISSION: Final = (
    "Disputed: the guide reads this value when the file is added; the permission itself is kept by QuickBooks, under "
    "Edit, Preferences, Integrated Applications. If it offers no such choice there, add the new file."
)
_TYPE_AGAIN: Final = "Type the password again after adding: it is not in the file."

EFFECTS: Final[dict[str, Effect]] = {
    "app_name": Effect(
        "AppName",
        Kind.REMOVE_AND_ADD,
        _NEW_APPLICATION,
        "Disputed: with the same AppUniqueName the new file may replace the old entry by itself. Remove the old one "
        "if both are shown, and in QuickBooks under Integrated Applications.",
    ),
    "owner_id": Effect(
        "OwnerID",
        Kind.REMOVE_AND_ADD,
        "names the application in the company file",
        "Disputed: the old pair stays stored in the company file; newer versions may answer QBWC1039 until the old "
        "application is removed.",
    ),
    "file_id": Effect(
        "FileID",
        Kind.REMOVE_AND_ADD,
        "is stored in the company file when the application is added",
        "Open the right company file in QuickBooks as Admin while adding. QBWC1026 or QBWC1039: the old FileID is "
        "still stored; the old file with its own FileID goes on working.",
    ),
    "app_unique_name": Effect(
        "AppUniqueName",
        Kind.ADD,
        "decides which entry a new file replaces",
        "Under another AppUniqueName the old entry stays: remove it by hand, or both run.",
    ),
    "app_url": Effect("AppURL", Kind.ADD, _COPIED),
    "app_support": Effect("AppSupport", Kind.ADD, _COPIED),
    "username": Effect("UserName", Kind.ADD, _COPIED),
    "auth_flags": Effect("AuthFlags", Kind.ADD, _COPIED),
    "unattended": Effect(
        "UnattendedModePref", Kind.AUTHORISE, "asks for a permission that QuickBooks gives", _PERMISSION
    ),
    "personal_data": Effect(
        "PersonalDataPref", Kind.AUTHORISE, "asks for a permission that QuickBooks gives", _PERMISSION
    ),
    "run_every_minutes": Effect(
        "RunEveryNMinutes",
        Kind.BY_HAND,
        "is only the interval to begin with",
        "Type the new interval into Every Min in the Web Connector's row.",
    ),
    "app_description": Effect("AppDescription", Kind.NOTHING, "is only shown"),
    "app_display_name": Effect("AppDisplayName", Kind.NOTHING, "is only shown"),
    "app_id": Effect("AppID", Kind.NOTHING, "is not used by QuickBooks"),
}

_UNCHANGED: Final = "Nothing has changed that the Web Connector knows: the file on the QuickBooks PC goes on working."


def what_changes(old: ConnectionFile, new: ConnectionFile) -> Redo:
    """What the bookkeeper must do when `new` takes the place of `old`."""
    changed = [effect for name, effect in EFFECTS.items() if _value(old, name) != _value(new, name)]
    kinds = {effect.element: _kind(effect, old, new) for effect in changed}
    worst = max(kinds.values(), default=Kind.NOTHING)
    also = [effect.also for effect in changed if effect.also and kinds[effect.element] is not Kind.NOTHING]
    if worst >= Kind.ADD:
        also = [text for text in also if text != _PERMISSION or worst is not Kind.REMOVE_AND_ADD] + [_TYPE_AGAIN]
    return Redo(
        needs_readding=worst >= Kind.ADD,
        because=_because(worst, [effect for effect in changed if kinds[effect.element] is worst]),
        also=tuple(dict.fromkeys(also)),
        needs_removing=worst is Kind.REMOVE_AND_ADD,
        needs_authorisation=worst is Kind.REMOVE_AND_ADD or Kind.AUTHORISE in kinds.values(),
    )


def read_back(document: bytes) -> ConnectionFile:
    """An earlier .qwc file of ours as values again. BadConnection when it is none that could have worked."""
    report = lint(document)
    if report.has_errors:
        found = report.findings[0]
        raise BadConnection(f"{found.what} {found.fix}")
    try:
        return _file_of(report.facts)
    except (KeyError, ValueError) as error:
        raise BadConnection("An element has a value that this server never writes.") from error


def _file_of(facts: dict[str, str]) -> ConnectionFile:
    interval, _, number = facts.get("Scheduler", "").partition(" ")
    flags = facts.get("AuthFlags", "")
    return ConnectionFile(
        app_name=facts["AppName"],
        app_url=facts["AppURL"],
        app_support=facts["AppSupport"],
        username=facts["UserName"],
        owner_id=UUID(facts["OwnerID"]),
        file_id=UUID(facts["FileID"]),
        run_every_minutes=int(number) if interval == "RunEveryNMinutes" else 0,
        app_description=facts["AppDescription"],
        app_id=facts["AppID"],
        app_display_name=facts.get("AppDisplayName", ""),
        app_unique_name=facts.get("AppUniqueName", ""),
        auth_flags=int(flags, 0) if flags else None,
        unattended=facts.get("UnattendedModePref", UNATTENDED[0]),
        personal_data=facts.get("PersonalDataPref", PERSONAL_DATA[0]),
    )


def _value(file: ConnectionFile, name: str) -> object:
    if name == "app_unique_name":
        return file.app_unique_name or file.app_name  # as it is rendered
    if name == "auth_flags":
        return file.auth_flags or 0xF  # left out, 0x0 and 0xF all mean every edition
    return getattr(file, name)


def _kind(effect: Effect, old: ConnectionFile, new: ConnectionFile) -> Kind:
    """A file that asks for less than before needs no new permission: the one given is larger."""
    if effect.element == "UnattendedModePref":
        asks_for_more = UNATTENDED.index(new.unattended) > UNATTENDED.index(old.unattended)
    elif effect.element == "PersonalDataPref":
        asks_for_more = PERSONAL_DATA.index(new.personal_data) > PERSONAL_DATA.index(old.personal_data)
    else:
        return effect.kind
    return effect.kind if asks_for_more else Kind.NOTHING


_TO_DO: Final = {
    Kind.BY_HAND: "The file need not be added again.",
    Kind.AUTHORISE: "The file need not be added again; QuickBooks must allow more than before.",
    Kind.ADD: "Add the new file to the Web Connector; it takes the place of the old entry.",
    Kind.REMOVE_AND_ADD: "Remove the application from the Web Connector, add the new file, and allow it in QuickBooks, "
    "as Admin in single-user mode.",
}


def _because(worst: Kind, effects: list[Effect]) -> str:
    if worst is Kind.NOTHING:
        return _UNCHANGED
    return f"{_TO_DO[worst]} {' '.join(f'{effect.element} {effect.why}.' for effect in effects)}"
