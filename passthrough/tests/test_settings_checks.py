"""A wrong setting of the synchronous path is named before anything starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from passthrough.checks import check_settings


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
