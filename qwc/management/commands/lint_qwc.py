"""manage.py lint_qwc: what is wrong with a .qwc file, ours or another's; the exit status is 1 when something is."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qwc.lint import LARGEST, LintReport, answer_of, lint
from qwc.who import WHO


class Command(BaseCommand):
    help = "Check .qwc files against every rule of the Web Connector: each finding with its reason and its remedy."

    def add_arguments(self, parser: CommandParser) -> None:
        """Files, or - for standard input."""
        parser.add_argument("files", nargs="+", metavar="FILE", help="a .qwc file, or - for standard input")
        parser.add_argument("--json", action="store_true", help="one JSON object: file → report")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Exit status 1 when a file has an error; warnings and notes are no errors."""
        reports = {name: lint(_bytes_of(name)) for name in options["files"]}
        if options["json"]:
            answer = {name: answer_of(report) for name, report in reports.items()}
            self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2))
        else:
            for name, report in reports.items():
                self._tell(name, report)
        if any(report.has_errors for report in reports.values()):
            sys.exit(1)

    def _tell(self, name: str, report: LintReport) -> None:
        if not report.findings:
            self.stdout.write(f"{name}: nothing wrong was found.")
        for found in report.findings:
            place = f"{name}:{found.line}" if found.line else name
            self.stdout.write(f"{place}: {found.severity.name.lower()} [{found.rule}] {found.what}")
            self.stdout.write(f"    Why: {found.why}\n    Fix: {found.fix} ({WHO[found.actor]})")


def _bytes_of(name: str) -> bytes:
    try:
        if name == "-":
            return sys.stdin.buffer.read(LARGEST + 1)
        with Path(name).open("rb") as stream:
            return stream.read(LARGEST + 1)
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}.") from error
