"""manage.py reread: the figures come out of the stored answers as they are, column by column; gaps are told."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import DjangoDbBlocker

from accounts.models import AuditEvent, Company
from metrics.derived_rows import state_of
from metrics.ingest import read_profit_and_loss
from metrics.models import (
    AmountChange,
    MonthlyAmount,
    MonthlyHeadCount,
    MonthlyMetric,
    MonthReading,
    Restatement,
    SyncHistory,
)
from metrics.reading.rebuild import rebuild, reread
from metrics.reading.stored_answers import StoredAnswer, answers_of
from metrics.tests import long_history
from metrics.tests.factories import CompanyFactory, MonthlyMetricFactory
from qbwc import payloads
from qbwc.models import Exchange, Payload

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def made(rows_of_the_file: DjangoDbBlocker) -> int:
    with rows_of_the_file.unblock():
        return long_history.make().pk


@pytest.fixture
def company(made: int, db: None) -> Company:
    return Company.objects.get(pk=made)


def command(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("reread", *arguments, stdout=out)
    except CommandError as problem:
        return problem.returncode, f"{out.getvalue()}{problem}"
    return 0, out.getvalue()


def history(company: Company) -> list[Any]:
    return list(SyncHistory.objects.filter(company=company).order_by("pk").values())


def test_the_history_has_everything_that_the_proof_is_about(company: Company) -> None:
    assert AmountChange.objects.filter(company=company).count() >= 4
    assert Restatement.objects.filter(company=company).exists()
    assert set(MonthlyMetric.objects.values_list("basis", "tie_out_status")) == {
        ("accrual", "tied"),
        ("accrual", "untied"),
        ("cash", "tied"),
    }
    assert MonthlyHeadCount.objects.filter(exchange__isnull=False).count() >= 2
    assert MonthlyMetric.objects.filter(employees_frozen=True).exists()
    answers = [one.exchange.pk for one in answers_of(company) if one.exchange is not None]
    assert answers != sorted(answers)
    assert MonthReading.objects.filter(took_figures=False).exists()


def test_a_rebuild_from_scratch_is_identical_column_by_column(company: Company) -> None:
    before, told = state_of(company), history(company)
    outcome = rebuild(company, long_history.at(60))
    assert (outcome.differences, outcome.gaps, outcome.is_kept) == ((), (), True)
    assert state_of(company) == before
    assert history(company) == told
    assert all(before[table] for table in before)


def test_reading_again_changes_nothing_either_and_neither_does_doing_both_twice(company: Company) -> None:
    before, told = state_of(company), history(company)
    for _ in range(2):
        assert reread(company, long_history.at(60)).differences == ()
        assert rebuild(company, long_history.at(60)).differences == ()
    assert (state_of(company), history(company)) == (before, told)


def by_exchange(answers: Any) -> list[StoredAnswer]:
    return sorted(answers, key=lambda one: one.exchange.pk)


def test_in_the_order_in_which_they_were_sent_the_figures_and_tie_outs_are_the_same(company: Company) -> None:
    outcome = rebuild(company, long_history.at(60), order=by_exchange)
    late = {"AmountChange", "Restatement", "MonthReading"}  # what a late answer would have restated is history
    assert {one.table for one in outcome.differences} <= late


def test_acknowledgements_and_entered_head_counts_stay(company: Company) -> None:
    rebuild(company, long_history.at(60))
    restated = Restatement.objects.get(acknowledged_by="dana")
    assert (restated.note, restated.acknowledged_at) == ("Known: a late credit.", long_history.at(54))
    assert MonthlyHeadCount.objects.get(entered=7).entered_by == "dana"
    assert MonthlyMetric.objects.get(company=company, basis="accrual", month="2026-02-01").employees == 7


def test_a_head_count_entered_where_no_list_was_stays(company: Company) -> None:
    MonthlyHeadCount.objects.create(company=company, month="2026-01-01", entered=4, frozen_at=long_history.at(54))
    before = state_of(company)["MonthlyHeadCount"]
    rebuild(company, long_history.at(60))
    assert state_of(company)["MonthlyHeadCount"] == before


def test_a_figure_changed_by_hand_comes_back_and_is_told_month_by_month(company: Company) -> None:
    MonthlyAmount.objects.filter(company=company, basis="cash", month="2026-01-01", full_name="Rent").update(amount=1)
    MonthlyMetric.objects.filter(company=company, basis="cash", month="2026-01-01").update(other_expenses=1)
    code, words = command("cascadia", "--check")
    assert code == 1
    assert "2026-01 cash:" in words
    assert "1 amounts" in words
    assert MonthlyAmount.objects.filter(amount=1, full_name="Rent").exists()
    code, words = command("cascadia")
    assert (code, "2 rows now differ." in words) == (0, True)
    assert not MonthlyAmount.objects.filter(amount=1, full_name="Rent").exists()
    assert command("cascadia", "--check")[0] == 0


def test_a_check_from_scratch_writes_nothing(company: Company) -> None:
    kept = list(MonthlyMetric.objects.order_by("pk").values_list("pk", flat=True))
    code, words = command("cascadia", "--check", "--from-scratch")
    assert (code, list(MonthlyMetric.objects.order_by("pk").values_list("pk", flat=True))) == (0, kept)
    assert "Identical: every figure comes out as it was." in words
    assert not AuditEvent.objects.filter(action="figures.rebuilt").exists()


def test_what_was_kept_is_in_the_audit_trail(company: Company) -> None:
    command("cascadia", "--from-scratch")
    event = AuditEvent.objects.get(action="figures.rebuilt")
    assert (event.company, event.success) == (company, True)


def test_an_answer_that_is_no_longer_stored_stops_a_rebuild_and_is_named(company: Company) -> None:
    before = state_of(company)
    lost = Exchange.objects.filter(job__purpose="profit_loss").order_by("pk")[0]
    assert lost.response_payload is not None
    Payload.objects.filter(pk=lost.response_payload.pk).delete()
    code, words = command("cascadia", "--from-scratch")
    assert code == 1
    assert f"(exchange {lost.pk}): its text is no longer stored." in words
    assert "Nothing was changed, because the rebuild would have gaps." in words
    assert state_of(company) == before


def test_gaps_can_be_accepted(company: Company) -> None:
    lost = Exchange.objects.filter(job__purpose="profit_loss").order_by("pk")[0]
    line = SyncHistory.objects.get(exchange=lost)
    assert lost.response_payload is not None
    Payload.objects.filter(pk=lost.response_payload.pk).delete()
    assert command("cascadia", "--from-scratch", "--accept-gaps")[0] == 0
    line.refresh_from_db()
    assert line.success
    assert MonthlyMetric.objects.filter(company=company, basis="accrual").count() == 3


def test_a_deleted_exchange_leaves_its_figures_and_is_told(company: Company) -> None:
    month = MonthlyMetric.objects.get(company=company, basis="cash", month="2026-01-01")
    month.exchange = None
    month.save()
    code, words = command("cascadia")
    assert (code, "The answer that 2026-01 cash rests on was deleted." in words) == (1, True)


def test_an_answer_that_can_be_read_by_now_is_read(company: Company) -> None:
    """As after a mended reader: the text that was refused is now one that can be used."""
    refused = SyncHistory.objects.filter(company=company, success=False, exchange__status_code=0)[0]
    assert refused.exchange is not None
    text = long_history.report(company, 27, {"Managed IT": ["2.00", "2.00", "2.00"]}, {}, basis="Cash")
    Exchange.objects.filter(pk=refused.exchange.pk).update(
        request_payload=text.exchange.request_payload, response_payload=payloads.store(text.text)
    )
    outcome = rebuild(company, long_history.at(60))
    refused.refresh_from_db()
    assert refused.success
    assert outcome.gaps == ()
    assert any(one.table == "MonthReading" for one in outcome.differences)


def test_an_answer_that_can_be_read_no_more_is_a_gap(company: Company) -> None:
    line = SyncHistory.objects.filter(company=company, success=True, sync_type="profit_loss").order_by("pk")[0]
    assert line.exchange is not None
    Exchange.objects.filter(pk=line.exchange.pk).update(response_payload=payloads.store("<QBXML/>"))
    before = state_of(company)
    outcome = rebuild(company, long_history.at(60))
    assert (outcome.is_kept, state_of(company)) == (False, before)
    assert outcome.gaps[0].startswith(
        f"Profit & Loss of 2026-02-10 06:00 UTC (exchange {line.exchange_id}): QuickBooks' answer cannot"
    )
    assert outcome.gaps[1] == "The restatement of 2026-01 that dana acknowledged does not arise any more."


def test_the_json_has_every_difference(company: Company) -> None:
    MonthlyMetric.objects.filter(company=company, basis="cash", month="2026-01-01").update(mrr=1)
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("reread", "cascadia", "--check", "--json", stdout=out)
    (told,) = json.loads(out.getvalue())["companies"]
    assert (told["company"], told["identical"], told["kept"]) == ("cascadia", False, False)
    assert told["differences"] == [
        {"table": "MonthlyMetric", "key": ["cash", "2026-01-01"], "column": "mrr", "before": "1.00", "after": "0.00"}
    ]


def test_every_company_is_read_again_when_none_is_named(company: Company) -> None:
    CompanyFactory.create(name="Empty")
    code, words = command()
    assert code == 0
    assert "Empty: 0 stored answers read again." in words
    assert command("nobody")[1] == "There is no company “nobody”."


def test_another_companys_figures_are_left_alone(company: Company) -> None:
    other = MonthlyMetricFactory.create(mrr=5)
    rebuild(company, long_history.at(60))
    other.refresh_from_db()
    assert other.mrr == 5


def test_a_rebuild_while_nothing_was_read_yet_is_fine() -> None:
    assert rebuild(CompanyFactory.create(), long_history.at(0)).is_identical


def test_progress_is_told_answer_by_answer(company: Company) -> None:
    told: list[tuple[int, int]] = []
    rebuild(company, long_history.at(60), progress=lambda read, of: told.append((read, of)))
    assert told[-1] == (len(answers_of(company)), len(answers_of(company)))


def test_a_reading_after_a_rebuild_goes_on_from_there(company: Company) -> None:
    rebuild(company, long_history.at(60))
    restated = Restatement.objects.count()
    read_profit_and_loss(long_history.report(company, 61, {"Managed IT": ["900.00", "900.00", "900.00"]}, basis="Cash"))
    assert Restatement.objects.count() == restated + 3
