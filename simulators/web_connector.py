"""A simulated QuickBooks Web Connector: points QuickBooks at a server over real HTTP, once or again and again."""

import ssl
import time
from collections.abc import Callable

from simulators.soap_client import CONTINUE_SECONDS, TIMEOUT_SECONDS, SoapClient, Style
from simulators.update import QuickBooks, Run, Settings, Update
from simulators.web_service import WebService

__all__ = ["QuickBooks", "Run", "Style", "WebConnector"]


class WebConnector:
    """One application as a user added it: an address, a user name, the password typed in."""

    def __init__(
        self,
        url: str,
        username: str,
        password: str,
        quickbooks: QuickBooks,
        *,
        timeout: float = TIMEOUT_SECONDS,
        continue_seconds: float = CONTINUE_SECONDS,
        noop_seconds: float = 5.0,
        style: Style | str = Style.DOCUMENT,
        soap12: bool = False,
        ssl_context: ssl.SSLContext | None = None,
        client_version: str = "2.3.0.215",
        qbxml_version: tuple[int, int] = (13, 0),
        closes_after_failure: bool = False,
        on_call: Callable[[str], None] | None = None,
        on_line: Callable[[str], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`style` is the .qwc's Style; `on_call` gets each operation's name before it is sent and may raise;
        `on_line` gets a line of text per call; `closes_after_failure`: say closeConnection after a failed call.
        """
        self._quickbooks = quickbooks
        self._url = url
        self._timeout = timeout
        self._continue_seconds = continue_seconds
        self._style = Style(style)
        self._soap12 = soap12
        self._ssl_context = ssl_context
        self._on_call = on_call or _ignore
        self._on_line = on_line or _ignore
        self._settings = Settings(
            username=username,
            password=password,
            client_version=client_version,
            qbxml_version=qbxml_version,
            noop_seconds=noop_seconds,
            closes_after_failure=closes_after_failure,
            sleep=sleep,
        )

    def run(self) -> Run:
        """One update. A failure of the server or of QuickBooks is in the Run, never raised."""
        client = self._client()
        try:
            run = Update(WebService(client, self._on_call, self._on_line), self._quickbooks, self._settings).run()
        finally:
            client.close()
        self._on_line(f"{'Status':<20} {run.status}" + (f" [{run.qbwc_code}]" if run.qbwc_code else ""))
        return run

    def run_every(
        self, seconds: float, *, on_run: Callable[[Run], None] | None = None, runs: int | None = None
    ) -> None:
        """Updates for ever, or `runs` times, `seconds` apart; the server may postpone or set a longer interval."""
        done = 0
        while True:
            run = self.run()
            (on_run or _ignore)(run)
            done += 1
            if done == runs:
                return
            seconds = max(seconds, run.minimum_run_seconds or 0)
            self._settings.sleep(seconds if run.postponed_seconds is None else run.postponed_seconds)

    def _client(self) -> SoapClient:
        """A fresh proxy: the Web Connector makes one for each run."""
        return SoapClient(
            self._url,
            style=self._style,
            soap12=self._soap12,
            timeout=self._timeout,
            continue_seconds=self._continue_seconds,
            ssl_context=self._ssl_context,
        )


def _ignore(_: object) -> None:
    """What happens on a call, a line or a run when nobody asked."""
