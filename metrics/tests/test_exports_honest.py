"""What a file claims of its figures: which months are in them, where they come from, which way an amount goes."""

from __future__ import annotations

import csv
import io
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from lxml import etree
from pptx import Presentation
from pptx.util import Emu

from metrics.exports.chart_files import caption_of, chart_png, chart_svg
from metrics.exports.pack import make_file
from metrics.exports.review import Review, UnmappedAccount, review_of
from metrics.tests.review_sample import SHA, content, review
from metrics.tests.test_exports_files import words_of_pdf, words_of_slides

needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")


def made_of(one: dict[str, Any]) -> Review:
    return review_of(one, name="The review", sha256=SHA)


def charts_of(shown: Review) -> list[Any]:
    deck = Presentation(io.BytesIO(make_file("pptx", shown).body))
    return [shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart]


def rows_of_csv(shown: Review) -> list[list[str]]:
    return list(csv.reader(io.StringIO(make_file("csv", shown).body.decode("utf-8-sig"))))


def without_people() -> dict[str, Any]:
    one = content(3)
    for kept in (*one["months"], one["figures"]):
        kept["figures"]["employees"] = None
        kept["derived"] |= {key: None for key in kept["derived"] if "per_employee" in key}
    return one


def test_a_period_with_a_month_missing_never_claims_all_its_months() -> None:
    one = content(2)
    one["figures"]["months_missing"] = ["2025-03"]
    shown = made_of(one)
    assert shown.tie_out == (
        "2 of 3 months were read; they equal QuickBooks’ own Net Income, to the cent. Not in these figures: Mar 2025."
    )
    assert not shown.is_proven
    one["months"][1]["tie_out"]["status"] = "untied"
    assert made_of(one).tie_out == "Not tied to QuickBooks’ Net Income: Feb 2025. Not in these figures: Mar 2025."


def test_a_period_with_every_month_keeps_its_plain_sentence() -> None:
    assert made_of(content(3)).tie_out == "All 3 months equal QuickBooks’ own Net Income, to the cent."
    assert made_of(content(3)).is_proven


def test_the_source_of_the_figures_and_when_they_were_read_are_said_in_every_file(tmp_path: Path) -> None:
    one = content(2)
    one["months"][0]["synced_at"], one["months"][1]["synced_at"] = (
        "2025-02-03T04:05:06+00:00",
        "2025-03-01T09:00:00+00:00",
    )
    shown = made_of(one)
    read = "read between 3 Feb 2025, 04:05 UTC and 1 Mar 2025, 09:00 UTC"
    said = f"QuickBooks’ Profit and Loss, accrual basis, {read}"
    assert shown.source == said
    about = openpyxl.load_workbook(io.BytesIO(make_file("xlsx", shown).body))["About"]
    assert ("Source", said) in {(row[0].value, row[1].value) for row in about.iter_rows()}
    assert ["Source", said] in rows_of_csv(shown)
    assert any(said in words for words in words_of_slides(make_file("pptx", shown).body))
    if shutil.which("pdftotext"):
        assert said in " ".join(words_of_pdf(make_file("pdf", shown).body, tmp_path).split())


def test_old_snapshots_without_a_time_of_reading_still_say_their_source() -> None:
    assert made_of(content(2)).source == "QuickBooks’ Profit and Loss, accrual basis"


@pytest.mark.parametrize("count", [1, 4])
def test_what_quickbooks_says_and_the_difference_have_a_total_too(count: int) -> None:
    one = content(count)
    net = Decimal(one["months"][0]["tie_out"]["quickbooks_net_income"]) + 1
    one["months"][0]["tie_out"] |= {"status": "untied", "quickbooks_net_income": f"{net:.2f}"}
    shown = made_of(one)
    rows = {row[0]: row for row in rows_of_csv(shown) if row}
    assert [Decimal(cell) for cell in rows["Difference"][1 : count + 2]] == [-1, *[0] * (count - 1), -1]
    for values in (True, False):
        sheet = openpyxl.load_workbook(io.BytesIO(make_file("xlsx", shown).body), data_only=values)["Figures"]
        found = {row[0].value: [cell.value for cell in row] for row in sheet.iter_rows()}
        whole = (found["QuickBooks’ Net Income"][count + 1], found["Difference"][count + 1])
        if values:
            assert Decimal(str(whole[0])).quantize(Decimal("0.01")) == (shown.line("net_profit").value or 0) + 1
            assert Decimal(str(whole[1])).quantize(Decimal("0.01")) == -1
        else:
            assert str(whole[0]).startswith("=SUM(")
            assert "-" in str(whole[1])


@needs_poppler
def test_the_pdf_shows_by_how_much_a_month_differs(tmp_path: Path) -> None:
    one = content(2)
    net = Decimal(one["months"][1]["tie_out"]["quickbooks_net_income"]) + Decimal("12.34")
    one["months"][1]["tie_out"] |= {"status": "untied", "quickbooks_net_income": f"{net:.2f}"}
    words = words_of_pdf(make_file("pdf", made_of(one)).body, tmp_path, "-layout")
    line = next(line for line in words.splitlines() if line.startswith("Difference"))
    assert line.split() == ["Difference", "0.00", "(12.34)"]


def test_a_negative_percentage_stands_in_parentheses_on_the_slides_too() -> None:
    codes = {chart.value_axis.tick_labels.number_format for chart in charts_of(review(3))}
    assert codes == {"#,##0", "#,##0;(#,##0)", '0.0"%";(0.0"%")'}


