"""A pack by mail: made once, opened again with other programs, and a link where it is too large for a letter."""

from __future__ import annotations

import io
import subprocess
from email import message_from_bytes, policy
from email.message import EmailMessage

import openpyxl
import pptx
import pytest
from django.core import mail
from django.core.mail import EmailMessage as DjangoLetter
from pytest_django import Settings

from metrics.downloads.files import file_of
from metrics.models import MailFile, SharedLink, Snapshot
from metrics.review.notes import add_note
from metrics.scheduled_mail import letters as mail_letters
from metrics.scheduled_mail.runs import send_test
from metrics.tests.mail_sample import DUE, MADE, Worker, scheduled, states, the_run
from metrics.tests.reviewed_company import CHANGED, FEBRUARY, read
from outbox.models import Message
from outbox.sending import send, send_again

pytestmark = pytest.mark.django_db

SECRET = "We may raise prices in June."


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Worker:
    settings.MAIL_IS_SET_UP, settings.DEFAULT_FROM_EMAIL = True, "Tieout <tieout@example.com>"
    return Worker(monkeypatch)


def files_of(letter: DjangoLetter) -> dict[str, bytes]:
    """By ending, read as a mail program would."""
    read_again = message_from_bytes(letter.message().as_bytes(), policy=policy.default)
    assert isinstance(read_again, EmailMessage)
    found = {}
    for part in read_again.iter_attachments():
        name, body = part.get_filename() or "", part.get_content()
        assert isinstance(body, bytes)
        found[name.rpartition(".")[2]] = body
    return found


def words_of(kind: str, body: bytes) -> str:
    match kind:
        case "pdf":
            run = subprocess.run(["pdftotext", "-layout", "-", "-"], input=body, capture_output=True, check=True)
            return run.stdout.decode()
        case "xlsx":
            sheets = openpyxl.load_workbook(io.BytesIO(body), data_only=True)
            return " ".join(str(cell) for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row)
        case _:
            slides = pptx.Presentation(io.BytesIO(body)).slides
            frames = [one.text_frame.text for slide in slides for one in slide.shapes if one.has_text_frame]
            cells = [
                cell.text
                for slide in slides
                for one in slide.shapes
                if one.has_table
                for cell in one.table.iter_cells()
            ]
            return " ".join([*frames, *cells])


def test_the_files_open_and_show_the_frozen_figures(worker: Worker) -> None:
    schedule = scheduled(sends="pack")
    worker.works_at(DUE)
    files = files_of(mail.outbox[0])
    assert set(files) == {"pdf", "pptx", "xlsx"}
    for kind, body in files.items():
        words = words_of(kind, body)
        assert ("790.00" in words) or ("790" in words), kind
        assert "Feb 2026" in words
    stem = f"{schedule.company.slug}-feb-2026-review"
    assert f"Attached: {stem}.pdf, {stem}.pptx, {stem}.xlsx" in str(mail.outbox[0].body)
    assert "/shared/" not in str(mail.outbox[0].body)
    assert the_run(schedule).snapshot_id == Snapshot.objects.get().pk


def test_they_are_made_once_for_all_recipients(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def counted(kind: str, *rest: object) -> object:
        made.append(kind)
        return file_of(kind, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(mail_letters, "file_of", counted)
    scheduled(sends="pack", recipients=tuple(f"r{number}@example.com" for number in range(20)))
    worker.works_at(DUE)
    assert (made, len(mail.outbox)) == (["pdf", "pptx", "xlsx"], 20)
    assert files_of(mail.outbox[0]) == files_of(mail.outbox[19])


def test_a_letter_sent_again_after_weeks_has_the_same_figures(worker: Worker) -> None:
    schedule = scheduled(sends="pack", recipients=("ana@example.com",))
    worker.works_at(DUE)
    first = files_of(mail.outbox[0])
    worker.waits(days=20)
    assert not MailFile.objects.exists()
    read(schedule.company, CHANGED)
    Message.objects.update(state="failed")
    assert send_again(Message.objects.all(), worker.now) == 1
    assert send(Message.objects.get().pk)
    again = files_of(mail.outbox[1])
    assert (again["pdf"], again["xlsx"]) == (first["pdf"], first["xlsx"])
    assert words_of("pptx", again["pptx"]) == words_of("pptx", first["pptx"])  # its ZIP has the time of making in it


def test_files_too_large_for_a_letter_become_a_link_and_the_letter_says_so(worker: Worker, settings: Settings) -> None:
    settings.MAIL_ATTACHMENT_LIMIT_MB = 0
    schedule = scheduled(sends="pack")
    worker.works_at(DUE)
    text = str(mail.outbox[0].body)
    assert files_of(mail.outbox[0]) == {}
    assert f"The files come to {the_run(schedule).left_out}, too much for a letter; the link has them" in text
    assert "/shared/" in text
    assert SharedLink.objects.count() == 2


@pytest.mark.parametrize("shows", [True, False])
def test_what_people_wrote_goes_with_it_only_where_that_was_chosen(worker: Worker, shows: bool) -> None:
    schedule = scheduled(sends="pack", shows_notes=shows, recipients=("ana@example.com",))
    add_note(schedule.company, SECRET, FEBRUARY, "mrr", actor="dana", now=MADE)
    worker.works_at(DUE)
    assert (SECRET in words_of("pdf", files_of(mail.outbox[0])["pdf"])) is shows


def test_a_test_has_the_files_marked_as_not_frozen(worker: Worker) -> None:
    schedule = scheduled(sends="pack")
    send_test(schedule, "dana@example.com", actor="dana", now=MADE)
    worker.works()
    assert "Not frozen" in words_of("pdf", files_of(mail.outbox[0])["pdf"])
    assert states() == {"dana@example.com": "sent"}
