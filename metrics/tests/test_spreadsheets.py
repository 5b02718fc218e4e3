"""CSV files and workbooks as rows: limits, broken and hostile files, formulas, and the way there and back."""

import datetime
import io
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.spreadsheets import (
    MOST_BYTES,
    MOST_COLUMNS,
    MOST_ROWS,
    Cell,
    Percent,
    Row,
    SheetError,
    read_sheet,
    write_csv,
    write_xlsx,
)

D = Decimal
ROWS: tuple[Row, ...] = (
    ("name", "2026-01", "=HYPERLINK(1)", "@SUM", "-text", "+1"),
    ("Ünïcode · “quotes”, comma", D("1234567890.12"), Percent(D("35.5")), None, "x"),
    (),
    ("last", D("-0.01")),
)


def workbook(rows: list[list[object]]) -> bytes:
    book, content = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(content)
    return content.getvalue()


def changed(content: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """The workbook with other bytes in one of its parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            raw = before.read(name)
            assert name != part or old in raw
            after.writestr(name, raw.replace(old, new, 1) if name == part else raw)
    return made.getvalue()


def test_a_workbook_comes_back_as_it_was_written() -> None:
    assert read_sheet(write_xlsx(ROWS, "Targets")) == ROWS


def test_csv_comes_back_as_text() -> None:
    assert read_sheet(write_csv(ROWS)) == (
        ROWS[0],
        ("Ünïcode · “quotes”, comma", "1234567890.12", "35.5%", None, "x"),
        (),
        ("last", "-0.01"),
    )


def test_the_same_rows_are_the_same_bytes() -> None:
    assert write_xlsx(ROWS, "Targets") == write_xlsx(ROWS, "Targets")


def test_text_is_never_a_formula() -> None:
    lines = write_csv([("=1+1", "@x", "-y", "+z", "\tq")]).decode("utf-8-sig")
    assert lines.replace('"', "").strip() == "'=1+1,'@x,'-y,'+z,'\tq"
    sheet = openpyxl.load_workbook(io.BytesIO(write_xlsx([("=1+1",)], "T"))).active
    assert sheet is not None
    assert (sheet["A1"].value, sheet["A1"].data_type) == ("=1+1", "s")


def test_formulas_are_their_results_and_without_one_their_text() -> None:
    assert read_sheet(workbook([["=1+1", 5]])) == (("=1+1", D(5)),)


def test_numbers_dates_and_percentages_of_a_workbook_are_exact() -> None:
    content = workbook([[0.1, 1234.56, datetime.datetime(2026, 1, 1), datetime.date(2026, 2, 1), True]])  # noqa: DTZ001
    assert read_sheet(content) == (
        (D("0.1"), D("1234.56"), datetime.date(2026, 1, 1), datetime.date(2026, 2, 1), "True"),
    )


@pytest.mark.parametrize("text", ["a,b\r\n1,2\r\n", "a;b\n1;2", "a\tb\r1\t2", "a,b\n1,2\n\n\n", '"a","b"\n"1","2"'])
def test_csv_is_read_as_spreadsheet_programs_save_it(text: str) -> None:
    expected = (("a", "b"), ("1", "2"))
    assert read_sheet(text.encode()) == read_sheet(text.encode("utf-8-sig")) == expected
    assert read_sheet(text.encode("utf-16")) == expected


def test_windows_letters_are_read() -> None:
    assert read_sheet("naïve,€".encode("cp1252")) == (("naïve", "€"),)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"x" * (MOST_BYTES + 1), "at most 2,000,000"),
        (b"a,b\0c", "not a CSV file or Excel workbook"),
        (b'a,"b\n', "cannot be read"),
        (b"\x81\x8d\xff", "letters"),
        (b"PK\x03\x04 not a zip", "cannot be read"),
        (b"a\n" * (MOST_ROWS + 1), "5,000 rows"),
        (b"a" + b",a" * MOST_COLUMNS, "200 columns"),
        (b"\n" * 30_000 + b"a", "5,000 rows"),
        (b"\xff\xfea", "letters"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(SheetError, match=reason):
        read_sheet(content)


def test_an_empty_file_has_no_rows() -> None:
    assert read_sheet(b"") == read_sheet(b"\n\n") == read_sheet(workbook([])) == ()


def test_a_workbook_with_too_many_rows_is_refused_even_behind_a_gap() -> None:
    far = io.BytesIO()
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"] = "a"
    book.active["A9000"] = "b"
    book.save(far)
    with pytest.raises(SheetError, match="5,000 rows"):
        read_sheet(far.getvalue())


def test_a_workbook_that_defines_entities_is_refused() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    plain = workbook([["x"]])
    hostile = changed(plain, "xl/worksheets/sheet1.xml", b"<worksheet", bomb + b"<worksheet")
    with pytest.raises(SheetError, match="definitions"):
        read_sheet(hostile)
    with pytest.raises(SheetError, match="definitions"):
        read_sheet(changed(plain, "xl/workbook.xml", b"<workbook", bomb.decode().encode("utf-16-le") + b"<workbook"))


def test_a_workbook_that_unpacks_too_large_is_refused() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", b" " * 21_000_000)
    assert len(made.getvalue()) < MOST_BYTES
    with pytest.raises(SheetError, match="too large once unpacked"):
        read_sheet(made.getvalue())


def test_a_wrong_dimension_hides_nothing() -> None:
    content = changed(workbook([["a", "b"], ["c", "d"]]), "xl/worksheets/sheet1.xml", b'ref="A1:B2"', b'ref="A1"')
    assert read_sheet(content) == (("a", "b"), ("c", "d"))


LETTERS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), min_size=1)
TEXT = LETTERS.filter(lambda text: text == text.strip() and not text.startswith("'"))
CELL = st.none() | TEXT | st.decimals("-999999999999.99", "999999999999.99", places=2)


@given(st.lists(st.tuples(TEXT, CELL, CELL, TEXT), max_size=5))
def test_any_rows_come_back_from_a_workbook(rows: list[tuple[Cell, ...]]) -> None:
    assert read_sheet(write_xlsx(rows, "Any")) == tuple(rows)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5))
def test_any_text_comes_back_from_csv(rows: list[tuple[Cell, ...]]) -> None:
    assert read_sheet(write_csv([("heading", "other"), *rows])) == (("heading", "other"), *rows)


@given(st.binary(max_size=200), st.sampled_from([b"", b"PK\x03\x04"]))
def test_any_bytes_are_rows_or_refused(content: bytes, start: bytes) -> None:
    try:
        rows = read_sheet(start + content)
    except SheetError:
        return
    assert all(isinstance(row, tuple) for row in rows)
