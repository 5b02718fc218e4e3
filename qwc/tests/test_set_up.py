"""The ten lights of a set-up: what makes each green or red, what is written down, who sees the details."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django_htmx.http import HTMX_STOP_POLLING
from pytest_django import Settings

from accounts import clock
from accounts.authentication import issue_key
from accounts.models import ApiKey
from metrics.models import Basis, MonthlyMetric
from qbwc import first_contact
from qbwc.models import CompanyFile, SetUpStep, WebConnectorSession
from qbwc.qbxml.code_rows import Actor
from qbwc.tests.conversation import Connector
from qwc import set_up
from qwc.set_up import Checklist, State
from qwc.set_up_steps import STEPS, Key
from qwc.tests.pages import NOW, REFUSED, QueryLimit, a_job, cascadia, signed_in, words
from qwc.who import WHO

pytestmark = pytest.mark.django_db

AGENT = "Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol 4.0.30319.42000)"
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def company_file(monkeypatch: pytest.MonkeyPatch) -> CompanyFile:
    first_contact.forget()
    made = cascadia()
    CompanyFile.objects.update(created_at=NOW)
    made.refresh_from_db()
    monkeypatch.setattr(clock, "now", lambda: LATER)
    return made


def looked(company_file: CompanyFile, now: datetime = LATER) -> Checklist:
    company_file.refresh_from_db()
    return set_up.checklist(company_file, now)


def states(company_file: CompanyFile) -> dict[Key, State]:
    return {line.step.key: line.state for line in looked(company_file).lines}


def line_of(company_file: CompanyFile, key: Key) -> set_up.Line:
    return next(line for line in looked(company_file).lines if line.step.key is key)


def a_session(company_file: CompanyFile, **columns: Any) -> WebConnectorSession:
    values = {"ticket": "t", "started_at": NOW, "last_call_at": NOW, "state": "closed", "step": "close", **columns}
    return WebConnectorSession.objects.create(company_file=company_file, **values)


def test_nothing_is_green_at_first_and_the_first_step_is_waited_for(company_file: CompanyFile) -> None:
    found = states(company_file)

    assert found.pop(Key.DOWNLOADED) is State.NEXT
    assert set(found.values()) == {State.WAITING}


def test_a_download_turns_its_light_green(company_file: CompanyFile) -> None:
    set_up.hand_out(company_file, NOW, actor="alice")

    line = line_of(company_file, Key.DOWNLOADED)

    assert (line.state, line.first_seen_at, line.detail) == (State.DONE, NOW, "By alice.")


def test_support_page_and_probe_turn_green_when_the_web_connector_fetches_them(
    client: Client, company_file: CompanyFile
) -> None:
    client.get("/support/")
    client.get("/api/qbwc")

    found = states(company_file)

    assert found[Key.SUPPORT] is found[Key.PROBE] is State.DONE
    assert found[Key.SERVER_VERSION] is State.NEXT


@pytest.mark.parametrize("agent", ["Mozilla/5.0 (Windows NT 10.0) Chrome/140", "Tieout-Doctor/1"])
def test_a_persons_browser_and_doctor_are_not_the_web_connector(
    client: Client, company_file: CompanyFile, agent: str
) -> None:
    client.get("/support/", HTTP_USER_AGENT=agent)
    client.get("/api/qbwc", HTTP_USER_AGENT=agent)

    assert states(company_file)[Key.SUPPORT] is State.WAITING
    assert states(company_file)[Key.PROBE] is State.WAITING


def test_calls_before_the_company_was_made_light_nothing(client: Client, company_file: CompanyFile) -> None:
    CompanyFile.objects.update(created_at=LATER + timedelta(seconds=1))
    client.get("/support/")

    assert states(company_file)[Key.SUPPORT] is State.WAITING


def test_calls_from_where_another_company_signs_in_light_nothing(company_file: CompanyFile) -> None:
    connector = Connector()
    connector.text("serverVersion")
    assert states(company_file)[Key.SERVER_VERSION] is State.DONE
    SetUpStep.objects.all().delete()

    first_contact.forget()
    connector.text("serverVersion")
    connector.call("authenticate", strUserName="another", strPassword="x")

    assert states(company_file)[Key.SERVER_VERSION] is State.WAITING


def test_a_web_connector_that_is_too_old_is_a_failure_with_its_remedy(company_file: CompanyFile) -> None:
    Connector().text("clientVersion", strVersion="1.5.0.37")

    line = line_of(company_file, Key.CLIENT_VERSION)

    assert line.state is State.FAILED
    assert "1.5.0.37 is too old" in line.failure
    assert line.who == WHO[Actor.USER]


def test_a_sign_in_turns_green_whatever_must_have_come_before_it(company_file: CompanyFile) -> None:
    CompanyFile.objects.update(last_seen_at=NOW)

    found = looked(company_file).lines

    assert [line.state for line in found[:6]] == [State.DONE] * 6
    assert "what came after it shows" in found[1].detail
    assert found[6].state is State.NEXT


def test_a_wrong_password_is_red_until_the_right_one_came(company_file: CompanyFile) -> None:
    Connector().call("authenticate", strUserName="cascadia", strPassword="wrong")

    line = line_of(company_file, Key.AUTHENTICATE)
    assert (line.state, line.failed_at) == (State.FAILED, LATER)
    assert "password" in line.remedy
    assert states(company_file)[Key.CLIENT_VERSION] is State.DONE

    CompanyFile.objects.update(last_seen_at=LATER + timedelta(minutes=1))
    line = line_of(company_file, Key.AUTHENTICATE)
    assert (line.state, line.failure, line.failed_at) == (State.DONE, "", None)


def test_another_company_file_is_red_and_names_nobody(company_file: CompanyFile) -> None:
    CompanyFile.objects.update(last_seen_at=NOW, wrong_file=REFUSED)

    line = line_of(company_file, Key.OPENED)

    assert line.state is State.FAILED
    assert "Birch" not in line.failure + line.remedy


@pytest.mark.parametrize(
    ("hresult", "key", "actor"),
    [
        ("0x80040408", Key.OPENED, Actor.USER),
        ("0x80040418", Key.PERMISSIONS, Actor.ADMINISTRATOR),
        ("0x12345678", Key.OPENED, Actor.USER),
    ],
)
def test_a_company_file_that_cannot_be_opened_says_who_mends_it(
    company_file: CompanyFile, hresult: str, key: Key, actor: Actor
) -> None:
    CompanyFile.objects.update(last_seen_at=NOW)
    a_session(
        company_file, connection_attempts=1, last_error=f"QuickBooks could not be reached ({hresult}): C:\\secret"
    )

    line = line_of(company_file, key)

    assert (line.state, line.who) == (State.FAILED, WHO[actor])
    assert line.failure
    assert line.remedy
    assert "secret" not in line.failure


def test_permissions_say_what_quickbooks_allows(company_file: CompanyFile) -> None:
    CompanyFile.objects.update(last_seen_at=NOW, file_id_confirmed_at=NOW, permissions_seen="personal_data")

    line = line_of(company_file, Key.PERMISSIONS)

    assert line.state is State.DONE
    assert "Unattended updates: no, personal data: yes." in line.detail
    assert "QuickBooks must be open" in line.detail


def test_a_refused_report_says_why_and_who(company_file: CompanyFile) -> None:
    failure = "QuickBooks refused GeneralSummaryReportQueryRs with status 3120: Secret & Sons"
    a_job(company_file, "failed", purpose="profit_loss", status_code=3120, failure=failure)

    line = line_of(company_file, Key.FIRST_REPORT)

    assert line.state is State.FAILED
    assert line.failure == "A record in the request is not in QuickBooks."
    assert "Secret" not in line.failure + line.remedy


def test_a_missing_right_is_red_at_the_permissions(company_file: CompanyFile) -> None:
    a_job(company_file, "failed", purpose="profit_loss", status_code=3260, failure="no right")

    assert states(company_file)[Key.PERMISSIONS] is State.FAILED
    assert states(company_file)[Key.FIRST_REPORT] is not State.FAILED


def a_month(company_file: CompanyFile, status: str) -> MonthlyMetric:
    return MonthlyMetric.objects.create(
        company=company_file.company,
        basis=Basis.ACCRUAL,
        month=date(2026, 1, 1),
        tie_out_status=status,
        quickbooks_net_income=0,
        synced_at=NOW,
    )


def test_a_tied_month_turns_everything_green(company_file: CompanyFile) -> None:
    month = a_month(company_file, "untied")
    assert states(company_file)[Key.FIRST_TIED] is State.FAILED

    month.tie_out_status = "tied"
    month.save()

    assert looked(company_file).is_complete


def test_an_address_the_web_connector_refuses_is_red_at_the_download(
    company_file: CompanyFile, settings: Settings
) -> None:
    settings.PUBLIC_URL = "http://192.168.1.5:8000"

    line = line_of(company_file, Key.DOWNLOADED)

    assert (line.state, line.who) == (State.FAILED, WHO[Actor.ADMINISTRATOR])
    assert "QBWC1001" in line.failure


def test_a_second_look_writes_nothing(company_file: CompanyFile, django_assert_num_queries: QueryLimit) -> None:
    CompanyFile.objects.update(last_seen_at=NOW)
    company_file.refresh_from_db()
    before = set_up.checklist(company_file, NOW)

    with django_assert_num_queries(9):
        after = set_up.checklist(company_file, LATER)

    assert after == before
    assert SetUpStep.objects.filter(first_seen_at=NOW).count() == 6


def test_a_file_that_has_changed_since_its_download_says_what_to_do(company_file: CompanyFile) -> None:
    set_up.hand_out(company_file, NOW, actor="alice")
    client = signed_in(company_file.company)
    assert set_up.change_since_download(company_file) is None
    assert "Needs re-adding" not in words(client.get("/companies/cascadia/connect/").content)

    CompanyFile.objects.update(username="cascadia-2")

    text = words(client.get("/companies/cascadia/connect/").content)
    assert "Needs re-adding: yes." in text
    assert "UserName was copied into the Web Connector" in text


def test_the_list_alone_is_for_administrators(company_file: CompanyFile) -> None:
    page = "/companies/cascadia/connect/steps/"

    assert signed_in(company_file.company, role="viewer").get(page).status_code == 403
    answer = signed_in(company_file.company).get(page)
    assert answer.status_code == 200
    assert answer.content.decode().count("data-step=") == len(STEPS)


def test_a_list_that_is_complete_is_asked_for_no_more(company_file: CompanyFile) -> None:
    page, alice = "/companies/cascadia/connect/", signed_in(company_file.company)
    assert 'hx-trigger="every 3s"' in alice.get(page).content.decode()
    a_month(company_file, "tied")

    answer = alice.get(f"{page}steps/")
    assert answer.status_code == HTMX_STOP_POLLING
    assert "no-store" in answer["Cache-Control"]
    assert "All ten lights are green." in answer.content.decode()
    assert "hx-trigger" not in alice.get(page).content.decode()


def test_programs_read_the_same_list(client: Client, company_file: CompanyFile) -> None:
    CompanyFile.objects.update(last_seen_at=NOW)
    keys = {scope: issue_key(company_file.company, scope, scope, NOW)[1] for scope in ApiKey.Scope}

    refused = client.get("/api/qwc/set-up", headers={"X-API-Key": keys[ApiKey.Scope.READ]})
    body = client.get("/api/qwc/set-up", headers={"X-API-Key": keys[ApiKey.Scope.WRITE]}).json()

    assert refused.status_code == 403
    assert (body["company"], body["done"], body["is_complete"]) == ("cascadia", 6, False)
    assert [step["key"] for step in body["steps"]] == [step.key.value for step in STEPS]
    assert body["document"] == {"was_downloaded": False, "has_changed": False, "needs_readding": False, "because": ""}