def test_the_waterfall_s_labels_say_which_way_each_amount_goes() -> None:
    """A cost that was given back raises the profit: its label must not look like a cost."""
    one = content(1)
    figures = one["figures"]["figures"]
    for key in ("employee_expense", "owner_comp", "owner_comp_taxes", "product_cogs"):
        figures[key] = "100.00"
    figures |= {
        "other_expenses": "-50.00",
        "total_expenses": "350.00",
        "total_revenue": "1000.00",
        "net_profit": "650.00",
    }
    fall = next(chart for chart in charts_of(made_of(one)) if "Net profit" in tuple(chart.plots[0].categories))
    shown: dict[str, str] = {}
    for series in fall.plots[0].series:
        code = series.data_labels.number_format if series.name != "Foot" else ""
        for name, value in zip(fall.plots[0].categories, series.values, strict=True):
            if code and value is not None:
                shown[str(name)] = f"{'(' if code.startswith('(') else ''}{value:,.2f}"
    assert shown["Employee expense"] == "(100.00"
    assert shown["Other expenses"] == "50.00"
    assert shown["Total revenue"] == "1,000.00"


def test_the_labels_of_the_waterfall_add_up_to_the_cent() -> None:
    fall = next(chart for chart in charts_of(review(2)) if "Net profit" in tuple(chart.plots[0].categories))
    codes = [series.data_labels.number_format for series in fall.plots[0].series if series.name != "Foot"]
    assert codes
    assert all("0.00" in code for code in codes)


def test_a_chart_without_a_figure_is_left_out_of_the_files(tmp_path: Path) -> None:
    shown, whole = made_of(without_people()), review(3)
    assert len(charts_of(whole)) - len(charts_of(shown)) == 2
    titles = [
        slide.shapes.title.text_frame.text for slide in Presentation(io.BytesIO(make_file("pptx", shown).body)).slides
    ]
    assert "People and revenue per employee" not in titles
    sheet: Any = openpyxl.load_workbook(io.BytesIO(make_file("xlsx", shown).body))["Charts"]
    assert len(sheet._charts) == 6
    if shutil.which("pdftotext"):
        assert "People and revenue" not in words_of_pdf(make_file("pdf", shown).body, tmp_path)


@needs_poppler
def test_columns_with_nothing_in_them_are_left_out(tmp_path: Path) -> None:
    one = content(2)
    one["targets"] = {"months": [], "period": {}}
    words = words_of_pdf(make_file("pdf", made_of(one)).body, tmp_path)
    assert not {"Period before", "Last year", "Verdict"} & set(words.splitlines())
    tables = [
        shape.table
        for slide in Presentation(io.BytesIO(make_file("pptx", made_of(one)).body)).slides
        for shape in slide.shapes
        if shape.has_table
    ]
    assert [cell.text for cell in tables[0].rows[0].cells] == ["USD", "The period"]


def test_a_long_table_is_spread_evenly_over_its_slides() -> None:
    deck = Presentation(io.BytesIO(make_file("pptx", review(6)).body))
    tables = [shape.table for slide in deck.slides for shape in slide.shapes if shape.has_table]
    ratios = [len(table.rows) - 1 for table in tables if table.cell(1, 0).text in ("Service revenue", "Net margin")]
    sizes = [len(table.rows) - 1 for table in tables[1:3]]
    assert ratios
    assert max(sizes) - min(sizes) <= 1


def test_the_last_slide_has_room_for_what_it_says_however_much_there_is_to_say() -> None:
    shown = review(3)
    much = {
        "cautions": tuple("This was due long ago and has not been read since. " * 8 for _ in range(9)),
        "unmapped": tuple(UnmappedAccount("Odd account " * 20, "Income", Decimal(at)) for at in range(30)),
    }
    deck = Presentation(io.BytesIO(make_file("pptx", Review(**{**vars(shown), **much})).body))
    box = list(deck.slides)[-1].shapes[1]
    letters = Emu(box.width).pt / (14 * 0.5)  # about so many in a line of 14 points
    lines = sum(-(-len(words) // int(letters)) for words in box.text_frame.text.split("\n"))
    assert lines * 14 * 1.2 <= Emu(box.height).pt
    assert "And 6 more: the workbook has them all." in box.text_frame.text
    assert "And 24 more unmapped accounts" in box.text_frame.text


def test_a_picture_of_a_chart_says_whose_figures_of_when_it_shows() -> None:
    """It stands in somebody's letter, where nothing else says it."""
    shown = made_of(content(3, "Acme & <Söhne> " + "Holding " * 20))
    for chart in shown.shown_charts:
        plain, named = chart_svg(chart), chart_svg(chart, caption_of(shown))
        root = etree.fromstring(named)
        said = " ".join(str(one) for one in root.itertext())
        assert chart.title in said
        assert "Acme & <Söhne>" in said
        assert "The period · accrual basis · USD · Frozen 15 Mar 2026" in said
        high = float(root.get("viewBox", "").split()[3])
        assert high > float(etree.fromstring(plain).get("viewBox", "").split()[3])
    assert chart_png(shown.charts[0], caption_of(shown)).startswith(b"\x89PNG")
    assert chart_png(shown.charts[0], caption_of(shown)) != chart_png(shown.charts[0])
