"""The mapping workspace: all accounts with what catches them, one account in detail, and the draft of changes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import clock
from accounts.models import Company
from accounts.page_access import administered, caller_of, visible
from metrics.arithmetic import CATEGORY_METRICS, UNMAPPED
from metrics.mapping import Match, Outcome, Tried
from metrics.mappings.words import metric_label
from metrics.models import Basis
from metrics.reporting.settings import reporting_of
from metrics.workspace.accounts import Workspace, WorkspaceAccount, suggestions_for, workspace
from metrics.workspace.draft import Assignment, with_assignment
from metrics.workspace.forms import AssignForm
from metrics.workspace.page import Choice, chips, line_of, listing
from metrics.workspace.proposals import Asked, proposal_of, shown
from metrics.workspace.session import DraftFull, collected, draft_of, keep_draft, without

PART = "X-Part"  # a script asks for a piece of the page
# What the keyboard assigns, documented on the page.
KEYS = (*zip("1234567890", CATEGORY_METRICS, strict=True), ("u", UNMAPPED))
_NOT_FITTING = (Outcome.OTHER_WORDS, Outcome.OTHER_ACCOUNT, Outcome.OTHER_SECTION, Outcome.OTHER_NUMBER)


@dataclass(frozen=True)
class TriedLine:
    """A rule that might catch an account, what came of it, and what its author noted."""

    tried: Tried
    note: str

    @property
    def decides(self) -> bool:
        return self.tried.outcome is Outcome.DECIDED

    @property
    def match(self) -> Match:
        """As rule_words writes it."""
        return Match(self.tried.rule.metric_key, self.tried.rule)


@never_cache
@login_required
@require_safe
def mapping_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody looks; administrators assign."""
    company = visible(request, slug)
    context = base_context(request, company)
    space, choice = space_of(company), Choice.of(request.GET)
    draft = draft_of(request, company) if context["may_administer"] else ()
    found = listing(space, choice, draft, suggest=bool(context["may_administer"]))
    context |= {
        "space": space,
        "basis": Basis(space.basis),
        "choice": choice,
        "query": choice.as_query(),
        "chips": chips(space, choice),
        "listing": found,
        "earlier": replace(choice, page=found.number - 1).as_query() if found.number > 1 else "",
        "further": replace(choice, page=found.number + 1).as_query() if found.number < found.pages else "",
        "draft": draft,
        "unmapped_revenue": space.unmapped(revenue=True),
        "unmapped_expenses": space.unmapped(revenue=False),
        "unmapped_count": sum(one.metric_key == UNMAPPED and one.has_amounts for one in space.accounts),
        "metrics": [(key, metric_label(key)) for _, key in KEYS],
        "keys": [(key, metric, metric_label(metric)) for key, metric in KEYS],
    }
    return render(request, "metrics/workspace.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mapping_account(request: HttpRequest, slug: str) -> HttpResponse:
    """One account: its months, the rule and why not the others; administrators assign it, with what else, from when."""
    is_form = request.method == "POST"
    company = administered(request, slug) if is_form else visible(request, slug)
    space = space_of(company)
    account = space.account((request.POST if is_form else request.GET).get("key", ""))
    if account is None:
        raise Http404
    form = AssignForm(account, request.POST if is_form else None, initial=_initial(account))
    if is_form and form.is_valid():
        return _drafted(request, company, with_assignment(draft_of(request, company), form.assignment), space)
    context = base_context(request, company) | _account_context(space, account) | {"form": form}
    context["query"] = choice_sent(request).as_query()
    template = "metrics/_workspace_account.html" if request.headers.get(PART) else "metrics/workspace_account.html"
    return render(request, template, context, status=422 if is_form else 200)


@never_cache
@login_required
@require_POST
def mapping_draft(request: HttpRequest, slug: str) -> HttpResponse:
    """Administrators: put the changed selects, or the pressed suggestion, into the draft; take back; discard."""
    company = administered(request, slug)
    draft = draft_of(request, company)
    if request.POST.get("do") == "discard":
        keep_draft(request, company, ())
        messages.success(request, "The draft was discarded; nothing was saved.")
        return redirect(address(company, choice_sent(request)))
    if "take_back" in request.POST:
        keep_draft(request, company, without(draft, request.POST["take_back"]))
        return redirect(address(company, choice_sent(request)))
    space = space_of(company)
    return _drafted(request, company, collected(request.POST, space, draft), space)


def base_context(request: HttpRequest, company: Company) -> dict[str, Any]:
    """What every page of the workspace needs."""
    return {"company": company, "may_administer": caller_of(request).may_administer(company), "now": clock.now()}


def space_of(company: Company) -> Workspace:
    return workspace(company, reporting_of(company).default_basis, now=clock.now())


def address(company: Company, choice: Choice) -> str:
    return reverse("mapping", args=[company.slug]) + choice.as_query()


def choice_sent(request: HttpRequest) -> Choice:
    """Where on the page a person was, from the form's `back`: an address' query that Choice has written."""
    text = (request.POST if request.method == "POST" else request.GET).get("back", "")
    return Choice.of(QueryDict(text.removeprefix("?")))


def _drafted(request: HttpRequest, company: Company, draft: tuple[Assignment, ...], space: Workspace) -> HttpResponse:
    """Keep it, and show what it would do: as a piece of the page for a script, else on the preview's page."""
    choice = choice_sent(request)
    try:
        keep_draft(request, company, draft)
    except DraftFull as problem:
        if request.headers.get(PART):
            return HttpResponse(str(problem), status=422, content_type="text/plain; charset=utf-8")
        messages.error(request, str(problem))
        return redirect(address(company, choice))
    if request.headers.get(PART):
        return _panel(request, company, draft, space)
    if not draft:
        messages.info(request, "Nothing is different: choose another metric for an account first.")
        return redirect(address(company, choice))
    query = urlencode({"what": "draft", "back": choice.as_query()})
    return redirect(f"{reverse('mapping-preview', args=[company.slug])}?{query}")


def _panel(request: HttpRequest, company: Company, draft: tuple[Assignment, ...], space: Workspace) -> HttpResponse:
    """`shown` is None when the last change was taken back."""
    asked = Asked(company, caller_of(request), {"what": "draft"}, draft)
    found = shown(company, proposal_of(asked), space.basis, space) if draft else None
    context = base_context(request, company) | {"shown": found, "draft": draft}
    context["query"] = choice_sent(request).as_query()
    return render(request, "metrics/_workspace_panel.html", context)


def _initial(account: WorkspaceAccount) -> dict[str, Any]:
    leaf = account.full_name.rpartition(":")[2]
    return {"metric": account.metric_key, "scope": "this", "text": leaf}


def _account_context(space: Workspace, account: WorkspaceAccount) -> dict[str, Any]:
    tried = space.mapper.diagnose(account.full_name, account.section, account.number, account.list_id, space.newest)
    notes = {rule.pk: rule.values.note for rule in space.rules}
    return {
        "account": account,
        "line": line_of(account),
        "space": space,
        "months": list(zip(space.months, account.amounts, strict=True)),
        "suggestions": suggestions_for(space, [account])[account.account_key],
        "tried": [TriedLine(one, notes.get(one.rule.rule_id, "")) for one in tried if one.outcome not in _NOT_FITTING],
        "others": _not_fitting(tried),
    }


def _not_fitting(tried: tuple[Tried, ...]) -> list[tuple[str, int]]:
    """How many rules do not look at the account at all, by why."""
    counts = Counter(one.outcome for one in tried if one.outcome in _NOT_FITTING)
    return [(outcome.words, count) for outcome, count in counts.items()]
