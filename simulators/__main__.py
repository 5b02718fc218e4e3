"""Points a simulated QuickBooks at any Web Connector server: python -m simulators --url … --username … --password …"""

import argparse
import datetime
import sys
from collections.abc import Sequence

from simulators.company import make_company
from simulators.quickbooks import QuickBooks
from simulators.web_connector import WebConnector


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one update and returns 0 when it ended well, 1 otherwise; with --every until Ctrl-C, which is 0."""
    options = _parser().parse_args(arguments)
    company = make_company(
        options.seed, options.as_of, months=options.months, uses_account_numbers=options.account_numbers
    )
    company.summary_report_basis = "Cash" if options.cash else "Accrual"
    quickbooks = QuickBooks(company, file_id=options.file_id, owner_id=options.owner_id)
    connector = WebConnector(options.url, options.username, options.password, quickbooks, on_line=_say)
    _say(f"{company.name}: {len(company.postings):,} postings up to {company.as_of}, talking to {options.url}")
    try:
        return _update(connector, options.every)
    except KeyboardInterrupt:
        _say("Stopped.")
        return 0


def _update(connector: WebConnector, every: float | None) -> int:
    """One update and its exit status, or updates until Ctrl-C."""
    if every is None:
        return 0 if connector.run().ended_well else 1
    connector.run_every(every)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulators", description=__doc__)
    parser.add_argument("--url", required=True, help="the AppURL, for example http://localhost:8000/api/qbwc")
    parser.add_argument("--username", required=True, help="the UserName of the .qwc")
    parser.add_argument("--password", required=True, help="what a user would type into the Web Connector")
    parser.add_argument("--every", type=_positive, metavar="SECONDS", help="go on until Ctrl-C, this far apart")
    parser.add_argument("--seed", type=int, default=1, help="which company (default 1)")
    parser.add_argument("--months", type=_whole_positive, default=36, help="months of history (default 36)")
    parser.add_argument("--account-numbers", action="store_true", help="the file uses account numbers")
    parser.add_argument("--cash", action="store_true", help="the file's own reports are on cash basis")
    parser.add_argument("--file-id", metavar="GUID", help="the FileID stamped on the company file")
    parser.add_argument("--owner-id", metavar="GUID", help="the OwnerID it is stamped under")
    parser.add_argument("--as-of", type=datetime.date.fromisoformat, default=_today(), metavar="YYYY-MM-DD")
    return parser


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError(text)  # argparse names the option and the value
    return number


def _whole_positive(text: str) -> int:
    return int(_positive(str(int(text))))


def _today() -> datetime.date:
    # The command line is an edge, and the simulators may not import the server's clock.
    return datetime.datetime.now(tz=datetime.UTC).date()  # noqa: TID251 - see above


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
