"""A Profit & Loss answer of n accounts × m months: parsed, stored, mapped, summed; then what pages do with it.

On the database of DATABASE_URL (its tables are made first); without one, on a SQLite of its own.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import connection
from lxml import etree

from accounts.models import Company
from bench.measure import median_seconds
from metrics.cells import cells_at
from metrics.mappings.changes import save_mapping
from metrics.mappings.preview import preview
from metrics.mappings.rows import rules_of
from metrics.mappings.values import KeptRule, MappingValues
from metrics.models import AccountMapping, MonthlyAmount
from metrics.recompute import recompute
from metrics.selectors import monthly_report
from qbwc import payloads, purposes, queue
from qbwc.models import CompanyFile, Exchange, Job
from qbwc.purposes import Delivered
from qbwc.qbxml.message_set import MessageSet, Request, render
from qwc.connect import connect
from simulators.company import make_company
from simulators.quickbooks import QuickBooks

AS_OF = date(2026, 6, 30)
NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
OWN_ACCOUNTS = 95  # profit and loss accounts of the simulated company before any are added
SIZES = [(accounts, months) for months in (24, 36) for accounts in (100, 300, 1000, 5000)] + [(300, 120)]
ROUNDS = 3
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Books:
    """A chart and three reports of the same months: at first, with a tenth of the cells changed."""

    months: int
    chart: str
    report: str
    restated: str


def run() -> None:
    print(f"on {connection.vendor}; medians of {ROUNDS}; first reading, the same again, a tenth of the cells changed")
    print(
        f"{'accounts':>8} {'months':>6} {'cells':>7} {'KB':>6} {'lxml':>8} {'first':>9} {'a cell':>8} {'again':>9} "
        f"{'restated':>9} {'recompute':>9} {'a cell':>8} {'page':>8} {'mapping':>8} {'preview':>8} {'as of':>8}"
    )
    for accounts, months in SIZES:
        _measure(_books(accounts, months))


def _measure(books: Books) -> None:
    files = [_connected(books) for _ in range(ROUNDS)]
    bare = median_seconds(lambda: etree.fromstring(books.report.encode(), etree.XMLParser(huge_tree=True)), ROUNDS)
    first = _each(files, lambda file: _read(_delivered(file, "profit_loss", books.months, books.report)))
    again = _each(files, lambda file: _read(_delivered(file, "profit_loss", books.months, books.report, 1)))
    restated = _each(files, lambda file: _read(_delivered(file, "profit_loss", books.months, books.restated, 2)))
    company = files[0].company
    cells = MonthlyAmount.objects.filter(company=company).count()
    accounts = MonthlyAmount.objects.filter(company=company).values("account_key").distinct().count()
    summed = median_seconds(lambda: recompute(company, as_of=AS_OF), ROUNDS)
    page = median_seconds(lambda: monthly_report(company), ROUNDS)
    saved = median_seconds(lambda: _save(company), ROUNDS)
    rules = (*rules_of(company), KeptRule(None, MappingValues("contains", "services", "orr", priority=1)))
    previewed = median_seconds(lambda: preview(company, rules, basis="accrual"), ROUNDS)
    then = median_seconds(lambda: cells_at(company, "accrual", None, None, NOW), ROUNDS)
    print(
        f"{accounts:>8} {books.months:>6} {cells:>7} {len(books.report) // 1024:>6} {_ms(bare)} {_ms(first, 9)} "
        f"{_us(first / cells)} {_ms(again, 9)} {_ms(restated, 9)} {_ms(summed, 9)} {_us(summed / cells)} {_ms(page)} "
        f"{_ms(saved)} {_ms(previewed)} {_ms(then)}",
        flush=True,
    )


def _each(files: list[CompanyFile], action: Callable[[CompanyFile], float]) -> float:
    return statistics.median(action(file) for file in files)


def _ms(seconds: float, width: int = 8) -> str:
    return f"{seconds * 1000:>{width - 3}.0f} ms"


def _us(seconds: float) -> str:
    return f"{seconds * 1_000_000:>5.1f} µs"


def _books(accounts: int, months: int) -> Books:
    company = make_company(7, AS_OF, months=months, extra_accounts=accounts - OWN_ACCOUNTS)
    quickbooks = QuickBooks(company)
    file = _new_file()
    chart, report = (_asked(quickbooks, file, purpose, months) for purpose in ("accounts", "profit_loss"))
    for posting in company.postings[::10]:
        company.postings.append(posting)
    return Books(months, chart, report, _asked(quickbooks, file, "profit_loss", months))


def _asked(quickbooks: QuickBooks, file: CompanyFile, purpose: str, months: int) -> str:
    quickbooks.begin_session("")
    answer = quickbooks.process(_request(_job(file, purpose, months, NOW)))
    quickbooks.end_session()
    return answer


def _new_file() -> CompanyFile:
    number = next(_numbers)
    name = f"bench-{number}-{connection.vendor}"
    return connect(name=name, username=name, password="bench-password", now=NOW).company_file


def _connected(books: Books) -> CompanyFile:
    """A company of its own that has read its chart."""
    file = _new_file()
    _read(_delivered(file, "accounts", books.months, books.chart))
    return file


def _save(company: Company) -> None:
    """What saving one rule does: version, audit, recompute."""
    row = AccountMapping.objects.filter(company=company).order_by("pk").first()
    assert row is not None
    values = MappingValues("contains", f"hardware {next(_numbers)}", "product_sales", priority=10)
    save_mapping(row, values, actor="bench", now=NOW)


def _read(delivered: Delivered) -> float:
    read = purposes.find(delivered.job.purpose).read
    assert read is not None
    return median_seconds(lambda: read(delivered), rounds=1)


def _job(file: CompanyFile, purpose: str, months: int, now: datetime) -> Job:
    parameters = {"first_months": months, "rolling_months": months}
    return queue.enqueue(company_file=file, purpose=purpose, now=now, parameters=parameters)


def _request(job: Job) -> str:
    elements = purposes.find(job.purpose).build(job)
    return render(MessageSet(requests=tuple(Request(f"{job.pk}-{i}", e) for i, e in enumerate(elements))))


def _delivered(file: CompanyFile, purpose: str, months: int, answer: str, days: int = 0) -> Delivered:
    now = NOW + timedelta(minutes=days)
    job = _job(file, purpose, months, now)
    exchange = Exchange.objects.create(
        job=job,
        request_payload=payloads.store(_request(job)),
        response_payload=payloads.store(answer),
        qbxml_request_id=f"{job.pk}-0",
        sent_at=now,
        answered_at=now,
        status_code=0,
    )
    Job.objects.filter(pk=job.pk).update(state=Job.State.DONE, finished_at=now)
    return Delivered(job, exchange, answer, "", now)
