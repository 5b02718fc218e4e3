"""A wrong setting of the synchronous path is named before anything starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.checks import ERROR
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import override_settings

from passthrough.checks import check_settings
from qbwc.tests.reference import reference_path


def test_the_defaults_are_right() -> None:
    assert check_settings(None) == []


@pytest.mark.parametrize(
    ("number", "setting"),
    [
        ("E002", {"HOLD_SECONDS": 900}),
        ("E003", {"IDEMPOTENT_REPLAY_STATUS": 500}),
        ("E004", {"AUTO_RETRY_BACKOFF_SECONDS": []}),
        ("E004", {"AUTO_RETRY_BACKOFF_SECONDS": [-1.0]}),
        ("W001", {"ALLOWED_ORIGINS": ["*"]}),
    ],
)
def test_a_wrong_value_is_named_with_a_hint(number: str, setting: dict[str, Any]) -> None:
    with override_settings(**setting):
        (message,) = check_settings(None)
    assert message.id == f"passthrough.{number}"
    assert message.hint


def test_a_folder_without_a_schema_is_named(tmp_path: Path) -> None:
    with override_settings(QBXML_SCHEMA_DIR=str(tmp_path)):
        (message,) = check_settings(None)
    assert str(tmp_path) in message.msg


ENTRY_POINT = "qbxmlops130.xsd"
XSD = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{}</xs:schema>'


def complaint_about(folder: Path) -> str:
    with override_settings(QBXML_SCHEMA_DIR=str(folder)):
        (message,) = check_settings(None)
    assert (message.id, message.level) == ("passthrough.E001", ERROR)
    assert "QBXML_SCHEMA_DIR" in str(message.hint)
    assert message.msg.startswith("QBXML_SCHEMA_DIR")
    assert str(folder) in message.msg
    return str(message.msg)


@pytest.mark.parametrize("text", ["", "not XML at all", "<html/>", XSD.format('<xs:element name="A" type="B"/>')])
def test_a_schema_that_cannot_be_used_is_named_before_the_first_call(tmp_path: Path, text: str) -> None:
    (tmp_path / ENTRY_POINT).write_text(text)
    assert "cannot be used as a schema" in complaint_about(tmp_path)


def test_a_file_that_the_schema_includes_and_is_not_there_is_named(tmp_path: Path) -> None:
    include = '<xs:include schemaLocation="qbxmltypes130.xsd"/><xs:element name="QBXML" type="MISSING"/>'
    (tmp_path / ENTRY_POINT).write_text(XSD.format(include))
    assert "qbxmltypes130.xsd" in complaint_about(tmp_path)


def test_a_schema_of_something_else_is_named(tmp_path: Path) -> None:
    (tmp_path / ENTRY_POINT).write_text(XSD.format('<xs:element name="Invoice"/>'))
    assert "refuses a plain query" in complaint_about(tmp_path)


def test_a_path_that_no_folder_can_have_is_named() -> None:
    with override_settings(QBXML_SCHEMA_DIR="a" * 5000):
        (message,) = check_settings(None)
    assert "QBXML_SCHEMA_DIR" in message.msg


def test_intuits_own_schema_is_right() -> None:
    with override_settings(QBXML_SCHEMA_DIR=str(reference_path("xsd"))):
        assert check_settings(None) == []


def test_a_start_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / ENTRY_POINT).write_text("<")
    with override_settings(QBXML_SCHEMA_DIR=str(tmp_path)), pytest.raises(SystemCheckError, match="E001"):
        call_command("check")
