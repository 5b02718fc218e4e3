"""manage.py make_qwc: the .qwc file of a connected company."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from qbwc.models import CompanyFile
from qwc.connect import connection_file
from qwc.document import BadConnection, render


class Command(BaseCommand):
    help = "Write the .qwc file of a company: to the terminal, or with --output to a file."

    def add_arguments(self, parser: CommandParser) -> None:
        """The company by slug, name or Web Connector user name."""
        parser.add_argument("company", metavar="COMPANY", help="slug, name, or user name of the Web Connector")
        parser.add_argument("--output", default="", metavar="FILE", help="write here instead of to the terminal")

    def handle(self, *_args: Any, **options: Any) -> None:
        """The same bytes every time."""
        try:
            document = render(connection_file(_company_file(options["company"]), settings.PUBLIC_URL))
        except BadConnection as error:
            raise CommandError(f"The Web Connector would refuse this file. {error}") from error
        if options["output"]:
            Path(options["output"]).write_bytes(document)
            return
        self.stdout.write(document.decode("ascii"), ending="")


def _company_file(named: str) -> CompanyFile:
    fits = Q(company__slug=named) | Q(company__name=named) | Q(username=named)
    found = list(CompanyFile.objects.filter(fits)[:2])
    if not found:
        raise CommandError(f"No connected company is called {named}. `connect_company` connects one.")
    if len(found) > 1:
        raise CommandError(f"{named} names two companies; use the slug of the one you mean.")
    return found[0]
