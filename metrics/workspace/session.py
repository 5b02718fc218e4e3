"""The draft of one person for one company, kept in the session until it is saved or discarded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.http import HttpRequest, QueryDict

from accounts.models import Company
from metrics.workspace.accounts import Workspace, WorkspaceAccount
from metrics.workspace.draft import Assignment, Scope, with_assignment
from metrics.workspace.forms import metric_in

MOST_DRAFTED = 500
FIELD = "to:"  # the select of an account is called to:<account_key>


class DraftFull(ValueError):
    """More than one draft holds."""


def draft_of(request: HttpRequest, company: Company) -> tuple[Assignment, ...]:
    """What an older version of this program kept, and cannot be read any more, is dropped."""
    try:
        return tuple(Assignment.from_json(one) for one in request.session.get(_key(company), ()))
    except (KeyError, TypeError, ValueError):
        return ()


def keep_draft(request: HttpRequest, company: Company, draft: Sequence[Assignment]) -> None:
    if len(draft) > MOST_DRAFTED:
        raise DraftFull(f"A draft holds at most {MOST_DRAFTED} changes: save these first.")
    if draft:
        request.session[_key(company)] = [one.as_json() for one in draft]
    else:
        request.session.pop(_key(company), None)


def collected(sent: QueryDict, space: Workspace, draft: tuple[Assignment, ...]) -> tuple[Assignment, ...]:
    """The draft with the selects that say something else than today, and with the one button that was pressed."""
    accounts = {one.account_key: one for one in space.accounts}
    for name in sent:
        account = accounts.get(name.removeprefix(FIELD)) if name.startswith(FIELD) else None
        if account is not None:
            draft = _chosen(draft, account, sent.getlist(name))
    key, _, value = sent.get("one", "").rpartition("|")
    metric = metric_in(value)
    if key in accounts and metric is not None:
        draft = with_assignment(draft, simple(accounts[key], metric))
    return draft


def without(draft: Sequence[Assignment], place: str) -> tuple[Assignment, ...]:
    """The draft without the one at this place, counted from 0."""
    number = int(place) if place.isascii() and place.isdecimal() else -1
    return tuple(one for at, one in enumerate(draft) if at != number)


def simple(account: WorkspaceAccount, metric_key: str) -> Assignment:
    """This account alone, for all months."""
    return Assignment(account.account_key, account.full_name, account.section, metric_key)


def _chosen(draft: tuple[Assignment, ...], account: WorkspaceAccount, values: Sequence[str]) -> tuple[Assignment, ...]:
    """An account may stand on the page twice: the select that was changed counts."""
    drafted = _by_account(draft).get(account.account_key)
    shown = account.metric_key if drafted is None else drafted.metric_key
    changed = [metric for metric in map(metric_in, values) if metric is not None and metric != shown]
    if not changed:
        return draft
    if changed[-1] == account.metric_key and drafted is not None:
        return tuple(one for one in draft if one is not drafted)
    return with_assignment(draft, simple(account, changed[-1]))


def _by_account(draft: Sequence[Assignment]) -> Mapping[str, Assignment]:
    return {one.account_key: one for one in draft if one.scope is Scope.THIS}


def _key(company: Company) -> str:
    return f"mapping-draft-{company.pk}"
