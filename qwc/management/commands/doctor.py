"""manage.py doctor: what is wrong with this installation, why, and who mends it; its exit status is for monitors."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.db.models import Q

from accounts import clock
from accounts.models import Company
from qwc import doctor_report, findings
from qwc.doctor_checks import examination


class Command(BaseCommand):
    help = "Examine this installation. Exit status: 0 fine, 1 warnings (only with --strict), 2 errors."
    requires_system_checks: list[str] = []  # they are findings; a bad setting must not keep Doctor away
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("company", nargs="?", default="", help="only this company, by slug or name (default: all)")
        parser.add_argument("--json", action="store_true", help="print one JSON object, as GET /api/doctor answers it")
        parser.add_argument("--strict", action="store_true", help="exit with 1 when there are warnings")
        parser.add_argument("--all", action="store_true", help="also print what is well")
        parser.add_argument("--offline", action="store_true", help="do not call PUBLIC_URL")

    def handle(self, *_args: Any, **options: Any) -> None:
        now = clock.now()
        plan = None if options["offline"] else examination.plan_of(now)
        found = examination.examine(_companies(options["company"]), now, plan=plan, oldest=None)
        if options["json"]:
            self.stdout.write(json.dumps(doctor_report.as_json(found)))
        else:
            self.stdout.write("\n".join(doctor_report.lines(found, with_all=options["all"])))
        status = findings.exit_status(found.findings, is_strict=options["strict"])
        if status:
            sys.exit(status)


def _companies(name: str) -> list[Company]:
    """All, or the one that is named. A database that does not answer is a finding, not an end."""
    try:
        if not name:
            return list(Company.objects.order_by("name"))
        named = Company.objects.filter(Q(slug=name) | Q(name=name)).first()
    except DatabaseError:
        return []
    if named is None:
        raise CommandError(f"There is no company “{name}”.")
    return [named]
