"""Connecting a company: identity that stays, nothing done twice, nothing done by halves."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from accounts.models import AuditEvent, Company
from metrics.default_setup import default_plans
from metrics.models import AccountMapping
from qbwc import passwords
from qbwc.models import CompanyFile, SyncPlan
from qwc.connect import Connected, NotConnected, connect, connection_file, new_password, set_password
from qwc.document import problems

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def join(name: str = "Cascadia", username: str = "cascadia", password: str = "secret words", **more: Any) -> Connected:
    return connect(name=name, username=username, password=password, now=NOW, **more)


def test_a_company_gets_a_file_mappings_and_plans() -> None:
    connected = join(actor="alice", currency="CAD")

    assert connected.is_new
    assert (connected.company.name, connected.company.slug, connected.company.currency) == (
        "Cascadia",
        "cascadia",
        "CAD",
    )
    assert passwords.password_matches("secret words", connected.company_file.password_hash)
    assert AccountMapping.objects.filter(company=connected.company).exists()
    plans = SyncPlan.objects.filter(company_file=connected.company_file)
    assert [(plan.purpose, plan.parameters) for plan in plans.order_by("priority")] == [
        (spec.purpose, spec.parameters) for spec in default_plans()
    ]
    assert all(plan.next_due_at is None for plan in plans)


def test_connecting_is_audited_without_the_password() -> None:
    connected = join(actor="alice")

    line = AuditEvent.objects.get()
    assert (line.action, line.success, line.actor, line.company) == (
        "company.connected",
        True,
        "alice",
        connected.company,
    )
    assert "secret words" not in str(line.details)
    assert connected.company_file.password_hash not in str(line.details)


def test_connecting_again_changes_nothing() -> None:
    first = join()
    again = join()

    assert not again.is_new
    assert again.company_file == first.company_file
    for field in ("owner_id", "file_id", "password_hash", "app_name"):
        assert getattr(again.company_file, field) == getattr(first.company_file, field)
    assert (Company.objects.count(), CompanyFile.objects.count(), AuditEvent.objects.count()) == (1, 1, 1)


def test_what_a_person_changed_since_stays_changed() -> None:
    first = join()
    AccountMapping.objects.all().delete()
    SyncPlan.objects.filter(purpose="employees").delete()

    join()

    assert not AccountMapping.objects.exists()
    assert not SyncPlan.objects.filter(company_file=first.company_file, purpose="employees").exists()


def test_another_password_replaces_the_old_one_and_is_audited() -> None:
    first = join()
    again = join(password="other words", actor="bob")

    assert again.company_file.file_id == first.company_file.file_id
    again.company_file.refresh_from_db()
    assert passwords.password_matches("other words", again.company_file.password_hash)
    assert AuditEvent.objects.order_by("-pk")[0].action == "company.password_changed"


def test_another_password_can_be_left_unused() -> None:
    join()
    again = join(password="other words", replace_password=False)

    assert passwords.password_matches("secret words", again.company_file.password_hash)


def test_a_hash_of_an_existing_installation_is_kept_as_it_is() -> None:
    stored = passwords.hash_password("old secret", 4)

    connected = connect(name="Cascadia", username="cascadia", password_hash=stored, now=NOW)

    assert connected.company_file.password_hash == stored
    assert not connect(name="Cascadia", username="cascadia", password_hash=stored, now=NOW).is_new
    assert AuditEvent.objects.count() == 1


def test_all_companies_share_the_owner_and_no_two_the_file() -> None:
    one, two = join().company_file, join("Other", "other").company_file

    assert one.owner_id == two.owner_id
    assert len({one.file_id, two.file_id, one.owner_id}) == 3


def test_another_companys_user_name_is_refused_and_nothing_is_left_behind() -> None:
    join()

    with pytest.raises(NotConnected, match="belongs to Cascadia"):
        join("Other", "cascadia")
    assert Company.objects.count() == 1


def test_a_connected_company_keeps_its_user_name() -> None:
    join()

    with pytest.raises(NotConnected, match="with the user name cascadia"):
        join(username="somebody-else")


def test_a_company_made_without_a_file_gets_one() -> None:
    company = Company.objects.create(name="Cascadia", slug="its-own-slug")

    connected = join()

    assert connected.company == company
    assert connected.is_new


@pytest.mark.parametrize(
    "bad",
    [
        {"name": " "},
        {"username": ""},
        {"password": ""},
        {"password_hash": "$2b$04$" + "a" * 53},
        {"password": "", "password_hash": "no hash"},
        {"name": "x" * 201},
        {"username": "x" * 101},
        {"username": "a\x00b"},
    ],
)
def test_words_that_cannot_work_are_refused(bad: dict[str, str]) -> None:
    with pytest.raises(NotConnected):
        join(**{"name": "Cascadia", "username": "cascadia", "password": "x", **bad})
    assert not Company.objects.exists()


def test_names_that_look_alike_in_an_address_get_different_ones() -> None:
    slugs = [
        join(name, f"user{number}").company.slug
        for number, name in enumerate(["A & B", "A B", "New", "日本", "日本語", "x" * 200])
    ]

    assert slugs == ["a-b", "a-b-2", "new-2", "company", "company-2", "x" * 70]


@pytest.mark.parametrize("name", ["Cascadia", "a\\b", "Müller & Söhne", "x" * 200, "日本"])
def test_every_company_makes_a_file_the_web_connector_takes(name: str) -> None:
    company_file = join(name).company_file

    assert problems(connection_file(company_file, "https://books.example.com")) == ()
    assert len(company_file.app_name) <= 60


def test_long_names_stay_apart_in_quickbooks() -> None:
    one, two = join("x" * 100 + "1", "one").company_file, join("x" * 100 + "2", "two").company_file

    assert one.app_name != two.app_name


def test_the_page_of_the_file_points_at_this_server() -> None:
    file = connection_file(join().company_file, "https://books.example.com/")

    assert (file.app_url, file.app_support) == (
        "https://books.example.com/api/qbwc",
        "https://books.example.com/support/",
    )


def test_a_new_password_replaces_only_the_password() -> None:
    before = join().company_file
    set_password(CompanyFile.objects.get(), "brand new", NOW, actor="alice")

    after = CompanyFile.objects.get()
    assert after.file_id == before.file_id
    assert passwords.password_matches("brand new", after.password_hash)
    assert AuditEvent.objects.order_by("-pk")[0].actor == "alice"


def test_new_passwords_are_long_and_differ() -> None:
    made = {new_password() for _ in range(50)}

    assert len(made) == 50
    assert all(len(password) == 23 and password.count("-") == 3 for password in made)


@pytest.mark.django_db(transaction=True)
def test_companies_connected_at_the_same_moment_share_the_owner() -> None:
    start = threading.Barrier(4)
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            start.wait(timeout=60)
            join(f"Company {number % 3}", f"user{number % 3}")
        except BaseException as error:  # a thread's error would be lost
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)

    assert failures == []
    assert CompanyFile.objects.count() == 3
    assert CompanyFile.objects.values("owner_id").distinct().count() == 1
