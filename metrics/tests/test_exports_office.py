"""What an office program shows of the files: nothing runs off a slide or a sheet, and every sum can be worked out."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pptx import Presentation
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION
from pptx.util import Emu, Inches

from metrics.exports.branding import Branding, lightness
from metrics.exports.chart_files import chart_png
from metrics.exports.pack import make_file
from metrics.exports.review import Review, ReviewNote, review_of
from metrics.exports.slide_charts import tinted
from metrics.tests.review_sample import SHA, content, review

LONG = "Cascadia Managed Services & Consulting of the Pacific Northwest, a Limited Liability Company of Oregon"
FIRM = Branding("Hartwell & Partners", "7A1F3D")
needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")


def slides_of(shown: Review, branding: Branding = FIRM) -> Any:
    return Presentation(io.BytesIO(make_file("pptx", shown, branding).body))


def book_of(shown: Review, *, values: bool = False) -> Any:
    return openpyxl.load_workbook(io.BytesIO(make_file("xlsx", shown, FIRM).body), data_only=values)


def shapes(deck: Any) -> list[Any]:
    return [shape for slide in deck.slides for shape in slide.shapes]


@pytest.mark.parametrize("count", [1, 12, 36])
def test_no_shape_and_no_table_runs_off_its_slide(count: int) -> None:
    deck = slides_of(review(count, LONG))
    for shape in shapes(deck):
        assert shape.left >= 0
        assert shape.left + shape.width <= deck.slide_width
        high = sum(row.height for row in shape.table.rows) if shape.has_table else shape.height
        assert shape.top + high <= deck.slide_height


def test_a_long_title_stands_above_the_company_and_not_on_it() -> None:
    shown = review_of(content(3, LONG), name="Quarterly business review of the board " * 4, sha256=SHA)
    title, company = list(slides_of(shown).slides[0].shapes)[:2]
    size = title.text_frame.paragraphs[0].runs[0].font.size
    lines = -(-len(title.text_frame.text) * int(size) * 6 // (10 * title.width))  # letters are about 0.6 high
    assert title.top + lines * int(size) * 1.25 <= company.top + Inches(0.1)


def test_every_label_of_a_table_has_the_room_of_one_line() -> None:
    for shape in shapes(slides_of(review(6))):
        if shape.has_table and shape.table.cell(0, 1).text == "The period":
            width = Emu(shape.table.columns[0].width).pt - 14.4  # the cell's own margins
            longest = max(len(row.cells[0].text) for row in shape.table.rows)
            assert longest * 11 * 0.5 <= width


def test_tables_are_in_the_firms_colour_and_no_other() -> None:
    tables = [shape.table for shape in shapes(slides_of(review(6))) if shape.has_table]
    assert tables
    for table in tables:
        assert not table.horz_banding
        assert str(table.cell(0, 0).fill.fore_color.rgb) == "7A1F3D"
        assert str(table.cell(1, 0).fill.fore_color.rgb) in ("FFFFFF", "EEF2F4")


@pytest.mark.parametrize("accent", ["0F5C78", "7A1F3D", "000000"])
def test_the_figures_of_a_waterfall_can_be_read_on_its_bars(accent: str) -> None:
    dark_words = lightness("15212B")
    assert (lightness(tinted(accent)) + 0.05) / (dark_words + 0.05) >= 3
    assert (lightness("7b8891") + 0.05) / (dark_words + 0.05) >= 3


def test_a_loss_has_columns_with_their_figures_outside() -> None:
    lost = content(1)
    lost["figures"]["figures"] |= {"total_expenses": "900000.00", "other_expenses": "880000.00"}
    lost["figures"]["figures"]["net_profit"] = "-800000.00"
    charts = [shape.chart for shape in shapes(slides_of(review_of(lost))) if shape.has_chart]
    falls = [chart for chart in charts if "Net profit" in tuple(chart.plots[0].categories)]
    assert [chart.chart_type for chart in falls] == [XL_CHART_TYPE.COLUMN_CLUSTERED]
    assert falls[0].plots[0].series[0].data_labels.position == XL_LABEL_POSITION.OUTSIDE_END


def test_a_note_of_many_lines_is_one_paragraph_of_its_slide() -> None:
    shown = review(1)
    many = Review(**{**vars(shown), "notes": tuple(ReviewNote("", "line\n" * 80, "dana") for _ in range(7))})
    texts = [shape.text_frame.text for shape in shapes(slides_of(many)) if shape.has_text_frame]
    said = [text for text in texts if "line line" in text]
    assert [len(text.split("\n")) for text in said] == [5, 2]


def test_action_items_and_cautions_are_in_every_file() -> None:
    shown = review(3)
    texts = [shape.text_frame.text for shape in shapes(slides_of(shown)) if shape.has_text_frame]
    tables = [shape.table for shape in shapes(slides_of(shown)) if shape.has_table]
    assert any("has not been read since" in text for text in texts)
    assert [cell.text for cell in tables[-1].rows[2].cells] == ["Raise the rate", "Lee", "2025-02-01", "Overdue"]
    about = {(row[0].value, row[1].value) for row in book_of(shown)["About"].iter_rows()}
    assert ("Action item", "Raise the rate · Lee · by 2025-02-01 · overdue") in about
    assert ("Caution", shown.cautions[0]) in about
    rows = make_file("csv", shown).body.decode("utf-8-sig")
    assert "Raise the rate,Lee,2025-02-01,Overdue" in rows
    assert "Caution,Profit and loss was due" in rows


@needs_poppler
def test_the_pdf_tells_action_items_and_keeps_its_tags_beside_a_logo(tmp_path: Path) -> None:
    logo = chart_png(review(1).charts[2])
    (tmp_path / "a.pdf").write_bytes(make_file("pdf", review(3, LONG), Branding("Firm", "102030", logo)).body)
    run = {"check": True, "capture_output": True, "text": True}
    words = " ".join(subprocess.run(["pdftotext", str(tmp_path / "a.pdf"), "-"], **run).stdout.split())  # type: ignore[call-overload]
    assert "Action items" in words
    assert "Raise the rate" in words
    assert "has not been read since" in words
    said = subprocess.run(["pdfinfo", str(tmp_path / "a.pdf")], **run).stdout  # type: ignore[call-overload]
    assert re.search(r"Tagged:\s+yes", said)


def test_negative_figures_are_in_parentheses_in_every_cell_of_the_workbook() -> None:
    book = book_of(review(3))
    formats = {
        cell.number_format
        for name in ("Figures", "Ratios", "Charts")
        for row in book[name].iter_rows()
        for cell in row
        if cell.data_type in ("n", "f") and cell.value is not None
    }
    assert formats == {"#,##0.00_);[Red](#,##0.00)", "0.0%_);[Red](0.0%)", "#,##0_);[Red](#,##0)", "#,##0_)"}


@pytest.mark.parametrize(("count", "wide"), [(1, 1), (12, 1), (36, 3)])
def test_a_year_of_months_fits_on_a_page(count: int, wide: int) -> None:
    for name in ("Figures", "Ratios"):
        sheet = book_of(review(count, LONG))[name]
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (wide, 0)
        assert sheet.print_title_cols == "$A:$A"
        assert sheet.print_area


def test_the_values_beside_the_charts_are_wide_enough_and_no_chart_is_cut_by_a_page() -> None:
    sheet = book_of(review(36))["Charts"]
    assert sheet.column_dimensions["M"].width >= 30
    assert sheet.column_dimensions["N"].max >= 12 + 36
    breaks = [one.id for one in sheet.row_breaks.brk]
    anchors = [(drawn.anchor._from.row, drawn.anchor.to.row) for drawn in sheet._charts]
    assert breaks
    assert not [cut for cut in breaks for top, bottom in anchors if top < cut <= bottom]


def test_long_words_of_the_about_sheet_have_rows_high_enough() -> None:
    shown = review(1)
    long = Review(**{**vars(shown), "notes": (ReviewNote("Monthly recurring revenue, Jan 2025", "word " * 100, "d"),)})
    sheet = book_of(long)["About"]
    row = next(row[0].row for row in sheet.iter_rows() if str(row[0].value).startswith("Note"))
    assert sheet.row_dimensions[row].height >= 500 / 80 * 15
    assert sheet.cell(row, 1).alignment.wrap_text


@pytest.mark.parametrize("count", [1, 3, 36])
def test_the_formulas_come_to_the_stored_figures_when_they_are_worked_out_again(count: int) -> None:
    """As an office program does it: sums over ranges and one subtraction, of the cells alone."""
    asked, kept = book_of(review(count))["Figures"], book_of(review(count), values=True)["Figures"]

    def value(place: str) -> Decimal:
        cell = asked[place]
        if cell.data_type != "f":
            return Decimal(str(cell.value or 0))
        if parts := re.fullmatch(r"=SUM\((\w+):(\w+)\)", cell.value):
            return sum((value(one.coordinate) for row in asked[parts[1] : parts[2]] for one in row), Decimal(0))
        left, right = cell.value[1:].split("-")
        return value(left) - value(right)

    cells = [cell.coordinate for row in asked.iter_rows() for cell in row if cell.data_type == "f"]
    assert len(cells) >= 4 * count
    for place in cells:
        assert abs(value(place) - Decimal(str(kept[place].value))) < Decimal("0.005"), place
