"""Parts of pages that htmx renews: each is taken out of the whole page, under that page's own rules."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import clock
from accounts.models import Membership
from metrics.tests import explained_sample
from metrics.tests import sample_company as sample

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

COMPANY = "/companies/cascadia/"
REVIEW = f"{COMPANY}review/?period=2026-Q1&compare=year"
EXPLANATION = f"{COMPANY}explain/mrr/2026-01/?basis=accrual"
ADDRESSES = ("/?q=cas&sort=name", f"{COMPANY}?basis=cash", REVIEW, EXPLANATION)
BY_HTMX = {"HX-Request": "true", "HX-Target": "figures"}
WITH_PARTS = (("/?sort=name", ("companies", "about-companies")), (COMPANY, ("figures", "about-figures")),
              (REVIEW, ("review", "about-review")))  # fmt: skip


@pytest.fixture(autouse=True)
def _at_a_fixed_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: sample.NOW)


@pytest.fixture
def dana() -> Client:
    company, user, client = explained_sample.make(), sample.person(), Client()
    Membership.objects.create(user=user, company=company)
    sample.synced_company(user, "Birch & Sons", "birch")
    client.force_login(user)
    return client


def _page(client: Client, address: str, headers: dict[str, str] | None = None) -> str:
    """Without the token of its forms, which differs each time."""
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", answer.content.decode())


@pytest.mark.parametrize("address", ADDRESSES)
def test_htmx_is_given_the_whole_page_so_that_no_cache_and_no_step_back_shows_half_of_it(
    dana: Client, address: str
) -> None:
    whole = _page(dana, address)
    assert whole.startswith("<!doctype html>")
    assert _page(dana, address, BY_HTMX) == whole
    assert "HX-Request" not in dana.get(address, headers=BY_HTMX).get("Vary", "")


@pytest.mark.parametrize("address", ADDRESSES)
def test_htmx_costs_as_many_queries_as_the_page(dana: Client, address: str) -> None:
    counts = []
    for headers in (None, None, BY_HTMX):  # the first one fills what the process remembers
        with CaptureQueriesContext(
            connection,
        ) as queries:
            dana.get(address, headers=headers)
        counts.append(len(queries))
    assert counts[1] == counts[2]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_part_is_for_those_who_may_see_its_page(dana: Client, address: str) -> None:
    assert Client().get(address, headers=BY_HTMX)["Location"].startswith("/sign-in/?next=")
    stranger = Client()
    stranger.force_login(sample.person("erin"))
    answer = stranger.get(address, headers=BY_HTMX)
    assert answer.status_code == (200 if address.startswith("/?") else 404)
    assert "Cascadia" not in answer.content.decode()


@pytest.mark.parametrize(("address", "parts"), WITH_PARTS)
def test_what_htmx_is_to_take_out_of_a_page_is_there_once(dana: Client, address: str, parts: tuple[str, ...]) -> None:
    html = unescape(_page(dana, address))
    for part in parts:
        assert html.count(f'id="{part}"') == 1
    assert f'hx-select="#{parts[0]} > *" hx-select-oob="#{parts[1]}' in html
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_an_explanation_in_a_panel_has_none_of_the_names_of_the_page_beneath(dana: Client) -> None:
    inside = set(re.findall(r'\bid="([^"]+)"', _page(dana, EXPLANATION))) - {"content"}
    for address in (COMPANY, REVIEW):
        assert inside.isdisjoint(re.findall(r'\bid="([^"]+)"', _page(dana, address)))


def test_without_a_script_the_search_is_a_plain_form_and_the_choices_are_links(dana: Client) -> None:
    html = _page(dana, "/?q=cas&show=attention")
    assert '<form id="find" class="filters overview-filters" method="get" action="/"' in html
    assert '<input type="hidden" name="show" value="attention" form="find">' in html
    assert re.search(r'<a id="show-all" href="\?q=cas"', html)


def test_htmx_runs_no_text_as_code_keeps_no_page_and_asks_nobody_else(dana: Client) -> None:
    found = re.search(r"<meta name=\"htmx-config\" content='([^']+)'>", _page(dana, COMPANY))
    assert found is not None
    config = json.loads(found[1])
    off = ("allowEval", "allowScriptTags", "includeIndicatorStyles", "historyCacheSize")
    assert [config[name] for name in off] == [False, False, False, 0]
    assert config["refreshOnHistoryMiss"]
    assert config["selfRequestsOnly"]
    assert 5_000 <= config["timeout"] <= 60_000
    assert finders.find("django_htmx/htmx-2.min.js")


@pytest.mark.parametrize("address", ["/sign-in/", EXPLANATION, f"{COMPANY}tie-out/", f"{COMPANY}targets/"])
def test_a_page_without_such_a_part_does_not_load_htmx(dana: Client, address: str) -> None:
    assert "htmx" not in _page(Client() if address == "/sign-in/" else dana, address)
