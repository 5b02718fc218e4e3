"""What connections give cause to tell: silence, the wrong file, writes of unknown outcome; one query each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Company
from alerts.acknowledging import acknowledge
from alerts.looking import look
from alerts.models import Alert, Recipient
from alerts.sources import Found
from metrics.tests import sample_company as sample
from outbox.models import Message
from qbwc.models import CompanyFile, Job
from qwc import alert_source
from qwc.connection_states import State

pytestmark = pytest.mark.django_db
NOW = sample.NOW


@pytest.fixture
def file() -> CompanyFile:
    return sample.synced_company(sample.person(), months=1).company_file


def found_by(look_at: Callable[..., Iterable[Found]]) -> list[Found]:
    return list(look_at(list(Company.objects.all()), NOW))


def is_in(file: CompanyFile, state: State, **columns: object) -> None:
    values = {"connection_state": state.value, "connection_state_since": NOW - timedelta(hours=1), **columns}
    CompanyFile.objects.filter(pk=file.pk).update(**values)


def test_a_silence_is_told_by_when_it_began_and_the_next_one_is_another(file: CompanyFile) -> None:
    seen = NOW - timedelta(hours=5)
    is_in(file, State.OFFLINE, last_seen_at=seen)
    (one,) = found_by(alert_source.stale)
    assert one.subject == "silent-since-2026-11-21T03:12:00"
    assert "silent since 21 Nov 2026, 03:12 UTC" in one.words
    assert (one.why[:28], one.link) == ("It usually calls every 15 mi", "/companies/cascadia/sync/")
    is_in(file, State.OFFLINE, last_seen_at=seen + timedelta(hours=1))
    assert found_by(alert_source.stale)[0].subject != one.subject


def test_a_call_ends_the_silence_before_the_look_of_the_minute_has_judged_it(file: CompanyFile) -> None:
    is_in(file, State.OFFLINE, last_seen_at=NOW - timedelta(seconds=20))
    assert found_by(alert_source.stale) == [], "it has just called: that is no new silence"


def test_a_silence_after_a_call_that_no_look_has_seen_is_told(file: CompanyFile) -> None:
    judged = NOW - timedelta(days=3)
    is_in(file, State.OFFLINE, last_seen_at=judged + timedelta(hours=1), connection_state_since=judged)
    (one,) = found_by(alert_source.stale)
    assert one.since == judged + timedelta(hours=1)


def test_the_same_wrong_file_is_news_again_another_day_but_not_at_every_switch(file: CompanyFile) -> None:
    refused = {"company_name": "Other Co", "file_id": "x", "path": "C:\\Other.QBW", "at": NOW.isoformat()}

    def seen(now: datetime, *, is_wrong: bool) -> Alert:
        CompanyFile.objects.update(wrong_file=refused if is_wrong else None)
        look(now)
        return Alert.objects.get(kind=alert_source.WRONG_FILE)

    assert seen(NOW, is_wrong=True).state == "open"
    alert = Alert.objects.get(kind=alert_source.WRONG_FILE)
    acknowledge(file.company, [alert.pk], note="", actor="dana", now=NOW)
    seen(NOW + timedelta(hours=1), is_wrong=False)
    assert seen(NOW + timedelta(hours=2), is_wrong=True).state == "acknowledged", "somebody switches to and fro"
    seen(NOW + timedelta(hours=3), is_wrong=False)
    assert seen(NOW + timedelta(days=30), is_wrong=True).state == "open", "a month later nobody remembers"


def test_a_wrong_file_that_comes_back_after_a_month_is_told_by_mail_again(file: CompanyFile) -> None:
    refused = {"company_name": "Other Co", "file_id": "x", "path": "C:\\Other.QBW", "at": NOW.isoformat()}
    Recipient.objects.create(
        company=file.company, channel="mail", address="ana@example.com", kinds=[alert_source.WRONG_FILE],
        created_at=NOW, created_by="dana",
    )  # fmt: skip
    for days, is_wrong, messages in ((0, True, 1), (0.1, False, 1), (0.2, True, 1), (0.3, False, 1), (30, True, 2)):
        CompanyFile.objects.update(wrong_file=refused if is_wrong else None)
        look(NOW + timedelta(days=days))
        assert Message.objects.count() == messages, f"after {days} days"


def test_after_an_outage_of_our_own_web_connectors_have_their_turn_first(file: CompanyFile) -> None:
    seen = NOW - timedelta(hours=5)  # the server was down since then, and has just judged it
    is_in(file, State.OFFLINE, last_seen_at=seen, connection_state_since=NOW - timedelta(minutes=4))
    assert found_by(alert_source.stale) == []
    is_in(file, State.OFFLINE, last_seen_at=seen, connection_state_since=NOW - timedelta(minutes=16))
    assert len(found_by(alert_source.stale)) == 1


@pytest.mark.parametrize("state", [State.ONLINE, State.LATE, State.NEVER_SEEN, State.DISABLED, State.UNAVAILABLE])
def test_any_other_state_is_no_silence(file: CompanyFile, state: State) -> None:
    is_in(file, state, last_seen_at=NOW)
    assert found_by(alert_source.stale) == []


def test_a_file_that_is_switched_off_is_silent_on_purpose(file: CompanyFile) -> None:
    is_in(file, State.OFFLINE, last_seen_at=NOW, is_active=False)
    assert found_by(alert_source.stale) == []


def test_the_wrong_company_file_is_told_by_its_name(file: CompanyFile) -> None:
    refused = {"company_name": "Other Co", "file_id": "x", "path": "C:\\Other.QBW", "at": NOW.isoformat()}
    CompanyFile.objects.update(wrong_file=refused, company_name_seen="Cascadia LLC")
    (one,) = found_by(alert_source.wrong_file)
    assert one.words == "QuickBooks has “Other Co” open; this connection belongs to “Cascadia LLC”."


def test_a_write_of_unknown_outcome_is_told_until_it_is_settled(file: CompanyFile) -> None:
    job = Job.objects.create(
        company_file=file, purpose="write", state=Job.State.OUTCOME_UNKNOWN, created_at=NOW, available_at=NOW
    )
    (one,) = found_by(alert_source.in_doubt)
    assert (one.subject, one.link) == (f"job-{job.pk}", f"/companies/cascadia/jobs/{job.pk}/")
    Job.objects.update(state=Job.State.DONE)
    assert found_by(alert_source.in_doubt) == []


def test_each_takes_one_query(file: CompanyFile, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    user = sample.person("erin")
    for number in range(5):
        is_in(sample.synced_company(user, f"C{number}", f"c{number}", months=1).company_file, State.OFFLINE)
    companies = list(Company.objects.all())
    for look_at in (alert_source.stale, alert_source.wrong_file, alert_source.in_doubt):
        with django_assert_num_queries(1):
            list(look_at(companies, NOW))
