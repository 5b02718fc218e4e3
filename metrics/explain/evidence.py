"""The evidence of an explanation: answers with their checksums, verified, and the very rows that amounts are from."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

from metrics.cells import Cell
from metrics.explain.explained import RowEvidence, Source
from metrics.explain.source_text import amounts_in, digest_of, evidence_rows
from metrics.models import SyncHistory
from qbwc import payloads
from qbwc.models import Exchange, Payload

GONE = "The text of this answer is no longer stored, so its row cannot be shown. The figures stay."
DELETED = "This trip to QuickBooks was deleted, so its row cannot be shown. The figures stay."
CHANGED = (
    "The stored text is NOT what QuickBooks sent: its SHA-256 differs from the one taken when it came. Do not rely on"
    " the row shown; restore this answer from a backup, or read the month again."
)
BROKEN = (
    "The stored text cannot be unpacked: it is NOT what QuickBooks sent. Restore this answer from a backup, or read"
    " the month again."
)


class Evidence:
    """The answers that cells are from. Each text is unpacked once at most, and only when rows are wanted."""

    def __init__(self, exchange_ids: Iterable[int], *, with_texts: bool) -> None:
        self._wanted = sorted(set(exchange_ids))
        self._with_texts = with_texts
        rows = Exchange.objects.filter(pk__in=self._wanted).select_related("response_payload")
        self._exchanges = {row.pk: row for row in (rows if with_texts else rows.defer("response_payload__body"))}
        lines = SyncHistory.objects.filter(exchange_id__in=self._wanted).defer("parsed_data")
        self._lines = {line.exchange_id: line for line in lines}
        self._problems: dict[int, str] = {}

    def rows(self, cells: Collection[Cell]) -> Mapping[tuple[int, int], RowEvidence]:
        """(exchange, row number) → its row, for every cell that names one."""
        wanted: dict[int, dict[int, Decimal]] = defaultdict(dict)
        for cell in cells:
            if cell.exchange_id is not None and cell.row_number is not None:
                wanted[cell.exchange_id][cell.row_number] = cell.amount
        return {
            (exchange_id, number): found
            for exchange_id, amounts in wanted.items()
            for number, found in self._rows_of(exchange_id, amounts).items()
        }

    def sources(self) -> tuple[Source, ...]:
        """Every answer, in the order in which they were sent; after `rows`, with what was found of their checksums."""
        return tuple(self._source(exchange_id) for exchange_id in self._wanted)

    def verify(self) -> None:
        """Check every answer against its checksum, whether or not a row of it is wanted."""
        for exchange_id in self._wanted:
            if exchange_id not in self._problems:
                self._text(exchange_id)

    def _rows_of(self, exchange_id: int, amounts: Mapping[int, Decimal]) -> dict[int, RowEvidence]:
        text = self._text(exchange_id)
        texts = {} if text is None else evidence_rows(text, amounts)
        return {
            number: RowEvidence(exchange_id, number, texts.get(number), _shows(texts.get(number), amount))
            for number, amount in amounts.items()
        }

    def _text(self, exchange_id: int) -> str | None:
        payload = self._payload(exchange_id)
        if payload is None or not self._with_texts:
            return None
        try:
            text = payloads.text_of(payload)
        except (zlib.error, UnicodeDecodeError):
            self._problems[exchange_id] = BROKEN
            return None
        self._problems[exchange_id] = "" if digest_of(text) == payload.sha256 else CHANGED
        return text

    def _payload(self, exchange_id: int) -> Payload | None:
        exchange = self._exchanges.get(exchange_id)
        return None if exchange is None else exchange.response_payload

    def _source(self, exchange_id: int) -> Source:
        exchange, line, payload = self._exchanges.get(exchange_id), self._lines.get(exchange_id), None
        if exchange is not None:
            payload = exchange.response_payload
        problem = DELETED if exchange is None else GONE if payload is None else self._problems.get(exchange_id)
        return Source(
            exchange_id=exchange_id,
            job_id=None if exchange is None else exchange.job_id,
            sync_id=None if line is None else line.pk,
            sync_message="" if line is None else line.message,
            sent_at=None if exchange is None else exchange.sent_at,
            answered_at=None if exchange is None else exchange.answered_at,
            sha256="" if payload is None else payload.sha256,
            size=0 if payload is None else payload.size,
            is_stored=payload is not None,
            is_intact=None if payload is None or problem is None else problem == "",
            problem=problem or "",
        )


def _shows(row: str | None, amount: Decimal) -> bool:
    return row is None or amount in amounts_in(row) or not amount
