"""The demo's company, person and key, the same on every start; what only the demo knows is kept in data/demo.json."""

import dataclasses
import json
import os
import secrets
from datetime import datetime
from pathlib import Path

from django.db import transaction

from accounts import keys
from accounts.authentication import issue_key
from accounts.models import ApiKey, Company, Membership, User
from qbwc.models import CompanyFile
from qbwc_project.lab_failures import COMPANY as LAB_COMPANY
from qwc.connect import connect, new_password

COMPANY = "Cascadia Managed Services"
WEB_CONNECTOR_USERNAME = "cascadia-demo"
USERNAME = "demo"
ACTOR = "demo"


@dataclasses.dataclass(frozen=True)
class Secrets:
    """What signs in: the person, the Web Connector, the program that reads the figures."""

    password: str
    web_connector_password: str
    api_key: str


def kept_secrets(path: Path) -> Secrets:
    """The secrets in the file; new ones, written for the owner's eyes only, when it does not hold them."""
    try:
        return Secrets(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        pass
    made = Secrets(new_password(), new_password(), keys.make_key(secrets.token_bytes).text)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(dataclasses.asdict(made), file, indent=2)
    return made


def prepare(known: Secrets, now: datetime) -> CompanyFile:
    """Have the company, the person and the key that the secrets fit; twice is harmless. NotConnected, KeyNotIssued."""
    connected = connect(
        name=COMPANY, username=WEB_CONNECTOR_USERNAME, password=known.web_connector_password, now=now, actor=ACTOR
    )
    with transaction.atomic():
        _have_person(connected.company, known.password)
        issue_key(connected.company, "demo", ApiKey.Scope.READ, now, known.api_key, actor=ACTOR)
    return connected.company_file


def _have_person(company: Company, password: str) -> None:
    """An administrator of the demo company, and of everything only where there is nothing else to see."""
    user, _ = User.objects.get_or_create(username=USERNAME)
    others = Company.objects.exclude(pk=company.pk).exclude(name=LAB_COMPANY)
    user.is_staff = user.is_superuser = not others.exists()
    if not user.check_password(password):
        user.set_password(password)
    user.save()
    Membership.objects.update_or_create(user=user, company=company, defaults={"role": Membership.Role.ADMINISTRATOR})
