"""Reading the chart of accounts."""

from __future__ import annotations

import pytest

from accounts.models import Company
from metrics.ingest import read_accounts
from metrics.models import LedgerAccount, SyncHistory
from metrics.tests.deliveries import delivered
from metrics.tests.factories import CompanyFactory
from metrics.tests.qbxml_texts import accounts, response

pytestmark = pytest.mark.django_db

TWO = accounts(("80-1", "Income:Managed Services", "Income", "4100"), ("80-2", "Rent", "Expense"))


@pytest.fixture
def company() -> Company:
    return CompanyFactory.create()


def read(company: Company, text: str) -> SyncHistory:
    answer = delivered(company, "accounts", text)
    read_accounts(answer)
    return SyncHistory.objects.get(exchange=answer.exchange)


def test_an_answer_becomes_ledger_accounts(company: Company) -> None:
    line = read(company, TWO)
    rows = LedgerAccount.objects.filter(company=company).values_list(
        "list_id", "name", "full_name", "number", "account_type", "is_active"
    )
    assert list(rows) == [
        ("80-1", "Managed Services", "Income:Managed Services", "4100", "Income", True),
        ("80-2", "Rent", "Rent", "", "Expense", True),
    ]
    assert line.success
    assert line.message == "Read 2 accounts."
    assert line.parsed_data == {"accounts": 2, "new": 2, "deleted_in_quickbooks": 0}


def test_reading_the_same_answer_twice_changes_nothing(company: Company) -> None:
    answer = delivered(company, "accounts", TWO)
    read_accounts(answer)
    before = list(LedgerAccount.objects.values())
    read_accounts(answer)
    assert list(LedgerAccount.objects.values()) == before
    assert SyncHistory.objects.count() == 1


def test_a_renamed_account_keeps_its_row(company: Company) -> None:
    read(company, TWO)
    pk = LedgerAccount.objects.get(list_id="80-2").pk
    read(company, accounts(("80-1", "Income:Managed Services", "Income", "4100"), ("80-2", "Office Rent", "Expense")))
    row = LedgerAccount.objects.get(list_id="80-2")
    assert (row.pk, row.full_name, row.name) == (pk, "Office Rent", "Office Rent")


def test_an_account_that_was_deleted_in_quickbooks_is_kept_as_inactive(company: Company) -> None:
    read(company, TWO)
    line = read(company, accounts(("80-2", "Rent", "Expense")))
    assert not LedgerAccount.objects.get(list_id="80-1").is_active
    assert LedgerAccount.objects.get(list_id="80-2").is_active
    assert line.parsed_data["deleted_in_quickbooks"] == 1


def test_a_late_answer_does_not_overwrite_a_newer_one(company: Company) -> None:
    older = delivered(company, "accounts", accounts(("80-1", "Old Name", "Income")))
    read(company, accounts(("80-1", "New Name", "Income")))
    read_accounts(older)
    assert LedgerAccount.objects.get().full_name == "New Name"
    assert "newer answer" in SyncHistory.objects.get(exchange=older.exchange).message


def test_a_failure_is_recorded_with_its_words_and_the_chart_stays(company: Company) -> None:
    read(company, TWO)
    answer = delivered(company, "accounts", failure="QuickBooks answered: You do not have permission.")
    read_accounts(answer)
    line = SyncHistory.objects.get(exchange=answer.exchange)
    assert (line.success, line.message) == (False, "QuickBooks answered: You do not have permission.")
    assert LedgerAccount.objects.filter(is_active=True).count() == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<QBXML><broken", "cannot be read"),
        (response("EmployeeQueryRs", ""), "holds no AccountQueryRs"),
        (response("AccountQueryRs", "", 3120, "Object not found."), "Object not found."),
        (response("AccountQueryRs", "<AccountRet><ListID>1</ListID></AccountRet>"), "cannot be read"),
    ],
)
def test_an_answer_that_cannot_be_used_is_a_failure_and_nothing_is_changed(
    company: Company, text: str, words: str
) -> None:
    line = read(company, text)
    assert not line.success
    assert words in line.message
    assert not LedgerAccount.objects.exists()


def test_two_companies_may_have_the_same_list_id(company: Company) -> None:
    other = CompanyFactory.create()
    read(company, TWO)
    read(other, accounts(("80-1", "Elsewhere", "Expense")))
    assert LedgerAccount.objects.filter(company=company, is_active=True).count() == 2
    assert LedgerAccount.objects.get(company=other).full_name == "Elsewhere"
