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
from metrics.exports.about import unmapped_words
from metrics.exports.branding import PLAIN, Branding
from metrics.exports.compared import compared_columns
from metrics.exports.review import Line, Review
from metrics.exports.slide_charts import add_panel, add_waterfall, describe, rgb_of
from metrics.figure_words import written

WIDTH, HEIGHT, EDGE = Inches(13.333), Inches(7.5), Inches(0.6)
INK, SOFT, WHITE = rgb_of("15212B"), rgb_of("55636E"), rgb_of("FFFFFF")
SHADE = rgb_of("EEF2F4")
FONT = "Calibri"  # there on every machine that opens slides
TILES = ("total_revenue", "net_profit", "net_margin", "recurring_share", "employees", "revenue_per_employee")
ROWS_A_SLIDE, NOTES_A_SLIDE, ACTIONS_A_SLIDE, CAUTIONS = 16, 5, 9, 3
TOLD, UNMAPPED = 4, 6  # of the last slide
LABEL_WIDTH, TABLE_WIDTH, FIGURE_WIDTH = 3.6, 12.133, 3.0  # inches: the first column, all of them, at most another
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
            describe(picture, picture.name)

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
        for chart in self.review.shown_charts:
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
            parts = _spread([line for line in lines if line.value is not None], ROWS_A_SLIDE)
            for number, part in enumerate(parts, 1):
                self._table(_numbered(title, number, len(parts)), part)

    def notes(self) -> None:
        """What people wrote, each note in one paragraph: its own line breaks would run off the slide."""
        count = -(-len(self.review.notes) // NOTES_A_SLIDE)
        for start in range(0, len(self.review.notes), NOTES_A_SLIDE):
            slide = self._slide(_numbered("Notes", start // NOTES_A_SLIDE + 1, count))
            said = [
                f"{f'{one.about}: ' if one.about else ''}{_cut(' '.join(one.text.split()), 400)} ({one.author})"
                for one in self.review.notes[start : start + NOTES_A_SLIDE]
            ]
            self._words(slide, "\n".join(said), (EDGE, Inches(1.4), WIDTH - 2 * EDGE, Inches(5.4)), 14, INK, apart=6)

    def actions(self) -> None:
        """What was agreed: who does it, by when, how it stands."""
        count = -(-len(self.review.actions) // ACTIONS_A_SLIDE)
        for start in range(0, len(self.review.actions), ACTIONS_A_SLIDE):
            shown = self.review.actions[start : start + ACTIONS_A_SLIDE]
            rows = [(_cut(one.text, 150), _cut(one.owner, 40) or "–", one.due_on or "–", one.state) for one in shown]
            slide = self._slide(_numbered("Action items", start // ACTIONS_A_SLIDE + 1, count))
            self._grid(slide, ("What", "Who", "By", "State"), rows, ACTION_WIDTHS)

    def sources(self) -> None:
        """Mapping, hash, reservations, unmapped."""
        slide = self._slide("Where the figures come from")
        review = self.review
        told = (*review.cautions, *review.reservations)
        unmapped = [f"Unmapped: {_cut(unmapped_words(one, review.currency), 90)}" for one in review.unmapped[:UNMAPPED]]
        if len(review.unmapped) > UNMAPPED:
            unmapped.append(f"And {len(review.unmapped) - UNMAPPED} more unmapped accounts: the workbook has them all.")
        said = [
            review.tie_out,
            *(_cut(one, 220) for one in told[:TOLD]),
            *([f"And {len(told) - TOLD} more: the workbook has them all."] if len(told) > TOLD else []),
            f"{review.company}, {review.period}, mapping version {review.mapping_number}",
            f"{review.source}.",
            f"SHA-256 {review.sha256}" if review.sha256 else "Not frozen: the figures may still change.",
            *unmapped,
        ]
        self._words(slide, "\n".join(said), (EDGE, Inches(1.4), WIDTH - 2 * EDGE, Inches(5.5)), 14, INK)

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
        columns = compared_columns(self.review)
        bold = frozenset(place for place, line in enumerate(lines) if line.is_total)
        wide = min(FIGURE_WIDTH, (TABLE_WIDTH - LABEL_WIDTH) / len(columns))
        rows = [(line.label, *(said(line) for _, said in columns)) for line in lines]
        heads = (self.review.currency, *(head for head, _ in columns))
        self._grid(self._slide(title), heads, rows, (LABEL_WIDTH, *[wide] * len(columns)), bold, left=1)

    def _grid(
        self,
        slide: Any,
        heads: Sequence[str],
        rows: Sequence[Sequence[str]],
        widths: Sequence[float],
        bold: frozenset[int] = frozenset(),
        left: int = 9,
    ) -> None:
        """A table in the firm's colour alone, one line a row; columns from `left` on are figures."""
        box = (EDGE, Inches(1.3), Inches(sum(widths)), Inches(0.32) * (len(rows) + 1))
        frame = slide.shapes.add_table(len(rows) + 1, len(heads), *box)
        describe(frame, f"Table: {slide.shapes.title.text_frame.text}, columns {', '.join(heads)}")
        table = frame.table
        table.horz_banding = False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Inches(width)
        for at, cells in enumerate((heads, *rows)):
            for column, said in enumerate(cells):
                cell = table.cell(at, column)
                is_strong = at == 0 or at - 1 in bold
                _cell(cell, said, INK if at else WHITE, column >= left, bold=is_strong)
                cell.fill.solid()
                cell.fill.fore_color.rgb = self.accent if at == 0 else SHADE if is_strong else WHITE


def _spread(lines: Sequence[Line], most: int) -> list[Sequence[Line]]:
    """As few slides as will do, each about as full as the others."""
    count = -(-len(lines) // most)
    size = -(-len(lines) // count) if count else 1
    return [lines[start : start + size] for start in range(0, len(lines), size)]


def _numbered(title: str, number: int, count: int) -> str:
    return f"{title} ({number} of {count})" if count > 1 else title


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
    """After a whole word, if it has any that is short enough."""
    if len(said) <= most:
        return said
    begun, blank, rest = said[: most - 1].rpartition(" ")
    return f"{begun.rstrip(' ,;') if blank and len(rest) < 30 else said[: most - 1].rstrip()}…"
