"""Logging: one line per event as text or JSON, from structlog and from the standard library alike."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from qbwc_project.logs import logging_config
from tests.commands import ROOT, environment

PROGRAM = """
import logging, structlog
import django
django.setup()
structlog.get_logger("ours").info("synced", company="Cascadia & Söhne", months=24)
logging.getLogger("theirs").warning("%s is late", "QuickBooks", extra={"request": object(), "minutes": 7})
try:
    password = "hunter2"
    1 / 0
except ZeroDivisionError:
    logging.getLogger("theirs").exception("broke")
structlog.get_logger("ours").debug("only with DEBUG")
"""


def lines(tmp_path: Path, **settings: str) -> list[str]:
    complete = environment(tmp_path, DJANGO_SETTINGS_MODULE="qbwc_project.settings", **settings)
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, cwd=ROOT, env=complete, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    return done.stderr.splitlines()


def test_text_lines_say_when_how_bad_what_and_with_which_values(tmp_path: Path) -> None:
    said = lines(tmp_path, LOG_FORMAT="text", LOG_LEVEL="INFO")
    assert "[info" in said[0]
    assert "synced" in said[0]
    assert "company='Cascadia & Söhne'" in said[0]
    assert "QuickBooks is late" in said[1]
    assert "request=" not in said[1]
    assert any("ZeroDivisionError" in line for line in said)


def test_json_is_one_object_a_line_even_for_a_traceback(tmp_path: Path) -> None:
    ours, theirs, broke = (json.loads(line) for line in lines(tmp_path, LOG_FORMAT="json", LOG_LEVEL="INFO"))
    assert (ours["event"], ours["level"], ours["logger"], ours["months"]) == ("synced", "info", "ours", 24)
    assert (theirs["event"], theirs["minutes"]) == ("QuickBooks is late", 7)
    assert broke["exception"][0]["exc_type"] == "ZeroDivisionError"
    assert ours["timestamp"].endswith("Z")


@pytest.mark.parametrize("line_format", ["text", "json"])
def test_a_traceback_does_not_show_what_the_variables_held(tmp_path: Path, line_format: str) -> None:
    assert "hunter2" not in "".join(lines(tmp_path, LOG_FORMAT=line_format))


def test_the_level_is_obeyed(tmp_path: Path) -> None:
    assert any("only with DEBUG" in line for line in lines(tmp_path, LOG_LEVEL="DEBUG"))
    assert not any("synced" in line for line in lines(tmp_path, LOG_LEVEL="WARNING"))


def test_a_log_file_gets_every_line_too(tmp_path: Path) -> None:
    path = tmp_path / "tieout.log"
    said = lines(tmp_path, LOG_FORMAT="text", LOG_LEVEL="INFO", LOG_FILE=str(path))
    written = path.read_text(encoding="utf-8").splitlines()
    assert [line.split(maxsplit=1)[1:] for line in written] == [line.split(maxsplit=1)[1:] for line in said]


@pytest.mark.parametrize(("level", "line_format"), [("LOUD", "text"), ("INFO", "xml"), ("info", "json")])
def test_a_wrong_value_does_not_keep_the_server_from_saying_so(level: str, line_format: str) -> None:
    assert logging_config(level, "", line_format)["root"]["level"] == "INFO"
