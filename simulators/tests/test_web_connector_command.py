"""The command line: python -m simulators."""

import signal
import subprocess
import sys
import time

import pytest

from simulators.__main__ import main
from simulators.tests.scripted_server import ScriptedServer, fault, strings

HOST_QUERY = (
    '&lt;?xml version="1.0" encoding="utf-8"?&gt;&lt;?qbxml version="13.0"?&gt;&lt;QBXML&gt;'
    '&lt;QBXMLMsgsRq onError="stopOnError"&gt;&lt;HostQueryRq requestID="1" /&gt;&lt;/QBXMLMsgsRq&gt;&lt;/QBXML&gt;'
)
FILE_ID = "{0a1b2c3d-0000-4000-8000-000000000001}"
OWNER_ID = "{0a1b2c3d-0000-4000-8000-000000000002}"


def arguments(server: ScriptedServer, *more: str) -> list[str]:
    url = ["--url", server.url, "--username", "u", "--password", "s3cret"]
    return [*url, "--months", "1", "--as-of", "2026-06-18", *more]


def test_one_update_tells_each_call_and_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    with ScriptedServer({"sendRequestXML": HOST_QUERY}) as server:
        status = main(arguments(server))
    lines = capsys.readouterr().out.splitlines()
    assert status == 0
    assert lines[0].startswith("Cascadia Managed Services: ")
    assert [line.split()[0] for line in lines[1:]] == [
        "serverVersion", "clientVersion", "authenticate", "sendRequestXML", "receiveResponseXML",
        "closeConnection", "Status",
    ]  # fmt: skip
    assert lines[-1].endswith("Complete!")
    assert "s3cret" not in "".join(lines)
    assert "HostQueryRs" in server.bodies("receiveResponseXML")[0]


def test_a_run_that_ended_badly_gives_1(capsys: pytest.CaptureFixture[str]) -> None:
    with ScriptedServer({"authenticate": fault("no such database")}) as server:
        assert main(arguments(server)) == 1
    assert capsys.readouterr().out.splitlines()[-1].endswith("[QBWC1012]")


def test_the_identity_given_is_stamped_on_the_company_file() -> None:
    with ScriptedServer() as server:
        assert main(arguments(server, "--file-id", FILE_ID, "--owner-id", OWNER_ID)) == 0
    assert FILE_ID in server.bodies("sendRequestXML")[0]


def test_account_numbers_and_basis_reach_the_company() -> None:
    with ScriptedServer() as server:
        assert main(arguments(server, "--account-numbers", "--cash")) == 0
    hcp = server.bodies("sendRequestXML")[0]
    assert "IsUsingAccountNumbers&gt;true" in hcp
    assert "SummaryReportBasis&gt;Cash" in hcp


@pytest.mark.parametrize("option", [("--every", "0"), ("--every", "nan"), ("--months", "0"), ("--as-of", "yesterday")])
def test_a_bad_option_is_explained(option: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with ScriptedServer() as server, pytest.raises(SystemExit) as stopped:
        main(arguments(server, *option))
    assert stopped.value.code == 2
    assert option[0] in capsys.readouterr().err


def test_ctrl_c_ends_repeated_updates_cleanly() -> None:
    with ScriptedServer({"authenticate": strings("t", "none")}) as server:
        command = [sys.executable, "-m", "simulators", *arguments(server, "--every", "0.05")]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 30
        while len(server.bodies("authenticate")) < 3 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert out.splitlines()[-1] == "Stopped."
    assert out.count("No Data Exchange") >= 3
