"""Answers a query from the objects selected: MaxReturned, iterators, counts, and which fields to return."""

import dataclasses
import uuid
from collections.abc import Sequence

from lxml import etree

from simulators import statuses
from simulators.answer_text import element, only
from simulators.selections import Entry, Selection, texts
from simulators.statuses import NO_MATCH, OK, RequestRefused, Status


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What goes into one XxxRs: status, attributes beyond the usual ones, the lines inside."""

    status: Status = OK
    body: Sequence[str] = ()
    extra: tuple[tuple[str, str | None], ...] = ()


class Iterators:
    """The iterators of one QuickBooks session; none of them outlives it (qbXML sheet 1.3)."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], tuple[Entry, ...]] = {}
        self._number = 0

    def start(self, request: str, entries: tuple[Entry, ...], limit: int) -> tuple[tuple[Entry, ...], int, str]:
        """First page, how many remain, and the ID to continue with."""
        self._number += 1
        iterator_id = f"{{{uuid.uuid5(uuid.NAMESPACE_OID, f'{request} {self._number}')}}}"
        self._waiting[request, iterator_id] = entries
        return (*self.go_on(request, iterator_id, limit), iterator_id)

    def go_on(self, request: str, iterator_id: str, limit: int) -> tuple[tuple[Entry, ...], int]:
        """Next page and how many remain; raises RequestRefused for an ID of an ended or unknown iterator."""
        entries = self._waiting.pop((request, iterator_id), None)
        if entries is None:
            raise RequestRefused(statuses.bad_object_id(iterator_id, "iteratorID"))
        page, rest = entries[:limit], entries[limit:]
        if rest:
            self._waiting[request, iterator_id] = rest
        return page, len(rest)

    def stop(self, request: str, iterator_id: str) -> None:
        """Forgets one iterator."""
        self._waiting.pop((request, iterator_id), None)

    def close_all(self) -> None:
        """The session has ended."""
        self._waiting.clear()


def answer_query(request: str, query: etree._Element, selection: Selection, iterators: Iterators) -> Answer:
    """The answer to a list or transaction query; `request` is its name without Rq. Raises RequestRefused."""
    meta_data = query.get("metaData", "NoMetaData")
    if meta_data == "MetaDataOnly":
        count = len(selection.entries)
        return Answer(selection.status if count else NO_MATCH, extra=(("retCount", str(count)),))
    page, extra = _page(request, query, selection, iterators)
    if meta_data == "MetaDataAndResponseData":
        extra = (("retCount", str(len(page))), *extra)
    wanted = texts(query, "IncludeRetElement")
    ret_name = request.removesuffix("Query") + "Ret"
    body = [line for entry in page for line in element(ret_name, only(entry.write(), wanted))]
    status = NO_MATCH if selection.status == OK and not page else selection.status
    return Answer(status, body, extra)


def _page(
    request: str, query: etree._Element, selection: Selection, iterators: Iterators
) -> tuple[tuple[Entry, ...], tuple[tuple[str, str | None], ...]]:
    """The objects of this answer, and the iterator attributes if there is an iterator."""
    action = query.get("iterator")
    limit_text = query.findtext("MaxReturned")
    if action is None:
        return selection.entries[: int(limit_text)] if limit_text else selection.entries, ()
    iterator_id = query.get("iteratorID", "")
    if action == "Stop":
        iterators.stop(request, iterator_id)
        return (), ()
    if limit_text is None:
        raise RequestRefused(statuses.missing_element("MaxReturned"))
    if action == "Start":
        page, remaining, iterator_id = iterators.start(request, selection.entries, int(limit_text))
    else:
        page, remaining = iterators.go_on(request, iterator_id, int(limit_text))
    return page, (("iteratorRemainingCount", str(remaining)), ("iteratorID", iterator_id))
