"""A Web Connector session in its normal course, through the real edge."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from accounts.models import AuditEvent
from qbwc.models import CompanyFile, Exchange, Job, WebConnectorSession
from qbwc.payloads import text_of
from qbwc.purposes import Delivered
from qbwc.tests.conversation import Connector, a_company_file, hcp, plan, reading_into, request_id_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def delivered() -> Iterator[list[Delivered]]:
    kept: list[Delivered] = []
    with reading_into(kept, "first", "second", "third"):
        yield kept


@pytest.fixture
def company_file(delivered: list[Delivered]) -> CompanyFile:
    company_file = a_company_file()
    plan(company_file, "first", "second", "third")
    return company_file


def test_three_due_plans_are_three_requests_in_their_order_and_then_100(
    company_file: CompanyFile, delivered: list[Delivered]
) -> None:
    connector = Connector()
    assert connector.authenticate() == ""
    replies = [connector.answer(connector.send(hcp())), *(connector.answer(connector.send()) for _ in range(2))]
    assert replies == [33, 66, 100]
    assert [item.job.purpose for item in delivered] == ["first", "second", "third"]
    assert "3 of 3" in connector.text("closeConnection")
    assert WebConnectorSession.objects.get().state == WebConnectorSession.State.CLOSED
    assert not Job.objects.exclude(state=Job.State.DONE).exists()


def test_nothing_due_is_answered_with_none_and_leaves_no_session_row(company_file: CompanyFile) -> None:
    connector = Connector()
    connector.authenticate()
    for _ in range(3):
        connector.answer(connector.send())
    connector.text("closeConnection")
    assert Connector().authenticate() == "none"
    assert WebConnectorSession.objects.count() == 1


def test_closing_with_the_ticket_of_a_none_verdict_is_no_error(company_file: CompanyFile) -> None:
    connector = Connector()
    for plan_ in company_file.sync_plans.all():
        plan_.delete()
    assert connector.authenticate() == "none"
    assert connector.text("closeConnection") == "OK"


def test_what_was_sent_and_what_came_back_are_kept_to_the_letter(company_file: CompanyFile) -> None:
    connector = Connector()
    connector.authenticate()
    request = connector.send()
    answer = (
        f'<?xml version="1.0" ?>\n<QBXML><QBXMLMsgsRs><HostQueryRs requestID="{request_id_in(request)}" '
        'statusCode="0" statusSeverity="Info" statusMessage="Caf&#233; &amp; more"/></QBXMLMsgsRs></QBXML>\n'
    )
    connector.receive(answer)
    exchange = Exchange.objects.get()
    assert exchange.request_payload is not None
    assert exchange.response_payload is not None
    assert text_of(exchange.request_payload) == request
    assert text_of(exchange.response_payload) == answer
    assert exchange.delivered_at is not None


def test_the_host_answer_is_learned_without_the_tax_number(company_file: CompanyFile) -> None:
    connector = Connector()
    connector.authenticate()
    assert '<?qbxml version="13.0"?>' in connector.send(hcp())
    company_file.refresh_from_db()
    assert company_file.company_name_seen == "Cascadia Managed Services"
    assert company_file.product_name == "QuickBooks Enterprise Solutions 24.0"
    assert company_file.qbxml_version == "13.0"
    assert company_file.file_id_confirmed_at is not None
    assert "12-3456789" not in str(CompanyFile.objects.values().get())


@pytest.mark.parametrize(("username", "password"), [("cascadia", "not-it"), ("nobody", "right"), ("", "")])
def test_a_wrong_sign_in_is_nvu_and_audited(company_file: CompanyFile, username: str, password: str) -> None:
    connector = Connector()
    assert connector.authenticate(username, password) == "nvu"
    event = AuditEvent.objects.get()
    assert (event.action, event.success, event.actor) == ("web_connector.sign_in_refused", False, username)
    assert password == "" or password not in str(event.details)
    assert "password" in connector.text("getLastError")
    assert connector.send() == ""


def test_a_disabled_company_file_is_not_a_valid_user(company_file: CompanyFile) -> None:
    CompanyFile.objects.update(is_active=False)
    assert Connector().authenticate() == "nvu"


def test_the_version_calls_and_the_interactive_calls_answer_in_their_own_names(company_file: CompanyFile) -> None:
    connector = Connector()
    assert connector.call("serverVersion") == "Tieout 0.1"
    assert connector.call("getServerVersion") == "Tieout 0.1"
    assert connector.call("clientVersion", strVersion="2.3.0.215") == ""
    assert str(connector.call("clientVersion", strVersion="1.5.0.10")).startswith("E:")
    assert connector.call("clientVersion", strVersion="2.10.0.1") == ""
    assert connector.call("getInteractiveURL", wcTicket="x", sessionID="y") == ""
    assert connector.call("interactiveRejected", wcTicket="x", reason="no") != ""
    assert connector.call("interactiveDone", wcTicket="x") == "DONE"
    assert connector.call("isInteractiveDone", wcTicket="x") == "DONE"


def test_progress_never_goes_back_when_work_is_added_meanwhile(
    company_file: CompanyFile, delivered: list[Delivered]
) -> None:
    connector = Connector()
    connector.authenticate()
    first = connector.answer(connector.send())
    for number in range(20):
        Job.objects.create(
            company_file=company_file,
            purpose="first",
            created_at=delivered[0].now,
            available_at=delivered[0].now,
            priority=number,
        )
    replies = [first, *(connector.answer(connector.send()) for _ in range(22))]
    assert replies == sorted(replies)
    assert replies[-1] == 100
    assert max(replies[:-1]) <= 99
