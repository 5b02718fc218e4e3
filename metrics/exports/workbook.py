"""A review as an Excel workbook: real numbers, totals as formulas, charts that Excel draws and people may edit."""

from __future__ import annotations

import io
from datetime import datetime
from decimal import Decimal
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.utility import xl_rowcol_to_cell  # type: ignore[import-untyped]

from metrics.arithmetic import EXPENSE_METRICS, REVENUE_METRICS, Unit
from metrics.derived import Figure
from metrics.exports.about import about_rows
from metrics.exports.branding import PLAIN, Branding
from metrics.exports.review import Line, Review
from metrics.exports.workbook_charts import add_charts

OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
# Room for a closing parenthesis behind what is positive, so that decimal points stand under each other.
MONEY, PERCENT, COUNT = "#,##0.00_);[Red](#,##0.00)", "0.0%_);[Red](0.0%)", "#,##0_);[Red](#,##0)"
FIRST_ROW = 4  # of the figures, counted from zero: name, company, subtitle, headings
MONTHS_A_PAGE = 12
LINE_HIGH, MOST_HIGH = 15, 400  # points; Excel takes at most 409
PARTS = {
    "total_revenue": (*REVENUE_METRICS, "unmapped_revenue"),
    "total_expenses": (*EXPENSE_METRICS, "unmapped_expenses"),
}


def review_workbook(review: Review, branding: Branding = PLAIN) -> bytes:
    """Sheets: Figures, Charts, Ratios, and About with tie-out, notes and unmapped ledger accounts."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, OPTIONS) as book:
        book.set_properties(
            {
                "title": f"{review.company}: {review.name}",
                "author": branding.firm_name or "Tieout",
                "created": datetime.fromisoformat(review.created_at).replace(tzinfo=None),
            }
        )
        styles = Styles(book, branding.accent)
        _figures(book, styles, review)
        add_charts(book, review, branding.accent, footer_of(review))
        _ratios(book, styles, review)
        _about(book, styles, review)
    return content.getvalue()


class Styles:
    """The cell formats of one workbook."""

    def __init__(self, book: Any, accent: str) -> None:
        self.title = book.add_format({"bold": True, "font_size": 16, "font_color": f"#{accent}"})
        self.company = book.add_format({"bold": True, "font_size": 12})
        self.soft = book.add_format({"font_color": "#55636E"})
        self.head = book.add_format(
            {"bold": True, "bg_color": f"#{accent}", "font_color": "#FFFFFF", "align": "right", "text_wrap": True}
        )
        self.head_left = book.add_format({"bold": True, "bg_color": f"#{accent}", "font_color": "#FFFFFF"})
        self.words = book.add_format({"text_wrap": True, "valign": "top", "align": "left"})
        self.label = {False: book.add_format({}), True: book.add_format({"bold": True, "top": 1})}
        codes = {Unit.PERCENT: PERCENT, Unit.COUNT: COUNT}
        self.number = {
            (unit, is_total): book.add_format(
                {"num_format": codes.get(unit, MONEY), **({"bold": True, "top": 1} if is_total else {})}
            )
            for unit in Unit
            for is_total in (False, True)
        }


def _figures(book: Any, styles: Styles, review: Review) -> None:
    sheet = book.add_worksheet("Figures")
    count = len(review.months)
    _begin(sheet, styles, review)
    sheet.write_string(FIRST_ROW - 1, 0, f"In {review.currency}", styles.head_left)
    heads = [*(month.month.label for month in review.months), review.period]
    for at, head in enumerate((*heads, "Target"), 1):
        sheet.write_string(FIRST_ROW - 1, at, head, styles.head)
    rows = {line.key: FIRST_ROW + at for at, line in enumerate(review.lines)}
    for line in review.lines:
        row = rows[line.key]
        sheet.write_string(row, 0, line.label, styles.label[line.is_total])
        for at, value in enumerate((*line.by_month, line.value), 1):
            _figure(sheet, (row, at), value, line, styles, _formula(line, at, count, rows))
        write(sheet, row, count + 2, line.target, line.unit, styles.number[line.unit, line.is_total])
    last = FIRST_ROW + len(review.lines) + 1
    _tie_out(sheet, styles, review, last)
    _on_paper(sheet, last + 2, count + 2)


def _formula(line: Line, at: int, count: int, rows: dict[str, int]) -> str:
    """Totals add up their parts down the column; the period adds up its months across the row."""
    if line.key == "net_profit":
        revenue, expenses = (xl_rowcol_to_cell(rows[key], at) for key in ("total_revenue", "total_expenses"))
        return f"={revenue}-{expenses}"
    if line.key in PARTS:
        parts = [rows[key] for key in PARTS[line.key] if key in rows]
        return f"=SUM({xl_rowcol_to_cell(min(parts), at)}:{xl_rowcol_to_cell(max(parts), at)})"
    if at == count + 1 and line.unit is Unit.MONEY:
        return _sum_of(rows[line.key], 1, count)
    return ""


def _figure(sheet: Any, at: tuple[int, int], value: Figure, line: Line, styles: Styles, formula: str) -> None:
    """With the frozen value kept beside the formula, for readers that do not calculate."""
    style = styles.number[line.unit, line.is_total]
    if formula and value is not None:
        sheet.write_formula(*at, formula, style, value)
    else:
        write(sheet, *at, value, line.unit, style)


def write(sheet: Any, row: int, column: int, value: Figure, unit: Unit, style: Any) -> None:
    """A number, or an empty cell in the row's style."""
    if value is None:
        sheet.write_blank(row, column, None, style)
    else:
        sheet.write_number(row, column, value / 100 if unit is Unit.PERCENT else value, style)


