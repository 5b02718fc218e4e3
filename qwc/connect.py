"""Connect a company: its row, its company file with an identity that stays, default mappings and sync plans."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.text import slugify

from accounts import audit
from accounts.models import Company
from metrics.default_setup import default_plans, install_default_mappings
from metrics.mappings.rule_templates import DEFAULT_TEMPLATE, TEMPLATES
from qbwc import passwords
from qbwc.models import CompanyFile, SyncPlan
from qwc.document import ConnectionFile

APP_URL_PATH = "/api/qbwc"
SUPPORT_PATH = "/support/"
DESCRIPTION = "Reads the books once in a while and turns them into monthly figures."
LONGEST_APP_NAME = 60
TAKEN_SLUGS = frozenset({"new"})  # /companies/new/ is a page
# Without the letters and digits that look alike: 20 of these are 98 bits, and easily typed.
PASSWORD_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # noqa: S105 - letters to choose from, not a password
PASSWORD_LENGTH, PASSWORD_GROUP = 20, 5


class NotConnected(Exception):
    """The company was not connected and nothing was changed; the message says why and what to do."""


@dataclass(frozen=True)
class Connected:
    """`is_new`: the company file was registered just now; otherwise it was known and keeps its identity."""

    company: Company
    company_file: CompanyFile
    is_new: bool


def connect(
    *,
    name: str,
    username: str,
    password: str = "",
    password_hash: str = "",
    now: datetime,
    currency: str = "USD",
    replace_password: bool = True,
    actor: str = "",
    rounds: int = passwords.ROUNDS,
    template: str = DEFAULT_TEMPLATE.key,
) -> Connected:
    """Register a company and its file under a Web Connector user name; twice is harmless. NotConnected.

    Give the password, or the bcrypt hash of it (QBWC_PASSWORD_HASH). A known file keeps its GUIDs; its password is
    replaced when it differs, unless `replace_password` is False. `template` names the shipped mappings that a new
    company starts with; one that has mappings keeps them.
    """
    name, username = " ".join(name.split()), username.strip()
    _check_words(name, username, password, password_hash)
    _check_template(template)
    known = _known_file(name, username)
    kept_hash = _hash_to_keep(known, password, password_hash, replace_password, rounds)
    with transaction.atomic():
        audit.take_turn()  # two first companies at once must not make two OwnerIDs
        company_file = _known_file(name, username)
        if company_file is None:
            return _register(name, username, kept_hash, currency, now, actor, template)
        if company_file.password_hash != kept_hash:
            _keep_password(company_file, kept_hash, now, actor)
        return Connected(company_file.company, company_file, is_new=False)


def set_password(
    company_file: CompanyFile, password: str, now: datetime, *, actor: str = "", rounds: int = passwords.ROUNDS
) -> None:
    """Replace the Web Connector password; on the PC it only has to be typed again, the .qwc stays as it is."""
    kept_hash = passwords.hash_password(password, rounds)
    with transaction.atomic():
        _keep_password(company_file, kept_hash, now, actor)


def new_password() -> str:
    """A random password that is easy to copy by hand: four groups of five."""
    letters = [secrets.choice(PASSWORD_ALPHABET) for _ in range(PASSWORD_LENGTH)]
    groups = ["".join(letters[start : start + PASSWORD_GROUP]) for start in range(0, PASSWORD_LENGTH, PASSWORD_GROUP)]
    return "-".join(groups)


def soap_url(public_url: str) -> str:
    """AppURL: where the Web Connector calls."""
    return public_url.rstrip("/") + APP_URL_PATH


def connection_file(company_file: CompanyFile, public_url: str) -> ConnectionFile:
    """What this company's .qwc says; the same for as long as PUBLIC_URL and the registration stay the same."""
    return ConnectionFile(
        app_name=company_file.app_name,
        app_url=soap_url(public_url),
        app_support=public_url.rstrip("/") + SUPPORT_PATH,
        username=company_file.username,
        owner_id=company_file.owner_id,
        file_id=company_file.file_id,
        run_every_minutes=company_file.run_every_minutes,
        app_description=DESCRIPTION,
    )


