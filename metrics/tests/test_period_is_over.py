"""When a period is over: on the company's own clock, and the same for pages, files, alerts and letters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from pytest_django import Settings

from accounts import clock
from accounts.models import Company, User
from accounts.permissions import Caller
from alerts.models import Thresholds
from metrics.alerting import sources as alert_sources
from metrics.alerting import targets as alert_targets
from metrics.company_time import end_of, running_month, zone_name
from metrics.downloads.files import review_of_period
from metrics.exports.review import review_of
from metrics.models import MonthlyMetric
from metrics.months import Month
from metrics.overview.companies import overview
from metrics.periods import Period
from metrics.reporting.settings import reporting_of
from metrics.review.page import Asked, Compare, review
from metrics.review.readiness import ReasonCode
from metrics.scheduled_mail.dates import Every, Timing, due_at, newest_over, open_period
from metrics.snapshots.earlier_figures import earlier_json
from metrics.snapshots.freezing import NotReady, freeze
from metrics.targets.changes import save_targets
from metrics.targets.judging import Extent, Judge, extent_of
from metrics.targets.rules import Light, TargetValue
from metrics.tests import sample_company as sample
from metrics.tests.review_sample import content
from qbwc.models import CompanyFile

pytestmark = pytest.mark.django_db
DENVER, AUCKLAND = "America/Denver", "Pacific/Auckland"
NOVEMBER = Month(2026, 11)
IN_THE_LAST_HOURS = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)  # 30 November, 20:00 in Denver
AFTER_THEM = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)  # 1 December, 01:00 in Denver


@pytest.fixture
def dana() -> User:
    return sample.person()


@pytest.fixture
def company(dana: User) -> Company:
    sample.synced_company(dana)
    MonthlyMetric.objects.update(synced_at=AFTER_THEM)
    return lives_in(DENVER)


def lives_in(zone: str, slug: str = "cascadia") -> Company:
    CompanyFile.objects.filter(company__slug=slug).update(time_zone=zone)
    return Company.objects.get(slug=slug)


def asked(company: Company, now: datetime, period: Period | None = None) -> Asked:
    wanted = period or Period.month(NOVEMBER)
    limit = reporting_of(company).unmapped_threshold_percent
    return Asked(company, wanted, "accrual", Compare.NOTHING, now, limit)


def aim_for(company: Company, amount: str, *months: Month) -> None:
    aims = [TargetValue("mrr", month, Decimal(amount)) for month in months]
    save_targets(company, aims, actor="dana", now=IN_THE_LAST_HOURS)


def verdict_on_the_page(company: Company, now: datetime) -> str:
    found = review(asked(company, now)).rows["mrr"].assessment
    assert found is not None
    return found.words


def verdict_in_a_file(company: Company, now: datetime) -> str:
    return review_of_period(company, Period.month(NOVEMBER), "accrual", now).line("mrr").verdict


@pytest.mark.parametrize(
    ("said", "of_the_server", "zone"),
    [
        (DENVER, "UTC", DENVER),
        ("UTC", DENVER, DENVER),
        ("", "UTC", "UTC"),
        (None, AUCKLAND, AUCKLAND),
        ("Mars/Olympus", DENVER, DENVER),
        ("../etc", "UTC", "UTC"),
    ],
)
def test_a_company_without_a_time_zone_of_its_own_has_the_servers(
    settings: Settings, said: str | None, of_the_server: str, zone: str
) -> None:
    settings.TIME_ZONE = of_the_server
    assert zone_name(said) == zone


def test_a_month_ends_at_the_companys_midnight() -> None:
    assert end_of(NOVEMBER, DENVER).astimezone(UTC) == datetime(2026, 12, 1, 7, 0, tzinfo=UTC)


def test_a_month_is_over_later_in_the_west_and_earlier_in_the_east(company: Company) -> None:
    assert running_month(company, IN_THE_LAST_HOURS) == NOVEMBER
    assert running_month(company, AFTER_THEM) == NOVEMBER.plus(1)
    assert running_month(lives_in(AUCKLAND), datetime(2026, 11, 30, 12, 0, tzinfo=UTC)) == NOVEMBER.plus(1)


@pytest.mark.parametrize("verdict", [verdict_on_the_page, verdict_in_a_file])
def test_a_target_is_not_missed_in_the_last_hours_of_the_companys_month(
    company: Company, verdict: Callable[[Company, datetime], str]
) -> None:
    aim_for(company, "99999999", NOVEMBER)
    assert verdict(company, IN_THE_LAST_HOURS) == "not over yet"
    assert verdict(company, AFTER_THEM).startswith("target missed")


def test_no_alert_tells_of_a_month_that_still_runs_in_the_company(company: Company) -> None:
    aim_for(company, "99999999", NOVEMBER)
    november = MonthlyMetric.objects.filter(month=NOVEMBER.first_day)
    november.update(tie_out_status="untied", difference=Decimal(5), unmapped_revenue=Decimal(10**6))
    for look in (alert_sources.untied, alert_sources.unmapped, alert_targets.missed):
        assert list(look([company], IN_THE_LAST_HOURS)) == []
        assert [one.subject[:7] for one in look([company], AFTER_THEM)] == ["2026-11"]


def test_companies_of_several_places_are_each_looked_at_by_their_own_clock(company: Company, dana: User) -> None:
    sample.synced_company(dana, "Antipodes", "antipodes")
    east = lives_in(AUCKLAND, "antipodes")
    MonthlyMetric.objects.filter(month=NOVEMBER.first_day).update(tie_out_status="untied", difference=Decimal(5))
    found = alert_sources.untied([company, east], datetime(2026, 11, 30, 12, 0, tzinfo=UTC))
    assert [one.company_id for one in found] == [east.pk]
    lines = overview(Caller(dana), datetime(2026, 11, 30, 12, 0, tzinfo=UTC)).lines
    assert {line.company.slug: str(line.tally.latest) for line in lines} == {
        "cascadia": "2026-10",
        "antipodes": "2026-11",
    }


def test_nothing_can_be_frozen_as_ready_in_the_last_hours(company: Company) -> None:
    with pytest.raises(NotReady) as refused:
        freeze(company, Period.month(NOVEMBER), "accrual", "November", actor="dana", now=IN_THE_LAST_HOURS)
    assert [one.code for one in refused.value.readiness.reasons] == [ReasonCode.STILL_RUNS]
    assert freeze(company, Period.month(NOVEMBER), "accrual", "November", actor="dana", now=AFTER_THEM)


def test_the_review_offers_the_period_that_is_over_there(
    company: Company, dana: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(dana)
    for now, shown in (
        (datetime(2027, 1, 1, 3, 0, tzinfo=UTC), "Q3 2026"),
        (datetime(2027, 1, 1, 8, 0, tzinfo=UTC), "Q4 2026"),
    ):
        monkeypatch.setattr(clock, "now", lambda now=now: now)
        assert f"{shown}" in str(client.get("/companies/cascadia/review/").context["review"].asked.period.label)


def test_a_letter_to_the_east_waits_until_the_period_is_over_in_the_company() -> None:
    timing = Timing(Every.MONTH, 1, 0, AUCKLAND, books_zone=DENVER)
    period = Period.month(NOVEMBER)
    assert due_at(timing, period) == datetime(2026, 12, 1, 7, 0, tzinfo=UTC)
    assert newest_over(timing, IN_THE_LAST_HOURS).last == NOVEMBER.plus(-1)
    assert newest_over(timing, AFTER_THEM).last == NOVEMBER
    assert open_period(timing, AFTER_THEM) == period


def test_page_file_and_alert_judge_by_the_companys_own_tolerance(company: Company) -> None:
    mrr = MonthlyMetric.objects.get(company=company, month=NOVEMBER.first_day).mrr
    aim_for(company, str((mrr * Decimal("1.09")).quantize(Decimal("0.01"))), NOVEMBER)
    for percent, words, told in (("5", "target missed", 1), ("12", "close to target", 0)):
        Thresholds.objects.update_or_create(company=company, defaults={"values": {"target_missed.percent": percent}})
        assert verdict_on_the_page(company, AFTER_THEM).startswith(words)
        assert verdict_in_a_file(company, AFTER_THEM).startswith(words)
        assert len(list(alert_targets.missed([company], AFTER_THEM))) == told


def test_figures_read_before_the_end_are_judged_nowhere(company: Company) -> None:
    aim_for(company, "99999999", NOVEMBER)
    MonthlyMetric.objects.update(synced_at=IN_THE_LAST_HOURS)
    assert verdict_on_the_page(company, AFTER_THEM) == "not read since it was over"
    assert verdict_in_a_file(company, AFTER_THEM) == "not read since it was over"
    assert list(alert_targets.missed([company], AFTER_THEM)) == []


def test_what_was_frozen_is_judged_as_it_was_then(company: Company) -> None:
    mrr = MonthlyMetric.objects.get(company=company, month=NOVEMBER.first_day).mrr
    aim_for(company, str((mrr * Decimal("1.09")).quantize(Decimal("0.01"))), NOVEMBER)
    kept = freeze(company, Period.month(NOVEMBER), "accrual", "November", actor="dana", now=AFTER_THEM).content
    Thresholds.objects.create(company=company, values={"target_missed.percent": "50"})
    assert kept["targets"]["judged"] == {"extent": "whole", "tolerance": "5"}
    assert review_of(kept).line("mrr").light is Light.MISSED


@pytest.mark.parametrize(
    ("reasons", "missing", "words"),
    [
        ([{"code": "still_runs", "message": "…", "months": []}], ["2025-03"], "not over yet"),
        ([], ["2025-03"], "not every month was read"),
        ([], [], "target missed"),
    ],
)
def test_an_older_snapshot_of_part_of_a_period_has_missed_nothing(
    reasons: list[dict[str, object]], missing: list[str], words: str
) -> None:
    one = content(3)
    one["targets"].pop("judged", None)
    one["targets"]["period"] = {"target": {"mrr": "99999999.00"}}
    one["readiness"]["reasons"], one["figures"]["months_missing"] = reasons, missing
    line = review_of(one).line("mrr")
    assert line.verdict.startswith(words)
    assert (line.light is Light.MISSED) is (words == "target missed")


def test_part_of_a_period_has_no_light_and_all_of_it_has() -> None:
    months = Period.quarter(NOVEMBER).months
    read = dict.fromkeys(months, True)
    running = Month(2027, 1)
    assert extent_of(Period.quarter(NOVEMBER), read, NOVEMBER) is Extent.RUNS
    assert extent_of(Period.quarter(NOVEMBER), dict.fromkeys(months[:2], True), running) is Extent.UNREAD
    assert extent_of(Period.quarter(NOVEMBER), read | {months[1]: False}, running) is Extent.STALE
    assert extent_of(Period.quarter(NOVEMBER), read, running) is Extent.WHOLE
    for extent in Extent:
        assert (Judge(extent).of("mrr", Decimal(1), Decimal(2)).light is Light.NONE) is (extent is not Extent.WHOLE)
        assert Judge(extent).of("mrr", Decimal(1), None).words == "no target"


def last_read(at: datetime, *months: Month) -> None:
    MonthlyMetric.objects.filter(month__in=[month.first_day for month in months]).update(synced_at=at)


def test_figures_read_before_the_end_are_ready_nowhere(company: Company, dana: User) -> None:
    september = Month(2026, 9)
    assert not overview(Caller(dana), AFTER_THEM).lines[0].not_ready
    last_read(IN_THE_LAST_HOURS, NOVEMBER)
    last_read(end_of(september, DENVER) - timedelta(minutes=1), september)
    assert [one.code for one in review(asked(company, AFTER_THEM)).readiness.reasons] == [ReasonCode.NOT_READ_SINCE]
    assert any(
        "Nov 2026 was last read from QuickBooks on 30 Nov 2026, before it was over" in one
        for one in review_of_period(company, Period.month(NOVEMBER), "accrual", AFTER_THEM).reservations
    )
    with pytest.raises(NotReady) as refused:
        freeze(company, Period.month(NOVEMBER), "accrual", "November", actor="dana", now=AFTER_THEM)
    assert [one.code for one in refused.value.readiness.reasons] == [ReasonCode.NOT_READ_SINCE]
    found = overview(Caller(dana), AFTER_THEM)
    assert (found.ready, found.lines[0].not_ready) == (0, "1 month not read since its end")
    last_read(end_of(september, DENVER), september)
    assert overview(Caller(dana), AFTER_THEM).ready == 1


def test_nothing_is_compared_with_a_month_that_was_read_before_its_end(company: Company) -> None:
    period, october = Period.month(NOVEMBER), NOVEMBER.plus(-1)
    with_before = replace(asked(company, AFTER_THEM), compare=Compare.PREVIOUS)
    assert review(with_before).other is not None
    assert earlier_json(company, "accrual", period, AFTER_THEM)["previous"] is not None
    last_read(end_of(october, DENVER) - timedelta(minutes=1), october)
    found = review(with_before)
    words = "Not compared with Oct 2026: Oct 2026 has not been read from QuickBooks since it was over."
    assert (found.other, found.not_compared) == (None, words)
    assert earlier_json(company, "accrual", period, AFTER_THEM)["previous"] is None
