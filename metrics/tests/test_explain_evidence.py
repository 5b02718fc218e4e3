"""The row of a stored answer is cut out exactly as it crossed, whatever it looks like, however large the answer."""

from __future__ import annotations

from decimal import Decimal

import pytest

from metrics.explain.source_text import NoSuchRow, amounts_in, digest_of, evidence_row, evidence_rows


def answer(rows: str, head: str = '<?xml version="1.0" ?>\n') -> str:
    report = f"<GeneralSummaryReportQueryRs>{rows}</GeneralSummaryReportQueryRs>"
    return f"{head}<QBXML><QBXMLMsgsRs>{report}</QBXMLMsgsRs></QBXML>"


@pytest.mark.parametrize(
    "row",
    [
        '<DataRow rowNumber="7"><ColData colID="2" value="1.00"/></DataRow>',
        "<DataRow\n  rowNumber = '7' ><ColData value='a > b'   colID='1'/></DataRow >",
        '<DataRow rowNumber="7"/>',
        '<DataRow rowNumber="7"><RowData value="Café &amp; Bar &lt;DataRow rowNumber=&quot;7&quot; 部門"/></DataRow>',
        '<DataRow rowNumber="7"><!-- </DataRow> --><ColData colID="2" value="1.00"/></DataRow>',
    ],
)
def test_the_row_is_cut_out_exactly(row: str) -> None:
    text = answer(f'<DataRow rowNumber="6"/><!-- <DataRow rowNumber="7"> -->{row}<DataRow rowNumber="77"/>')
    assert evidence_row(text, 7) == row


def test_a_declared_encoding_no_longer_matters() -> None:
    row = '<DataRow rowNumber="1"><RowData value="Café"/></DataRow>'
    assert evidence_row(answer(row, '<?xml version="1.0" encoding="windows-1252"?>'), 1) == row


def test_only_rows_with_amounts_of_the_first_report_count() -> None:
    first = '<TextRow rowNumber="1" value="Income"/><DataRow rowNumber="2"/>'
    other = "<BudgetSummaryReportQueryRs><DataRow rowNumber='2' x=''/></BudgetSummaryReportQueryRs>"
    text = answer(first).replace("<GeneralSummary", f"{other}<GeneralSummary", 1)
    assert evidence_rows(text, (1, 2, 3)) == {2: '<DataRow rowNumber="2"/>'}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not XML",
        answer("<DataRow rowNumber='2'/>"),
        answer('<DataRow rowNumber="1"><ColData'),
        '<!DOCTYPE a [<!ENTITY b "c">]>' + answer('<DataRow rowNumber="1"/>', ""),
        "\ud800",
    ],
)
def test_what_is_not_there_is_said_so(text: str) -> None:
    with pytest.raises(NoSuchRow, match="no row 1"):
        evidence_row(text, 1)


def test_many_rows_of_a_large_answer_are_found_in_one_walk() -> None:
    cells = "".join(f'<ColData colID="{n}" value="{n}.25"/>' for n in range(2, 26))
    rows = {n: f'<DataRow rowNumber="{n}">{cells}</DataRow>' for n in range(1, 3001)}
    text = answer("".join(rows.values()))
    assert len(text) > 2_000_000
    assert evidence_rows(text, (1, 1500, 3000)) == {n: rows[n] for n in (1, 1500, 3000)}


def test_the_amounts_of_a_row_are_read_and_its_label_is_not() -> None:
    row = '<DataRow rowNumber="1"><ColData colID="1" value="Rent"/><ColData colID="2" value="-1,234.50"/></DataRow>'
    assert amounts_in(row) == {Decimal("-1234.50")}
    assert amounts_in("<DataRow") == frozenset()


def test_the_digest_is_the_stored_ones() -> None:
    assert digest_of("é") == "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"
