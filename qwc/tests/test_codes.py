"""Every code of the QBWC, HRESULT and statusCode tables is explained to whoever looks it up, without signing in."""

from __future__ import annotations

import html

import pytest
from django.db import connection
from django.test import Client

from qbwc.models import CompanyFile, WebConnectorSession
from qbwc.qbxml.code_rows import CodeRow
from qbwc.qbxml.status_codes import HRESULTS, MESSAGE_SET_STATUS_CODES, QBWC_CODES, STATUS_CODES
from qwc.code_search import CODES, search
from qwc.set_up_steps import BY_KEY, STEPS, Key, step_of_hresult
from qwc.tests.pages import NOW, cascadia, words
from qwc.who import WHO

pytestmark = pytest.mark.django_db

TABLES: dict[str, dict[str, CodeRow]] = {
    "QBWC": {f"QBWC{code}": row for code, row in QBWC_CODES.items()},
    "HRESULT": dict(HRESULTS),
    "statusCode": {str(code): row for code, row in STATUS_CODES.items()},
    "messageSetStatusCode": {str(code): row for code, row in MESSAGE_SET_STATUS_CODES.items()},
}


@pytest.mark.parametrize("table", list(TABLES))
def test_every_row_is_on_the_support_page_with_its_meaning_remedy_and_actor(client: Client, table: str) -> None:
    text = words(client.get("/support/").content)

    for code, row in TABLES[table].items():
        assert row.meaning, code
        assert row.remedy, code
        assert WHO[row.actor], code
        who = WHO[row.actor]
        expected = f"{row.meaning} {row.remedy} {who[0].upper()}{who[1:]}"
        assert " ".join(expected.split()) in text, code
        assert any(found.code == code and found.meaning == row.meaning for found in search(code)), code


def test_each_code_is_found_by_its_number_in_any_writing() -> None:
    assert [code.code for code in search("qbwc1012")] == ["QBWC1012"]
    assert [code.code for code in search("1012")] == ["QBWC1012"]
    assert [code.code for code in search("-2147220472")] == ["0x80040408"]
    assert [code.code for code in search("80040408")] == ["0x80040408"]
    assert [code.code for code in search("statusCode 3261")] == ["3261"]
    assert search("") == CODES


def test_words_find_the_rows_that_hold_them_all() -> None:
    found = search("password encrypt")

    assert {"QBWC1028", "QBWC1029", "QBWC1038"} <= {code.code for code in found}
    assert all("password" in f"{code.meaning} {code.remedy}".lower() for code in found)


def test_a_question_without_an_answer_says_where_to_turn(client: Client) -> None:
    text = words(client.get("/support/", {"q": "<b>nothing like it</b>"}).content)

    assert "No code and no explanation holds that" in text
    assert "<b>nothing" not in html.escape(text)


def test_every_code_of_the_web_connector_stands_at_the_one_step_where_it_is_met() -> None:
    placed = [code for step in STEPS for code in step.codes]

    assert sorted(placed) == sorted(QBWC_CODES)


def test_every_hresult_leads_to_a_step() -> None:
    assert {step_of_hresult(code) for code in HRESULTS} == {Key.OPENED, Key.PERMISSIONS}
    assert set(BY_KEY) == set(Key)


def a_session(**columns: object) -> CompanyFile:
    company_file = cascadia()
    values = {"ticket": "t", "started_at": NOW, "last_call_at": NOW, "state": "closed", "step": "close", **columns}
    WebConnectorSession.objects.create(company_file=company_file, **values)
    return company_file


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"progress": 100}, "It ended well"),
        (
            {"last_error": r"Not reached (0x80040408): C:\secret"},
            "QuickBooks could not be started.",
        ),
        ({"last_error": "Secret & Sons did something"}, "It ended with an error."),
        ({"state": "open", "step": "receive"}, "at work with this server"),
        ({"state": "refused", "last_error": "Two connectors"}, "A second Web Connector"),
        ({"state": "expired", "last_error": "x"}, "It was interrupted"),
    ],
)
def test_the_support_page_tells_how_the_last_session_ended_and_nothing_private(
    client: Client, columns: dict[str, object], says: str
) -> None:
    a_session(**columns)

    text = words(client.get("/support/").content)

    assert says in text
    for secret in ("secret", "Secret", "Cascadia", "cascadia"):
        assert secret not in text


@pytest.mark.django_db(transaction=True)
def test_the_support_page_answers_while_the_database_is_away(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE qbwc_sync_sessions RENAME TO gone")
        try:
            answer = client.get("/support/")
        finally:
            cursor.execute("ALTER TABLE gone RENAME TO qbwc_sync_sessions")

    assert answer.status_code == 200
    assert "cannot look it up at the moment" in words(answer.content)
