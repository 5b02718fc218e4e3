"""The demo: from nothing to 24 tied months over real HTTP, nothing twice, and the truth when something is wrong."""

import copy
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from metrics.arithmetic import METRICS
from metrics.months import Month
from qbwc_project import demo_report
from tests import migrated
from tests.commands import ROOT, environment, manage

FIRST = Month(2024, 12)


def answer(months: int = 24) -> dict[str, Any]:
    """An answer of /api/metrics in which every month ties out."""
    figures: dict[str, Any] = {metric.key: "1234.50" for metric in METRICS} | {"employees": 11, "misc_revenue": None}
    tie_out = {"status": "tied", "quickbooks_net_income": "1234.50", "difference": "0.00"}
    rows = [{"month": str(FIRST.plus(n)), "metrics": figures, "tie_out": tie_out} for n in range(months)]
    unmapped = [{"account": "Blue Heron", "account_type": "Income", "total": "-19.00"}]
    head = {"company": "Cascadia", "basis": "accrual", "currency": "USD"}
    return copy.deepcopy({**head, "months": rows, "unmapped_accounts": unmapped})


def test_every_metric_of_every_month_is_printed_within_the_width() -> None:
    text = demo_report.render(answer())
    assert max(map(len, text.splitlines())) <= demo_report.WIDTH
    for metric in METRICS:
        assert len(re.findall(rf"^{metric.label} +[\d-]", text, re.MULTILINE)) == text.count("Tie-out")
    assert text.count("1,234.50") == 24 * (len(METRICS) - 2 + 1)  # without the two odd ones, with Net Income
    assert sum(line.count("tied") for line in text.splitlines() if line.startswith("Tie-out")) == 24


def test_wide_amounts_get_fewer_months_in_a_table() -> None:
    wide = answer()
    wide["months"][0]["metrics"]["mrr"] = "-123456789.99"
    text = demo_report.render(wide)
    assert max(map(len, text.splitlines())) <= demo_report.WIDTH
    assert "-123,456,789.99" in text


def test_the_proof_compares_the_two_sums() -> None:
    assert "24 of 24 months tie out" in demo_report.render(answer())
    assert f"{Decimal('1234.50') * 24:,.2f} = QuickBooks" in demo_report.render(answer())


def test_an_unmapped_account_is_named_with_its_total() -> None:
    assert "Blue Heron (Income): -19.00" in demo_report.render(answer())


def test_tied_months_have_no_shortcomings() -> None:
    assert demo_report.shortcomings(answer()) == []


def test_a_missing_month_and_an_untied_month_are_shortcomings() -> None:
    assert "23 months" in demo_report.shortcomings(answer(23))[0]
    untied = answer()
    untied["months"][3]["tie_out"] = {"status": "untied", "quickbooks_net_income": "1234.49", "difference": "0.01"}
    assert demo_report.shortcomings(untied) == ["2025-03 does not tie out: untied, 0.01 apart."]
    assert "is not QuickBooks' Net Income" in demo_report.render(untied)


@pytest.mark.journey
def test_from_nothing_to_24_tied_months_and_nothing_twice(tmp_path: Path) -> None:
    first = manage(tmp_path, "demo", "--once")
    assert (first.returncode, first.stderr) == (0, "")
    assert "3 requests" in first.stdout
    assert "24 of 24 months tie out" in first.stdout
    assert stat.S_IMODE((tmp_path / "demo.json").stat().st_mode) == 0o600
    kept = json.loads((tmp_path / "demo.json").read_text(encoding="utf-8"))
    second = manage(tmp_path, "demo", "--once")
    assert (second.returncode, second.stderr) == (0, "")
    assert "Nothing was due" in second.stdout
    assert second.stdout.split("Cascadia Managed Services:")[1] == first.stdout.split("Cascadia Managed Services:")[1]
    assert json.loads((tmp_path / "demo.json").read_text(encoding="utf-8")) == kept


@pytest.mark.journey
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_without_once_it_stays_up_and_ends_with_everything_it_started(tmp_path: Path, ending: signal.Signals) -> None:
    shutil.copy(migrated.sqlite_file(), tmp_path / migrated.SQLITE)
    words = tmp_path / "words.log"
    with words.open("wb") as log:
        demo = subprocess.Popen(
            [sys.executable, "manage.py", "demo"],
            cwd=ROOT,
            env=environment(tmp_path, SERVER_PORT="0"),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + 180
        while "Ctrl-C ends everything" not in words.read_text(encoding="utf-8"):
            assert time.monotonic() < deadline, words.read_text(encoding="utf-8")
            assert demo.poll() is None, words.read_text(encoding="utf-8")
            time.sleep(0.1)
        demo.send_signal(ending)
        assert demo.wait(90) == 0
    finally:
        demo.kill()
    said = words.read_text(encoding="utf-8")
    assert "Sign in:" in said
    assert "Traceback" not in said
    assert servers_in(tmp_path) == []


def servers_in(folder: Path) -> list[str]:
    """Processes that still use this folder, from /proc; their environment names it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"DATA_DIR={folder}".encode() in (process / "environ").read_bytes() and int(process.name) != os.getpid():
                found.append((process / "cmdline").read_text())
        except OSError:
            continue  # it ended meanwhile, or is another user's
    return found


def test_a_taken_port_is_said_before_anything_is_done(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = manage(tmp_path, "demo", "--port", port)
    assert done.returncode == 1
    assert f"Port {port} is already taken" in done.stderr
    assert not (tmp_path / "demo.json").exists()
