"""The examples of the documentation, run as a reader would run them: against a real server with a Web Connector."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.callers.calls import QUERY, write_of
from tests.callers.desk import Pc, switched_on
from tests.crash_matrix.ledger import opened_ledger
from tests.server import ROOT, running_server

pytestmark = pytest.mark.journey

EXAMPLES = ROOT / "docs" / "passthrough" / "examples"


@pytest.fixture(scope="module")
def pc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pc]:
    with (
        running_server(tmp_path_factory.mktemp("examples"), LOG_LEVEL="WARNING") as server,
        opened_ledger(server.environment) as ledger,
    ):
        made = ledger.ask("make_callers", names=["examples"])["examples"]
        with switched_on(Pc(server, "examples", made, ledger)) as running:
            yield running


def run(pc: Pc, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {"TIEOUT_URL": pc.server.url, "TIEOUT_API_KEY": pc.key, **environment}
    return subprocess.run(command, env={**os.environ, **given}, capture_output=True, text=True, timeout=90)


def client(pc: Pc, folder: Path, qbxml: str, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    document = folder / "request.xml"
    document.write_text(qbxml, encoding="utf-8")
    return run(pc, sys.executable, str(EXAMPLES / "tieout_client.py"), str(document), *options, **environment)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_example_queries_follows_a_transaction_and_writes_once(pc: Pc) -> None:
    done = run(pc, "sh", str(EXAMPLES / "curl.sh"), TIEOUT_WRITE="1", TIEOUT_RUN="7")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "<CompanyRet>" in done.stdout
    assert '"status": "success"' in done.stdout
    assert [line for line in done.stdout.splitlines() if line.startswith("HTTP ")] == ["HTTP 200", "HTTP 409"]
    assert [customer.name for customer in pc.quickbooks.company.customers].count("curl-example-7") == 1


def test_the_python_example_prints_quickbooks_answer(pc: Pc, tmp_path: Path) -> None:
    done = client(pc, tmp_path, QUERY, "--identifier", "from-python")
    assert done.returncode == 0, done.stderr
    assert "<CustomerRet>" in done.stdout
    assert 'requestID="mine"' in done.stdout


def test_the_python_example_writes_once_however_often_it_is_run(pc: Pc, tmp_path: Path) -> None:
    first, second = (client(pc, tmp_path, write_of("example"), "--key", "order-1001") for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert first.stdout == second.stdout
    assert pc.entries("example") == 1


def test_the_python_example_follows_a_change_whose_answer_takes_longer_than_it_waits(pc: Pc, tmp_path: Path) -> None:
    done = client(pc, tmp_path, write_of("slow example"), "--key", "order-1002", "--wait", "0")
    assert done.returncode == 0, done.stderr
    assert "<JournalEntryRet>" in done.stdout
    assert pc.entries("slow example") == 1


def test_the_python_example_says_why_it_failed(pc: Pc, tmp_path: Path) -> None:
    refused = client(pc, tmp_path, write_of("refused").replace("Savings", "No such account"), "--key", "order-1003")
    assert refused.returncode == 1
    assert refused.stderr.startswith("QB_ERROR: ")
    stranger = client(pc, tmp_path, QUERY, TIEOUT_API_KEY="tieout_unknown")
    assert stranger.returncode == 1
    assert stranger.stderr.startswith("UNAUTHORIZED: ")
