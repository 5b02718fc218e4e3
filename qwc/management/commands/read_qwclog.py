"""manage.py read_qwclog: what the Web Connector's log on the Windows PC says, why, and who mends it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from qwc.log_lines import decoded
from qwc.log_reader import LARGEST, LogReport, Session, answer_of, read_log, redact
from qwc.who import WHO


class Command(BaseCommand):
    help = "Read QWCLog.txt: each update with its outcome, cause and remedy. Passwords, tickets and data are left out."

    def add_arguments(self, parser: CommandParser) -> None:
        """A file, or - for standard input."""
        parser.add_argument("file", metavar="FILE", help="QWCLog.txt, or - for standard input")
        parser.add_argument("--json", action="store_true", help="the whole report as JSON")
        parser.add_argument("--redacted", action="store_true", help="the log itself without its secrets, to pass on")

    def handle(self, *_args: Any, **options: Any) -> None:
        """The last 10 MB of the log."""
        raw = _bytes_of(options["file"])
        if options["redacted"]:
            self.stdout.write(redact(decoded(raw[-LARGEST:])))
            return
        report = read_log(raw)
        if options["json"]:
            self.stdout.write(DjangoJSONEncoder(ensure_ascii=False, indent=2).encode(answer_of(report)))
            return
        self._tell(report)

    def _tell(self, report: LogReport) -> None:
        for session in report.sessions:
            self._tell_session(session)
        self.stdout.write(report.verdict.words)
        if report.verdict.who:
            self.stdout.write(f"Who can do it: {report.verdict.who}.")

    def _tell_session(self, session: Session) -> None:
        moment = session.started_at.strftime("%Y-%m-%d %H:%M:%S UTC") if session.started_at else "no time"
        progress = f", {session.progress} %" if session.progress is not None else ""
        name = session.application or "an application"
        self.stdout.write(f"line {session.first_line}  {moment}  {name}: {session.outcome.value}{progress}")
        if session.cause is not None:
            cause = session.cause
            self.stdout.write(f"    {cause.what}. {cause.why}\n    Fix: {cause.fix} ({WHO[cause.actor]})")


def _bytes_of(name: str) -> bytes:
    try:
        if name == "-":
            return _end_of(sys.stdin.buffer)
        with Path(name).open("rb") as stream:
            stream.seek(max(0, Path(name).stat().st_size - LARGEST - 1))
            return stream.read(LARGEST + 1)
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}.") from error


def _end_of(stream: BinaryIO) -> bytes:
    end = b""
    while part := stream.read(LARGEST):
        end = (end + part)[-LARGEST - 1 :]
    return end
