"""An administrator says of a refused company file: this is the right one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from accounts import audit
from qbwc import identity
from qbwc.alerts import RefusedFile, refused_file
from qbwc.models import CompanyFile


class NotAccepted(Exception):
    """Nothing was changed; `code` for a program, the message for a person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def accept(company_file: CompanyFile, now: datetime, *, actor: str, seen: Mapping[str, str]) -> str:
    """The refused file's identity becomes this connection's; the company name that was accepted. NotAccepted.

    `seen`: the company_name, file_id, path that the caller was shown. Another file may have been refused since, and
    nobody has agreed to that one; {} agrees to whatever it is.
    """
    try:
        with transaction.atomic():
            row = CompanyFile.objects.select_for_update(of=("self",)).select_related("company").get(pk=company_file.pk)
            refused = refused_file(row)
            _check_same(refused, seen)
            name = identity.accept_refused_file(row)
            _record(row, refused, now, actor)
    except identity.NothingRefused:
        raise NotAccepted(
            "NOTHING_REFUSED",
            f"No other company file was met for {company_file.company.name} since its last good session, so there is "
            "nothing to accept.",
        ) from None
    except identity.FileBelongsElsewhere:
        _record_refusal(company_file, now, actor)
        # Whose it is stays unsaid: the caller may not see that company.
        raise NotAccepted(
            "FILE_BELONGS_ELSEWHERE",
            "That company file is connected to this server for another company, so it cannot become this one's too. "
            f"Open the company file of {company_file.company.name} in QuickBooks and run the update again.",
        ) from None
    return name


def _check_same(refused: RefusedFile | None, seen: Mapping[str, str]) -> None:
    if refused is not None and any(getattr(refused, name) != value for name, value in seen.items()):
        raise NotAccepted(
            "ANOTHER_FILE",
            f"Meanwhile another company file was met: “{refused.company_name}”. Look again before you accept it.",
        )


def _record(company_file: CompanyFile, refused: RefusedFile | None, now: datetime, actor: str) -> None:
    audit.record(
        action="connection.file_accepted",
        success=True,
        now=now,
        actor=actor,
        company=company_file.company,
        accepted=refused.company_name if refused else "",
        path=refused.path if refused else "",
        file_id=company_file.file_id,
        before=refused.expected if refused else "",
    )


def _record_refusal(company_file: CompanyFile, now: datetime, actor: str) -> None:
    audit.record(
        action="connection.file_accepted",
        success=False,
        now=now,
        actor=actor,
        company=company_file.company,
        reason="the file carries the FileID of another company here",
    )
