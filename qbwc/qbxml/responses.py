"""QuickBooks' answers: the status of every message, accounts, employees, and the facts about the host.

Read leniently: real answers hold elements and values that Intuit's schema does not know (qbxml.md 1.2).
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Final

from lxml import etree

from qbwc.qbxml import values
from qbwc.qbxml.statuses import FIRST_ERROR, MalformedAnswer, Status, integer, pieces, status

__all__ = (
    "FIRST_ERROR",
    "AccountRet",
    "Answer",
    "EmployeeRet",
    "HostFacts",
    "MalformedAnswer",
    "Response",
    "best_version",
    "parse_answer",
    "read_accounts",
    "read_employees",
    "read_host_facts",
)


@dataclass(frozen=True, slots=True)
class Response(Status):
    """One `…Rs` of an answer: its status, and the element that holds its data."""

    element: etree._Element


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole QBXMLMsgsRs. The code is about message set recovery and is there only when an id was sent."""

    message_set_status_code: int | None
    responses: tuple[Response, ...]

    def by_request_id(self, request_id: str) -> Response | None:
        """The response to one request of the set, or None when QuickBooks left it out."""
        return next((response for response in self.responses if response.request_id == request_id), None)


@dataclass(frozen=True, slots=True)
class AccountRet:
    """A ledger account. `full_name` is the path "Parent:Child"; `number` is empty when numbers are off."""

    list_id: str
    name: str
    full_name: str
    number: str
    account_type: str
    special_type: str
    is_active: bool
    parent_list_id: str


@dataclass(frozen=True, slots=True)
class EmployeeRet:
    """An employee as far as a head count goes. Every date may be missing."""

    list_id: str
    is_active: bool
    employee_type: str
    hired_date: date | None
    released_date: date | None
    created_date: date | None
    modified_date: date | None


def parse_answer(text: str) -> Answer:
    """The answer in a receiveResponseXML. Raises MalformedAnswer when it is not a QBXML document."""
    messages = _messages_of(_parse(text))
    return Answer(
        message_set_status_code=integer("QBXMLMsgsRs", _attributes(messages), "messageSetStatusCode"),
        responses=tuple(_response(element) for element in messages.iterchildren(etree.Element)),
    )


def _parse(text: str) -> etree._Element:
    """The root."""
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, remove_comments=True
    )
    try:
        for piece in pieces(text):
            parser.feed(values.clean(piece).encode())
        return parser.close()
    except etree.XMLSyntaxError as error:
        raise MalformedAnswer(f"The answer is not well-formed XML: {error.msg}.") from error


def _messages_of(root: etree._Element) -> etree._Element:
    """QuickBooks' answers and Point of Sale's differ in these two names only."""
    for product in ("QBXML", "QBPOSXML"):
        messages = root.find(f"{product}MsgsRs") if root.tag == product else None
        if messages is not None:
            return messages
    raise MalformedAnswer(f"The answer is a {root.tag} document without QBXMLMsgsRs.")


def _response(element: etree._Element) -> Response:
    return Response(**asdict(status(str(element.tag), _attributes(element))), element=element)


def _attributes(element: etree._Element) -> dict[str, str]:
    return {str(name): str(text) for name, text in element.attrib.items()}


def read_accounts(response: Response) -> tuple[AccountRet, ...]:
    """The accounts of an AccountQueryRs, in QuickBooks' order. Raises MalformedAnswer."""
    return tuple(_account(element) for element in response.element.iterchildren("AccountRet"))


def _account(element: etree._Element) -> AccountRet:
    full_name = _required(element, "FullName")
    return AccountRet(
        list_id=_required(element, "ListID"),
        name=_text(element, "Name") or full_name.rpartition(":")[2],
        full_name=full_name,
        number=_text(element, "AccountNumber"),
        account_type=_required(element, "AccountType"),
        special_type=_text(element, "SpecialAccountType"),
        is_active=_flag(element, "IsActive", default=True),
        parent_list_id=_text(element, "ParentRef/ListID"),
    )


def read_employees(response: Response) -> tuple[EmployeeRet, ...]:
    """The employees of an EmployeeQueryRs, in QuickBooks' order. Raises MalformedAnswer."""
    return tuple(_employee(element) for element in response.element.iterchildren("EmployeeRet"))


def _employee(element: etree._Element) -> EmployeeRet:
    return EmployeeRet(
        list_id=_required(element, "ListID"),
        is_active=_flag(element, "IsActive", default=True),
        employee_type=_text(element, "EmployeeType") or "Regular",
        hired_date=_day(element, "HiredDate"),
        released_date=_day(element, "ReleasedDate"),
        created_date=_day(element, "TimeCreated"),
        modified_date=_day(element, "TimeModified"),
    )


def _text(element: etree._Element, path: str) -> str:
    """Spaces inside are kept: "Accrued  Bonus" and "Accrued Bonus" can be two accounts (qbxml.md 1.4)."""
    return element.findtext(path, "").strip()


def _required(element: etree._Element, path: str) -> str:
    text = _text(element, path)
    if not text:
        raise MalformedAnswer(f"QuickBooks sent an {element.tag} without {path}.")
    return text


