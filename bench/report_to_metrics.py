"""A Profit & Loss answer of n accounts × 24 months: parsed, stored, mapped and summed; beside a bare lxml parse."""

from __future__ import annotations

from datetime import UTC, date, datetime

from lxml import etree

from bench.measure import median_seconds
from qbwc import payloads, purposes, queue
from qbwc.models import Exchange, Job
from qbwc.purposes import Delivered
from qbwc.qbxml.message_set import MessageSet, Request, render
from qwc.connect import connect
from simulators.company import make_company
from simulators.quickbooks import QuickBooks

AS_OF = date(2026, 6, 30)
NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
SIZES = {100: 40, 300: 240, 1000: 940}  # profit and loss accounts, about → extra accounts of the simulated company


def run() -> None:
    print(f"{'accounts':>9} {'KB':>7} {'lxml parse':>11} {'to metrics':>11} {'ratio':>6}")
    for accounts, extra in SIZES.items():
        quickbooks = QuickBooks(make_company(7, AS_OF, extra_accounts=extra))
        deliveries = [_delivered(quickbooks, purpose, accounts) for purpose in ("accounts", "profit_loss")]
        _read(deliveries[0])
        text = deliveries[1].text
        bare = median_seconds(lambda text=text: etree.fromstring(text.encode()))  # type: ignore[misc]
        whole = median_seconds(lambda d=deliveries[1]: _read(d))  # type: ignore[misc]
        ratio = whole / bare
        print(f"{accounts:>9} {len(text) // 1024:>7} {bare * 1000:>8.1f} ms {whole * 1000:>8.1f} ms {ratio:>6.0f}")


def _read(delivered: Delivered) -> None:
    read = purposes.find(delivered.job.purpose).read
    assert read is not None
    read(delivered)


def _delivered(quickbooks: QuickBooks, purpose: str, accounts: int) -> Delivered:
    company_file = connect(
        name=f"Bench {accounts}", username=f"bench-{accounts}", password="bench-password", now=NOW
    ).company_file
    job = queue.enqueue(company_file=company_file, purpose=purpose, now=NOW, parameters={"first_months": 24})
    elements = purposes.find(purpose).build(job)
    request = render(MessageSet(requests=tuple(Request(f"{job.pk}-{i}", e) for i, e in enumerate(elements))))
    quickbooks.begin_session("")
    answer = quickbooks.process(request)
    quickbooks.end_session()
    exchange = Exchange.objects.create(
        job=job,
        request_payload=payloads.store(request),
        response_payload=payloads.store(answer),
        qbxml_request_id=f"{job.pk}-0",
        sent_at=NOW,
        answered_at=NOW,
        status_code=0,
    )
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE, finished_at=NOW)
    return Delivered(job, exchange, answer, "", NOW)
