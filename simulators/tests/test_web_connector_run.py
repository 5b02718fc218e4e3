"""One update of the simulated Web Connector: every documented return value obeyed."""

import pytest

from simulators.tests.scripted_server import (
    QuickBooksFailed,
    Script,
    ScriptedServer,
    StandInQuickBooks,
    fault,
    strings,
)
from simulators.web_connector import Run, WebConnector

NOT_OPEN = QuickBooksFailed("0x80040416", "QuickBooks is not running and no company file was named.")
PARSE_ERROR = QuickBooksFailed("0x80040400", "QuickBooks found an error when parsing the provided XML text stream.")
SIGN_IN = ("serverVersion", "clientVersion", "authenticate")


def run_with(
    script: Script | None = None, quickbooks: StandInQuickBooks | None = None, slept: list[float] | None = None
) -> Run:
    sleep = (slept if slept is not None else []).append
    with ScriptedServer(script) as server:
        return WebConnector(server.url, "u", "p", quickbooks or StandInQuickBooks(), sleep=sleep).run()


def test_a_normal_run_goes_from_server_version_to_close_connection() -> None:
    quickbooks = StandInQuickBooks()
    run = run_with({"receiveResponseXML": ["0", "99", "100"]}, quickbooks)
    loop = ("sendRequestXML", "receiveResponseXML") * 3
    assert run.calls == (*SIGN_IN, *loop, "closeConnection")
    assert (run.status, run.qbwc_code, run.ended_well, run.exchanges, run.verdict) == ("Complete!", "", True, 3, "")
    assert quickbooks.events == ["begin ", *["process <QBXML />"] * 3, "end"]


def test_a_path_in_the_verdict_is_the_company_file_to_open() -> None:
    quickbooks = StandInQuickBooks()
    run = run_with({"authenticate": strings("t", r"C:\QB\a.qbw")}, quickbooks)
    assert (run.verdict, quickbooks.events[0]) == (r"C:\QB\a.qbw", r"begin C:\QB\a.qbw")


@pytest.mark.parametrize(
    ("verdict", "status", "code"),
    [
        ("none", "No Data Exchange", ""),
        ("NONE", "No Data Exchange", ""),
        ("busy", "Application Busy", ""),
        ("nvu", "Invalid password for username u", "QBWC1040"),
    ],
)
def test_a_refusal_closes_without_touching_quickbooks(verdict: str, status: str, code: str) -> None:
    quickbooks = StandInQuickBooks()
    run = run_with({"authenticate": strings("", verdict)}, quickbooks)
    assert run.calls == (*SIGN_IN, "closeConnection")
    assert (run.verdict, run.status, run.qbwc_code, run.ended_well) == (verdict, status, code, not code)
    assert quickbooks.events == []


@pytest.mark.parametrize("verdict", ["", "none", "nvu", "busy", r"C:\x.qbw"])
def test_a_postponement_wins_over_every_verdict(verdict: str) -> None:
    run = run_with({"authenticate": strings("t", verdict, "60", "300")})
    assert (run.status, run.postponed_seconds, run.minimum_run_seconds) == ("Update postponed by application", 60, 300)
    assert run.calls == (*SIGN_IN, "closeConnection")


def test_an_empty_third_slot_postpones_nothing() -> None:
    run = run_with({"authenticate": strings("t", "none", "", "300")})
    assert (run.status, run.postponed_seconds, run.minimum_run_seconds) == ("No Data Exchange", None, 300)


@pytest.mark.parametrize("word", ["", "W:Please update soon"])
def test_nothing_and_a_warning_let_the_run_go_on(word: str) -> None:
    assert run_with({"clientVersion": word}).ended_well


@pytest.mark.parametrize("word", ["E:Too old", "O:2.0"])
def test_an_error_about_the_version_ends_the_run_before_sign_in(word: str) -> None:
    run = run_with({"clientVersion": word})
    assert (run.calls, run.qbwc_code, run.status) == (SIGN_IN[:2], "QBWC1037", word[2:])


def test_any_other_word_about_the_version_is_wrong_syntax() -> None:
    run = run_with({"clientVersion": "2.3.0.215"})
    assert (run.calls, run.qbwc_code) == (SIGN_IN[:2], "QBWC1046")


def test_quickbooks_that_does_not_open_is_reported_until_done() -> None:
    quickbooks = StandInQuickBooks(openings=[NOT_OPEN, NOT_OPEN, NOT_OPEN])
    run = run_with({"connectionError": [r"C:\QB\b.qbw", "", "DONE"]}, quickbooks)
    assert quickbooks.events == ["begin ", r"begin C:\QB\b.qbw", "begin "]
    assert run.calls == (*SIGN_IN, *["connectionError"] * 3, "closeConnection")
    assert (run.qbwc_code, run.ended_well) == ("QBWC1013", False)
    assert run.status == NOT_OPEN.message


def test_the_hresult_and_the_words_of_quickbooks_go_to_connection_error() -> None:
    quickbooks = StandInQuickBooks(openings=[NOT_OPEN])
    with ScriptedServer() as server:
        WebConnector(server.url, "u", "p", quickbooks).run()
    body = server.bodies("connectionError")[0]
    assert f"<hresult>0x80040416</hresult><message>{NOT_OPEN.message}</message>" in body


def test_a_second_try_that_succeeds_goes_on_as_usual() -> None:
    quickbooks = StandInQuickBooks(openings=[NOT_OPEN])
    run = run_with({"connectionError": r"C:\QB\b.qbw"}, quickbooks)
    assert run.ended_well
    assert quickbooks.events[:2] == ["begin ", r"begin C:\QB\b.qbw"]


