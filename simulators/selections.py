"""Which objects of a list or of the transactions a query asks for, and with which status."""

import dataclasses
import datetime
import operator
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from lxml import etree

from simulators import statuses
from simulators.answer_text import Fields
from simulators.request_values import read_amount, read_date_time
from simulators.statuses import OK, RequestRefused, Status


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One object that a query may return. `write` prints it only when it is returned."""

    object_id: str
    full_name: str
    write: Callable[[], Fields]
    time_modified: datetime.datetime
    is_active: bool = True
    name: str = ""
    account_type: str = ""
    balance: Decimal = Decimal("0.00")


@dataclasses.dataclass(frozen=True, slots=True)
class Selection:
    """The objects found, all of them before MaxReturned cuts, with the status so far."""

    entries: tuple[Entry, ...]
    status: Status = OK


_COMPARISONS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "LessThan": operator.lt,
    "LessThanEqual": operator.le,
    "Equal": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanEqual": operator.ge,
}
_MATCHES: dict[str, Callable[[str, str], bool]] = {
    "StartsWith": str.startswith,
    "Contains": operator.contains,
    "EndsWith": str.endswith,
}


def select_from_list(query: etree._Element, entries: Iterable[Entry]) -> Selection:
    """The objects of a list by ListID, by FullName or by the list filters; raises RequestRefused."""
    if query.find("CurrencyFilter") is not None or query.find("ClassFilter") is not None:
        raise RequestRefused(statuses.FEATURE_OFF)
    named = texts(query, "ListID") or texts(query, "FullName")
    if named:
        return find_named(named, entries, by_id=query.find("ListID") is not None)
    kept = [
        entry
        for entry in entries
        if _is_wanted_activity(query, entry)
        and _has_wanted_type(query, entry)
        and is_modified_within(query, entry)
        and matches_text(query, "NameFilter", "Name", entry.name)
        and is_text_within(query, "NameRangeFilter", "Name", entry.name)
        and _has_wanted_balance(query, entry)
    ]
    return Selection(tuple(kept))


def find_named(wanted: Sequence[str], entries: Iterable[Entry], *, by_id: bool) -> Selection:
    """Those asked for by ID or name, in that order, active or not.

    One unknown ID alone is an error (3120); otherwise what is missing makes the answer a partial one (500).
    Both are captures of a real QuickBooks.
    """
    known = {(entry.object_id if by_id else entry.full_name.casefold()): entry for entry in entries}
    keys = [name if by_id else name.casefold() for name in wanted]
    missing = [name for name, key in zip(wanted, keys, strict=True) if key not in known]
    if by_id and missing and len(wanted) == 1:
        raise RequestRefused(statuses.object_not_found(missing[0]))
    found = tuple(known[key] for key in keys if key in known)
    return Selection(found, statuses.partly_found(missing[0]) if missing else OK)


def texts(query: etree._Element, path: str) -> list[str]:
    """The texts of all elements at `path`."""
    return [element.text or "" for element in query.findall(path)]


def is_modified_within(query: etree._Element, entry: Entry, prefix: str = "") -> bool:
    """FromModifiedDate and ToModifiedDate, both inclusive."""
    first = read_date_time(query.findtext(f"{prefix}FromModifiedDate", "").strip())
    last = read_date_time(query.findtext(f"{prefix}ToModifiedDate", "").strip(), is_end=True)
    return not (first and entry.time_modified < first) and not (last and entry.time_modified > last)


def matches_text(query: etree._Element, filter_name: str, field: str, text: str) -> bool:
    """NameFilter and RefNumberFilter: case does not matter to QuickBooks."""
    criterion = query.findtext(f"{filter_name}/MatchCriterion")
    sought = query.findtext(f"{filter_name}/{field}") or ""
    return criterion is None or _MATCHES[criterion](text.casefold(), sought.casefold())


def is_text_within(query: etree._Element, filter_name: str, field: str, text: str) -> bool:
    """NameRangeFilter and RefNumberRangeFilter, both ends inclusive."""
    first = (query.findtext(f"{filter_name}/From{field}") or "").casefold()
    last = (query.findtext(f"{filter_name}/To{field}") or "").casefold()
    return text.casefold() >= first and (not last or text.casefold() <= last)


def _is_wanted_activity(query: etree._Element, entry: Entry) -> bool:
    wanted = query.findtext("ActiveStatus", "ActiveOnly")
    return wanted == "All" or entry.is_active == (wanted == "ActiveOnly")


def _has_wanted_type(query: etree._Element, entry: Entry) -> bool:
    wanted = texts(query, "AccountType")
    return not wanted or entry.account_type in wanted


def _has_wanted_balance(query: etree._Element, entry: Entry) -> bool:
    comparison = query.findtext("TotalBalanceFilter/Operator")
    limit = read_amount(query.findtext("TotalBalanceFilter/Amount"))
    return comparison is None or limit is None or _COMPARISONS[comparison](entry.balance, limit)
