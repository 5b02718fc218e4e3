"""`demo`: what ./run shows. A simulated company is synced over real HTTP; its figures are printed and proved."""

import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import clock
from accounts.authentication import KeyNotIssued
from qbwc.models import CompanyFile
from qbwc_project import demo_report
from qbwc_project.demo_server import HOST, DemoFailed, ask, running_server
from qbwc_project.demo_setup import COMPANY, USERNAME, WEB_CONNECTOR_USERNAME, Secrets, kept_secrets, prepare
from qbwc_project.serving import CannotListen, listen
from qwc.connect import NotConnected
from qwc.document import braced
from simulators.company import make_company
from simulators.quickbooks import QuickBooks
from simulators.web_connector import Run, WebConnector

SEED = 20
EVERY_SECONDS = 60
NOTHING_DUE = "none"


class Command(BaseCommand):
    help = "Sync a simulated company over real HTTP, print its figures with their tie-out, and stay up."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop afterwards; exit 0 only if every month ties out")
        parser.add_argument("--port", type=int, help=f"where to serve (default: {settings.SERVER_PORT})")

    def handle(self, *args: Any, **options: Any) -> None:
        for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
            signal.signal(number, _interrupt)  # the server must not outlive us
        try:
            self._demo(_port(options["port"], may_choose=options["once"]), options["once"])
        except (DemoFailed, CannotListen, NotConnected, KeyNotIssued) as problem:
            raise CommandError(str(problem)) from problem
        except KeyboardInterrupt:
            self._say("\nThe demo has stopped, and its server with it.")

    def _demo(self, port: int, is_once: bool) -> None:
        self._say("Preparing the database and the demo company …")
        call_command("migrate", interactive=False, verbosity=0)
        known = kept_secrets(settings.DATA_DIR / "demo.json")
        company_file = prepare(known, clock.now())
        self._say(f"Starting the server on port {port} …")
        with running_server(port, _server_log()) as server:
            connector = _connector(port, known, company_file)
            self._say(f"The simulated Web Connector signs in as {WEB_CONNECTOR_USERNAME} and reads QuickBooks …")
            run = connector.run()
            self._say(_words(run))
            reasons = self._show(port, known, run)
            if is_once:
                self._end(reasons)
                return
            self._greet(port, known)
            self._stay(server, connector)

    def _show(self, port: int, known: Secrets, run: Run) -> list[str]:
        """Print the figures; why this demo is no success, empty when it is."""
        status, answer = ask(port, "/api/metrics", known.api_key)
        if status != 200:
            raise DemoFailed(f"GET /api/metrics answered {status}: {answer}")
        self._say(f"\n{demo_report.render(answer)}\n")
        did_sync = run.ended_well and not (run.qbwc_code or run.failure)
        return demo_report.shortcomings(answer) + (
            [] if did_sync else [f"The sync failed: {run.failure or run.status}"]
        )

    def _end(self, reasons: list[str]) -> None:
        if reasons:
            raise CommandError(f"The demo did not succeed. {' '.join(reasons)} The server's log: {_server_log()}")
        self._say(f"{demo_report.MONTHS} months, every one of them ties out.")

    def _greet(self, port: int, known: Secrets) -> None:
        self._say(f"Dashboard:  http://localhost:{port}/")
        self._say(f"Sign in:    {USERNAME}  /  {known.password}")
        self._say(f"API:        curl -H 'X-API-Key: {known.api_key}' http://localhost:{port}/api/metrics")
        self._say(f"The Web Connector calls every {EVERY_SECONDS} s. Ctrl-C ends everything.")

    def _stay(self, server: "subprocess.Popen[bytes]", connector: WebConnector) -> None:
        """Poll as a Web Connector does, until Ctrl-C. DemoFailed when the server is gone."""
        while True:
            with suppress(subprocess.TimeoutExpired):
                server.wait(EVERY_SECONDS)
                raise DemoFailed(f"The server has ended by itself. Why: {_server_log()}")
            run = connector.run()
            if run.verdict != NOTHING_DUE:
                self._say(_words(run))

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _server_log() -> Path:
    return Path(settings.DATA_DIR) / "demo-server.log"


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _port(wanted: int | None, *, may_choose: bool) -> int:
    """A port that is free now: the one asked for or, if nobody did and we `may_choose`, any. CannotListen."""
    port = settings.SERVER_PORT if wanted is None else wanted
    try:
        listener = listen(HOST, port)
    except CannotListen:
        if wanted is not None or not may_choose:
            raise
        listener = listen(HOST, 0)
    with listener:
        return int(listener.getsockname()[1])


def _connector(port: int, known: Secrets, company_file: CompanyFile) -> WebConnector:
    """A Web Connector on a simulated PC whose company file carries our two GUIDs, as it does once a .qwc was added."""
    quickbooks = QuickBooks(make_company(SEED, clock.today(), name=COMPANY))
    quickbooks.stamp(braced(company_file.owner_id), braced(company_file.file_id))
    url = f"http://{HOST}:{port}/api/qbwc"
    return WebConnector(url, WEB_CONNECTOR_USERNAME, known.web_connector_password, quickbooks)


def _words(run: Run) -> str:
    if run.verdict == NOTHING_DUE:
        return (
            "Nothing was due (verdict “none”): these figures were read by an earlier sync, and nothing is read twice."
        )
    return f"One session, {run.exchanges} requests. It ended with: {run.status}"
