"""Notes beside months and metrics: anybody who sees the company writes them; author or administrator changes them."""

from __future__ import annotations

import pytest

from accounts.models import AuditEvent, Company
from metrics.models import Note
from metrics.months import Month
from metrics.review.notes import BadNote, NotYourNote, add_note, change_note, delete_note, notes
from metrics.tests.callers import by_key, by_person
from metrics.tests.factories import NOW, CompanyFactory

pytestmark = pytest.mark.django_db

JAN, FEB = Month(2026, 1), Month(2026, 2)


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create()


def test_the_months_of_a_period_bring_their_notes_and_those_of_no_month(company: Company) -> None:
    for month, words in ((JAN, "january"), (FEB, "february"), (None, "always")):
        add_note(company, words, month, "", actor="dana", now=NOW)
    assert [note.text for note in notes(company, FEB, FEB)] == ["always", "february"]
    assert len(notes(company)) == 3


def test_only_the_author_or_an_administrator_changes_a_note(company: Company) -> None:
    note = add_note(company, "first", JAN, "mrr", actor="dana", now=NOW)
    for change in (
        lambda: change_note(note, "x", actor="lee", may_administer=False, now=NOW),
        lambda: delete_note(note, actor="", may_administer=False, now=NOW),
    ):
        with pytest.raises(NotYourNote):
            change()
    change_note(note, "second", actor="dana", may_administer=False, now=NOW)
    delete_note(Note.objects.get(), actor="lee", may_administer=True, now=NOW)
    actions = AuditEvent.objects.filter(action__startswith="note.").order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["note.added", "note.changed", "note.deleted"]


@pytest.mark.parametrize(("text", "key"), [("  ", ""), ("x" * 4001, ""), ("words", "revenue")])
def test_a_note_without_words_or_of_no_metric_is_refused(company: Company, text: str, key: str) -> None:
    with pytest.raises(BadNote):
        add_note(company, text, None, key, actor="dana", now=NOW)


def test_notes_by_rest(company: Company) -> None:
    dana, lee = by_person(company, username="dana"), by_person(company, username="lee")
    made = dana.send("post", "/api/notes", {"text": "New client", "month": "2026-01", "metric": "mrr"})
    assert (dana.status, made["author"], made["month"]) == (201, "dana", "2026-01")
    path = f"/api/notes/{made['id']}"
    assert (lee.send("patch", path, {"text": "No"})["error"]["code"], lee.status) == ("FORBIDDEN", 403)
    assert dana.send("patch", path, {"text": "A new client"})["text"] == "A new client"
    assert dana.send("post", "/api/notes", {"text": " "})["error"]["code"] == "BAD_NOTE"
    assert [note["text"] for note in lee.get("/api/notes")["notes"]] == ["A new client"]
    program = by_key(company, "read")
    program.send("post", "/api/notes", {"text": "x"})
    assert program.status == 403
    by_key(company).send("delete", path)
    assert not Note.objects.exists()


def test_another_companys_note_cannot_be_reached(company: Company) -> None:
    note = add_note(company, "theirs", None, "", actor="dana", now=NOW)
    other = by_person(CompanyFactory.create(), role="administrator")
    other.send("delete", f"/api/notes/{note.pk}")
    assert other.status == 404
