"""The .qwc document: every element and rule of the Web Connector guide, pages 35-39."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID
from xml.etree import ElementTree

import pytest

from qwc.document import BadConnection, ConnectionFile, address_problems, braced, problems, render

OWNER = UUID("90a44fb7-33d9-4815-ac85-ac86a7e7d1eb")
FILE = UUID("57f3b9b6-86f1-4fcc-b1ff-966de1813d20")
GOOD = ConnectionFile(
    app_name="Tieout - Cascadia",
    app_url="https://books.example.com/api/qbwc",
    app_support="https://books.example.com/support/",
    username="cascadia",
    owner_id=OWNER,
    file_id=FILE,
    app_description="Reads the books.",
)
GOLDEN = b"""\
<?xml version="1.0" encoding="utf-8"?>\r
<QBWCXML>\r
  <AppName>Tieout - Cascadia</AppName>\r
  <AppID></AppID>\r
  <AppURL>https://books.example.com/api/qbwc</AppURL>\r
  <AppDescription>Reads the books.</AppDescription>\r
  <AppSupport>https://books.example.com/support/</AppSupport>\r
  <UserName>cascadia</UserName>\r
  <OwnerID>{90a44fb7-33d9-4815-ac85-ac86a7e7d1eb}</OwnerID>\r
  <FileID>{57f3b9b6-86f1-4fcc-b1ff-966de1813d20}</FileID>\r
  <QBType>QBFS</QBType>\r
  <AppUniqueName>Tieout - Cascadia</AppUniqueName>\r
  <UnattendedModePref>umpOptional</UnattendedModePref>\r
  <PersonalDataPref>pdpNotNeeded</PersonalDataPref>\r
  <Scheduler>\r
    <RunEveryNMinutes>15</RunEveryNMinutes>\r
  </Scheduler>\r
</QBWCXML>\r
"""


def at(url: str, support: str = "") -> ConnectionFile:
    return replace(GOOD, app_url=url, app_support=support or url)


def test_the_document_is_these_bytes() -> None:
    assert render(GOOD) == GOLDEN
    assert render(replace(GOOD)) == GOLDEN


def test_names_with_signs_and_accents_come_back_as_they_were() -> None:
    document = render(replace(GOOD, app_name="Müller & Söhne <1> “Büro” 株"))

    assert document.isascii()
    assert ElementTree.fromstring(document).findtext("AppName") == "Müller & Söhne <1> “Büro” 株"


def test_what_is_left_out_stays_left_out() -> None:
    root = ElementTree.fromstring(render(GOOD))

    for name in ("IsReadOnly", "AuthFlags", "CertURL", "Notify", "Style", "AppDisplayName", "Password"):
        assert root.find(name) is None


def test_there_is_one_schedule() -> None:
    root = ElementTree.fromstring(render(replace(GOOD, run_every_minutes=60)))

    assert [(child.tag, child.text) for child in root.iterfind("Scheduler/*")] == [("RunEveryNMinutes", "60")]


def test_editions_names_and_preferences_can_be_set() -> None:
    root = ElementTree.fromstring(
        render(
            replace(
                GOOD,
                auth_flags=0xF,
                app_display_name="Books",
                app_unique_name="tieout-1",
                unattended="umpRequired",
                personal_data="pdpOptional",
            )
        )
    )

    names = ("AuthFlags", "AppDisplayName", "AppUniqueName", "UnattendedModePref", "PersonalDataPref")
    assert [root.findtext(name) for name in names] == ["0xF", "Books", "tieout-1", "umpRequired", "pdpOptional"]


def test_guids_wear_braces() -> None:
    assert braced(FILE) == "{57f3b9b6-86f1-4fcc-b1ff-966de1813d20}"


@pytest.mark.parametrize(
    "url",
    [
        "https://books.example.com/api/qbwc",
        "https://books.example.com:8443/api/qbwc",
        "https://SERVER2019/api/qbwc",
        "http://localhost:8000/api/qbwc",
        "http://localhost/api/qbwc",
        "https://localhost/api/qbwc",
        "https://1and1.example.com/api/qbwc",
        "https://beef.cafe/api/qbwc",
    ],
)
def test_https_and_localhost_are_taken(url: str) -> None:
    assert problems(at(url)) == ()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://books.example.com/api/qbwc", "QBWC1010"),
        ("http://server2019/api/qbwc", "QBWC1010"),
        ("http://localhost.example.com/api/qbwc", "QBWC1010"),
        ("https://192.168.1.5/api/qbwc", "QBWC1001"),
        ("http://127.0.0.1:8000/api/qbwc", "QBWC1001"),
        ("https://[::1]/api/qbwc", "QBWC1001"),
        ("https://2130706433/api/qbwc", "QBWC1001"),
        ("https://127.1/api/qbwc", "QBWC1001"),
        ("https://0x7f000001/api/qbwc", "QBWC1001"),
        ("ftp://books.example.com/", "not an address"),
        ("books.example.com/api/qbwc", "not an address"),
        ("https:///api/qbwc", "not an address"),
        ("https://books.example.com:port/", "not an address"),
        ("https://user:secret@books.example.com/", "not an address"),
        ("https://books example.com/", "not an address"),
        ("https://[::1/", "not an address"),
        ("", "not an address"),
    ],
)
def test_an_address_the_web_connector_refuses_is_refused_with_its_reason(url: str, says: str) -> None:
    with pytest.raises(BadConnection, match=says):
        render(at(url))
    assert says in " ".join(address_problems(url, url))


@pytest.mark.parametrize(
    ("support", "says"),
    [
        ("https://help.example.com/support/", "QBWC1000"),
        ("https://192.168.1.5/support/", "QBWC1002"),
        ("/support/", "AppSupport"),
    ],
)
def test_the_support_page_is_on_the_same_host(support: str, says: str) -> None:
    with pytest.raises(BadConnection, match=says):
        render(at(GOOD.app_url, support))


@pytest.mark.parametrize("support", ["http://books.example.com/support/", "https://BOOKS.example.com:8443/support/"])
def test_the_support_page_may_have_another_scheme_port_or_spelling(support: str) -> None:
    assert problems(at(GOOD.app_url, support)) == ()


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (replace(GOOD, app_name=" "), "AppName"),
        (replace(GOOD, app_name="a\\b"), "backslash"),
        (replace(GOOD, app_unique_name="a\\b"), "backslash"),
        (replace(GOOD, app_name="Tieout\x07"), "AppName"),
        (replace(GOOD, username=""), "UserName"),
        (replace(GOOD, username="cascadia "), "blank"),
        (replace(GOOD, username="two\nlines"), "UserName"),
        (replace(GOOD, username="lone\ud800"), "UserName"),
        (replace(GOOD, app_description="x" * 81), "80"),
        (replace(GOOD, owner_id=UUID(int=0)), "QBWC1039"),
        (replace(GOOD, file_id=UUID(int=0)), "QBWC1039"),
        (replace(GOOD, file_id=OWNER), "QBWC1039"),
        (replace(GOOD, run_every_minutes=0), "RunEveryNMinutes"),
        (replace(GOOD, auth_flags=0x10), "QBWC1034"),
        (replace(GOOD, unattended="yes"), "umpOptional"),
        (replace(GOOD, personal_data="no"), "pdpNotNeeded"),
    ],
)
def test_every_other_rule_is_kept(bad: ConnectionFile, says: str) -> None:
    with pytest.raises(BadConnection, match=says):
        render(bad)


def test_all_broken_rules_are_named_together() -> None:
    assert len(problems(replace(GOOD, app_name="", username="", run_every_minutes=0))) == 3
