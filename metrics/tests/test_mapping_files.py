"""Mappings out to CSV and Excel and back in, with an error per cell, and what an import would change."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable
from decimal import Decimal

import pytest

from metrics.mappings.difference import Change, difference
from metrics.mappings.file_row import COLUMNS, MappingFileRow, rule_of
from metrics.mappings.files import MOST_ROWS, mappings_csv, mappings_xlsx, read_mappings
from metrics.months import Month
from metrics.profit_and_loss import Section
from metrics.spreadsheets import write_xlsx

Writer = Callable[[Iterable[MappingFileRow]], bytes]

RENT = MappingFileRow(10, "contains", "rent", "", ("Expense", "OtherExpense"), "6000-6999", "other_expenses")
PINNED = MappingFileRow(
    20, "account", "Blue Heron", "80000012-1", (), "", "mrr", Month(2025, 1), Month(2026, 3), False, "As agreed."
)


def row(pattern: str, *, metric: str = "orr", priority: int = 100, note: str = "") -> MappingFileRow:
    return MappingFileRow(priority, "contains", pattern, "", (), "", metric, note=note)


def messages(content: bytes | str) -> list[tuple[int, str, str]]:
    found = read_mappings(content.encode() if isinstance(content, str) else content)
    return [(error.row, error.column, error.message) for error in found.errors]


def sole_error(content: bytes | str) -> tuple[int, str, str]:
    (error,) = messages(content)
    return error


@pytest.mark.parametrize("write", [mappings_csv, mappings_xlsx])
def test_what_was_written_is_read_back(write: Writer) -> None:
    found = read_mappings(write([RENT, PINNED]))
    assert found.errors == ()
    assert (found.rows, found.row_numbers, found.is_sound) == ((RENT, PINNED), (2, 3), True)


@pytest.mark.parametrize("write", [mappings_csv, mappings_xlsx])
@pytest.mark.parametrize(
    "pattern",
    ["=1+1", "+x", "-x", "@x", "'=x", "''=x", "'x", 'say "x", then; y', "_x0041_", "01", "1e5", "Größe · 中文", "TRUE"],
)
def test_no_text_is_a_formula_and_every_text_comes_back(write: Writer, pattern: str) -> None:
    assert read_mappings(write([row(pattern)])).rows == (row(pattern),)


@pytest.mark.parametrize("pattern", ["=cmd", "+x", "-x", "@x"])
def test_a_csv_cell_never_begins_like_a_formula(pattern: str) -> None:
    text = mappings_csv([row(pattern, note=pattern)]).decode("utf-8-sig")
    cells = list(csv.reader(io.StringIO(text)))[1]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in cells)


def test_line_ends_become_blanks_and_outer_blanks_go() -> None:
    assert read_mappings(mappings_csv([row(" two\r\nlines\t", note="a\nb")])).rows == (row("two lines", note="a b"),)


@pytest.mark.parametrize(
    ("separator", "encoding"),
    [(",", "utf-8"), (";", "utf-8-sig"), ("\t", "utf-16"), (";", "cp1252")],
)
def test_csv_of_any_usual_kind_is_read(separator: str, encoding: str) -> None:
    lines = ["Metric;Pattern;Match type", "Other recurring revenue;Größe;Starts with", "", "MRR;café;REGEX"]
    found = read_mappings("\r\n".join(lines).replace(";", separator).encode(encoding))
    assert found.errors == ()
    assert [(one.qbr_metric_key, one.pattern, one.match_type) for one in found.rows] == [
        ("orr", "Größe", "starts_with"),
        ("mrr", "café", "regex"),
    ]
    assert found.row_numbers == (2, 4)
    assert [one.priority for one in found.rows] == [10, 20]  # no such column: as they stand


def test_cells_may_be_written_as_people_and_spreadsheets_do() -> None:
    text = (
        "priority,match,pattern,account types,numbers,metric,from,to,active,listid\n"
        "5,Regular expression,x,Cost of Goods Sold; other income,4000,Unmapped,Jan 2026,Feb-26,No,\n"
        "6,Contains,y,COGS|Income,,Product sales,2026-01-01,,,\n"
    )
    found = read_mappings(text.encode())
    assert found.errors == ()
    first, second = found.rows
    assert (first.account_types, first.qbr_metric_key) == (("CostOfGoodsSold", "OtherIncome"), "unmapped")
    assert (first.effective_from, first.effective_to, first.is_active) == (Month(2026, 1), Month(2026, 2), False)
    assert (second.account_types, second.effective_from, second.is_active) == (
        ("Income", "CostOfGoodsSold"),
        Month(2026, 1),
        True,
    )


HEAD = "priority,match_type,pattern,list_id,account_types,account_numbers,metric,effective_from,effective_to,active\n"


@pytest.mark.parametrize(
    ("cells", "column", "message"),
    [
        ("x,contains,rent,,,,mrr,,,", "priority", "“x” is no priority"),
        (",contains,rent,,,,mrr,,,", "priority", "“” is no priority"),
        ("-1,contains,rent,,,,mrr,,,", "priority", "“-1” is no priority"),
        ("1,like,rent,,,,mrr,,,", "match_type", "write one of exact, starts_with"),
        ("1,contains,,,,,mrr,,,", "pattern", "needs a pattern"),
        ("1,regex,(,,,,mrr,,,", "pattern", "is not a regular expression"),
        ("1,regex,(a+)+$,,,,mrr,,,", "pattern", "can take very long"),
        ("1,contains," + "x" * 501 + ",,,,mrr,,,", "pattern", "501 characters"),
        ("1,account,Rent,,,,mrr,,,", "list_id", "needs its ListID"),
        ("1,contains,Rent,80-1,,,mrr,,,", "list_id", "Only a rule for one ledger account"),
        ("1,contains,rent,,Bank,,mrr,,,", "account_types", "“Bank” is no profit and loss account type"),
        ("1,contains,rent,,,9-1,mrr,,,", "account_numbers", "runs backwards"),
        ("1,contains,rent,,,,net_profit,,,", "metric", "“net_profit” is no metric that accounts"),
        ("1,contains,rent,,,,mrr,soon,,", "effective_from", "“soon” is no month: write it as 2026-01"),
        ("1,contains,rent,,,,mrr,2026-02,2026-01,", "effective_to", "before it begins"),
        ("1,contains,rent,,,,mrr,,,perhaps", "active", "neither yes nor no"),
    ],
)
def test_a_wrong_cell_is_told_by_row_and_column(cells: str, column: str, message: str) -> None:
    row_number, at, words = sole_error(HEAD + "1,contains,ok,,,,mrr,,,\n" + cells)
    assert (row_number, at) == (3, column)
    assert message in words


def test_every_wrong_cell_of_a_row_is_told_and_the_sound_rows_are_kept() -> None:
    found = read_mappings((HEAD + "x,like,rent,,,,nothing,,,\n1,contains,ok,,,,mrr,,,\n").encode())
    assert [error.column for error in found.errors] == ["priority", "match_type", "metric"]
    assert (found.row_numbers, found.is_sound) == ((3,), False)


def test_a_heading_that_is_unknown_missing_or_there_twice_is_told() -> None:
    found = messages("pattern,pattern,colour\nx,y,z\n")
    assert [(at, column) for at, column, _ in found] == [
        (1, "pattern"),
        (1, "colour"),
        (1, "match_type"),
        (1, "metric"),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty"),
        (b"\n\n", "The file is empty"),
        (b"x" * 2_000_001, "at most 2,000,000"),
        (b"PK nonsense", "cannot be read"),
        (b"\xd0\xcf\x11\xe0\x00\x00", "Save it as one of them"),
        ((HEAD + "1,contains,x,,,,mrr,,,\n" * (MOST_ROWS + 1)).encode(), "at most 2,000 are read"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_as_a_whole(content: bytes, message: str) -> None:
    row_number, column, words = sole_error(content)
    assert (row_number, column) == (0, "")
    assert message in words


def test_a_workbook_that_unpacks_too_large_is_refused() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", b" " * 30_000_000)
    assert "too large once unpacked" in sole_error(bomb.getvalue())[2]


def test_numbers_in_a_workbook_are_read_as_they_were_typed() -> None:
    cells = (Decimal(5), "contains", Decimal("365"), Decimal("4000"), "orr")
    content = write_xlsx([("priority", "match_type", "pattern", "account_numbers", "metric"), cells], "Mappings")
    (found,) = read_mappings(content).rows
    assert (found.priority, found.pattern, found.account_numbers) == (5, "365", "4000")


def test_after_a_few_slow_expressions_the_rest_is_not_tried() -> None:
    found = messages(HEAD + "".join(f"1,regex,(a+)+{place}$,,,,mrr,,,\n" for place in range(50)))
    assert len(found) == 6
    assert found[-1][2] == "The rest of the file was not read: mend these errors first."


def test_the_same_mappings_make_the_same_workbook() -> None:
    assert mappings_xlsx([RENT]) == mappings_xlsx([RENT])


def test_a_row_stands_for_a_rule() -> None:
    rule = rule_of(RENT)
    assert (rule.sections, rule.numbers) == (frozenset({Section.EXPENSE, Section.OTHER_EXPENSE}), "6000-6999")
    assert rule_of(PINNED).list_id == PINNED.list_id
    assert len(COLUMNS) == 11


def test_the_difference_tells_what_was_added_removed_and_changed() -> None:
    old = [row("a"), row("b"), row("c")]
    new = [row("c"), row("a", metric="mrr"), row("b"), row("d")]
    found = difference(old, new)
    assert (found.added, found.removed, found.unchanged) == ((row("d"),), (), 2)
    assert found.changed == (Change(row("a"), row("a", metric="mrr")),)


def test_a_rule_edited_in_place_is_changed_not_removed_and_added() -> None:
    found = difference([row("a"), row("b"), row("c")], [row("a"), row("bee"), row("c")])
    assert found.changed == (Change(row("b"), row("bee")),)
    assert (found.added, found.removed) == ((), ())


def test_what_an_edited_file_no_longer_has_is_removed() -> None:
    found = difference([row("a"), row("b"), row("b")], [row("b"), row("b", priority=5)])
    assert found.removed == (row("a"),)
    assert found.changed == (Change(row("b"), row("b", priority=5)),)
    assert difference([RENT], [RENT]).is_empty
