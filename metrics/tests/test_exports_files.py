"""The same figures in every file: each is opened with its own reader and held against the snapshot's content."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from lxml import etree
from pptx import Presentation

from metrics.charts import Step, Waterfall
from metrics.derived import Unit
from metrics.exports.branding import Branding, problems_of
from metrics.exports.chart_files import chart_png, chart_svg
from metrics.exports.file_names import file_name
from metrics.exports.pack import make_file, make_pack
from metrics.exports.review import Review
from metrics.exports.slide_charts import feet_and_sizes
from metrics.exports.workbook import review_workbook
from metrics.figure_words import written
from metrics.tests.review_sample import NASTY, SHA, review

ZERO = Decimal(0)
needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
HOSTILE = "\x1b\x00\ue000\u200b\r\n😀 שלום مرحبا 漢字 " + NASTY + " " + "x" * 300


def words_of_pdf(body: bytes, folder: Path, *options: str) -> str:
    path = folder / "review.pdf"
    path.write_bytes(body)
    return subprocess.run(
        ["pdftotext", *options, str(path), "-"], check=True, capture_output=True, text=True, timeout=60
    ).stdout


def sheets(body: bytes, *, values: bool) -> Any:
    return openpyxl.load_workbook(io.BytesIO(body), data_only=values)


def words_of_slides(body: bytes) -> list[str]:
    found = []
    for slide in Presentation(io.BytesIO(body)).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                found.append(shape.text_frame.text)
            if getattr(shape, "has_table", False):
                table = shape.table
                found += [cell.text for row in table.rows for cell in row.cells]
    return found


def cents(value: Any) -> Decimal:
    return Decimal(repr(value)).quantize(Decimal("0.01"))


@pytest.mark.parametrize("count", [1, 6, 36])
def test_the_workbook_has_every_figure_as_a_number(count: int) -> None:
    shown = review(count)
    rows = {row[0].value: row for row in sheets(review_workbook(shown), values=True)["Figures"].iter_rows()}
    for line in shown.lines:
        cells = rows[line.label][1 : count + 2]
        assert [cents(cell.value) for cell in cells] == [
            Decimal(one or 0).quantize(Decimal("0.01")) for one in (*line.by_month, line.value)
        ]
    ratios = {row[0].value: row for row in sheets(review_workbook(shown), values=True)["Ratios"].iter_rows()}
    for line in shown.derived:
        for cell, value in zip(ratios[line.label][1:], (*line.by_month, line.value), strict=False):
            share = 100 if line.unit is Unit.PERCENT else 1
            assert value is None or cents(cell.value * share) == Decimal(value).quantize(Decimal("0.01"))


def test_totals_are_formulas_that_come_to_the_frozen_figures() -> None:
    shown = review(3)
    sheet = sheets(review_workbook(shown), values=False)["Figures"]
    found = {row[0].value: [cell.value for cell in row] for row in sheet.iter_rows()}
    assert found["Total revenue"][1] == "=SUM(B5:B10)"
    assert found["Net profit"][1] == "=B11-B17"
    assert found["Monthly recurring revenue"][4] == "=SUM(B6:D6)"
    labels = [sheet.cell(row, 1).value for row in range(5, 11)]
    parts = {line.label: line.by_month[0] for line in shown.lines}
    assert sum(Decimal(parts[label] or 0) for label in labels) == parts["Total revenue"]
    expenses = [sheet.cell(row, 1).value for row in range(12, 17)]
    assert sum(Decimal(parts[label] or 0) for label in expenses) == parts["Total expenses"]


def test_no_text_of_the_workbook_is_a_formula_or_a_link() -> None:
    book = sheets(review_workbook(review(3, NASTY)), values=False)
    formulas = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert formulas
    assert all(re.fullmatch(r"=SUM\([A-Z]+\d+:[A-Z]+\d+\)|=[A-Z]+\d+-[A-Z]+\d+", one) for one in formulas)
    assert all(cell.hyperlink is None for sheet in book for row in sheet.iter_rows() for cell in row)
    assert (book["Figures"]["A1"].value, book["Figures"]["A2"].value) == ("The review", NASTY)


def test_the_workbook_s_charts_are_excel_s_own_and_read_from_its_cells() -> None:
    body = review_workbook(review(6))
    names = zipfile.ZipFile(io.BytesIO(body)).namelist()
    assert len([name for name in names if name.startswith("xl/charts/chart")]) == 8
    sheet = sheets(body, values=True)["Charts"]
    numbers = {cents(cell.value) for row in sheet.iter_rows() for cell in row if isinstance(cell.value, int | float)}
    mrr = review(6).line("mrr").by_month
    assert {Decimal(one or 0) for one in mrr} <= numbers


def test_csv_has_every_figure_and_no_formula() -> None:
    shown = review(4, NASTY)
    rows = list(csv.reader(io.StringIO(make_file("csv", shown).body.decode("utf-8-sig"))))
    by_label = {row[0]: row for row in rows if row}
    for line in shown.lines:
        assert [Decimal(cell) for cell in by_label[line.label][1:6]] == [*line.by_month, line.value]
    assert by_label["Company"][1] == f"'{NASTY}"
    assert SHA in by_label["Status"]
    assert not [cell for row in rows for cell in row if re.match(r"[=@+]|-\D", cell)]


@needs_poppler
@pytest.mark.parametrize("count", [1, 6, 36])
def test_the_pdf_has_every_figure(count: int, tmp_path: Path) -> None:
    shown = review(count)
    words = words_of_pdf(make_file("pdf", shown).body, tmp_path, "-layout")
    for line in shown.lines:
        for value in (*line.by_month, line.value):
            assert written(value, line.unit) in words, line.label
    for line in shown.derived:
        assert line.value is None or written(line.value, line.unit) in words, line.label
    assert SHA in words


@needs_poppler
def test_the_pdf_is_tagged_and_names_itself(tmp_path: Path) -> None:
    body = make_file("pdf", review(3), Branding("Firm & Partners")).body
    (tmp_path / "a.pdf").write_bytes(body)
    said = subprocess.run(["pdfinfo", str(tmp_path / "a.pdf")], capture_output=True, text=True, check=True).stdout
    assert re.search(r"Title:\s+Acme Ltd: The review", said)
    assert re.search(r"Author:\s+Firm & Partners", said)
    assert re.search(r"Tagged:\s+yes", said)
    assert b"/Lang" in body
    assert b"pdfuaid" in body


@needs_poppler
def test_markup_in_names_is_only_text_in_the_pdf(tmp_path: Path) -> None:
    words = " ".join(words_of_pdf(make_file("pdf", review(2, NASTY)).body, tmp_path).split())
    assert NASTY in words
    assert "=SUM(A1) *a* #let <b>" in words


@pytest.mark.parametrize("kind", ["csv", "xlsx", "pdf", "pptx"])
@pytest.mark.parametrize("count", [1, 36])
def test_any_name_gives_a_file_with_a_harmless_name(kind: str, count: int) -> None:
    made = make_file(kind, review(count, HOSTILE))
    assert re.fullmatch(r"[a-z0-9-]{1,120}\." + kind, made.name)
    assert len(made.body) > 500


def test_the_slides_have_every_figure_of_the_period() -> None:
    shown = review(6, NASTY)
    words = words_of_slides(make_file("pptx", shown).body)
    for line in (*shown.lines, *shown.derived):
        assert line.value is None or written(line.value, line.unit) in words, line.label
    assert any(NASTY in one for one in words)


def test_the_slides_charts_hold_the_figures_so_that_people_may_edit_them() -> None:
    shown = review(6)
    charts = [
        shape.chart
        for slide in Presentation(io.BytesIO(make_file("pptx", shown).body)).slides
        for shape in slide.shapes
        if shape.has_chart
    ]
    held = {series.name: tuple(series.values) for chart in charts for series in chart.plots[0].series}
    for key in ("mrr", "net_profit", "employees", "other_expenses"):
        line = shown.line(key)
        assert [cents(value) for value in held[line.label]] == [
            Decimal(one or 0).quantize(Decimal("0.01")) for one in line.by_month
        ]
    assert len(charts) == 8


def test_the_firm_s_name_colour_and_logo_are_on_the_slides() -> None:
    logo = chart_png(review(1).charts[2])
    deck = Presentation(io.BytesIO(make_file("pptx", review(1), Branding("Firm", "102030", logo)).body))
    cover = deck.slides[0]
    assert [shape.image.blob for shape in cover.shapes if shape.shape_type == 13] == [logo]
    assert str(cover.background.fill.fore_color.rgb) == "102030"
    assert any("Firm" in shape.text_frame.text for shape in cover.shapes if shape.has_text_frame)
    assert b"%PDF" in make_file("pdf", review(1), Branding("Firm", "102030", logo)).body[:8]


def test_a_waterfall_of_a_loss_stands_without_feet() -> None:
    steps = (Step("a", "A", Decimal(10), True), Step("b", "B", Decimal(-15)), Step("c", "C", Decimal(-5), True))
    assert feet_and_sizes(Waterfall("w", "t", "USD", steps)) == ([ZERO] * 3, [Decimal(10), Decimal(-15), Decimal(-5)])
    steps = (Step("a", "A", Decimal(10), True), Step("b", "B", Decimal(-4)), Step("c", "C", Decimal(6), True))
    assert feet_and_sizes(Waterfall("w", "t", "USD", steps)) == (
        [ZERO, Decimal(6), ZERO],
        [Decimal(10), Decimal(4), Decimal(6)],
    )


def test_the_pack_has_the_three_files_and_tells_how_far_it_is() -> None:
    told: list[tuple[int, str]] = []
    made = make_pack(review(2), told=lambda percent, words: told.append((percent, words)))
    with zipfile.ZipFile(io.BytesIO(made.body)) as package:
        assert [name.rpartition(".")[2] for name in package.namelist()] == ["pdf", "pptx", "xlsx"]
        assert package.testzip() is None
    assert [percent for percent, _ in told] == [0, 33, 66]


def test_one_chart_is_a_file_of_its_own() -> None:
    for chart in review(6).charts:
        assert etree.fromstring(chart_svg(chart)).tag.endswith("svg")
    assert chart_png(review(6).charts[0]).startswith(b"\x89PNG")


def test_an_unfrozen_review_says_so_in_its_name_and_its_files() -> None:
    frozen = review(1)
    loose = Review(**{**vars(frozen), "is_frozen": False, "sha256": ""})
    made = make_file("csv", loose)
    assert "not-frozen" in made.name
    assert "Not frozen" in made.body.decode("utf-8-sig")


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("Acme Ltd", "Q1 2026"), "acme-ltd-q1-2026.pdf"),
        (("../../etc/passwd",), "etc-passwd.pdf"),
        (("Łódź Müller", "a\r\nb"), "odz-muller-a-b.pdf"),
        (("漢字",), "review.pdf"),
        (("x" * 500,), "x" * 120 + ".pdf"),
    ],
)
def test_file_names_are_safe_everywhere(parts: tuple[str, ...], name: str) -> None:
    assert file_name(*parts, ending="pdf") == name


def test_a_branding_must_be_legible_and_its_logo_a_picture() -> None:
    assert problems_of("Firm", "#0F5C78", None) == {}
    assert set(problems_of("x" * 101, "FFFF00", b"<svg/>")) == {"firm_name", "accent", "logo"}
    assert set(problems_of("", "red", None)) == {"accent"}
