"""The firm's name, colour and logo are set in the admin, through their one writer."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import AuditEvent, User
from metrics.downloads import admin_branding as admin_branding  # registers the page
from metrics.downloads.branding_rows import branding_of
from metrics.exports.branding import Branding

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n and so on"
ADD, CHANGE = "/admin/metrics/branding/add/", "/admin/metrics/branding/1/change/"


@pytest.fixture
def root() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", password="correct horse battery"))
    return client


def test_it_is_set_once_for_all_companies_and_audited(root: Client) -> None:
    logo = SimpleUploadedFile("logo.png", PNG, "image/png")
    root.post(ADD, {"firm_name": "Harbour & Partners", "accent": "102030", "new_logo": logo})
    assert branding_of() == Branding("Harbour & Partners", "102030", PNG)
    assert AuditEvent.objects.get(action="branding.changed").actor == "root"
    assert root.get(ADD).status_code == 403


def test_the_logo_stays_unless_it_is_removed(root: Client) -> None:
    logo = SimpleUploadedFile("logo.png", PNG, "image/png")
    root.post(ADD, {"firm_name": "A", "accent": "102030", "new_logo": logo})
    root.post(CHANGE, {"firm_name": "B", "accent": "102030"})
    assert branding_of() == Branding("B", "102030", PNG)
    root.post(CHANGE, {"firm_name": "B", "accent": "102030", "remove_logo": "on"})
    assert branding_of().logo is None


@pytest.mark.parametrize("fields", [{"accent": "FFFF00"}, {"accent": "nothex"}, {"accent": ""}])
def test_a_colour_that_cannot_be_is_refused(root: Client, fields: dict[str, str]) -> None:
    answer = root.post(ADD, {"firm_name": "A", "accent": "102030", **fields})
    assert "errorlist" in answer.content.decode()
    assert branding_of() == Branding()


def test_a_logo_that_is_no_picture_is_refused(root: Client) -> None:
    logo = SimpleUploadedFile("logo.png", b"<svg onload=alert(1)>", "image/png")
    root.post(ADD, {"firm_name": "A", "accent": "102030", "new_logo": logo})
    assert branding_of() == Branding()
