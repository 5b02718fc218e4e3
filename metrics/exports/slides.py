"""A review as slides: native charts that people may edit, the firm's name, colour and logo."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pptx import Presentation
from pptx.enum.text import MSO_ANCHOR
from pptx.util import Emu, Inches, Pt

from metrics.charts import Waterfall
from metrics.derived import Unit
from metrics.exports.branding import PLAIN, Branding
from metrics.exports.review import Line, Review
from metrics.exports.slide_charts import add_panel, add_waterfall, rgb_of
from metrics.figure_words import written

WIDTH, HEIGHT, EDGE = Inches(13.333), Inches(7.5), Inches(0.6)
INK, SOFT, WHITE = rgb_of("15212B"), rgb_of("55636E"), rgb_of("FFFFFF")
SHADE = rgb_of("EEF2F4")
FONT = "Calibri"  # there on every machine that opens slides
TILES = ("total_revenue", "net_profit", "net_margin", "recurring_share", "employees", "revenue_per_employee")
ROWS_A_SLIDE, NOTES_A_SLIDE, ACTIONS_A_SLIDE, CAUTIONS = 16, 5, 9, 3
TABLE_WIDTHS = (3.6, 1.55, 1.9, 1.9, 1.25, 1.933)  # inches; together what is between the edges
ACTION_WIDTHS = (7.2, 2.3, 1.3, 1.333)


def review_slides(review: Review, branding: Branding = PLAIN) -> bytes:
    """Title, headlines, one slide per chart, the figures of the period, the notes, and where they come from."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = WIDTH, HEIGHT
    said = deck.core_properties
    said.title = _cut(f"{review.company}: {review.name}", 255)  # the longest that the format takes
    said.author, said.language = branding.firm_name or "Tieout", "en-GB"
    said.created = said.modified = datetime.fromisoformat(review.created_at).replace(tzinfo=None)
    maker = Slides(deck, review, branding)
    maker.cover()
    maker.headlines()
    maker.charts()
    maker.tables()
    maker.notes()
    maker.actions()
    maker.sources()
    content = io.BytesIO()
    deck.save(content)
    return content.getvalue()


