"""A report in another currency than the home currency is refused: its amounts would be added to the wrong ones."""

import pytest

from metrics.profit_and_loss import UnreadableReport
from metrics.sources.desktop import read_profit_and_loss
from metrics.sources.desktop_currency import code_of
from metrics.tests.report_files import FEB, JAN, is_tied, read, report_in, text_of

REFERENCE = "<CurrencyRef><ListID>8000009B-1</ListID><FullName>{}</FullName></CurrencyRef><NumRows>"


@pytest.mark.parametrize(("currency", "home"), [("Euro", "US Dollar"), ("EUR", "USD"), ("Doubloon", "Euro")])
def test_a_report_whose_currency_ref_is_foreign_is_refused(currency: str, home: str) -> None:
    report = report_in(text_of("three_levels").replace("<NumRows>", REFERENCE.format(currency)))
    with pytest.raises(UnreadableReport) as refused:
        read_profit_and_loss(report, (JAN,), (), "", home)
    for words in (
        f"CurrencyRef says “{currency}”",
        f"the home currency is {home}",
        "show the report in the home currency",
    ):
        assert words in str(refused.value)


@pytest.mark.parametrize(("currency", "home"), [("Euro", "EUR"), ("eur", "Euro"), ("Doubloon", "doubloon")])
def test_a_report_in_the_home_currency_is_read_by_name_or_code(currency: str, home: str) -> None:
    report = report_in(text_of("three_levels").replace("<NumRows>", REFERENCE.format(currency)))
    assert is_tied(read_profit_and_loss(report, (JAN,), (), "", home))


def test_a_currency_is_not_believed_to_be_the_home_currency_while_that_is_unknown() -> None:
    with pytest.raises(UnreadableReport, match=r"home currency is not known here.*preferences"):
        read("three_levels", changes=[("<NumRows>", REFERENCE.format("US Dollar"))])


@pytest.mark.parametrize("title", ["EUR", "(Euro)", "Foreign Amount"])
def test_a_column_in_a_foreign_currency_is_refused(title: str) -> None:
    column = ('value="Feb 24" />', f'value="Feb 24" /><ColTitle titleRow="2" value="{title}" />')
    text = text_of("numbers_in_row_data").replace(*column)
    with pytest.raises(UnreadableReport, match="Column 3's title says"):
        read_profit_and_loss(report_in(text), (JAN, FEB), (), "", "US Dollar")
    assert text != text_of("numbers_in_row_data")


def test_columns_marked_with_the_home_currency_are_read() -> None:
    column = ('value="Jan 24" />', 'value="Jan 24" /><ColTitle titleRow="2" value="CAD" />')
    report = report_in(text_of("three_levels").replace(*column))
    assert is_tied(read_profit_and_loss(report, (JAN,), (), "", "Canadian Dollar"))


def test_a_report_that_says_nothing_is_in_the_home_currency() -> None:
    assert is_tied(read_profit_and_loss(report_in(text_of("three_levels")), (JAN,), (), "", "Euro"))


def test_currencies_are_known_by_name_and_by_code() -> None:
    assert code_of("British Pound Sterling") == code_of("(GBP)") == "GBP"
    assert code_of("Doubloon") == "doubloon"
