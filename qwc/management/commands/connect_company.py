"""manage.py connect_company: register a company, its file, default mappings and sync plan."""

from __future__ import annotations

import contextlib
import getpass
import json
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import audit, clock
from accounts.authentication import KeyNotIssued, KeyTaken, issue_key
from accounts.models import ApiKey, Company
from metrics.mappings.rule_templates import DEFAULT_TEMPLATE, TEMPLATES
from qwc.connect import Connected, NotConnected, connect, soap_url
from qwc.document import braced

KEY_NAME = "connect_company"
ACTOR = "manage.py connect_company"


class Command(BaseCommand):
    help = "Register a company and its QuickBooks file, with default mappings and a sync plan. Twice is harmless."

    def add_arguments(self, parser: CommandParser) -> None:
        """NAME and the options of design section 6."""
        parser.add_argument("name", metavar="NAME", help="the company's name")
        parser.add_argument("--username", default="", help="what the Web Connector signs in with (or QBWC_USERNAME)")
        parser.add_argument("--password", default="", help="its password (or QBWC_PASSWORD_HASH; else it is asked for)")
        parser.add_argument("--currency", default="USD", help="home currency of the books (default USD)")
        keys = [template.key for template in TEMPLATES]
        words = f"mappings to start with: {', '.join(keys)} (default {DEFAULT_TEMPLATE.key})"
        parser.add_argument("--template", default=DEFAULT_TEMPLATE.key, choices=keys, metavar="KEY", help=words)
        parser.add_argument("--api-key", action="store_true", help="also make a key (or register API_KEY) and show it")
        parser.add_argument("--read-only", action="store_true", help="the key may only read, and so may the company")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Connect, make the key, say what came of it."""
        try:
            connected = _connect(options)
            key = _key_text(connected, options["read_only"]) if options["api_key"] else None
        except (NotConnected, KeyNotIssued) as error:
            raise CommandError(str(error)) from error
        facts = _facts(connected, key)
        if options["json"]:
            self.stdout.write(json.dumps(facts))
            return
        self.stdout.write(_words(connected, facts))


def _connect(options: dict[str, Any]) -> Connected:
    username = options["username"] or settings.QBWC_USERNAME
    if not username:
        raise CommandError("Say --username, or set QBWC_USERNAME.")
    password, password_hash = options["password"], ""
    if not password and username == settings.QBWC_USERNAME:
        password_hash = settings.QBWC_PASSWORD_HASH
    if not password and not password_hash:
        password = _asked_for()
    return connect(
        name=options["name"],
        username=username,
        password=password,
        password_hash=password_hash,
        now=clock.now(),
        currency=options["currency"],
        template=options["template"],
        actor=ACTOR,
    )


def _asked_for() -> str:
    if not sys.stdin.isatty():
        raise CommandError("Say --password, or set QBWC_USERNAME and QBWC_PASSWORD_HASH, or run this on a terminal.")
    password = getpass.getpass("Password for the Web Connector: ")
    if password != getpass.getpass("The same again: "):
        raise CommandError("The two passwords differ; nothing was changed.")
    return password


def _key_text(connected: Connected, is_read_only: bool) -> str:
    """API_KEY when it is set and no other company's, else a new key: a key belongs to one company.

    Whoever connects a company and asks for a key that may write wants its books to be written to; an administrator who
    has switched that off later is not overruled.
    """
    company = connected.company
    scope = ApiKey.Scope.READ if is_read_only else ApiKey.Scope.WRITE
    if connected.is_new and scope == ApiKey.Scope.WRITE:
        Company.objects.filter(pk=company.pk).update(allows_writes=True)
        audit.record(action="company.writes_allowed", success=True, now=clock.now(), actor=ACTOR, company=company)
    if settings.API_KEY:
        with contextlib.suppress(KeyTaken):
            return _issued(company, scope, settings.API_KEY)
    return _issued(company, scope, None)


def _issued(company: Company, scope: ApiKey.Scope, text: str | None) -> str:
    _key, shown = issue_key(company, KEY_NAME, scope, clock.now(), text, actor=ACTOR)
    return shown


def _facts(connected: Connected, key: str | None) -> dict[str, str | None]:
    company_file = connected.company_file
    return {
        "company": connected.company.name,
        "soap_url": soap_url(settings.PUBLIC_URL),
        "username": company_file.username,
        "owner_id": braced(company_file.owner_id),
        "file_id": braced(company_file.file_id),
        "api_key": key,
    }


def _words(connected: Connected, facts: dict[str, str | None]) -> str:
    done = "is connected" if connected.is_new else "was connected already; its identity stays as it was"
    lines = [
        f"{facts['company']} {done}.",
        f"  SOAP address  {facts['soap_url']}",
        f"  user name     {facts['username']}",
        f"  OwnerID       {facts['owner_id']}",
        f"  FileID        {facts['file_id']}",
    ]
    if facts["api_key"]:
        lines.append(f"  API key       {facts['api_key']}   (shown now and never again)")
    lines.append(
        f"Next: ./run manage make_qwc {connected.company.slug} > tieout.qwc, and open it in the Web Connector."
    )
    return "\n".join(lines)
