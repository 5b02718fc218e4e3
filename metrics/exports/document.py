"""A review as a tagged PDF (PDF/UA-1): typst sets it from review.typ, with the data as JSON, so no word is markup."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import fontpkg_inter  # type: ignore[import-untyped]
import typst

from metrics.charts import Chart
from metrics.drawing.chart_drawings import WIDE, draw
from metrics.exports.about import about_rows
from metrics.exports.branding import PLAIN, Branding
from metrics.exports.compared import compared_columns
from metrics.exports.review import Line, Review
from metrics.figure_words import written

TEMPLATE = Path(__file__).with_name("review.typ")
FONTS = [str(Path(fontpkg_inter.__file__).parent / "files")]
TILES = ("total_revenue", "net_profit", "net_margin", "recurring_share")
MONTHS_A_TABLE = 6
_WITHOUT_GLYPH = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
REPLACEMENT = "?"
TRIES = 40
LEFT_OUT = (
    "A question mark stands for letters that no font of this server has (Chinese, Japanese or Korean, for instance). "
    "An administrator of the server installs fonts for them; the workbook and the slides hold them as they are."
)
TOLD_ABOVE = ("Note", "Action item", "Caution", "Not ready")


class CannotSet(Exception):
    """The document could not be made; the text says why."""


def review_document(review: Review, branding: Branding = PLAIN) -> bytes:
    """The PDF. Raises CannotSet."""
    data = {
        "title": f"{review.company}: {review.name}",
        "author": branding.firm_name or "Tieout",
        "company": review.company,
        "name": review.name,
        "subtitle": f"{review.period} · {review.basis} basis · {review.currency} · {review.status}",
        "footer": f"{review.company} · {review.period} · {review.status}",
        "accent": branding.accent,
        "logo": list(branding.logo) if branding.logo and branding.logo_format else None,
        "is_tied": review.is_proven,
        "tie_out": review.tie_out,
        "cautions": list(review.cautions),
        "reservations": list(review.reservations),
        "tiles": [_tile(review, review.line(key)) for key in TILES],
        "charts": [_chart(one) for one in review.shown_charts],
        "tables": _tables(review),
        "notes": [{"about": one.about, "text": one.text, "author": one.author} for one in review.notes],
        "actions": [[one.text, one.owner or "–", one.due_on or "–", one.state] for one in review.actions],
        "facts": [list(pair) for pair in about_rows(review)[3:] if not pair[0].startswith(TOLD_ABOVE)],
    }
    at = datetime.fromisoformat(review.created_at)
    made = typeset(TEMPLATE, {"review": data}, at)
    if made.left_out:  # said in the file itself: a reader sees the question marks, and not why they are there
        data["cautions"] = [*review.cautions, LEFT_OUT]
        made = typeset(TEMPLATE, {"review": data}, at)
    return made.body


@dataclass(frozen=True)
class Typeset:
    """A PDF, and the letters that no font of this machine has: they became question marks."""

    body: bytes
    left_out: frozenset[str]


def typeset(template: Path, inputs: dict[str, Any], at: datetime) -> Typeset:
    """Compile as PDF/UA-1 with the fonts that come along: the same review, the same pages, on every machine.

    PDF/UA forbids letters that no font has. Then the machine's own fonts are tried too, and what still has no
    letter becomes a question mark.
    """
    left_out: set[str] = set()
    texts = {key: json.dumps(value, ensure_ascii=False) for key, value in inputs.items()}
    own_only = True
    for _ in range(TRIES):
        try:
            body = typst.compile(
                str(template),
                root=str(template.parent),
                font_paths=FONTS,
                ignore_system_fonts=own_only,
                format="pdf",
                pdf_standards=["ua-1"],
                sys_inputs=texts,
                timestamp=int(at.timestamp()),
            )
            return Typeset(body, frozenset(left_out))
        except typst.TypstError as problem:
            missing = [_unescaped(one) for one in _WITHOUT_GLYPH.findall(str(problem))]
            if not missing:
                raise CannotSet(str(problem)) from problem
            if own_only:
                own_only = False
                continue
            left_out.update(missing)
            texts = {key: _without(text, missing) for key, text in texts.items()}
    raise CannotSet("Too many signs in the review have no letters in any font of this machine.")


def _unescaped(shown: str) -> str:
    """What typst cannot show in its message it writes as \\u{e000}."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), shown)


def _without(text: str, missing: Sequence[str]) -> str:
    for one in missing:
        text = text.replace(one, REPLACEMENT)
    return text


def _tile(review: Review, line: Line) -> dict[str, str]:
    change, label = (
        (line.previous, review.previous_label) if line.previous else (line.last_year, review.last_year_label)
    )
    return {
        "label": line.label,
        "value": written(line.value, line.unit),
        "change": f"{change.words} against {label}" if change else "",
    }


def _chart(chart: Chart) -> dict[str, str]:
    alt = f"{chart.title}. {chart.description}. The figures are in the tables below."
    return {"title": chart.title, "svg": draw(chart, WIDE), "alt": alt}


def _tables(review: Review) -> list[dict[str, Any]]:
    """The period with its comparisons; then the months, a few at a time so that they stay legible."""
    found = [_period_table(review, "The period", review.lines), _period_table(review, "Ratios", review.derived)]
    for start in range(0, len(review.months), MONTHS_A_TABLE):
        found.append(_months_table(review, start))
    return found


def _period_table(review: Review, title: str, lines: Sequence[Line]) -> dict[str, Any]:
    columns = compared_columns(review)
    rows = [
        {"bold": line.is_total, "cells": [line.label, *(said(line) for _, said in columns)]}
        for line in lines
        if line.value is not None
    ]
    return {"title": title, "heads": [review.currency, *(head for head, _ in columns)], "rows": rows}


def _months_table(review: Review, start: int) -> dict[str, Any]:
    months = review.months[start : start + MONTHS_A_TABLE]
    span = months[0].month.label if len(months) == 1 else f"{months[0].month.label} to {months[-1].month.label}"
    rows = [
        {
            "bold": line.is_total,
            "cells": [
                line.label,
                *(written(value, line.unit) for value in line.by_month[start : start + MONTHS_A_TABLE]),
            ],
        }
        for line in review.lines
    ]
    tied = [written(month.quickbooks_net_income, review.lines[0].unit) for month in months]
    rows.append({"bold": False, "cells": ["QuickBooks’ Net Income", *tied]})
    off = [written(month.off_by, review.lines[0].unit) for month in months]
    rows.append({"bold": False, "cells": ["Difference", *off]})
    heads = [review.currency, *(month.month.label for month in months)]
    return {"title": f"By month, {span}", "heads": heads, "rows": rows}
