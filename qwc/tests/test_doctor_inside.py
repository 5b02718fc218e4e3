"""Doctor on the server and its companies: each misconfiguration is found, and nothing else with it."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import redis
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.utils import ConnectionHandler
from pytest_django import Settings

from accounts import audit, clock
from accounts.models import Company
from metrics.models import AccountMapping, SyncHistory
from qbwc.models import CompanyFile, Job, SyncPlan, WebConnectorSession
from qwc.doctor_checks import server, workers
from qwc.doctor_checks.examination import of_companies, of_server
from qwc.doctor_checks.server import GIGABYTE, Disk, Inside
from qwc.findings import Finding, Level
from qwc.tests.doctor_patient import DAY, HOUR, MINUTE, a_month, closed_port, healthy_company, healthy_settings
from qwc.tests.pages import REFUSED, a_job, a_trip

pytestmark = pytest.mark.django_db
REDIS = shutil.which("redis-server")
on_sqlite = connection.vendor == "sqlite"


@dataclass
class World:
    """What an injection can change."""

    settings: Settings
    file: CompanyFile
    folder: Path
    inside: Inside = field(default_factory=lambda: Inside(clock.now()))

    def is_changed(self, **columns: object) -> None:
        CompanyFile.objects.filter(pk=self.file.pk).update(**columns)

    def has_disk(self, free: int) -> None:
        self.inside = replace(self.inside, disk=lambda _path: Disk(100 * GIGABYTE, free))

    def has_database(self, name: str) -> None:
        handler = ConnectionHandler({"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": name}})
        self.inside = replace(self.inside, database=handler["default"])


@pytest.fixture
def world(settings: Settings, tmp_path: Path) -> World:
    healthy_settings(settings)
    return World(settings, healthy_company(), tmp_path)


def findings_of(world: World) -> tuple[Finding, ...]:
    world.file.refresh_from_db()
    return (*of_server(world.inside), *of_companies([world.file.company], world.inside.now))


def complaints(found: tuple[Finding, ...]) -> set[str]:
    return {each.check for each in found if each.level is not Level.OK and not each.is_skipped}


def _first(database: Any, question: str) -> Any:
    with database.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


def _unmigrated(world: World) -> None:
    newest = MigrationRecorder(connection).migration_qs.filter(app="metrics").order_by("-id").first()
    assert newest is not None
    newest.delete()


def _schemas(world: World) -> None:
    (world.folder / "qbxmlops130.xsd").write_text("<no schema>")
    world.settings.QBXML_SCHEMA_DIR = str(world.folder)


def _two_hours_silent(world: World) -> None:
    silent = {"ticket": "t1", "started_at": clock.now() - 3 * HOUR, "last_call_at": clock.now() - 2 * HOUR}
    WebConnectorSession.objects.create(company_file=world.file, **silent)


def _at_quickbooks(world: World) -> None:
    trip = a_trip(a_job(world.file, "in_flight"), "<HostQueryRq/>")
    trip.sent_at = clock.now() - 3 * HOUR
    trip.save()


def _waiting(world: World) -> None:
    a_job(world.file, created_at=clock.now() - 9 * HOUR, available_at=clock.now() - 9 * HOUR)


def _failed(world: World) -> None:
    a_job(world.file, "failed", finished_at=clock.now() - HOUR, failure="QuickBooks said no.")


def _unread(world: World) -> None:
    job = a_job(world.file, "done", finished_at=clock.now())
    a_trip(job, "<HostQueryRq/>", "<HostQueryRs/>", answered_at=clock.now() - HOUR)


def _refused(world: World) -> None:
    action, reason = "web_connector.sign_in_refused", "wrong password"
    audit.record(action=action, success=False, now=clock.now(), actor="cascadia", reason=reason)


def _overdue(world: World) -> None:
    SyncPlan.objects.filter(company_file=world.file).update(next_due_at=clock.now() - 2 * HOUR)


def _reading_failed(world: World) -> None:
    values = {"sync_type": "profit_loss", "success": False, "message": "Net Income is missing."}
    SyncHistory.objects.create(company=world.file.company, created_at=clock.now(), **values)


def _bad_rule(world: World) -> None:
    AccountMapping.objects.create(
        company=world.file.company, match_type="regex", pattern="(", qbr_metric_key="mrr", priority=1
    )


def _unmapped(world: World) -> None:
    a_month(world.file, month=clock.today().replace(day=1), unmapped_revenue=Decimal(300), total_revenue=Decimal(300))


Injection = Callable[[World], Any]

# What is wrong → how it comes about, and exactly the checks that complain.
SERVER_INJECTIONS: dict[str, tuple[Injection, set[str]]] = {
    "the disk nearly full": (lambda w: w.has_disk(GIGABYTE // 8), {"server.disk", "server.database_disk"}),
    "the data folder gone": (
        lambda w: setattr(w.settings, "DATA_DIR", w.folder / "gone"),
        {"server.write", "settings.checks"},
    ),
    "an unmigrated database": (_unmigrated, {"server.migrations"}),
    "Redis down": (
        lambda w: setattr(w.settings, "REDIS_URL", f"redis://127.0.0.1:{closed_port()}/0"),
        {"server.redis"},
    ),
    "no scheduler": (_two_hours_silent, {"server.sweeps"}),
    "an example's secret": (
        lambda w: setattr(w.settings, "SECRET_KEY", "django-insecure-" + "x" * 40),
        {"settings.secret_key"},
    ),
    "DEBUG": (lambda w: setattr(w.settings, "DEBUG", True), {"settings.debug", "settings.checks"}),
    "another host allowed": (lambda w: setattr(w.settings, "ALLOWED_HOSTS", ["other.example"]), {"settings.hosts"}),
    "every host allowed": (lambda w: setattr(w.settings, "ALLOWED_HOSTS", ["*"]), {"settings.hosts"}),
    "broken schemas": (_schemas, {"settings.schemas", "settings.checks"}),
    "no retention": (lambda w: setattr(w.settings, "DATABASE_RETENTION_DAYS", 0), {"settings.retention"}),
    "no such time zone": (lambda w: setattr(w.settings, "TIME_ZONE", "Mars/Olympus"), {"settings.time_zone"}),
    "a wrong setting": (lambda w: setattr(w.settings, "QBWC_PASSWORD_HASH", "open sesame"), {"settings.checks"}),
}
COMPANY_INJECTIONS: dict[str, tuple[Injection, set[str]]] = {
    "switched off": (lambda w: w.is_changed(is_active=False), {"company.connected"}),
    "a name no .qwc can hold": (lambda w: w.is_changed(app_name="Tieout\\books"), {"company.document"}),
    "the connector silent": (lambda w: w.is_changed(last_seen_at=clock.now() - 2 * DAY), {"company.contact"}),
    "never called": (lambda w: w.is_changed(last_seen_at=None), {"company.contact"}),
    "the wrong file": (lambda w: w.is_changed(wrong_file=REFUSED), {"company.file"}),
    "two connectors": (lambda w: w.is_changed(two_connectors_at=clock.now() - HOUR), {"company.one_connector"}),
    "a refused sign-in": (_refused, {"company.sign_in"}),
    "a time zone of nowhere": (lambda w: w.is_changed(time_zone="Nowhere"), {"company.time_zone"}),
    "a stale plan": (_overdue, {"company.plans"}),
    "no plan": (lambda w: SyncPlan.objects.update(is_enabled=False), {"company.plans"}),
    "a job that hangs": (_at_quickbooks, {"company.queue"}),
    "a job that waits": (_waiting, {"company.queue"}),
    "a write of unknown outcome": (lambda w: a_job(w.file, "outcome_unknown"), {"company.writes"}),
    "a failed job": (_failed, {"company.failures"}),
    "an answer nobody read": (_unread, {"company.deliveries"}),
    "a reading that failed": (_reading_failed, {"company.reading"}),
    "an untied month": (
        lambda w: a_month(w.file, month="2026-02-01", tie_out_status="untied", difference=Decimal(5)),
        {"company.tie_out"},
    ),
    "unmapped accounts": (_unmapped, {"company.unmapped"}),
    "a mapping that cannot be read": (_bad_rule, {"company.mappings"}),
}
# Each with a test of its own below.
TESTED_ALONE = {
    "server.database",
    "server.database_settings",
    "server.clock",
    "server.connections",
    "server.worker",
}


@pytest.mark.parametrize("wrong", [*SERVER_INJECTIONS, *COMPANY_INJECTIONS])
def test_each_misconfiguration_is_found_and_nothing_else(wrong: str, world: World) -> None:
    inject, expected = (SERVER_INJECTIONS | COMPANY_INJECTIONS)[wrong]
    inject(world)

    found = findings_of(world)

    complained = complaints(found)
    assert complained == (expected if on_sqlite else expected - {"server.database_disk"})
    for each in found:
        if each.check in complained and each.what != "This could not be checked.":
            assert each.why
            assert each.fix


def test_nothing_is_found_on_a_healthy_server_with_a_healthy_company(world: World) -> None:
    found = findings_of(world)

    assert [each for each in found if each.level is not Level.OK] == []


def test_a_stale_plan_is_no_news_while_the_connector_is_away_or_in_quiet_hours(world: World) -> None:
    _overdue(world)
    now = clock.now()
    world.is_changed(quiet_from=(now - HOUR).time(), quiet_until=(now + HOUR).time())
    assert "company.plans" not in complaints(findings_of(world))

    world.is_changed(quiet_from=None, quiet_until=None, last_seen_at=now - DAY)
    assert complaints(findings_of(world)) == {"company.contact"}


def test_a_sign_in_that_succeeded_since_is_no_news(world: World) -> None:
    _refused(world)
    world.is_changed(last_seen_at=clock.now() + MINUTE)

    assert complaints(findings_of(world)) == set()


def test_a_company_without_a_file_is_only_told_so(world: World) -> None:
    company = Company.objects.create(name="New", slug="new-one")

    found = of_companies([company], clock.now())

    assert [(each.check, each.level, each.company) for each in found] == [("company.connected", Level.NOTE, "new-one")]


def test_a_database_that_does_not_answer_is_a_finding_and_no_exception(world: World) -> None:
    world.has_database(str(world.folder / "gone" / "db.sqlite3"))

    found = {each.check: each for each in findings_of(world)}

    assert found["server.database"].level is Level.ERROR
    assert found["server.migrations"].what == "This could not be checked."


@pytest.mark.skipif(not on_sqlite, reason="about SQLite")
def test_a_database_that_is_not_durable_is_found(world: World) -> None:
    world.has_database(str(world.folder / "slow.sqlite3"))

    found = {each.check: each for each in findings_of(world)}

    assert found["server.database_settings"].level is Level.ERROR
    assert "WAL" in found["server.database_settings"].why
    world.inside.database.close()


@pytest.mark.skipif(not on_sqlite, reason="about SQLite")
def test_a_database_that_does_not_wait_for_the_disk_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_value", lambda inside, asks: _first(inside.database, asks))  # as tests have it
    found = {each.check: each for each in findings_of(world)}["server.database_settings"]

    assert found.level is Level.ERROR
    assert "synchronous is not FULL" in found.why


@pytest.mark.skipif(on_sqlite, reason="about PostgreSQL")
def test_postgresqls_clock_and_connections_are_looked_at(world: World) -> None:
    world.inside = replace(world.inside, now=clock.now() - HOUR)
    found = {each.check: each for each in findings_of(world)}

    assert found["server.clock"].level is Level.WARNING
    assert found["server.connections"].level is Level.OK
    assert "connections of PostgreSQL" in found["server.connections"].what


@pytest.fixture
def redis_url() -> Iterator[str]:
    """A Redis of our own."""
    port = closed_port()
    command = [REDIS or "", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        client = redis.Redis(port=port)
        for _ in range(1200):
            try:
                client.ping()
            except redis.RedisError:
                time.sleep(0.05)
            else:
                break
        yield f"redis://127.0.0.1:{port}/0"
        process.terminate()


@pytest.mark.skipif(REDIS is None, reason="no redis-server")
def test_a_redis_without_a_worker_is_found(world: World, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "ANSWERS_WITHIN", 0.5)
    world.settings.REDIS_URL = redis_url

    found = {each.check: each for each in findings_of(world)}

    assert found["server.redis"].level is Level.OK
    assert found["server.worker"].level is Level.ERROR
    assert complaints(tuple(found.values())) == {"server.worker"}


def test_only_a_job_that_is_late_by_the_companys_own_rhythm_counts(world: World) -> None:
    _waiting(world)
    world.is_changed(run_every_minutes=300)

    assert "company.queue" not in complaints(findings_of(world))
    assert Job.objects.count() == 1