class Slides:
    """One deck in the making."""

    def __init__(self, deck: Any, review: Review, branding: Branding) -> None:
        self.deck, self.review, self.branding = deck, review, branding
        self.accent = rgb_of(branding.accent.upper())

    def cover(self) -> None:
        """The first slide: accent ground, names, logo."""
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[5])
        slide.background.fill.solid()
        slide.background.fill.fore_color.rgb = self.accent
        name, width = self.review.name, WIDTH - 2 * EDGE
        size = 40 if len(name) <= 45 else 28  # two lines of a long name have the room of one and a half
        self._place_title(slide, name, top=Inches(2.3), size=size, colour=WHITE, high=Inches(1.3))
        rest = f"{self.review.company}\n{self.review.period} · {self.review.basis} basis · {self.review.currency}"
        said = f"{rest}\n{self.branding.firm_name}".strip()
        self._words(slide, said, (EDGE, Inches(3.7), width, Inches(1.6)), 20, WHITE)
        self._words(slide, self.review.status, (EDGE, Inches(6.6), width, Inches(0.4)), 12, WHITE)
        if self.branding.logo and self.branding.logo_format:
            picture = slide.shapes.add_picture(io.BytesIO(self.branding.logo), EDGE, EDGE, height=Inches(0.9))
            picture.name = f"{self.branding.firm_name} logo"

    def headlines(self) -> None:
        """Six figures, and the proof."""
        slide = self._slide("Headlines")
        wide, high, gap = (WIDTH - 2 * EDGE - 2 * Inches(0.3)) // 3, Inches(1.9), Inches(0.3)
        for place, line in enumerate(self.review.line(key) for key in TILES):
            left, top = EDGE + (place % 3) * (wide + gap), Inches(1.5) + (place // 3) * (high + gap)
            is_money = line.unit in (Unit.MONEY, Unit.MONEY_PER_PERSON)
            label = f"{line.label}, {self.review.currency}" if is_money else line.label
            self._words(slide, label, (left, top, wide, Inches(0.4)), 14, SOFT)
            self._words(slide, written(line.value, line.unit), (left, top + Inches(0.4), wide, Inches(0.7)), 32, INK)
            self._words(slide, _changes(self.review, line), (left, top + Inches(1.1), wide, Inches(0.7)), 12, SOFT)
        said = [self.review.tie_out, *self.review.cautions, *self.review.reservations]
        more = [f"And {len(said) - CAUTIONS} more: see the last slide."] if len(said) > CAUTIONS else []
        words = "\n".join(_cut(one, 150) for one in [*said[:CAUTIONS], *more])
        self._words(slide, words, (EDGE, Inches(5.85), WIDTH - 2 * EDGE, Inches(1.2)), 13, INK)

    def charts(self) -> None:
        """PowerPoint mixes no bars and lines in charts it can make from here: each panel has a chart of its own."""
        box = (EDGE, Inches(1.3), WIDTH - 2 * EDGE, Inches(5.6))
        for chart in self.review.charts:
            slide = self._slide(chart.title)
            if isinstance(chart, Waterfall):
                add_waterfall(slide, chart, box, self.branding.accent)
                continue
            high = box[3] // len(chart.panels)
            for place, panel in enumerate(chart.panels):
                part = (box[0], box[1] + place * high, box[2], Emu(high))
                add_panel(slide, chart, panel, part, self.branding.accent)

    def tables(self) -> None:
        """The period's figures, as many rows as stay legible."""
        for title, lines in (("The period", self.review.lines), ("Ratios", self.review.derived)):
            shown = [line for line in lines if line.value is not None]
            for start in range(0, len(shown), ROWS_A_SLIDE):
                self._table(title, shown[start : start + ROWS_A_SLIDE])

    def notes(self) -> None:
        """What people wrote, each note in one paragraph: its own line breaks would run off the slide."""
        for start in range(0, len(self.review.notes), NOTES_A_SLIDE):
            slide = self._slide("Notes")
            said = [
                f"{f'{one.about}: ' if one.about else ''}{_cut(' '.join(one.text.split()), 400)} ({one.author})"
                for one in self.review.notes[start : start + NOTES_A_SLIDE]
            ]
            self._words(slide, "\n".join(said), (EDGE, Inches(1.4), WIDTH - 2 * EDGE, Inches(5.4)), 14, INK, apart=6)

    def actions(self) -> None:
        """What was agreed: who does it, by when, how it stands."""
        for start in range(0, len(self.review.actions), ACTIONS_A_SLIDE):
            shown = self.review.actions[start : start + ACTIONS_A_SLIDE]
            rows = [(_cut(one.text, 150), _cut(one.owner, 40) or "–", one.due_on or "–", one.state) for one in shown]
            self._grid(self._slide("Action items"), ("What", "Who", "By", "State"), rows, ACTION_WIDTHS)

    def sources(self) -> None:
        """Mapping, hash, reservations, unmapped."""
        slide = self._slide("Where the figures come from")
        review = self.review
        unmapped = [
            f"Unmapped: {_cut(one.full_name, 60)} {written(one.amount, Unit.MONEY)}" for one in review.unmapped[:8]
        ]
        if len(review.unmapped) > 8:
            unmapped.append(f"And {len(review.unmapped) - 8} more unmapped accounts: the workbook has them all.")
        said = [
            review.tie_out,
            *(_cut(one, 150) for one in (*review.cautions, *review.reservations)[:8]),
            f"{review.period}, {review.basis} basis, mapping version {review.mapping_number}",
            f"SHA-256 {review.sha256}" if review.sha256 else "Not frozen: the figures may still change.",
            *unmapped,
        ]
        self._words(slide, "\n".join(said), (EDGE, Inches(1.4), WIDTH - 2 * EDGE, Inches(5)), 14, INK)

    def _slide(self, title: str) -> Any:
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[5])
        self._place_title(slide, title, top=Inches(0.4), size=28, colour=self.accent)
        return slide

    def _place_title(self, slide: Any, said: str, *, top: int, size: int, colour: Any, high: int = Inches(0.9)) -> None:
        title = slide.shapes.title
        title.left, title.top, title.width, title.height = EDGE, top, WIDTH - 2 * EDGE, high
        _fill(title.text_frame, _cut(said, 90), size, colour, bold=True)

    def _words(
        self, slide: Any, said: str, box: tuple[int, int, int, int], size: int, colour: Any, *, apart: int = 0
    ) -> None:
        _fill(slide.shapes.add_textbox(*box).text_frame, said, size, colour, apart=apart)

    def _table(self, title: str, lines: Sequence[Line]) -> None:
        slide, review = self._slide(title), self.review
        heads = [review.currency, review.period, f"Against {review.previous_label or 'before'}"]
        heads += [f"Against {review.last_year_label or 'last year'}", "Target", "Verdict"]
        bold = frozenset(place for place, line in enumerate(lines) if line.is_total)
        self._grid(slide, heads, [_cells(line) for line in lines], TABLE_WIDTHS, bold)

    def _grid(
        self,
        slide: Any,
        heads: Sequence[str],
        rows: Sequence[Sequence[str]],
        widths: Sequence[float],
        bold: frozenset[int] = frozenset(),
    ) -> None:
        """A table in the firm's colour alone; the first column as wide as its labels: one line a row."""
        box = (EDGE, Inches(1.3), WIDTH - 2 * EDGE, Inches(0.32) * (len(rows) + 1))
        table = slide.shapes.add_table(len(rows) + 1, len(heads), *box).table
        table.horz_banding = False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Inches(width)
        left = 1 if widths is TABLE_WIDTHS else len(heads)
        for at, cells in enumerate((heads, *rows)):
            for column, said in enumerate(cells):
                cell = table.cell(at, column)
                is_strong = at == 0 or at - 1 in bold
                _cell(cell, said, INK if at else WHITE, column >= left, bold=is_strong)
                cell.fill.solid()
                cell.fill.fore_color.rgb = self.accent if at == 0 else SHADE if is_strong else WHITE


