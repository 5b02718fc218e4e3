"""Changing what people wrote into a review, a note or an action item: never over what somebody else wrote meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import clock
from accounts.models import Company
from accounts.page_access import administered, caller_of, visible
from metrics.figure_words import day_words
from metrics.models import ActionItem, Note
from metrics.review import action_items as items
from metrics.review import notes
from metrics.review.action_items import BadActionItem, ItemWasChanged
from metrics.review.forms import ActionChangeForm, NoteChangeForm
from metrics.review.notes import BadNote, NoteWasChanged, NotYourNote
from metrics.review.request import address_of, asked_of

MOST_HISTORY = 50


@dataclass(frozen=True)
class _Edit:
    """What the page of an edit shows. `theirs` is what somebody else wrote meanwhile, None as long as nobody did."""

    heading: str
    back: str
    form: forms.Form
    history: tuple[object, ...] = ()
    theirs: str | None = None
    status: int = 200


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_note(request: HttpRequest, slug: str, note_id: int) -> HttpResponse:
    """By its author or an administrator, with everything that was written before."""
    company, caller = visible(request, slug), caller_of(request)
    note = Note.objects.select_related("company").filter(company=company, pk=note_id).first()
    back = _back(request, company, "review") + "#notes"
    if note is None:
        return _gone(request, "The note was deleted in the meantime; nothing was kept.", back)
    may_administer = caller.may_administer(company)
    if not may_administer and note.author != caller.name:
        raise PermissionDenied
    if request.method != "POST":
        form = NoteChangeForm(initial={"text": note.text, "version": notes.version_of(note)})
        return _page(request, company, _note_edit(note, form, back))
    form = NoteChangeForm(request.POST)
    if not form.is_valid():
        return _page(request, company, _note_edit(note, form, back, status=422))
    typed = form.cleaned_data
    try:
        notes.change_note(
            note,
            typed["text"],
            actor=caller.name,
            may_administer=may_administer,
            now=clock.now(),
            seen=typed["version"],
        )
    except NoteWasChanged as problem:
        if problem.now is None:
            return _gone(request, str(problem), back)
        again = NoteChangeForm({"text": typed["text"], "version": notes.version_of(problem.now)})
        return _page(request, company, _note_edit(note, again, back, theirs=problem.now.text, status=409))
    except BadNote as bad:
        form.add_error("text", " ".join(bad.problems.values()))
        return _page(request, company, _note_edit(note, form, back, status=422))
    messages.success(request, "The note is changed. Snapshots keep what they hold.")
    return redirect(back)


@never_cache
@login_required
@require_POST
def delete_note(request: HttpRequest, slug: str, note_id: int) -> HttpResponse:
    """By its author or an administrator; not when somebody has changed it since the page was opened."""
    company, caller = visible(request, slug), caller_of(request)
    note = get_object_or_404(Note.objects.select_related("company"), company=company, pk=note_id)
    seen = request.POST.get("version") or None
    may_administer = caller.may_administer(company)
    try:
        notes.delete_note(note, actor=caller.name, may_administer=may_administer, now=clock.now(), seen=seen)
    except NotYourNote as problem:
        raise PermissionDenied from problem
    except NoteWasChanged:
        messages.warning(
            request, "Not deleted: somebody else changed the note in the meantime. It is shown as it is now."
        )
    else:
        messages.success(request, "The note is deleted. Snapshots that hold it keep it.")
    return redirect(_back(request, company, "review") + "#notes")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_action(request: HttpRequest, slug: str, item_id: int) -> HttpResponse:
    """Administrators change words, owner and date."""
    company = administered(request, slug)
    item = ActionItem.objects.select_related("company").filter(company=company, pk=item_id).first()
    back = _back(request, company, "review-present", page="actions")
    if item is None:
        return _gone(request, "The action item was deleted in the meantime; nothing was kept.", back)
    heading = "Change an action item"
    if request.method != "POST":
        initial = {"text": item.text, "owner": item.owner, "due_on": item.due_on, "version": items.version_of(item)}
        return _page(request, company, _Edit(heading, back, ActionChangeForm(initial=initial)))
    form = ActionChangeForm(request.POST)
    if not form.is_valid():
        return _page(request, company, _Edit(heading, back, form, status=422))
    typed, actor = form.cleaned_data, caller_of(request).name
    try:
        items.change(
            item,
            typed["text"],
            typed["owner"],
            typed["due_on"],
            actor=actor,
            now=clock.now(),
            seen=typed["version"],
        )
    except ItemWasChanged as problem:
        if problem.now is None:
            return _gone(request, str(problem), back)
        again = ActionChangeForm({**request.POST.dict(), "version": items.version_of(problem.now)})
        return _page(request, company, _Edit(heading, back, again, theirs=_said(problem.now), status=409))
    except BadActionItem as bad:
        for field, words in bad.problems.items():
            form.add_error(field, words)
        return _page(request, company, _Edit(heading, back, form, status=422))
    return redirect(back)


def _said(item: ActionItem) -> str:
    due = f"by {day_words(item.due_on)}" if item.due_on else ""
    return " · ".join(part for part in (item.text, item.owner, due) if part)


def _note_edit(note: Note, form: forms.Form, back: str, *, theirs: str | None = None, status: int = 200) -> _Edit:
    return _Edit("Change a note", back, form, tuple(notes.note_history(note)[:MOST_HISTORY]), theirs, status)


def _back(request: HttpRequest, company: Company, name: str, **other: str) -> str:
    """The page one came from: same period, comparison and basis."""
    asked, _ = asked_of(company, request.GET.dict(), clock.now())
    return reverse(name, args=[company.slug]) + address_of(asked, **other)


def _gone(request: HttpRequest, words: str, back: str) -> HttpResponse:
    messages.warning(request, words)
    return redirect(back)


def _page(request: HttpRequest, company: Company, edit: _Edit) -> HttpResponse:
    context = {"company": company, "may_administer": caller_of(request).may_administer(company), "edit": edit}
    return render(request, "metrics/review_page/edit.html", context, status=edit.status)
