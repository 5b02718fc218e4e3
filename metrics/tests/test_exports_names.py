"""Names that turn writing around, or that no file name can hold: no figure beside them reads otherwise."""

from __future__ import annotations

import csv
import io
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pptx import Presentation

from metrics.exports.letter import Enclosed, not_ready_text, subject_of, text_of
from metrics.exports.pack import make_file, make_pack
from metrics.exports.review import Review, UnmappedAccount, review_of
from metrics.tests.review_sample import SHA, content, review
from metrics.tests.test_exports_files import words_of_pdf, words_of_slides

TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
HEBREW = "\u05e9\u05dc\u05d5\u05dd"
needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")


def named(name: str, **changes: Any) -> Review:
    one = content(2, name)
    one["unmapped"] = [{"full_name": name, "account_type": "Income", "amount": "1234.50"}]
    one["notes"][0]["text"] = name
    return review_of(one, name=changes.get("review", "The review"), sha256=SHA)


def test_no_sign_that_turns_the_writing_around_gets_into_any_file(tmp_path: Path) -> None:
    shown = named(f"Acme{TURNS}Ltd", review=f"Q1{TURNS}review")
    book = openpyxl.load_workbook(io.BytesIO(make_file("xlsx", shown).body))
    texts = [
        make_file("csv", shown).body.decode("utf-8-sig"),
        *words_of_slides(make_file("pptx", shown).body),
        *(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row),
        text_of(shown, "", Enclosed()),
        subject_of(f"Acme{TURNS}Ltd", "Q1"),
        not_ready_text(f"Acme{TURNS}Ltd", "Q1", ["x"], "https://x", "now"),
    ]
    if shutil.which("pdftotext"):
        texts.append(words_of_pdf(make_file("pdf", shown).body, tmp_path))
    assert not [text for text in texts if set(text) & set(TURNS)]
    assert any("AcmeLtd" in text for text in texts)


def test_a_name_stands_on_one_line_wherever_it_stands() -> None:
    shown = named("Acme\n\tLtd \u2028 Holdings", review="Q1\nreview")
    assert (shown.company, shown.name) == ("Acme Ltd Holdings", "Q1 review")
    assert shown.unmapped[0].full_name == "Acme Ltd Holdings"


def test_an_amount_stands_before_the_name_that_may_be_written_from_right_to_left() -> None:
    shown = named(HEBREW)
    about = openpyxl.load_workbook(io.BytesIO(make_file("xlsx", shown).body))["About"]
    said = next(row[1].value for row in about.iter_rows() if str(row[0].value).startswith("Unmapped"))
    assert said == f"1,234.50 USD: {HEBREW}"
    assert any(f"1,234.50 USD: {HEBREW}" in words for words in words_of_slides(make_file("pptx", shown).body))


@pytest.mark.parametrize(
    ("company", "period", "name", "made"),
    [
        ("Acme Ltd", "Q3 2026", "Q3 2026 review", "acme-ltd-q3-2026-review.csv"),
        ("Acme Ltd", "Q3 2026", "For the board", "acme-ltd-q3-2026-for-the-board.csv"),
        ("月光株式会社", "Q3 2026", "Q3 2026 review", "moon-q3-2026-review.csv"),
        ("Long " * 40, "Q3 2026", "Q3 2026 review", f"{'-'.join(['long'] * 12)}-q3-2026-review.csv"),
    ],
)
def test_a_file_s_name_says_the_company_and_the_period_once(company: str, period: str, name: str, made: str) -> None:
    one = content(1, company)
    one["company"]["slug"] = "moon"
    one["period"]["label"] = period
    assert make_file("csv", review_of(one, name=name, sha256=SHA)).name == made


def test_two_reviews_with_one_name_can_be_told_apart_by_the_names_of_their_packs() -> None:
    one, other = content(1), content(1)
    one["period"]["label"], other["period"]["label"] = "Q2 2026", "Q3 2026"
    assert make_pack(review_of(one, name="Review")).name != make_pack(review_of(other, name="Review")).name


def test_no_cell_of_the_csv_begins_a_formula_where_semicolons_separate() -> None:
    """Excel reads commas as text where the system's separator is another: what follows it must stay in its quotes."""
    shown = review(1)
    odd = (UnmappedAccount("Odd;=HYPERLINK(1)", "Income", Decimal(1)), UnmappedAccount("Odd\t=1", "Income", Decimal(1)))
    text = make_file("csv", Review(**{**vars(shown), "unmapped": odd})).body.decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text), delimiter=";") for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
    assert '"Odd;=HYPERLINK(1)"' in text


def test_every_slide_has_a_title_of_its_own_and_every_chart_says_what_it_shows() -> None:
    deck = Presentation(io.BytesIO(make_file("pptx", review(6)).body))
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    assert len(set(titles)) == len(titles)
    charts = [shape for slide in deck.slides for shape in slide.shapes if shape.has_chart or shape.has_table]
    told = [shape._element.xpath(".//p:cNvPr/@descr") for shape in charts]
    assert all(len(one) == 1 and len(one[0]) > 10 for one in told)


@pytest.mark.parametrize("is_test", [True, False])
def test_a_long_name_never_cuts_the_period_off_a_letter_s_subject(is_test: bool) -> None:
    subject = subject_of("Holding " * 25, "Q3 2026", is_test=is_test)
    assert len(subject) <= 150
    assert subject.endswith("…: QBR for Q3 2026")
    assert subject.startswith("Test: Holding" if is_test else "Holding")


@needs_poppler
def test_the_reader_of_such_a_pdf_is_told_what_the_question_marks_are(tmp_path: Path) -> None:
    told = words_of_pdf(make_file("pdf", named("Acme \U000f1234 Ltd")).body, tmp_path)
    assert "no font of this server has" in " ".join(told.split())
    assert "no font" not in words_of_pdf(make_file("pdf", named("Acme Ltd")).body, tmp_path)
