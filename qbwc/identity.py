"""Which company file is on the other end: what the HCP answer tells, checked against what we know, then kept."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from qbwc.models import CompanyFile, WebConnectorSession
from qbwc.qbxml.responses import HostFacts, best_version, read_host_facts
from qbwc.soap import SendRequestXML

# Newer qbXML adds nothing we ask for, and every QuickBooks since 2014 takes 13.0 (qbxml.md 1.5).
HIGHEST_VERSION = (13, 0)


def learn(session: WebConnectorSession, call: SendRequestXML, now: datetime) -> str:
    """Read the first sendRequestXML's HCP answer; "" when this is the right file, else why nothing will be sent."""
    company_file = session.company_file
    facts = read_host_facts(call.hcp_response)
    session.qbxml_version = _version(facts, call)
    if facts is None:
        _keep(company_file, {"file_path_seen": call.company_file_name, "qbxml_version": session.qbxml_version})
        return ""
    if problem := _wrong_file(company_file, facts):
        stamped = _file_id_of(company_file.owner_id, facts)
        refused = {
            "company_name": facts.company_name,
            "file_id": str(stamped) if stamped else "",
            "path": call.company_file_name,
            "at": now.isoformat(),
        }
        _keep(company_file, {"wrong_file": refused})
        return problem
    changes: dict[str, object] = {
        "company_name_seen": facts.company_name,
        "file_path_seen": call.company_file_name,
        "product_name": facts.product_name,
        "country": facts.country,
        "qbxml_version": session.qbxml_version,
        "file_mode": facts.file_mode,
        "fiscal_year_first_month": facts.fiscal_year_first_month,
        "permissions_seen": _permissions(facts),
        "wrong_file": None,
    }
    if company_file.file_id_confirmed_at is None:
        changes["file_id_confirmed_at"] = now
    _keep(company_file, changes)
    return ""


class NothingRefused(LookupError):
    """No company file was refused since the last good session, so there is nothing to accept."""


class FileBelongsElsewhere(ValueError):
    """The refused file carries the FileID of another company here."""


def accept_refused_file(company_file: CompanyFile) -> str:
    """An administrator says: this is the right file. Its identity becomes ours; the company name that was accepted.

    Raises NothingRefused, FileBelongsElsewhere.
    """
    refused = company_file.wrong_file
    if not refused:
        raise NothingRefused(f"No other file was seen for {company_file.company.name}.")
    changes: dict[str, object] = {"company_name_seen": refused["company_name"], "wrong_file": None}
    if refused["file_id"]:
        other = CompanyFile.objects.filter(file_id=refused["file_id"]).exclude(pk=company_file.pk).first()
        if other is not None:
            raise FileBelongsElsewhere(f"That file is the company file of {other.company.name}.")
        changes["file_id"] = UUID(refused["file_id"])
    _keep(company_file, changes)
    return str(refused["company_name"])


def _permissions(facts: HostFacts) -> str:
    """What the company file allows this application, as CompanyFile.permissions_seen keeps it."""
    allowed = {"unattended": facts.automatic_login_allowed, "personal_data": facts.personal_data_allowed}
    return ", ".join(name for name, is_allowed in allowed.items() if is_allowed) or "none"


def _version(facts: HostFacts | None, call: SendRequestXML) -> str:
    if facts is not None and facts.versions:
        return best_version(facts.versions)
    major, minor = min((call.major_version, call.minor_version), HIGHEST_VERSION)
    return f"{major}.{minor}" if major > 0 else "13.0"


def _wrong_file(company_file: CompanyFile, facts: HostFacts) -> str:
    """Copies of a file carry the same FileID, another company's file does not (qbwc-protocol 5.4)."""
    stamped = _file_id_of(company_file.owner_id, facts)
    if stamped is not None and stamped != company_file.file_id:
        return (
            f"The wrong company file is open: QuickBooks has “{facts.company_name}” open, which is registered under "
            f"another FileID than {company_file.company.name}. Nothing was sent. Open the company file of "
            f"{company_file.company.name} in QuickBooks, then run the update again."
        )
    known = company_file.company_name_seen
    if stamped is None and known and facts.company_name and facts.company_name != known:
        return (
            f"The wrong company file may be open: QuickBooks has “{facts.company_name}” open, this connection was "
            f"made with “{known}”. Nothing was sent. Open the right company file, then run the update again."
        )
    return ""


def _file_id_of(owner_id: UUID, facts: HostFacts) -> UUID | None:
    for owner, file_id in facts.file_ids:
        try:
            if UUID(owner) == owner_id:
                return UUID(file_id)
        except ValueError:  # another program's stamp, or not a GUID: not ours to judge
            continue
    return None


def _keep(company_file: CompanyFile, changes: dict[str, object]) -> None:
    for name, value in changes.items():
        limit = getattr(CompanyFile._meta.get_field(name), "max_length", None)
        setattr(company_file, name, value[:limit] if isinstance(value, str) and limit else value)
    company_file.save(update_fields=list(changes))
