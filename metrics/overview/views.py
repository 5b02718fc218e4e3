"""The first page: every company a person may see, what needs attention first."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.page_access import caller_of
from metrics.overview.companies import Overview, Sort, overview

SORTS = (
    (Sort.ATTENTION, "What needs attention"),
    (Sort.NAME, "Name"),
    (Sort.REVENUE, "Revenue, biggest first"),
    (Sort.MARGIN, "Net margin, lowest first"),
    (Sort.SYNCED, "Last synced, longest ago first"),
)
LONGEST_SEARCH = 100


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """With only one company, straight to it."""
    words = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    sort = Sort(request.GET["sort"]) if request.GET.get("sort") in list(Sort) else Sort.ATTENTION
    only_needy = request.GET.get("show") == "attention"
    number = request.GET.get("page", "")
    page = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    now = clock.now()
    found = overview(caller_of(request), now, sort=sort, words=words, only_needy=only_needy, page=page)
    if found.all == 1 and not request.GET:
        return redirect("dashboard", slug=found.lines[0].company.slug)
    kept = {"q": words, "sort": "" if sort is Sort.ATTENTION else sort.value, "show": "attention" if only_needy else ""}
    context = {
        "overview": found,
        "now": now,
        "words": words,
        "sort": sort,
        "sorts": SORTS,
        "only_needy": only_needy,
        "everybody": _address(kept | {"show": ""}),
        "needy": _address(kept | {"show": "attention"}),
        "pages": _pages(found, kept),
    }
    return render(request, "metrics/home.html", context)


def _pages(found: Overview, kept: dict[str, str]) -> list[tuple[int, str]]:
    if found.pages == 1:
        return []
    return [(number, _address(kept | {"page": str(number)})) for number in range(1, found.pages + 1)]


def _address(parameters: dict[str, str]) -> str:
    return "?" + urlencode({name: value for name, value in parameters.items() if value})