def test_a_server_that_never_gives_up_is_given_up() -> None:
    run = run_with({"connectionError": ""}, StandInQuickBooks(openings=[NOT_OPEN] * 50))
    assert (run.qbwc_code, run.calls.count("connectionError")) == ("QBWC1013", 10)


def test_quickbooks_that_gives_no_hcp_ends_the_run() -> None:
    quickbooks = StandInQuickBooks()
    quickbooks.hcp_error = PARSE_ERROR
    run = run_with(None, quickbooks)
    assert (run.calls, run.qbwc_code) == (SIGN_IN, "QBWC1014")
    assert quickbooks.events == ["begin ", "end"]


def test_an_empty_request_asks_for_the_last_error_and_closes() -> None:
    run = run_with({"sendRequestXML": ""})
    assert run.calls == (*SIGN_IN, "sendRequestXML", "getLastError", "closeConnection")
    assert (run.status, run.last_error, run.ended_well) == ("Something was wrong", "Something was wrong", False)


@pytest.mark.parametrize("request_text", ["", "NoOp"])
def test_no_op_waits_and_asks_for_a_request_again(request_text: str) -> None:
    slept: list[float] = []
    script: Script = {"sendRequestXML": [request_text, request_text, "x"], "getLastError": "NoOp"}
    run = run_with(script, slept=slept)
    waits = ("sendRequestXML", "getLastError") * 2
    assert run.calls == (*SIGN_IN, *waits, "sendRequestXML", "receiveResponseXML", "closeConnection")
    assert (run.ended_well, slept) == (True, [5.0, 5.0])


def test_interactive_mode_is_rejected_and_closed() -> None:
    run = run_with({"sendRequestXML": "", "getLastError": "Interactive mode"})
    assert run.calls[-3:] == ("getLastError", "interactiveRejected", "closeConnection")
    assert run.status == "A person is needed"


def test_a_negative_number_asks_for_the_last_error_and_closes() -> None:
    run = run_with({"receiveResponseXML": "-101"})
    assert run.calls[-3:] == ("receiveResponseXML", "getLastError", "closeConnection")
    assert (run.status, run.ended_well, run.exchanges) == ("Something was wrong", False, 1)


def test_an_error_of_quickbooks_is_delivered_with_an_empty_response() -> None:
    quickbooks = StandInQuickBooks(answers=[PARSE_ERROR])
    with ScriptedServer({"receiveResponseXML": ["50", "100"]}) as server:
        run = WebConnector(server.url, "u", "p", quickbooks).run()
    words = f"<response /><hresult>0x80040400</hresult><message>{PARSE_ERROR.message}</message>"
    assert words in server.bodies("receiveResponseXML")[0]
    assert (run.ended_well, run.exchanges) == (True, 2)


def test_an_error_that_is_not_of_quickbooks_is_raised() -> None:
    quickbooks = StandInQuickBooks(answers=[ZeroDivisionError("a bug")])
    with pytest.raises(ZeroDivisionError):
        run_with(None, quickbooks)
    assert quickbooks.events[-1] == "end"


def test_the_quickbooks_session_ends_before_close_connection() -> None:
    quickbooks = StandInQuickBooks()
    order = quickbooks.events
    with ScriptedServer() as server:
        WebConnector(server.url, "u", "p", quickbooks, on_call=order.append).run()
    assert order[-2:] == ["end", "closeConnection"]


def test_a_hook_may_crash_the_client_before_any_call() -> None:
    class PowerCut(Exception):
        pass

    def on_call(operation: str) -> None:
        if operation == "receiveResponseXML":
            raise PowerCut

    quickbooks = StandInQuickBooks()
    with ScriptedServer() as server, pytest.raises(PowerCut):
        WebConnector(server.url, "u", "p", quickbooks, on_call=on_call).run()
    assert server.seen[-1].operation == "sendRequestXML"
    assert quickbooks.events[-1] == "end"


@pytest.mark.parametrize(("closes", "last"), [(False, "sendRequestXML"), (True, "closeConnection")])
def test_a_failed_call_closes_only_when_told_to(closes: bool, last: str) -> None:
    with ScriptedServer({"sendRequestXML": fault("no")}) as server:
        run = WebConnector(server.url, "u", "p", StandInQuickBooks(), closes_after_failure=closes).run()
    assert (run.calls[-1], run.qbwc_code) == (last, "QBWC1041")


def test_a_line_is_told_for_each_call_and_never_the_password() -> None:
    lines: list[str] = []
    with ScriptedServer() as server:
        WebConnector(server.url, "u", "s3cret", StandInQuickBooks(), on_line=lines.append).run()
    assert [line.split()[0] for line in lines] == [
        *SIGN_IN, "sendRequestXML", "receiveResponseXML", "closeConnection", "Status"
    ]  # fmt: skip
    assert "s3cret" not in "\n".join(lines)


def test_runs_repeat_at_the_interval_the_server_lengthens_and_postpones() -> None:
    slept: list[float] = []
    replies = [strings("t", "none"), strings("t", "none", "7"), strings("t", "none", "", "30"), strings("t", "none")]
    runs: list[Run] = []
    with ScriptedServer({"authenticate": replies}) as server:
        connector = WebConnector(server.url, "u", "p", StandInQuickBooks(), sleep=slept.append)
        connector.run_every(10, runs=5, on_run=runs.append)
    assert slept == [10, 7, 30, 30]
    assert len(runs) == 5


def test_the_rpc_style_runs_from_end_to_end() -> None:
    with ScriptedServer() as server:
        run = WebConnector(server.url, "u", "p", StandInQuickBooks(), style="RPC").run()
    assert (run.ended_well, run.exchanges) == (True, 1)
    assert "<q1:authenticate " in server.bodies("authenticate")[0]
