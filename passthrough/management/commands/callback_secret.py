"""`callback_secret COMPANY`: what a receiver of callbacks checks the signature with."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from accounts import audit, clock
from accounts.models import Company
from outbox.signing import SIGNATURE_HEADER, TIMESTAMP_HEADER
from outbox.webhook import secret_of


class Command(BaseCommand):
    help = "Print a company's callback secret. It changes when SECRET_KEY does, and by “Make a new secret”."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("company", help="its slug or name")

    def handle(self, *args: Any, **options: Any) -> None:
        company = Company.objects.filter(Q(slug=options["company"]) | Q(name=options["company"])).first()
        if company is None:
            raise CommandError(f"No company is called {options['company']}.")
        audit.record(
            action="callback_secret.shown", success=True, now=clock.now(), actor="command line", company=company
        )
        self.stdout.write(secret_of(company.pk))
        self.stderr.write(f"{SIGNATURE_HEADER} = sha256=HMAC-SHA256(secret, {TIMESTAMP_HEADER} + '.' + body)")
