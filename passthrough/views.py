"""The calls of a company for people: the list, one call with its story and its documents, and running one again."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import audit, clock
from accounts.models import ApiKey, Company
from accounts.page_access import caller_of, visible
from accounts.permissions import Caller
from passthrough import listing, outcomes, service, story
from passthrough.contract import ErrorCode
from passthrough.forms import SearchForm
from passthrough.models import Transaction
from passthrough.pretty import duration
from passthrough.problems import Problem
from passthrough.service import Kind
from qbwc import selectors

FIRST_CALL = (
    '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">'
    "<CompanyQueryRq/></QBXMLMsgsRq></QBXML>"
)


@never_cache
@login_required
@require_safe
def transactions(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody of the company: the calls, newest first, fifty at a time."""
    company = visible(request, slug)
    form = SearchForm(request.GET)
    search = form.search()
    found = listing.lines(company, search)
    context = {
        "company": company,
        "company_file": selectors.company_file_of(company),
        "form": form,
        "search": search,
        "found": found,
        "older": _older(request, found.older),
        "now": clock.now(),
        "address": f"{settings.PUBLIC_URL}/api/qbxml",
        "first_call": FIRST_CALL,
        "may_administer": caller_of(request).may_administer(company),
    }
    return render(request, "passthrough/transactions.html", context)


def _older(request: HttpRequest, pk: int | None) -> str:
    """The query string of the next page; "" on the last one."""
    kept = {name: request.GET[name] for name in ("q", "status", "kind", "code") if request.GET.get(name)}
    return urlencode({**kept, "before": pk}) if pk is not None else ""


@never_cache
@login_required
@require_safe
def transaction(request: HttpRequest, slug: str, transaction_id: str) -> HttpResponse:
    """Everybody of the company: one call; its documents, and running it again, for administrators only."""
    company, now = visible(request, slug), clock.now()
    row = _settled(_row(company, transaction_id))
    may_administer = caller_of(request).may_administer(company)
    documents = listing.documents_of(row, with_texts=may_administer)
    context = {
        "company": company,
        "row": row,
        "took": duration(row.processing_time_ms),
        "steps": story.steps(row),
        "reasons": story.reasons(row, now),
        "failure": story.failure(row),
        "documents": documents,
        "may_run_again": may_administer and story.may_run_again(row, is_request_kept=documents.is_request_kept),
        "now": now,
        "may_administer": may_administer,
    }
    return render(request, "passthrough/transaction.html", context)


@never_cache
@login_required
@require_POST
def run_again(request: HttpRequest, slug: str, transaction_id: str) -> HttpResponse:
    """Administrators: a failed call once more, as a new one that nobody is held for."""
    company = visible(request, slug)
    person = caller_of(request)
    if not person.may_administer(company):
        raise PermissionDenied
    row, now = _row(company, transaction_id), clock.now()
    record = partial(audit.record, action="transaction.run_again", now=now, actor=person.name, company=company)
    try:
        done = service.retry(row, _with_its_key(person, row), 0, now)
    except Problem as problem:
        record(success=False, transaction=row.transaction_id, error_code=problem.name)
        messages.error(request, str(problem))
        return redirect("transaction", slug=slug, transaction_id=transaction_id)
    record(success=True, transaction=row.transaction_id, runs_as=done.transaction_id)
    messages.add_message(request, *_SAID[done.kind])
    return redirect("transaction", slug=slug, transaction_id=done.transaction_id)


_SAID = {
    Kind.NEW: (messages.SUCCESS, "This is the new call. It goes to QuickBooks at the Web Connector's next call."),
    Kind.ATTACHED: (messages.WARNING, "The same call is already under way: this is it. Nothing was sent twice."),
    Kind.REPLAY: (messages.WARNING, "The same call has ended already: this is it. It was not carried out again."),
}


def _with_its_key(person: Caller, row: Transaction) -> Caller:
    """A write needs a key that may write: it runs again under the one it came with. Problem when that is gone, or
    when the request itself was refused.
    """
    if row.error_code and not row.may_be_done and not story.is_worth_another_try(row):
        raise Problem(ErrorCode.DUPLICATE_REQUEST, "The request itself was refused; as it is, it is refused again.")
    if not row.is_write:
        return person
    key = row.api_key
    if key is None or key.revoked_at is not None or key.scope != ApiKey.Scope.WRITE:
        words = "The key that this write came with is revoked or gone. Send it as a new call with a valid write key."
        raise Problem(ErrorCode.FORBIDDEN, words)
    return Caller(user=person.user, api_key=key)


def _settled(row: Transaction) -> Transaction:
    """With its outcome, when its job has ended and nobody has said so yet."""
    if row.status == Transaction.Status.PENDING and outcomes.settle(row.pk, clock.now()):
        return _row(row.company, row.transaction_id)
    return row


def _row(company: Company, transaction_id: str) -> Transaction:
    row = listing.find(company, transaction_id)
    if row is None:
        raise Http404
    return row
