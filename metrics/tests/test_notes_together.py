"""Two people at one note or action item: the second is told; and what both leave behind in snapshots and the trail."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client

from accounts.models import AuditEvent, Company, Membership, User
from metrics.canonical import digest
from metrics.models import ActionItem, Note, Snapshot
from metrics.months import Month
from metrics.review import action_items as items
from metrics.review import notes
from metrics.review.action_items import ItemWasChanged
from metrics.review.notes import NoteWasChanged
from metrics.snapshots.compare import compare
from metrics.snapshots.freezing import freeze, verify
from metrics.tests.callers import by_person
from metrics.tests.factories import NOW, person
from metrics.tests.reviewed_company import BOTH, FEBRUARY, reviewed_company

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=1)
Q1 = Month(2026, 1)


@pytest.fixture
def company() -> Company:
    return reviewed_company()


@pytest.fixture
def note(company: Company) -> Note:
    return notes.add_note(company, "First words", FEBRUARY, "mrr", actor="dana", now=NOW)


@pytest.fixture
def item(company: Company) -> ActionItem:
    return items.add(company, Q1, "Raise the rate", "Lee", date(2026, 4, 30), actor="dana", now=NOW)


def _client(company: Company, role: Membership.Role, username: str) -> Client:
    caller = person(company, role=role, username=username)
    assert isinstance(caller.user, User)
    client = Client()
    client.force_login(caller.user)
    return client


def test_the_second_of_two_writers_is_told_and_overwrites_nothing(note: Note) -> None:
    seen = notes.version_of(note)
    notes.change_note(note, "Hers", actor="dana", may_administer=False, now=LATER, seen=seen)
    with pytest.raises(NoteWasChanged) as told:
        notes.change_note(note, "His", actor="lee", may_administer=True, now=LATER, seen=seen)
    assert told.value.now is not None
    assert (told.value.now.text, Note.objects.get().text) == ("Hers", "Hers")
    with pytest.raises(NoteWasChanged):
        notes.delete_note(note, actor="lee", may_administer=True, now=LATER, seen=seen)
    notes.delete_note(note, actor="lee", may_administer=True, now=LATER)
    with pytest.raises(NoteWasChanged) as told:
        notes.change_note(note, "His", actor="lee", may_administer=True, now=LATER, seen=seen)
    assert told.value.now is None


def test_two_changes_at_the_same_moment_are_told_apart(note: Note) -> None:
    seen = notes.version_of(note)
    notes.change_note(note, "Hers", actor="dana", may_administer=False, now=NOW, seen=seen)
    with pytest.raises(NoteWasChanged):
        notes.change_note(note, "His", actor="dana", may_administer=False, now=NOW, seen=seen)


def test_the_trail_keeps_what_stood_there_before(note: Note) -> None:
    notes.change_note(note, "Other words", actor="dana", may_administer=False, now=LATER)
    event = AuditEvent.objects.get(action="note.changed")
    assert (event.details["before"], event.details["text"]) == ("First words", "Other words")
    assert [one.action for one in notes.note_history(note)] == ["note.changed", "note.added"]


def test_the_page_of_a_note_is_for_its_author_and_administrators(company: Company, note: Note) -> None:
    path = f"/companies/{company.slug}/review/notes/{note.pk}/"
    assert _client(company, Membership.Role.VIEWER, "eve").get(path).status_code == 403
    dana = _client(company, Membership.Role.VIEWER, "dana")
    shown = dana.get(path)
    assert b"First words" in shown.content
    version = notes.version_of(note)
    assert dana.post(path, {"text": "Second", "version": version}).status_code == 302
    refused = _client(company, Membership.Role.ADMINISTRATOR, "lee").post(path, {"text": "Third", "version": version})
    assert refused.status_code == 409
    page = refused.content.decode()
    assert "Second" in page
    assert "Third" in page
    assert notes.version_of(Note.objects.get()) in page
    assert dana.post(path, {"text": " ", "version": version}).status_code == 422


def test_a_note_that_is_gone_leads_back_with_a_word(company: Company, note: Note) -> None:
    dana = _client(company, Membership.Role.VIEWER, "dana")
    path = f"/companies/{company.slug}/review/notes/{note.pk}/"
    note.delete()
    assert b"deleted in the meantime" in dana.post(path, {"text": "x", "version": "x"}, follow=True).content


def test_a_note_changed_since_the_page_was_opened_is_not_deleted(company: Company, note: Note) -> None:
    dana = _client(company, Membership.Role.VIEWER, "dana")
    seen = notes.version_of(note)
    notes.change_note(note, "Other", actor="lee", may_administer=True, now=LATER)
    path = f"/companies/{company.slug}/review/notes/{note.pk}/delete/"
    assert b"Not deleted" in dana.post(path, {"version": seen}, follow=True).content
    dana.post(path, {"version": notes.version_of(Note.objects.get())})
    assert not Note.objects.exists()


def test_action_items_are_changed_on_a_page_and_never_over_somebody_else(company: Company, item: ActionItem) -> None:
    lee = _client(company, Membership.Role.ADMINISTRATOR, "lee")
    path = f"/companies/{company.slug}/review/actions/{item.pk}/edit/"
    seen = items.version_of(item)
    typed = {"text": "Raise both", "owner": "Dana", "due_on": "2026-05-31", "version": seen}
    assert lee.post(path, typed).status_code == 302
    changed = ActionItem.objects.get()
    assert (changed.text, changed.owner, changed.due_on) == ("Raise both", "Dana", date(2026, 5, 31))
    refused = lee.post(path, {**typed, "text": "Mine"})
    assert refused.status_code == 409
    assert "Raise both · Dana · by 31 May 2026" in refused.content.decode()
    with pytest.raises(ItemWasChanged):
        items.change(item, "x", "", None, actor="dana", now=LATER, seen=seen)
    assert _client(company, Membership.Role.VIEWER, "eve").get(path).status_code == 403


def test_rest_answers_409_to_an_old_version(company: Company) -> None:
    dana = by_person(company, username="dana", role="administrator")
    made = dana.send("post", "/api/notes", {"text": "One"})
    path = f"/api/notes/{made['id']}"
    changed = dana.send("patch", path, {"text": "Two", "version": made["version"]})
    assert (dana.status, changed["version"] != made["version"]) == (200, True)
    answer = dana.send("patch", path, {"text": "Three", "version": made["version"]})
    assert (dana.status, answer["error"]["code"]) == (409, "NOTE_CHANGED")
    agreed = dana.send("post", "/api/action-items", {"quarter": "2026-Q1", "text": "Call"})
    path = f"/api/action-items/{agreed['id']}"
    dana.send("patch", path, {"owner": "Lee", "version": agreed["version"]})
    answer = dana.send("patch", path, {"owner": "Eve", "version": agreed["version"]})
    assert (dana.status, answer["error"]["code"]) == (409, "ACTION_ITEM_CHANGED")


def test_a_snapshot_keeps_action_items_with_owner_date_and_state(company: Company, item: ActionItem) -> None:
    done = items.add(company, Q1, "Call Northwind", actor="dana", now=NOW)
    items.set_done(done, is_done=True, actor="dana", now=NOW)
    items.add(company, Month(2026, 4), "Another quarter", actor="dana", now=NOW)
    content = freeze(company, BOTH, "accrual", "Q1", actor="dana", now=NOW).content
    assert [(one["text"], one["owner"], one["due_on"], one["state"]) for one in content["action_items"]] == [
        ("Raise the rate", "Lee", "2026-04-30", items.state_of(item, NOW.date())),
        ("Call Northwind", "", None, "done"),
    ]


def test_compare_tells_what_became_of_notes_and_action_items(company: Company, note: Note, item: ActionItem) -> None:
    snapshot = freeze(company, BOTH, "accrual", "Q1", actor="dana", now=NOW)
    same = compare(snapshot, NOW)
    assert (same.notes_changed, same.actions_changed) == ((), ())
    notes.change_note(note, "Other words", actor="dana", may_administer=False, now=LATER)
    notes.add_note(company, "New\nwords", None, "", actor="", now=LATER)
    items.set_done(item, is_done=True, actor="dana", now=LATER)
    items.add(company, Q1, "Call", actor="dana", now=LATER)
    found = compare(snapshot, LATER)
    assert found.notes_changed == (
        "Written since: “New words” by a program",
        "Changed since: “First words” by dana (2026-02), now “Other words”",
    )
    assert found.actions_changed[0] == "Agreed since: “Call”"
    assert found.actions_changed[1].endswith("then, done now")


def test_a_snapshot_of_the_first_format_still_opens_and_compares(company: Company, note: Note) -> None:
    snapshot = freeze(company, BOTH, "accrual", "Q1", actor="dana", now=NOW)
    old = {key: value for key, value in snapshot.content.items() if key not in ("action_items", "cautions")}
    old = {**old, "format": 1, "notes": [{k: v for k, v in one.items() if k != "id"} for one in old["notes"]]}
    Snapshot.objects.update(content=old, sha256=digest(old))
    snapshot = Snapshot.objects.get()
    items.add(company, Q1, "Call", actor="dana", now=LATER)
    notes.change_note(note, "Other words", actor="dana", may_administer=False, now=LATER)
    found = compare(snapshot, LATER)
    assert verify(snapshot)
    assert found.actions_changed == ()
    assert [words.split(":")[0] for words in found.notes_changed] == ["Deleted since", "Written since"]
    page = _client(company, Membership.Role.VIEWER, "eve").get(f"/companies/{company.slug}/snapshots/{snapshot.pk}/")
    assert page.status_code == 200
    file = Client()
    file.force_login(User.objects.get(username="eve"))
    assert file.get(f"/companies/{company.slug}/snapshots/{snapshot.pk}/download/pdf").status_code == 200
