"""Action items of reviews: who writes them, what is audited, and how they are carried to the next quarter."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client

from accounts.models import AuditEvent, Company, Membership, User
from accounts.permissions import Caller
from metrics.fiscal import FiscalCalendar
from metrics.models import ActionItem, ReportingSettings
from metrics.months import Month
from metrics.review import action_items as items
from metrics.review.action_items import BadActionItem
from metrics.tests.factories import NOW, CompanyFactory, person

pytestmark = pytest.mark.django_db

Q1, Q2, Q3 = Month(2026, 1), Month(2026, 4), Month(2026, 7)


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create(slug="cascadia", name="Cascadia")


def _add(company: Company, text: str = "Raise the rate", quarter: Month = Q1) -> ActionItem:
    return items.add(company, quarter, text, "Lee", date(2026, 4, 30), actor="dana", now=NOW)


def _client(caller: Caller) -> Client:
    assert isinstance(caller.user, User)
    client = Client()
    client.force_login(caller.user)
    return client


def _administrator(company: Company) -> Client:
    return _client(person(company, role=Membership.Role.ADMINISTRATOR))


def test_words_are_tidied_and_what_is_empty_or_too_long_is_refused(company: Company) -> None:
    assert _add(company, "  Raise \n the\trate\x00 ").text == "Raise the rate"
    with pytest.raises(BadActionItem) as refused:
        items.add(company, Q1, "  ", "x" * 201, actor="dana", now=NOW)
    assert set(refused.value.problems) == {"text", "owner"}
    assert ActionItem.objects.count() == 1


def test_items_of_a_quarter_stay_in_sight_when_the_fiscal_year_begins_in_another_month(company: Company) -> None:
    done = _add(company, "Was done", Q3)
    items.set_done(done, is_done=True, actor="dana", now=NOW)
    _add(company, "Is open", Q3)
    ReportingSettings.objects.create(company=company, fiscal_year_first_month=2)  # May to July, August to October
    client = _administrator(company)
    page = client.get("/companies/cascadia/review/present/?period=2026-07&page=actions").content.decode()
    assert "Was done" in page
    assert "Is open" in page
    assert "left open in earlier quarters" not in page
    after = client.get("/companies/cascadia/review/present/?period=2026-10&page=actions").content.decode()
    assert "1 left open in earlier quarters" in after


def test_an_item_that_somebody_else_changed_is_not_deleted_by_whoever_has_not_read_that(company: Company) -> None:
    item = _add(company)
    client, address = _administrator(company), "/companies/cascadia/review/actions/"
    page = client.get("/companies/cascadia/review/present/?period=2026-Q1&page=actions").content.decode()
    seen = page.split('name="version" value="')[1].split('"')[0]
    items.change(item, "Raise both rates", "Dana", None, actor="lee", now=NOW)
    answer = client.post(f"{address}{item.pk}/?period=2026-Q1", {"do": "delete", "version": seen}, follow=True)
    assert "Not deleted: somebody else changed it in the meantime." in answer.content.decode()
    assert ActionItem.objects.count() == 1
    again = {"do": "delete", "version": items.version_of(item)}
    client.post(f"{address}{item.pk}/?period=2026-Q1", again)
    assert ActionItem.objects.count() == 0
    twice = client.post(f"{address}{item.pk}/?period=2026-Q1", again, follow=True)
    assert "It was deleted in the meantime." in twice.content.decode()


def test_every_change_is_in_the_audit_trail(company: Company) -> None:
    item = _add(company)
    items.change(item, "Raise both rates", "Dana", None, actor="lee", now=NOW)
    items.set_done(item, is_done=True, actor="lee", now=NOW)
    items.set_done(item, is_done=False, actor="lee", now=NOW)
    items.carry_forward(company, Q2, actor="lee", now=NOW)
    items.delete(item, actor="lee", now=NOW)
    assert list(AuditEvent.objects.order_by("pk").values_list("action", "actor")) == [
        ("action_item.added", "dana"),
        ("action_item.changed", "lee"),
        ("action_item.done", "lee"),
        ("action_item.reopened", "lee"),
        ("action_items.carried", "lee"),
        ("action_item.deleted", "lee"),
    ]


def test_done_twice_is_done_once_at_its_first_moment(company: Company) -> None:
    item = _add(company)
    assert items.set_done(item, is_done=True, actor="dana", now=NOW)
    assert not items.set_done(item, is_done=True, actor="lee", now=NOW + timedelta(days=1))
    item.refresh_from_db()
    assert item.done_at == NOW


def test_what_is_open_is_carried_once_and_what_is_done_stays(company: Company) -> None:
    done, still_open = _add(company, "Done"), _add(company, "Open")
    items.set_done(done, is_done=True, actor="dana", now=NOW)
    (carried,) = items.carry_forward(company, Q2, actor="dana", now=NOW)
    assert (carried.text, carried.owner, carried.due_on) == ("Open", "Lee", date(2026, 4, 30))
    assert carried.carried_from == still_open
    assert items.carry_forward(company, Q2, actor="dana", now=NOW) == ()
    assert list(items.action_items(company, only_open=True)) == [carried]


def test_an_item_is_carried_over_several_quarters_and_skipped_ones_too(company: Company) -> None:
    _add(company)
    items.carry_forward(company, Q2, actor="dana", now=NOW)
    _add(company, "New in Q2", Q2)
    carried = items.carry_forward(company, Q3, actor="dana", now=NOW)
    assert [item.text for item in carried] == ["Raise the rate", "New in Q2"]
    assert list(items.to_carry(company, Q2)) == []


def test_deleting_a_carried_item_leaves_its_origin_open_again(company: Company) -> None:
    origin = _add(company)
    (carried,) = items.carry_forward(company, Q2, actor="dana", now=NOW)
    items.delete(carried, actor="dana", now=NOW)
    assert list(items.to_carry(company, Q2)) == [origin]


def test_another_companys_items_are_never_carried(company: Company) -> None:
    _add(CompanyFactory.create())
    assert items.carry_forward(company, Q2, actor="dana", now=NOW) == ()


def test_a_quarter_is_the_fiscal_one() -> None:
    assert items.quarter_of(Month(2026, 3), FiscalCalendar(1)) == Q1
    assert items.quarter_of(Month(2026, 1), FiscalCalendar(11)) == Month(2025, 11)


def test_rest_adds_lists_changes_and_deletes(company: Company) -> None:
    client = _administrator(company)
    body = {"quarter": "2026-Q1", "text": "Raise the rate", "owner": "Lee", "due_on": "2026-04-30"}
    made = client.post("/api/action-items", body, content_type="application/json")
    assert made.status_code == 201
    assert made.json()["quarter_first_month"] == "2026-01"
    address = f"/api/action-items/{made.json()['id']}"
    changed = client.patch(address, {"done": True, "due_on": None}, content_type="application/json").json()
    assert changed["done_at"]
    assert changed["due_on"] is None
    assert changed["text"] == "Raise the rate"
    assert client.get("/api/action-items?open=true").json()["action_items"] == []
    assert len(client.get("/api/action-items?quarter=2026-02").json()["action_items"]) == 1
    assert client.delete(address).status_code == 204
    assert client.delete(address).status_code == 404


def test_rest_carries_forward_by_the_companys_fiscal_year(company: Company) -> None:
    ReportingSettings.objects.create(company=company, fiscal_year_first_month=2)
    _add(company, quarter=Month(2026, 2))
    client = _administrator(company)
    answer = client.post("/api/action-items/carry-forward", {"quarter": "2026-06"}, content_type="application/json")
    assert [one["quarter_first_month"] for one in answer.json()["action_items"]] == ["2026-05"]


def test_rest_says_what_is_wrong(company: Company) -> None:
    client = _administrator(company)
    bad = client.post("/api/action-items", {"quarter": "soon", "text": "x"}, content_type="application/json")
    assert (bad.status_code, bad.json()["error"]["code"]) == (400, "BAD_PERIOD")
    empty = client.post("/api/action-items", {"quarter": "2026-Q1", "text": " "}, content_type="application/json")
    assert (empty.status_code, empty.json()["error"]["code"]) == (422, "BAD_ACTION_ITEM")


def test_viewers_read_and_do_not_write_and_others_see_nothing(company: Company) -> None:
    item = _add(company)
    viewer, stranger = _client(person(company)), _client(person(CompanyFactory.create(slug="other")))
    assert len(viewer.get("/api/action-items").json()["action_items"]) == 1
    body = {"quarter": "2026-Q1", "text": "x"}
    assert viewer.post("/api/action-items", body, content_type="application/json").status_code == 403
    assert stranger.get("/api/action-items?company=cascadia").status_code == 404
    assert stranger.delete(f"/api/action-items/{item.pk}").status_code in (403, 404)
    review = "/companies/cascadia/review"
    assert viewer.post(f"{review}/actions/", {"text": "x"}).status_code == 403
    assert viewer.post(f"{review}/actions/{item.pk}/", {"do": "delete"}).status_code == 403
    assert stranger.post(f"{review}/actions/carry/").status_code == 404
    assert ActionItem.objects.count() == 1


def test_the_page_adds_carries_ticks_off_and_deletes(company: Company) -> None:
    client, review = _administrator(company), "/companies/cascadia/review"
    _add(company, "Old", Month(2025, 10))
    query = "?period=2026-Q1"
    assert client.post(f"{review}/actions/{query}", {"text": "New", "owner": "Lee"}).status_code == 302
    assert client.post(f"{review}/actions/{query}", {"text": ""}).status_code == 422
    client.post(f"{review}/actions/carry/{query}")
    assert [item.text for item in items.action_items(company, Q1)] == ["New", "Old"]
    new = ActionItem.objects.get(text="New")
    client.post(f"{review}/actions/{new.pk}/{query}", {"do": "done"})
    new.refresh_from_db()
    assert new.done_at is not None
    client.post(f"{review}/actions/{new.pk}/{query}", {"do": "delete"})
    assert not ActionItem.objects.filter(text="New").exists()
