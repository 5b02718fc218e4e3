"""The QBR pack: PDF, slides and workbook of one review in one ZIP, and every file by the name of its kind."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from metrics.exports.branding import PLAIN, Branding
from metrics.exports.csv_file import review_csv
from metrics.exports.document import review_document
from metrics.exports.file_names import file_name, stem_of
from metrics.exports.review import Review

PACK = "pack"
LONGEST_COMPANY = 60  # of the 120 signs of a file name
_OFFICE = "application/vnd.openxmlformats-officedocument"
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "pptx": f"{_OFFICE}.presentationml.presentation",
}
LABELS = {"pdf": "PDF", "pptx": "PowerPoint", "xlsx": "Excel", "csv": "CSV"}
IN_PACK = ("pdf", "pptx", "xlsx")
Told = Callable[[int, str], None]


@dataclass(frozen=True)
class MadeFile:
    """A file ready to be handed over."""

    name: str
    content_type: str
    body: bytes


def make_file(kind: str, review: Review, branding: Branding = PLAIN) -> MadeFile:
    """One of `TYPES`; KeyError for another."""
    makers: dict[str, Callable[[], bytes]] = {
        "csv": lambda: review_csv(review),
        "xlsx": lambda: _workbook(review, branding),
        "pdf": lambda: review_document(review, branding),
        "pptx": lambda: _slides(review, branding),
    }
    return MadeFile(_name(review, kind), TYPES[kind], makers[kind]())


# What writes Office files is loaded with the first one: a command that makes none starts without it.
def _workbook(review: Review, branding: Branding) -> bytes:
    from metrics.exports.workbook import review_workbook

    return review_workbook(review, branding)


def _slides(review: Review, branding: Branding) -> bytes:
    from metrics.exports.slides import review_slides

    return review_slides(review, branding)


def make_pack(review: Review, branding: Branding = PLAIN, told: Told = lambda _percent, _words: None) -> MadeFile:
    """All of IN_PACK; `told` hears percent and words as it goes. The same review, the same bytes."""
    made = datetime.fromisoformat(review.created_at).timetuple()[:6]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as package:
        for place, kind in enumerate(IN_PACK):
            told(100 * place // len(IN_PACK), f"Making the {LABELS[kind]} file")
            one = make_file(kind, review, branding)
            package.writestr(zipfile.ZipInfo(one.name, date_time=made), one.body, zipfile.ZIP_DEFLATED)
    return MadeFile(_name(review, "zip"), "application/zip", content.getvalue())


def _name(review: Review, ending: str) -> str:
    period = () if review.period in review.name else (review.period,)
    marks = () if review.is_frozen else ("not-frozen",)
    return file_name(company_part(review), *period, review.name, *marks, ending=ending)


def company_part(review: Review) -> str:
    """Never so long that the period is cut off; the company's address where its name has no Latin letter."""
    return stem_of(review.company)[:LONGEST_COMPANY].strip("-") or review.slug
