"""A month that is over a threshold again: the same thing when its amount is the same, another one when it is not."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Company
from alerts.acknowledging import acknowledge
from alerts.looking import look
from alerts.models import Alert, Recipient
from metrics.mappings.changes import create_mapping
from metrics.mappings.values import MappingValues
from metrics.models import MonthlyMetric
from metrics.targets.changes import save_targets
from metrics.targets.rules import TargetValue
from metrics.tests.factories import NOW, CompanyFactory
from metrics.tests.qbxml_texts import profit_and_loss
from metrics.tests.reviewed_company import FEBRUARY, read
from outbox.models import Message

pytestmark = pytest.mark.django_db


def books_say(company: Company, days: int, **unmapped: str) -> Alert:
    """QuickBooks is read, then somebody looks, so many days from the start."""
    at = NOW + timedelta(days=days)
    accounts = {"Services": ["1000.00", "1000.00"]} | {name: ["", amount] for name, amount in unmapped.items()}
    read(company, profit_and_loss(accounts, {}), now=at)
    look(at)
    return Alert.objects.get(kind="unmapped")


def owed() -> int:
    """Messages, so far."""
    return Message.objects.count()


def acknowledged(alert: Alert) -> None:
    assert acknowledge(alert.company, [alert.pk], note="grants are fine", actor="dana", now=NOW) == 1


@pytest.fixture
def company(db: None) -> Company:
    made = CompanyFactory.create()
    Recipient.objects.create(
        company=made, channel="mail", address="ana@example.com", kinds=["unmapped", "target_missed"],
        created_at=NOW, created_by="dana",
    )  # fmt: skip
    create_mapping(made, MappingValues("exact", "Services", "mrr"), actor="dana", now=NOW)
    return made


def test_an_amount_that_is_unmapped_after_another_was_mapped_is_neither_acknowledged_nor_told(company: Company) -> None:
    acknowledged(books_say(company, 0, Grants="15.00"))
    assert books_say(company, 30).state == "ended"
    again = books_say(company, 60, Suspense="19.00")
    assert (again.state, owed()) == ("open", 2)


def test_also_when_one_of_another_size_came_in_between(company: Company) -> None:
    acknowledged(books_say(company, 0, Grants="15.00"))
    books_say(company, 10)
    assert books_say(company, 20, Legacy="90.00").state == "open"
    books_say(company, 30)
    again = books_say(company, 40, Suspense="19.00")
    assert (again.state, owed()) == ("open", 3)


def test_the_same_amount_that_is_unmapped_again_stays_acknowledged_and_told(company: Company) -> None:
    acknowledged(books_say(company, 0, Grants="15.00"))
    assert books_say(company, 1).state == "ended"
    again = books_say(company, 2, Grants="15.00")
    assert (again.state, owed()) == ("acknowledged", 1)


def test_a_target_that_is_missed_again_by_another_amount_is_another_thing(company: Company) -> None:
    read(company, profit_and_loss({"Services": ["1000.00", "1000.00"]}, {}))
    wanted = [TargetValue("mrr", FEBRUARY, Decimal(1000))]
    save_targets(company, wanted, actor="dana", now=NOW)

    def earns(amount: str, hours: int) -> Alert | None:
        found = MonthlyMetric.objects.filter(company=company, month=FEBRUARY.first_day)
        assert found.update(mrr=Decimal(amount)) == 1
        look(NOW + timedelta(hours=hours))
        return Alert.objects.filter(kind="target_missed").first()

    first = earns("940.00", 1)
    assert first is not None
    acknowledged(first)
    for hours, amount, state in ((2, "1000.00", "ended"), (3, "940.00", "acknowledged"), (4, "1000.00", "ended")):
        alert = earns(amount, hours)
        assert alert is not None
        assert (alert.state, owed()) == (state, 1), hours
    again = earns("930.00", 5)
    assert again is not None
    assert again.fingerprint == first.fingerprint
    assert (again.state, owed()) == ("open", 2)