def _check_words(name: str, username: str, password: str, password_hash: str) -> None:
    if not name or not username:
        raise NotConnected("A company needs a name and a user name for the Web Connector.")
    if len(name) > 200 or len(username) > 100:
        raise NotConnected("The name (200 characters) or the user name (100) is too long.")
    if not username.isprintable() or not name.isprintable():
        raise NotConnected("The name or the user name contains a character that cannot be printed.")
    if bool(password) == bool(password_hash):
        raise NotConnected("Give the Web Connector password, or its bcrypt hash, and not both.")
    if password_hash and not passwords.is_password_hash(password_hash):
        raise NotConnected("QBWC_PASSWORD_HASH is not a bcrypt hash: it begins with $2b$ and has 60 characters.")


def _check_template(template: str) -> None:
    keys = [one.key for one in TEMPLATES]
    if template not in keys:
        raise NotConnected(f"There is no mapping template “{template}”. Choose one of {', '.join(keys)}.")


def _known_file(name: str, username: str) -> CompanyFile | None:
    """The file this pair names; None when it is not registered yet. NotConnected when only half of the pair fits."""
    by_username = CompanyFile.objects.select_related("company").filter(username=username).first()
    if by_username is not None and by_username.company.name != name:
        raise NotConnected(
            f"The user name {username} belongs to {by_username.company.name}. Each company file signs in with a user "
            "name of its own: choose another one."
        )
    by_name = CompanyFile.objects.filter(company__name=name).first()
    if by_username is None and by_name is not None:
        raise NotConnected(
            f"{name} is connected already, with the user name {by_name.username}. Use that one; it stands in the .qwc "
            "on the QuickBooks PC."
        )
    return by_username


def _hash_to_keep(
    known: CompanyFile | None, password: str, password_hash: str, replace_password: bool, rounds: int
) -> str:
    """The old hash when it fits or must stay; hashing is slow and so happens before the transaction."""
    if known is None:
        return password_hash or passwords.hash_password(password, rounds)
    if not replace_password or (password and passwords.password_matches(password, known.password_hash)):
        return known.password_hash
    return password_hash or passwords.hash_password(password, rounds)


def _register(
    name: str, username: str, kept_hash: str, currency: str, now: datetime, actor: str, template: str
) -> Connected:
    company = Company.objects.filter(name=name).first()
    if company is None:
        company = Company.objects.create(name=name, slug=_free_slug(name), currency=currency)
    file_id = uuid.uuid4()  # from os.urandom; GUIDs of a weak generator have collided between customers elsewhere
    company_file = CompanyFile.objects.create(
        company=company,
        username=username,
        password_hash=kept_hash,
        owner_id=_owner_id(),
        file_id=file_id,
        app_name=_app_name(name, file_id),
    )
    install_default_mappings(company, template)
    _plan(company_file)
    audit.record(
        action="company.connected",
        success=True,
        now=now,
        actor=actor,
        company=company,
        username=username,
        file_id=company_file.file_id,
    )
    return Connected(company, company_file, is_new=True)


def _plan(company_file: CompanyFile) -> None:
    for spec in default_plans():
        SyncPlan.objects.create(
            company_file=company_file,
            purpose=spec.purpose,
            every_minutes=spec.every_minutes,
            priority=spec.priority,
            parameters=spec.parameters,
        )


def _keep_password(company_file: CompanyFile, kept_hash: str, now: datetime, actor: str) -> None:
    company_file.password_hash = kept_hash
    company_file.save(update_fields=["password_hash"])
    audit.record(
        action="company.password_changed",
        success=True,
        now=now,
        actor=actor,
        company=company_file.company,
        username=company_file.username,
    )


def _owner_id() -> uuid.UUID:
    """One per installation, not per company (guide, page 37): whatever the first company file got."""
    first = CompanyFile.objects.order_by("pk").values_list("owner_id", flat=True).first()
    return first or uuid.uuid4()


def _app_name(name: str, file_id: uuid.UUID) -> str:
    """Unlike every other company's, as the Web Connector keeps one entry per AppName; no backslash (registry key)."""
    app_name = f"Tieout - {name}".replace("\\", "-")
    if len(app_name) <= LONGEST_APP_NAME:
        return app_name
    return f"{app_name[: LONGEST_APP_NAME - 9].rstrip()} {str(file_id)[:8]}"


def _free_slug(name: str) -> str:
    """The name for an address; a number is added when it is taken."""
    wanted = slugify(name)[:70] or "company"
    taken = TAKEN_SLUGS.union(Company.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    number, slug = 1, wanted
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug
