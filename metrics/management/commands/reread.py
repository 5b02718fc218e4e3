"""manage.py reread: all figures once more from the stored answers, and whether they come out the same."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from accounts import clock
from accounts.models import Company
from metrics.reading import rebuild
from metrics.reading.rebuild import Outcome
from metrics.reading.rebuild_words import as_json, in_words

_EVERY = 25  # answers between two lines of progress


class Command(BaseCommand):
    help = (
        "Read stored answers again, without QuickBooks: those that today's figures rest on, or with --from-scratch"
        " every one. Exit status 1: something could not be read again, or --check found a difference."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """COMPANY... and what to do."""
        parser.add_argument("company", metavar="COMPANY", nargs="*", help="name or slug; none: every company")
        parser.add_argument("--check", action="store_true", help="keep nothing; exit 1 if anything would change")
        parser.add_argument(
            "--from-scratch",
            action="store_true",
            help="delete everything derived and read every stored answer, in one transaction: on SQLite, nothing"
            " else can be written meanwhile",
        )
        parser.add_argument(
            "--accept-gaps",
            action="store_true",
            help="with --from-scratch: go on although an answer is no longer stored; its figures are then gone",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Each company in its own transaction."""
        if options["accept_gaps"] and not options["from_scratch"]:
            raise CommandError("--accept-gaps belongs to --from-scratch.")
        outcomes = [self._one(company, options) for company in _companies(options["company"])]
        if options["json"]:
            self.stdout.write(json.dumps({"companies": [as_json(one) for one in outcomes]}, indent=2))
        are_gaps_bad, are_differences_bad = not options["accept_gaps"], options["check"]
        bad = [one for one in outcomes if (one.gaps and are_gaps_bad) or (one.differences and are_differences_bad)]
        if bad:
            raise CommandError(f"Not as it should be: {', '.join(one.company.name for one in bad)}.", returncode=1)

    def _one(self, company: Company, options: dict[str, Any]) -> Outcome:
        is_quiet = options["json"]

        def progress(read: int, of: int) -> None:
            if not is_quiet and (read % _EVERY == 0 or read == of):
                self.stdout.write(f"{company.name}: {read} of {of} answers")

        if options["from_scratch"]:
            outcome = rebuild.rebuild(
                company,
                clock.now(),
                is_check=options["check"],
                accepts_gaps=options["accept_gaps"],
                progress=progress,
            )
        else:
            outcome = rebuild.reread(company, clock.now(), is_check=options["check"], progress=progress)
        if not is_quiet:
            self.stdout.write("\n".join(in_words(outcome)))
        return outcome


def _companies(names: list[str]) -> list[Company]:
    """By slug or name; all of them when none is named."""
    if not names:
        return list(Company.objects.order_by("name"))
    found = []
    for name in names:
        matches = sorted(Company.objects.filter(Q(slug=name) | Q(name=name)), key=lambda one: one.slug != name)
        if not matches:
            raise CommandError(f"There is no company “{name}”.")
        found.append(matches[0])
    return found
