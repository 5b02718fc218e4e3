"""The jobs of a company file, searched and paged, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from qbwc.models import CompanyFile, Job
from qwc.console import PURPOSES, JobLine, purpose_of

PAGE = 50
LONGEST_WORDS = 100
LAST_PAGE = 10_000
# What each reading asks QuickBooks for; the jobs of programs carry their own request.
REQUEST_NAMES = {
    "profit_loss": "GeneralSummaryReportQueryRq",
    "accounts": "AccountQueryRq",
    "employees": "EmployeeQueryRq",
    "budget": "BudgetSummaryReportQueryRq",
}


@dataclass(frozen=True)
class JobSearch:
    """`words`: in the purpose, the request's name or what went wrong; dates are whole days of UTC, both included."""

    words: str = ""
    state: str = ""
    first: date | None = None
    last: date | None = None
    page: int = 1

    def __bool__(self) -> bool:
        return bool(self.words or self.state or self.first or self.last)

    def address(self, page: int) -> str:
        """The query string of another page of the same search."""
        values = {"q": self.words, "state": self.state, "from": self.first, "until": self.last, "page": page}
        return "?" + urlencode({name: str(value) for name, value in values.items() if value})


@dataclass(frozen=True)
class Found:
    """One page; the addresses of the newer and of the older one, "" where there is none."""

    lines: list[JobLine]
    newer: str
    older: str


def search_of(values: dict[str, str]) -> JobSearch:
    """From a query string; what cannot be understood is left out."""
    state = values.get("state", "")
    page = values.get("page", "1")
    return JobSearch(
        words=" ".join(values.get("q", "").split())[:LONGEST_WORDS].replace("\x00", ""),
        state=state if state in Job.State.values else "",
        first=_day(values.get("from", "")),
        last=_day(values.get("until", "")),
        page=min(int(page), LAST_PAGE) if page.isascii() and page.isdecimal() and int(page[:6]) > 0 else 1,
    )


def search(company_file: CompanyFile, wanted: JobSearch) -> Found:
    """One query, whatever was asked for."""
    start = (wanted.page - 1) * PAGE
    jobs = list(_matching(company_file, wanted).order_by("-created_at", "-pk")[start : start + PAGE + 1])
    return Found(
        lines=[JobLine(job, purpose_of(job)) for job in jobs[:PAGE]],
        newer=wanted.address(wanted.page - 1) if wanted.page > 1 else "",
        older=wanted.address(wanted.page + 1) if len(jobs) > PAGE else "",
    )


def _matching(company_file: CompanyFile, wanted: JobSearch) -> QuerySet[Job]:
    jobs = company_file.jobs.all()
    if wanted.words:
        jobs = jobs.filter(_about(wanted.words))
    if wanted.state:
        jobs = jobs.filter(state=wanted.state)
    if wanted.first:
        jobs = jobs.filter(created_at__gte=_midnight(wanted.first))
    if wanted.last and wanted.last < date.max:
        jobs = jobs.filter(created_at__lt=_midnight(wanted.last + timedelta(days=1)))
    return jobs


def _about(words: str) -> Q:
    small = words.casefold()
    purposes = [name for name, label in PURPOSES.items() if small in label.casefold()]
    purposes += [name for name, request in REQUEST_NAMES.items() if small in request.casefold()]
    states = [value for value, label in Job.State.choices if small in str(label).casefold()]
    by_words = Q(failure__icontains=words) | Q(purpose__icontains=words) | Q(purpose__in=purposes) | Q(state__in=states)
    by_words |= Q(parameters__request__icontains=words)
    return by_words | Q(pk=int(words)) if words.isascii() and words.isdecimal() and len(words) < 18 else by_words


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