def _flag(element: etree._Element, path: str, *, default: bool) -> bool:
    text = _text(element, path)
    try:
        return values.boolean(text) if text else default
    except values.BadValue as error:
        raise MalformedAnswer(f"{path} of {element.tag}: {error}") from error


def _day(element: etree._Element, path: str) -> date | None:
    text = _text(element, path)
    try:
        return values.date_of_timestamp(text) if text else None
    except values.BadValue as error:
        raise MalformedAnswer(f"{path} of {element.tag}: {error}") from error


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What the Web Connector asked for us at the start of a session. Tax numbers and addresses are not read.

    `file_ids` are (owner_id, file_id) pairs as they are written in the company file, braces and all.
    """

    product_name: str
    major_version: str
    minor_version: str
    country: str
    versions: tuple[str, ...]
    is_automatic_login: bool
    file_mode: str
    company_name: str
    fiscal_year_first_month: str
    file_ids: tuple[tuple[str, str], ...]
    is_accountant_copy: bool
    uses_account_numbers: bool
    closing_date: date | None
    summary_report_basis: str
    multi_currency: bool
    home_currency: str
    automatic_login_allowed: bool
    personal_data_allowed: bool


def read_host_facts(text: str) -> HostFacts | None:
    """The facts in strHCPResponse; None for anything that is not such an answer, as Point of Sale's sentence."""
    try:
        messages = _messages_of(_parse(text))
        return _host_facts(messages) if messages.find("HostQueryRs/HostRet") is not None else None
    except MalformedAnswer:
        return None


def _host_facts(messages: etree._Element) -> HostFacts:
    host, company, preferences = (
        messages.find(f"{name}QueryRs/{name}Ret") for name in ("Host", "Company", "Preferences")
    )
    empty = etree.Element("Nothing")
    return _facts_from(*(element if element is not None else empty for element in (host, company, preferences)))


def _facts_from(host: etree._Element, company: etree._Element, preferences: etree._Element) -> HostFacts:
    accounting, currencies, rights = "AccountingPreferences", "MultiCurrencyPreferences", "CurrentAppAccessRights"
    return HostFacts(
        product_name=_text(host, "ProductName"),
        major_version=_text(host, "MajorVersion"),
        minor_version=_text(host, "MinorVersion"),
        country=_text(host, "Country"),
        versions=tuple((version.text or "").strip() for version in host.iterchildren("SupportedQBXMLVersion")),
        is_automatic_login=_is_on(host, "IsAutomaticLogin"),
        file_mode=_text(host, "QBFileMode"),
        company_name=_text(company, "CompanyName"),
        fiscal_year_first_month=_text(company, "FirstMonthFiscalYear"),
        file_ids=_file_ids(company),
        is_accountant_copy=_is_on(company, "AccountantCopy/AccountantCopyExists"),
        uses_account_numbers=_is_on(preferences, f"{accounting}/IsUsingAccountNumbers"),
        closing_date=_readable_day(preferences, f"{accounting}/ClosingDate"),
        summary_report_basis=_text(preferences, "ReportsPreferences/SummaryReportBasis"),
        multi_currency=_is_on(preferences, f"{currencies}/IsMultiCurrencyOn"),
        home_currency=_text(preferences, f"{currencies}/HomeCurrencyRef/FullName"),
        automatic_login_allowed=_is_on(preferences, f"{rights}/IsAutomaticLoginAllowed"),
        personal_data_allowed=_is_on(preferences, f"{rights}/IsPersonalDataAccessAllowed"),
    )


def _is_on(element: etree._Element, path: str) -> bool:
    """A switch among the host facts: one that cannot be read must not hide the file's identity, so it is off."""
    return _text(element, path).lower() in ("true", "1")


def _readable_day(element: etree._Element, path: str) -> date | None:
    try:
        return _day(element, path)
    except MalformedAnswer:
        return None


def _file_ids(company: etree._Element) -> tuple[tuple[str, str], ...]:
    return tuple(
        (_text(extension, "OwnerID"), _text(extension, "DataExtValue"))
        for extension in company.iterchildren("DataExtRet")
        if _text(extension, "DataExtName") == "FileID"
    )


NEWEST_VERSION: Final = "13.0"  # QuickBooks 2014 and everything since accepts it
_VERSION: Final = re.compile(r"([A-Z]*)([0-9]+)\.([0-9]+)")


def best_version(versions: Sequence[str]) -> str:
    """The qbXML version to write: the highest plain one up to 13.0; only an old Canadian, British or Australian
    edition has none, and gets its highest prefixed one (CA3.0). 13.0 when the list says nothing (qbxml.md 1.5)."""
    known = [found for version in versions if (found := _VERSION.fullmatch(version))]
    plain = [found for found in known if not found[1] and _rank(found) <= (13, 0)]
    best = max(plain or [found for found in known if found[1]], key=_rank, default=None)
    return best[0] if best else NEWEST_VERSION


def _rank(version: re.Match[str]) -> tuple[int, int]:
    return int(version[2]), int(version[3])