def _cells(line: Line) -> tuple[str, ...]:
    return (
        line.label,
        written(line.value, line.unit),
        line.previous.words if line.previous else "–",
        line.last_year.words if line.last_year else "–",
        written(line.target, line.unit),
        line.verdict or "–",
    )


def _changes(review: Review, line: Line) -> str:
    pairs = ((review.previous_label, line.previous), (review.last_year_label, line.last_year))
    return "\n".join(f"{change.words} against {label}" for label, change in pairs if change)


def _cell(cell: Any, said: str, colour: Any, is_right: bool, *, bold: bool) -> None:
    cell.margin_top = cell.margin_bottom = Inches(0.03)
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    _fill(cell.text_frame, said, 11, colour, bold=bold, is_right=is_right)


def _fill(
    frame: Any, said: str, size: int, colour: Any, *, bold: bool = False, is_right: bool = False, apart: int = 0
) -> None:
    """One paragraph per line; signs that XML cannot hold are left out."""
    frame.word_wrap = True
    for place, words in enumerate(said.split("\n")):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.alignment = 3 if is_right else 1
        paragraph.space_after = Pt(apart)
        run = paragraph.add_run()
        run.text = "".join(sign for sign in words if sign >= " " and sign not in "\ufffe\uffff")
        run.font.size, run.font.bold, run.font.name = Pt(size), bold, FONT
        run.font.color.rgb = colour


def _cut(said: str, most: int) -> str:
    return said if len(said) <= most else f"{said[: most - 1].rstrip()}…"
