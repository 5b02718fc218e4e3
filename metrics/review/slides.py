"""Review mode: a quarter as a sequence of full-screen pages, with its commentary and action items."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import clock
from accounts.page_access import administered, caller_of, visible
from metrics.columns import Basis
from metrics.company_time import local_day
from metrics.fiscal import Period
from metrics.models import ActionItem, Note
from metrics.months import Month
from metrics.review import action_items as items
from metrics.review.action_items import BadActionItem, ItemWasChanged
from metrics.review.forms import ActionForm
from metrics.review.freshness import changed_since, freshness_of
from metrics.review.notes import notes
from metrics.review.page import Asked, Review, review
from metrics.review.request import Choices, address_of, asked_of
from metrics.review.views import drawn, explain_base

ALL = "all"


@dataclass(frozen=True)
class Slide:
    """One page. `charts` are keys of metrics.drawing.chart_figures; `rows` keys of metrics told beside them."""

    key: str
    title: str
    charts: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    template: str = "figures"


SLIDES = (
    Slide("headline", "The quarter at a glance", template="headline"),
    Slide(
        "revenue",
        "Revenue mix",
        ("revenue-mix",),
        ("total_revenue", "mrr", "orr", "nrr", "product_sales", "recurring_share"),
    ),
    Slide(
        "profit",
        "Profit",
        ("net-profit", "waterfall"),
        ("net_profit", "net_margin", "gross_margin", "net_profit_before_owner"),
    ),
    Slide(
        "expenses",
        "Expenses",
        ("expense-mix",),
        ("total_expenses", "employee_expense", "product_cogs", "other_expenses", "total_expense_ratio"),
    ),
    Slide(
        "people",
        "People",
        ("people",),
        ("employees", "revenue_per_employee_annualised", "employee_expense_ratio", "labour_multiple"),
    ),
    Slide("tie-out", "Proof: every month against QuickBooks", template="tie_out"),
    Slide("targets", "Against target", template="targets"),
    Slide("commentary", "Commentary", template="commentary"),
    Slide("actions", "Action items", template="actions"),
)


@never_cache
@login_required
@require_safe
def present(request: HttpRequest, slug: str) -> HttpResponse:
    """One slide (`page=`), or all of them one under the other (`page=all`), as they are printed."""
    asked, choices = asked_of(visible(request, slug), request.GET.dict(), clock.now())
    return _slides(request, asked, choices, ActionForm())


@never_cache
@login_required
@require_POST
def add_action(request: HttpRequest, slug: str) -> HttpResponse:
    """Administrators write down what was agreed."""
    company = administered(request, slug)
    asked, choices = asked_of(company, request.GET.dict(), clock.now())
    form = ActionForm(request.POST)
    if not form.is_valid():
        return _slides(request, asked, choices, form, status=422)
    typed, actor = form.cleaned_data, caller_of(request).name
    quarter = items.quarter_of(asked.period.last, choices.reporting.calendar)
    try:
        items.add(company, quarter, typed["text"], typed["owner"], typed["due_on"], actor=actor, now=asked.now)
    except BadActionItem as bad:
        for field, words in bad.problems.items():
            form.add_error(field, words)
        return _slides(request, asked, choices, form, status=422)
    return _back(asked)


@never_cache
@login_required
@require_POST
def change_action(request: HttpRequest, slug: str, item_id: int) -> HttpResponse:
    """Administrators tick off, open again, or delete."""
    company = administered(request, slug)
    asked, _ = asked_of(company, request.GET.dict(), clock.now())
    item = ActionItem.objects.select_related("company").filter(company=company, pk=item_id).first()
    actor = caller_of(request).name
    if item is None:
        messages.info(request, "It was deleted in the meantime.")
        return _back(asked)
    match request.POST.get("do"):
        case "delete":
            try:
                items.delete(item, actor=actor, now=asked.now, seen=request.POST.get("version") or None)
            except ItemWasChanged:
                messages.warning(
                    request, "Not deleted: somebody else changed it in the meantime. It is shown as it is now."
                )
        case "done":
            items.set_done(item, is_done=True, actor=actor, now=asked.now)
        case "reopen":
            items.set_done(item, is_done=False, actor=actor, now=asked.now)
    return _back(asked)


@never_cache
@login_required
@require_POST
def carry_actions(request: HttpRequest, slug: str) -> HttpResponse:
    """Administrators bring on what earlier quarters left open."""
    company = administered(request, slug)
    asked, choices = asked_of(company, request.GET.dict(), clock.now())
    quarter = items.quarter_of(asked.period.last, choices.reporting.calendar)
    carried = items.carry_forward(company, quarter, actor=caller_of(request).name, now=asked.now)
    messages.success(
        request, f"{len(carried)} carried on to this quarter." if carried else "Nothing was left to carry."
    )
    return _back(asked)


def _back(asked: Asked) -> HttpResponse:
    return redirect(reverse("review-present", args=[asked.company.slug]) + address_of(asked, page="actions"))


def _slides(
    request: HttpRequest, asked: Asked, choices: Choices, form: ActionForm, *, status: int = 200
) -> HttpResponse:
    wanted = "actions" if status == 422 else request.GET.get("page", "")
    place = next((number for number, slide in enumerate(SLIDES) if slide.key == wanted), 0)
    shown = SLIDES if wanted == ALL else SLIDES[place : place + 1]
    found = review(asked)
    context = _context(asked, choices, found) | {
        "shown": [(slide, f"metrics/review_page/slide_{slide.template}.html", _rows(found, slide)) for slide in shown],
        "charts": {} if found.is_empty else _charts(found, shown),
        "may_administer": caller_of(request).may_administer(asked.company),
        "actor": caller_of(request).name,
        "form": form,
        "steps": [(slide, address_of(asked, page=slide.key)) for slide in SLIDES],
        "place": place,
        "is_all": wanted == ALL,
        "before": address_of(asked, page=SLIDES[place - 1].key) if place and wanted != ALL else "",
        "after": address_of(asked, page=SLIDES[place + 1].key) if place + 1 < len(SLIDES) and wanted != ALL else "",
        "everything": address_of(asked, page=ALL),
    }
    return render(request, "metrics/review_page/present.html", context, status=status)


def _context(asked: Asked, choices: Choices, found: Review) -> dict[str, object]:
    calendar = choices.reporting.calendar
    quarter = Period.quarter(asked.period.last, calendar)
    agreed = items.action_items(asked.company, quarter.first).select_related("carried_from", "carried_to")
    left_over, today = items.to_carry(asked.company, quarter.first), local_day(asked.company, asked.now)
    return {
        "company": asked.company,
        "asked": asked,
        "review": found,
        "basis": Basis(asked.basis),
        "query": address_of(asked),
        "explain_base": explain_base(asked),
        "quarter": quarter,
        "is_never_read": choices.span is None,
        "actions": [(item, items.state_of(item, today)) for item in agreed],
        "left_over": [(item, items.state_of(item, today)) for item in left_over],
        "fresh": freshness_of(asked.company, asked.now),
        "changed": changed_since(asked.company, asked.period, asked.basis),
        "last_time": _commentary_before(asked, quarter),
        "with_targets": [row for row in found.rows.values() if row.assessment is not None],
    }


def _commentary_before(asked: Asked, quarter: Period) -> list[Note]:
    """What was said about the quarter before as a whole: one looks whether it came true."""
    last: Month = quarter.first.plus(-1)
    said = notes(asked.company, quarter.first.plus(-3), last)
    return [note for note in said if note.month is not None and not note.metric_key]


def _rows(found: Review, slide: Slide) -> list[object]:
    return [found.rows[key] for key in slide.rows if key in found.rows]


def _charts(found: Review, shown: tuple[Slide, ...]) -> dict[str, list[object]]:
    """By slide; only what is shown is worth drawing."""
    if not any(slide.charts for slide in shown):
        return {}
    by_key = {one[0].key: one for one in drawn(found, {key for slide in shown for key in slide.charts})}
    return {slide.key: [by_key[key] for key in slide.charts if key in by_key] for slide in shown}
