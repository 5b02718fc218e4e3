"""The pages of an iterated query as one answer: the caller asked once and gets everything at once."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

_DECLARATION = '<?xml version="1.0" ?>\n'


def joined(pages: Sequence[str]) -> str:
    """One answer with the rows of all pages, in order; a single page stays as it is, to the byte.

    Pages are well-formed: each was judged when it came. They answer the same requests in the same order.
    """
    if len(pages) < 2:
        return pages[0] if pages else ""
    first = _responses(pages[0])
    for page in pages[1:]:
        for whole, more in zip(first, _responses(page), strict=False):
            _append(whole, more)
    return _DECLARATION + etree.tostring(first.getroottree(), encoding="unicode")


def _responses(page: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, encoding="utf-8")
    start = page.find("<QBXML")
    return etree.fromstring(page[max(0, start) :].strip().encode(), parser)[0]


def _append(whole: etree._Element, more: etree._Element) -> None:
    if more.get("iteratorID") is None:
        return  # a request of the set that is not iterated: QuickBooks gave it again
    whole.extend(list(more))
    for name in ("iteratorRemainingCount", "statusCode", "statusSeverity", "statusMessage"):
        if (value := more.get(name)) is not None:
            whole.set(name, value)
    if whole.get("retCount") is not None:
        whole.set("retCount", str(len(whole)))
