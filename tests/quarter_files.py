"""The downloaded files of a review, each opened again with a reader of its own kind."""

from __future__ import annotations

import csv
import io
import subprocess
import zipfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
from pptx import Presentation

ENDINGS = ("pdf", "pptx", "xlsx")


@dataclass(frozen=True)
class Pack:
    """The three files of a pack by their ending."""

    path: Path
    files: dict[str, bytes]


def opened_pack(path: Path) -> Pack:
    """A ZIP without a fault, with one file of each kind."""
    with zipfile.ZipFile(path) as package:
        assert package.testzip() is None
        files = {name.rpartition(".")[2]: package.read(name) for name in package.namelist()}
    assert sorted(files) == list(ENDINGS)
    return Pack(path, files)


def in_workbook(body: bytes, label: str) -> Decimal:
    """The metric's figure of the period; numbers are numbers, totals are formulas, charts are there."""
    values: Any = openpyxl.load_workbook(io.BytesIO(body), data_only=True)
    formulas: Any = openpyxl.load_workbook(io.BytesIO(body))
    rows = {row[0].value: row for row in values["Figures"].iter_rows()}
    written = {row[0].value: row for row in formulas["Figures"].iter_rows()}
    months = [cell.value for cell in rows[label][1:4]]
    assert all(isinstance(value, int | float) for value in months), months
    assert str(written["Total revenue"][1].value).startswith("=SUM(")
    assert str(written["Net profit"][1].value).startswith("=")
    assert any(sheet._charts for sheet in formulas.worksheets)  # openpyxl has no public name for the charts it read
    total = Decimal(str(rows[label][4].value)).quantize(Decimal("0.01"))
    assert total == sum((Decimal(str(value)) for value in months), Decimal(0)).quantize(Decimal("0.01"))
    return total


def words_on_slides(body: bytes) -> str:
    """Every text of the deck, tables too; it has slides and charts that PowerPoint can edit."""
    deck: Any = Presentation(io.BytesIO(body))
    shapes = [shape for slide in deck.slides for shape in slide.shapes]
    assert len(deck.slides) >= 5
    assert sum(1 for shape in shapes if shape.has_chart) >= 2
    texts = [shape.text_frame.text for shape in shapes if shape.has_text_frame]
    tables = [shape.table for shape in shapes if shape.has_table]
    return "\n".join([*texts, *(" ".join(cell.text for cell in row.cells) for table in tables for row in table.rows)])


def words_in_pdf(body: bytes, folder: Path) -> str:
    path = folder / "review.pdf"
    path.write_bytes(body)
    command = ["pdftotext", "-layout", str(path), "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def in_csv(path: Path, label: str) -> Decimal:
    """The metric's figure of the period: the fifth column, after three months."""
    with path.open(encoding="utf-8-sig", newline="") as text:
        rows = {row[0]: row for row in csv.reader(text) if row}
    return Decimal(rows[label][4])
