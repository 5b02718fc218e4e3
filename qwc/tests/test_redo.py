"""What a bookkeeper must do again after a .qwc file has changed."""

from __future__ import annotations

from dataclasses import fields, replace
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from qbwc.models import CompanyFile
from qwc.document import BadConnection, ConnectionFile, render
from qwc.redo import EFFECTS, read_back, what_changes
from qwc.tests.pages import cascadia

OLD = ConnectionFile(
    app_name="Tieout - Cascadia & Sons",
    app_url="https://books.example.com/api/qbwc",
    app_support="https://books.example.com/support/",
    username="cascadia",
    owner_id=UUID("c0b1c6a6-52cf-4d53-8f8b-7b9d2f9e1a11"),
    file_id=UUID("1f0c2a64-9a0b-4b7e-8d5c-5a3e5b8f0c22"),
    app_description="Reads the books.",
)
OTHER = UUID("7a0c2a64-9a0b-4b7e-8d5c-5a3e5b8f0c33")


def test_the_same_file_needs_nothing() -> None:
    redo = what_changes(OLD, replace(OLD))

    assert (redo.needs_readding, redo.needs_authorisation, redo.also) == (False, False, ())
    assert "goes on working" in redo.because


def test_every_element_has_its_effect() -> None:
    assert set(EFFECTS) == {column.name for column in fields(ConnectionFile)}


@pytest.mark.parametrize(
    "new",
    [
        replace(OLD, app_url="https://new.example.com/api/qbwc"),
        replace(OLD, app_support="https://books.example.com/help/"),
        replace(OLD, username="cascadia2"),
        replace(OLD, auth_flags=0x8),
        replace(OLD, app_unique_name="cascadia"),
    ],
)
def test_a_value_that_was_copied_needs_the_new_file_and_the_password_but_no_new_permission(new: ConnectionFile) -> None:
    redo = what_changes(OLD, new)

    assert (redo.needs_readding, redo.needs_removing, redo.needs_authorisation) == (True, False, False)
    assert any("password" in text for text in redo.also)


@pytest.mark.parametrize(
    ("new", "element"),
    [
        (replace(OLD, app_name="Tieout - Cascade"), "AppName"),
        (replace(OLD, owner_id=OTHER), "OwnerID"),
        (replace(OLD, file_id=OTHER), "FileID"),
    ],
)
def test_a_new_identity_must_be_removed_added_and_allowed_in_quickbooks(new: ConnectionFile, element: str) -> None:
    redo = what_changes(OLD, new)

    assert (redo.needs_readding, redo.needs_removing, redo.needs_authorisation) == (True, True, True)
    assert element in redo.because


@pytest.mark.parametrize("new", [replace(OLD, unattended="umpRequired"), replace(OLD, personal_data="pdpRequired")])
def test_asking_for_more_needs_quickbooks_only_and_the_doubt_is_named(new: ConnectionFile) -> None:
    redo = what_changes(OLD, new)

    assert (redo.needs_readding, redo.needs_authorisation) == (False, True)
    assert any(text.startswith("Disputed") for text in redo.also)
    assert what_changes(new, OLD).needs_authorisation is False


def test_a_new_interval_can_be_typed_in() -> None:
    redo = what_changes(OLD, replace(OLD, run_every_minutes=60))

    assert redo.needs_readding is False
    assert any("Every Min" in text for text in redo.also)


@pytest.mark.parametrize(
    "new",
    [
        replace(OLD, app_description="Something else."),
        replace(OLD, app_display_name="Books"),
        replace(OLD, app_id="7"),
        replace(OLD, auth_flags=0xF),
        replace(OLD, auth_flags=0),
        replace(OLD, app_unique_name=OLD.app_name),
    ],
)
def test_what_is_only_shown_or_means_the_same_needs_nothing(new: ConnectionFile) -> None:
    assert what_changes(OLD, new) == what_changes(OLD, OLD)


def test_the_dearest_change_decides() -> None:
    redo = what_changes(OLD, replace(OLD, file_id=OTHER, app_url="https://new.example.com/q", run_every_minutes=5))

    assert redo.needs_removing
    assert "FileID" in redo.because


@pytest.mark.parametrize(
    "file",
    [OLD, replace(OLD, auth_flags=0xF, app_display_name="B", unattended="umpRequired", run_every_minutes=240)],
)
def test_a_rendered_file_is_read_back_as_it_was(file: ConnectionFile) -> None:
    assert what_changes(read_back(render(file)), file) == what_changes(file, file)


@pytest.mark.parametrize("raw", [b"", b"not xml", render(OLD).replace(b"QBFS", b"QBXX")])
def test_a_file_that_never_worked_is_not_compared_with(raw: bytes) -> None:
    with pytest.raises(BadConnection):
        read_back(raw)


@pytest.mark.django_db
class TestMakeQwc:
    """The command says it beside the document, never in it."""

    def run(self, *arguments: str) -> tuple[str, str]:
        out, err = StringIO(), StringIO()
        call_command("make_qwc", "cascadia", *arguments, stdout=out, stderr=err)
        return out.getvalue(), err.getvalue()

    def test_after_a_move_the_file_must_be_added_again(self, settings: Settings, tmp_path: Path) -> None:
        cascadia()
        before = tmp_path / "before.qwc"
        self.run("--output", str(before))
        settings.PUBLIC_URL = "https://moved.example.com"

        document, said = self.run("--previous", str(before))

        assert "moved.example.com" in document
        assert said.startswith("Needs re-adding: yes. Add the new file")
        assert "AppURL" in said
        assert "Needs re-adding" not in document

    def test_writing_over_the_same_file_says_that_nothing_changes(self, tmp_path: Path) -> None:
        cascadia()
        path = str(tmp_path / "tieout.qwc")
        assert self.run("--output", path) == ("", "")
        assert "Needs re-adding: no" in self.run("--output", path)[1]

    def test_another_file_id_means_starting_over(self, tmp_path: Path) -> None:
        company_file = cascadia()
        path = str(tmp_path / "tieout.qwc")
        self.run("--output", path)
        CompanyFile.objects.filter(pk=company_file.pk).update(file_id=OTHER)

        assert "Remove the application" in self.run("--previous", path)[1]

    def test_a_previous_file_that_is_not_there_is_an_error(self, tmp_path: Path) -> None:
        cascadia()
        with pytest.raises(CommandError, match="cannot be compared"):
            self.run("--previous", str(tmp_path / "none.qwc"))
