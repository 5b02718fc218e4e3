"""manage.py make_qwc: the .qwc file of a connected company, and what has to be done again when it has changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from qbwc.models import CompanyFile
from qwc.connect import connection_file
from qwc.document import BadConnection, ConnectionFile, render
from qwc.lint import LARGEST
from qwc.redo import Redo, read_back, what_changes


class Command(BaseCommand):
    help = "Write the .qwc file of a company: to the terminal, or with --output to a file."

    def add_arguments(self, parser: CommandParser) -> None:
        """The company by slug, name or Web Connector user name."""
        parser.add_argument("company", metavar="COMPANY", help="slug, name, or user name of the Web Connector")
        parser.add_argument("--output", default="", metavar="FILE", help="write here instead of to the terminal")
        parser.add_argument(
            "--previous", default="", metavar="FILE", help="the .qwc on the QuickBooks PC: say what changes for it"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """The same bytes every time; what to do again goes to standard error, so that the file stays a file.

        A file at --output that is there already is the previous one, unless --previous names another.
        """
        file = connection_file(_company_file(options["company"]), settings.PUBLIC_URL)
        try:
            document = render(file)
        except BadConnection as error:
            raise CommandError(f"The Web Connector would refuse this file. {error}") from error
        self._say_what_changes(file, options["previous"], options["output"])
        if options["output"]:
            Path(options["output"]).write_bytes(document)
            return
        self.stdout.write(document.decode("ascii"), ending="")

    def _say_what_changes(self, file: ConnectionFile, previous: str, output: str) -> None:
        path = Path(previous or output)
        if not previous and not (output and path.is_file()):
            return
        try:
            with path.open("rb") as stream:
                before = read_back(stream.read(LARGEST + 1))
        except (OSError, BadConnection) as error:
            if previous:
                raise CommandError(f"{previous} cannot be compared with: {error}") from error
            return
        for line in in_words(what_changes(before, file)):
            self.stderr.write(line)


def in_words(redo: Redo) -> list[str]:
    """Lines for a terminal."""
    answer = "yes" if redo.needs_readding else "no"
    return [f"Needs re-adding: {answer}. {redo.because}", *(f"  {text}" for text in redo.also)]


def _company_file(named: str) -> CompanyFile:
    fits = Q(company__slug=named) | Q(company__name=named) | Q(username=named)
    found = list(CompanyFile.objects.filter(fits)[:2])
    if not found:
        raise CommandError(f"No connected company is called {named}. `connect_company` connects one.")
    if len(found) > 1:
        raise CommandError(f"{named} names two companies; use the slug of the one you mean.")
    return found[0]
