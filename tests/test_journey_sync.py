"""From a QuickBooks file to metrics that tie out: a real server process, real HTTP, simulators that share no code."""

from __future__ import annotations

import re
import urllib.error
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from accounts import clock
from metrics.months import Month
from simulators.company import Company, make_company
from simulators.quickbooks import QuickBooks
from simulators.web_connector import WebConnector
from tests.server import Server, running_server

pytestmark = pytest.mark.journey

TODAY = clock.today()  # a real server reads the real clock


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


def _connected(
    server: Server, name: str, company: Company, on_call: Callable[[str], None] | None = None
) -> tuple[dict[str, Any], QuickBooks, WebConnector]:
    username = re.sub(r"\W", "-", name.lower())
    connected = server.connect(name, username, "a-long-password")
    quickbooks = QuickBooks(company)
    quickbooks.stamp(connected["owner_id"], connected["file_id"])
    connector = WebConnector(server.soap_url, username, "a-long-password", quickbooks, on_call=on_call)
    return connected, quickbooks, connector


def _month_figures(company: Company, month: str) -> Decimal:
    span = Month.parse(month)
    return company.net_income(span.first_day, span.last_day, "Accrual")


@pytest.mark.parametrize(("seed", "uses_account_numbers"), [(1, False), (2, True)])
def test_24_months_arrive_in_one_session_with_three_requests_and_every_month_ties(
    server: Server, seed: int, uses_account_numbers: bool
) -> None:
    company = make_company(seed, TODAY, uses_account_numbers=uses_account_numbers)
    connected, quickbooks, connector = _connected(server, f"Journey {seed}", company)
    run = connector.run()
    assert run.exchanges == 3, run
    assert not quickbooks.writes
    report = server.get("/api/metrics", connected["api_key"])
    months = report["months"]
    assert len(months) == 24
    assert months[-1]["month"] == str(Month.of(TODAY))
    assert [month["tie_out"]["status"] for month in months] == ["tied"] * 24
    for month in months:
        expected = _month_figures(company, month["month"])
        assert Decimal(month["metrics"]["net_profit"]) == expected
        assert Decimal(month["tie_out"]["quickbooks_net_income"]) == expected
        assert len(month["metrics"]) == 14
    assert report["unmapped_accounts"]


def test_a_second_run_syncs_nothing_twice(server: Server) -> None:
    company = make_company(3, TODAY)
    _, quickbooks, connector = _connected(server, "Twice", company)
    connector.run()
    reads = len(quickbooks.reads)
    run = connector.run()
    assert run.verdict == "none"
    assert run.exchanges == 0
    assert len(quickbooks.reads) == reads


def test_a_report_that_does_not_add_up_keeps_the_good_figures_and_shows_the_difference(server: Server) -> None:
    company = make_company(4, TODAY)
    connected, quickbooks, connector = _connected(server, "Untied", company)
    connector.run()
    before = server.get("/api/metrics", connected["api_key"])["months"]
    quickbooks.tamper_next_report(_change_net_income)
    server.manage("shell", "-c", "from qbwc.models import SyncPlan; SyncPlan.objects.update(next_due_at=None)")
    connector.run()
    after = server.get("/api/metrics", connected["api_key"])["months"]
    assert [month["metrics"] for month in after] == [month["metrics"] for month in before]
    untied = [month for month in after if month["tie_out"]["status"] == "untied"]
    assert untied
    assert all(Decimal(month["tie_out"]["difference"]) == Decimal("-1000.00") for month in untied)


def _change_net_income(report: str) -> str:
    """Add 1,000.00 to every cell of the last TotalRow."""
    head, last, tail = report.rpartition("<TotalRow")
    end = tail.index("</TotalRow>")
    changed = re.sub(
        r'(colID="(?!1")\d+" value=")(-?[\d.]+)(")',
        lambda found: f"{found[1]}{Decimal(found[2]) + 1000}{found[3]}",
        tail[:end],
    )
    return head + last + changed + tail[end:]


def test_a_refusal_of_quickbooks_is_shown_in_its_own_words_and_the_other_syncs_go_on(server: Server) -> None:
    company = make_company(5, TODAY)
    connected, quickbooks, connector = _connected(server, "Refused", company)
    quickbooks.answer_next_with_status("EmployeeQueryRq", 3120, "Object specified in the request cannot be found.")
    connector.run()
    history = server.get("/api/qbwc/history", connected["api_key"])
    text = str(history)
    assert "Object specified in the request cannot be found." in text
    assert len(server.get("/api/metrics", connected["api_key"])["months"]) == 24


def test_a_wrong_password_reads_nothing_and_a_wrong_key_is_refused(server: Server) -> None:
    company = make_company(6, TODAY)
    _, quickbooks, _ = _connected(server, "Locked", company)
    run = WebConnector(server.soap_url, "locked", "not-the-password", quickbooks).run()
    assert run.verdict == "nvu"
    assert run.qbwc_code == "QBWC1040"
    assert not quickbooks.reads
    with pytest.raises(urllib.error.HTTPError) as refused:
        server.get("/api/metrics", "tieout_nonsense")
    assert refused.value.code == 401


def test_a_server_killed_in_the_middle_of_a_session_goes_on_where_it_was(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        calls: list[str] = []

        def pull_the_plug(operation: str) -> None:
            calls.append(operation)
            if calls.count("receiveResponseXML") == 2 and operation == "receiveResponseXML":
                server.kill()

        connected, _, connector = _connected(server, "Plug", make_company(7, TODAY), pull_the_plug)
        assert connector.run().qbwc_code == "QBWC1042"
        server.start()
        calls.clear()
        calls.extend(["receiveResponseXML"] * 2)
        assert connector.run().exchanges == 2
        months = server.get("/api/metrics", connected["api_key"])["months"]
        assert [month["tie_out"]["status"] for month in months] == ["tied"] * 24
