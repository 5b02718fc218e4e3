"""Reports are parsed faithfully: every row kind, columns by colID, texts untouched, and nothing missing."""

import pytest
from lxml import etree

from qbwc.qbxml.reports import MalformedReport, Report, Row, RowKind, label_column, parse_report
from qbwc.tests.reference import sample

# Rows out of order, as an XML tool that groups by element leaves them; the label is not column 1's ColType.
STOCK = """
<ItemReport statusCode="0"><ReportRet>
<ReportTitle>Stock &amp; more</ReportTitle><ReportSubtitle>January 2024</ReportSubtitle>
<NumRows>4</NumRows><NumColumns>3</NumColumns><NumColTitleRows>2</NumColTitleRows>
<ColDesc colID="3" dataType="AMTTYPE"><ColTitle titleRow="1" value="Jan 24" /><ColTitle titleRow="2" value="Value" />
<ColType>Amount</ColType></ColDesc>
<ColDesc colID="1" dataType="STRTYPE"><ColTitle titleRow="1" /><ColType>Blank</ColType></ColDesc>
<ColDesc colID="2" dataType="QUANTYPE"><ColTitle titleRow="2" value="Qty" /><ColType>Quantity</ColType></ColDesc>
<ReportData>
<TotalRow rowNumber="4"><ColData colID="1" value="TOTAL" /><ColData colID="3" value="9.00" /></TotalRow>
<DataRow rowNumber="2"><RowData rowType="item" value="Case:Tower  (big)" /><ColData colID="1" value="Tower  (big)" />
<ColData colID="3" value="9.00" /></DataRow>
<TextRow rowNumber="1" value="Inventory" />
<SubtotalRow rowNumber="3"><RowData rowType="item" value="Case" /><ColData colID="1" value="Total Case" />
<ColData colID="2" value="" /></SubtotalRow>
</ReportData></ReportRet></ItemReport>
"""


def parse(text: str) -> Report:
    return parse_report(etree.fromstring(text))


def test_a_report_is_found_in_its_answer_or_given_by_itself() -> None:
    ret = etree.fromstring(STOCK).find("ReportRet")
    assert ret is not None
    assert parse_report(ret) == parse(STOCK)
    assert (parse(STOCK).title, parse(STOCK).subtitle, parse(STOCK).basis) == ("Stock & more", "January 2024", "")


def test_rows_are_in_display_order_with_their_kind() -> None:
    rows = parse(STOCK).rows
    assert [(row.row_number, row.kind) for row in rows] == [
        (1, RowKind.TEXT),
        (2, RowKind.DATA),
        (3, RowKind.SUBTOTAL),
        (4, RowKind.TOTAL),
    ]


def test_a_row_keeps_row_data_label_and_cells_as_they_were_sent() -> None:
    rows = parse(STOCK).rows
    assert rows[0] == Row(RowKind.TEXT, 1, "", "", "Inventory", {})
    assert rows[1] == Row(RowKind.DATA, 2, "item", "Case:Tower  (big)", "Tower  (big)", {3: "9.00"})
    assert rows[2] == Row(RowKind.SUBTOTAL, 3, "item", "Case", "Total Case", {2: ""})
    assert rows[3] == Row(RowKind.TOTAL, 4, "", "", "TOTAL", {3: "9.00"})


def test_columns_are_known_by_their_number_with_all_title_rows() -> None:
    columns = parse(STOCK).columns
    assert [(column.col_id, column.titles, column.col_type) for column in columns] == [
        (1, ("", ""), "Blank"),
        (2, ("", "Qty"), "Quantity"),
        (3, ("Jan 24", "Value"), "Amount"),
    ]
    assert label_column(columns) == 1


def test_the_label_column_is_the_first_with_text_wherever_it_stands() -> None:
    columns = parse(STOCK.replace('"STRTYPE"', '"x"').replace('"QUANTYPE"', '"STRTYPE"')).columns
    assert label_column(columns) == 2
    assert label_column(parse(STOCK.replace('"STRTYPE"', '"x"')).columns) == 1
    assert label_column(()) is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<NumRows>4", "<NumRows>5", "says it has 5 rows, but 4 arrived .* cut short"),
        ("<NumRows>4", "<NumRows>3", "says it has 3 rows"),
        ("<NumRows>4</NumRows>", "", "NumRows is ''"),
        ('<TextRow rowNumber="1" value="Inventory" />', "", "says it has 4 rows, but 3 arrived"),
        ('rowNumber="3"', 'rowNumber="2"', "row number 2 twice"),
        ('rowNumber="3"', 'rowNumber="x"', "rowNumber is 'x'"),
        ('rowNumber="4"', 'rowNumber="٤"', "rowNumber is '٤'"),
        ("<NumRows>4", "<NumRows>4444444444", "NumRows is '4444444444'"),
        ('titleRow="2" value="Qty"', 'titleRow="999999999" value="Qty"', "999999999 rows of titles"),
        ("<NumColumns>3", "<NumColumns>4", "says it has 4 columns, but describes 3"),
        ('colID="2" dataType', 'colID="3" dataType', r"column number \(colID\) 3 twice"),
        ('<ColData colID="2" value=""', '<ColData colID="7" value=""', "Row 3 has a cell in column 7"),
        ('<ColData colID="2" value=""', '<ColData colID="1" value=""', "Row 3 has two cells in column 1"),
        ("TextRow", "HeadRow", "unknown kind, HeadRow"),
        ("ReportRet>", "Other>", "holds no report"),
    ],
)
def test_a_report_that_is_not_whole_is_refused(old: str, new: str, message: str) -> None:
    assert old in STOCK
    with pytest.raises(MalformedReport, match=message):
        parse(STOCK.replace(old, new))


def test_a_report_without_data_has_no_rows() -> None:
    report = parse("<ReportRet><NumRows>0</NumRows><NumColTitleRows>1</NumColTitleRows></ReportRet>")
    assert (report.rows, report.columns, report.number_of_rows) == ((), (), 0)


def test_an_answer_that_found_nothing_is_a_report_without_rows() -> None:
    assert parse('<GeneralSummaryReportQueryRs statusCode="1" />').rows == ()
    with pytest.raises(MalformedReport):
        parse('<GeneralSummaryReportQueryRs statusCode="0" />')


def test_comments_between_rows_are_no_rows() -> None:
    assert len(parse(STOCK.replace("<TotalRow", "<!-- seen --><TotalRow")).rows) == 4


def test_a_real_balance_sheet_is_parsed_to_the_last_row() -> None:
    found = etree.fromstring(sample("REAL_report_balance_sheet_71rows.xml").encode()).find(".//ReportRet")
    assert found is not None
    report = parse_report(found)
    assert (report.title, report.basis, report.number_of_rows, len(report.rows)) == ("Balance Sheet", "Accrual", 71, 71)
    assert [column.titles for column in report.columns] == [("",), ("Mar 20, 25",)]
    by_number = {row.row_number: row for row in report.rows}
    assert by_number[25] == Row(RowKind.DATA, 25, "account", "Leased  Asset", "Leased  Asset", {2: "157789.25"})
    assert by_number[69] == Row(RowKind.DATA, 69, "", "", "Net Income", {2: "1352853.68"})
    assert by_number[71] == Row(RowKind.TOTAL, 71, "", "", "TOTAL LIABILITIES & EQUITY", {2: "20794230.74"})
    assert [row.label for row in report.rows if row.kind is RowKind.TOTAL] == [
        "TOTAL ASSETS",
        "TOTAL LIABILITIES & EQUITY",
    ]
