"""Amounts, dates and switches as QuickBooks writes them, and characters as it can hold them."""

from contextlib import suppress
from datetime import date
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from qbwc.qbxml import values


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("15243.62", "15243.62"),
        ("-21719.29", "-21719.29"),
        ("16125000.00", "16125000.00"),
        ("0", "0.00"),
        ("", "0.00"),
        ("  7.5\n", "7.50"),
        ("7.", "7.00"),
        (".05", "0.05"),
        ("-.05", "-0.05"),
        ("1,234,567.89", "1234567.89"),
        ("(1,234.50)", "-1234.50"),
        ("12.50000", "12.50"),
        ("007.10", "7.10"),
        ("999999999999.99", "999999999999.99"),
        ("-999999999999.99", "-999999999999.99"),
    ],
)
def test_an_amount_is_read_to_the_cent(text: str, amount: str) -> None:
    assert str(values.amount(text)) == amount


def test_minus_nothing_is_nothing() -> None:
    assert str(values.amount("-0.00")) == "0.00"


@pytest.mark.parametrize(
    "text",
    [
        *("abc", "1.2.3", "$5", "5%", "1,23", "12,34.00", "1234,567", "1e5", "NaN", "Infinity", "-(5)", "(5", "5)"),
        *("--", "-", ".", "()", "+5", "٣", "1.005", "1000000000000", "1_000", "1 000", "9" * 100, "0" * 41),
    ],
)
def test_anything_else_is_no_amount(text: str) -> None:
    with pytest.raises(values.BadValue):
        values.amount(text)


@given(st.decimals(-999_999_999_999, 999_999_999_999, places=2))
def test_an_amount_survives_being_written_whatever_the_decimal_context(amount: Decimal) -> None:
    with localcontext() as context:
        context.prec = 3
        assert values.amount(f"{amount:f}") == amount


@given(st.text(st.sampled_from("0123456789.,-() \n٣e"), max_size=12))
def test_any_text_is_an_amount_in_cents_or_a_bad_value(text: str) -> None:
    with suppress(values.BadValue):
        assert values.amount(text).as_tuple().exponent == -2


def test_a_date_is_a_day_of_the_calendar() -> None:
    assert values.date(" 2024-02-29 ") == date(2024, 2, 29)
    for text in ("2023-02-29", "20240229", "2024-2-9", "02/29/2024", "2024-W09-4", "", "0000-01-01"):
        with pytest.raises(values.BadValue):
            values.date(text)


def test_a_timestamp_gives_the_day_on_the_spot_not_in_greenwich() -> None:
    assert values.date_of_timestamp("2023-12-31T23:30:45-08:00") == date(2023, 12, 31)
    assert values.date_of_timestamp("2023-12-31T23:30:45") == date(2023, 12, 31)
    assert values.date_of_timestamp("2023-12-31T23:30:45.5Z") == date(2023, 12, 31)
    assert values.date_of_timestamp("2023-12-31") == date(2023, 12, 31)
    for text in ("2023-12-31T", "yesterday", "2023-12-31 23:30", "2023-13-01T00:00:00-08:00"):
        with pytest.raises(values.BadValue):
            values.date_of_timestamp(text)


def test_a_switch_is_true_or_false() -> None:
    assert [values.boolean(text) for text in ("true", "False", "1", "0", " TRUE ")] == [True, False, True, False, True]
    for text in ("", "yes", "2"):
        with pytest.raises(values.BadValue):
            values.boolean(text)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("Plain & simple", "Plain & simple"),
        ("Crème brûlée – “fine” €5", "Crème brûlée – “fine” €5"),
        ("Łódź Őri", "?ódz Ori"),
        ("日本 Ω", "?? ?"),
        ("e\u0301", "e"),
        ("ﬁle №5 ½", "file No5 ½"),
        ("tab\there\nnew\x00\x1f\x7f\x85", "tab\there\nnew"),
        ("\ud800half", "half"),
        ("a  b", "a  b"),
    ],
)
def test_a_text_is_made_what_quickbooks_can_keep(text: str, stored: str) -> None:
    assert values.storable(text) == stored


def test_ascii_text_carries_the_rest_as_decimal_references() -> None:
    assert values.to_ascii("<R&D> · €") == "&lt;R&amp;D&gt; &#183; &#8364;"


@given(st.text())
def test_ascii_text_means_what_quickbooks_can_keep(text: str) -> None:
    element = etree.fromstring(f"<a>{values.to_ascii(text)}</a>")
    assert (element.text or "") == values.storable(text).replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("<a>caf&#233; &#183; &amp; &#xE9;</a>", "<a>caf&#233; &#183; &amp; &#xE9;</a>"),
        ("a\x00b\x19c\td\ne", "abc\td\ne"),
        ("a&#0;b&#25;c&#x1F;d&#9;e&#10;f&#xd;g&#x00;", "abcd&#9;e&#10;f&#xd;g"),
        ("it&#146;s &#x80;5 &#150; &#129;", "it’s €5 – "),
        ("it\x92s", "it’s"),
        ("&#55357;&#xDE00;&#65535;&#xFFFE;", ""),
        ("&#55295;&#57344;&#128512;&#127;&#160;", "&#55295;&#57344;&#128512;&#127;&#160;"),
    ],
)
def test_an_answer_is_cleaned_of_what_a_parser_would_refuse(text: str, clean: str) -> None:
    assert values.clean(text) == clean


@given(st.integers(0, 0xFFFFF))
def test_every_cleaned_reference_can_be_parsed(number: int) -> None:
    for reference in (f"&#{number};", f"&#x{number:x};", f"&#x{number:X};", f"&#0{number};"):
        assert etree.fromstring(f"<a>{values.clean(reference)}</a>").tag == "a"