def _tie_out(sheet: Any, styles: Styles, review: Review, row: int) -> None:
    count = len(review.months)
    sheet.write_string(row, 0, "QuickBooks’ Net Income", styles.label[False])
    sheet.write_string(row + 1, 0, "Difference", styles.label[False])
    profit = FIRST_ROW + [line.key for line in review.lines].index("net_profit")
    style = styles.number[Unit.MONEY, False]
    for at, month in enumerate(review.months, 1):
        sheet.write_number(row, at, month.quickbooks_net_income, style)
    whole = sum((month.quickbooks_net_income for month in review.months), Decimal(0))
    sheet.write_formula(row, count + 1, _sum_of(row, 1, count), style, whole)
    offs = [month.off_by for month in review.months]
    for at, off_by in enumerate((*offs, sum(offs, Decimal(0))), 1):
        formula = f"={xl_rowcol_to_cell(profit, at)}-{xl_rowcol_to_cell(row, at)}"
        sheet.write_formula(row + 1, at, formula, style, off_by)
    sheet.write_string(row + 2, 0, review.tie_out, styles.soft)
    sheet.set_column(1, count + 2, 14)


def _sum_of(row: int, first: int, last: int) -> str:
    return f"=SUM({xl_rowcol_to_cell(row, first)}:{xl_rowcol_to_cell(row, last)})"


def _ratios(book: Any, styles: Styles, review: Review) -> None:
    sheet = book.add_worksheet("Ratios")
    _begin(sheet, styles, review)
    sheet.write_string(FIRST_ROW - 1, 0, "Worked out", styles.head_left)
    heads = [*(month.month.label for month in review.months), review.period, "Target"]
    for at, head in enumerate(heads, 1):
        sheet.write_string(FIRST_ROW - 1, at, head, styles.head)
    for row, line in enumerate(review.derived, FIRST_ROW):
        sheet.write_string(row, 0, line.label, styles.label[False])
        for at, value in enumerate((*line.by_month, line.value, line.target), 1):
            write(sheet, row, at, value, line.unit, styles.number[line.unit, False])
    sheet.set_column(1, len(heads), 14)
    _on_paper(sheet, FIRST_ROW + len(review.derived) - 1, len(heads))


def _about(book: Any, styles: Styles, review: Review) -> None:
    sheet = book.add_worksheet("About")
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 80)
    sheet.hide_gridlines(2)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    for row, (name, said) in enumerate(about_rows(review)):
        # Not every program makes a row as high as its words: the height is said.
        lines = max(_lines(name, 24), _lines(said, 76))
        sheet.set_row(row, min(lines * LINE_HIGH, MOST_HIGH))
        sheet.write_string(row, 0, name, styles.words)
        sheet.write_string(row, 1, said[:32_000], styles.words)


def _lines(said: str, width: int) -> int:
    """How many lines of so many signs the words take."""
    return sum(max(1, -(-len(line) // width)) for line in said.split("\n"))


def _begin(sheet: Any, styles: Styles, review: Review) -> None:
    sheet.write_string(0, 0, review.name, styles.title)
    sheet.write_string(1, 0, review.company, styles.company)
    sheet.write_string(2, 0, f"{review.period} · {review.basis} basis · {review.status}", styles.soft)
    sheet.set_column(0, 0, 40)  # the longest label, in a font a little wider than Excel's
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_footer(footer_of(review))


def footer_of(review: Review) -> str:
    """Of every printed page; Excel takes at most 255 signs."""
    return "&L" + f"{review.period} · {review.company}"[:110].replace("&", "&&") + "&RPage &P of &N"


def _on_paper(sheet: Any, last_row: int, last_column: int) -> None:
    """Labels stay beside their figures; a year of months a page, so that three years can still be read."""
    sheet.freeze_panes(FIRST_ROW, 1)
    sheet.repeat_rows(FIRST_ROW - 1)
    sheet.repeat_columns(0)
    # A long title runs on over the cells beside it: it does not make the printed table smaller.
    sheet.print_area(0, 0, last_row, max(last_column, 6))
    sheet.fit_to_pages(-(-(last_column - 2) // MONTHS_A_PAGE), 0)
