"""The linter of .qwc files: every rule of its table can fire, and our own file breaks none."""

from __future__ import annotations

import sys
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qwc.document import BadConnection, ConnectionFile, render
from qwc.lint import LARGEST, Severity, lint
from qwc.lint_rules import BY_ID, RULES
from qwc.tests.qwc_files import GOOD, spoilt, with_extra, with_support, with_url

OWNER = "{6B1F3C5E-4C0D-4F0E-9A55-2D1D7E0C9B7A}"
FILE = "{0d4a9c1f-93a1-4c54-8a5b-7f2b8a6f3f10}"
MINUTES = "<RunEveryNMinutes>30</RunEveryNMinutes>"
SCHEDULER = f"<Scheduler>\n    {MINUTES}\n  </Scheduler>"
UNIQUE = "<AppUniqueName>Birch sync</AppUniqueName>"
OURS = ConnectionFile(
    app_name="Tieout - Müller & Söhne",
    app_url="https://books.example.com/api/qbwc",
    app_support="https://books.example.com/support/",
    username="mueller",
    owner_id=UUID("c0b1c6a6-52cf-4d53-8f8b-7b9d2f9e1a11"),
    file_id=UUID("1f0c2a64-9a0b-4b7e-8d5c-5a3e5b8f0c22"),
    app_description="Reads the books.",
)

# One file for each rule that breaks it; a rule without one fails the test below.
BREAKING: dict[str, bytes] = {
    "too-large": GOOD.encode() + b" " * LARGEST,
    "empty": b" \r\n",
    "encoding": GOOD.replace("Birch &amp; Sons", "Müller").encode("cp1252"),
    "text-before-declaration": b"\r\n" + GOOD.encode(),
    "doctype": spoilt("<QBWCXML>", '<!DOCTYPE x [<!ENTITY a "aaaa">]><QBWCXML>'),
    "unescaped-ampersand": spoilt("Birch &amp; Sons", "Birch & Sons"),
    "malformed": spoilt("</AppName>", "</AppNam>"),
    "root": GOOD.replace("QBWCXML>", "qbwcxml>").encode(),
    "namespace": spoilt("<QBWCXML>", '<QBWCXML xmlns="http://developer.intuit.com/">'),
    "attribute": spoilt("<AppName>", '<AppName lang="en">'),
    "unknown-element": with_extra("<Colour>red</Colour>"),
    "misspelt-element": with_extra("<PersonalDataPrep>pdpOptional</PersonalDataPrep>"),
    "repeated-element": with_extra("<UserName>other</UserName>"),
    "misplaced-element": with_extra("<RunEveryNMinutes>5</RunEveryNMinutes>"),
    "stray-text": with_extra("and so on"),
    "missing-element": spoilt("<QBType>QBFS</QBType>", ""),
    "empty-element": spoilt("<UserName>birch<", "<UserName> <"),
    "stray-blanks": spoilt("<UserName>birch<", "<UserName>birch\n  <"),
    "password": with_extra("<Password>hunter2</Password>"),
    "name-backslash": spoilt("Birch sync", "Birch\\sync"),
    "name-long": spoilt("Birch sync", "B" * 256),
    "description-long": spoilt("Invoices of the shop", "x" * 81),
    "no-unique-name": spoilt(UNIQUE, ""),
    "address": with_url("sync.example.com/soap"),
    "address-sign-in": with_url("https://birch:hunter2@sync.example.com/soap"),
    "app-url-ip": with_url("https://192.168.1.5/soap"),
    "support-ip": with_support("https://192.168.1.5/help"),
    "app-url-http": with_url("http://sync.example.com/soap"),
    "host-mismatch": with_support("https://www.example.com/help"),
    "support-intuit": with_support("https://help.intuit.com/help"),
    "support-sign-in": with_support("https://sync.example.com/login"),
    "support-http": with_support("http://sync.example.com/help"),
    "app-url-query": with_url("https://sync.example.com/soap?wsdl"),
    "address-fragment": with_url("https://sync.example.com/soap#top"),
    "app-url-redirect": with_url("https://sync.example.com/"),
    "app-url-port": with_url("https://sync.example.com:8443/soap"),
    "app-url-localhost": with_url("http://localhost:8000/soap"),
    "app-url-lan": with_url("https://SERVER2019/soap"),
    "cert-url": with_extra("<CertURL>https://sync.example.com/cert</CertURL>"),
    "cert-url-http": with_extra("<CertURL>http://sync.example.com/cert</CertURL>"),
    "guid-form": spoilt(FILE, "{0d4a9c1f-93a1-4c54-8a5b-7f2b8a6f3f1}"),
    "guid-braces": spoilt(FILE, FILE.strip("{}")),
    "guid-zero": spoilt(FILE, "{00000000-0000-0000-0000-000000000000}"),
    "guid-same": spoilt(FILE, OWNER.lower()),
    "guid-sample": spoilt(OWNER, "{90A44FB7-33D9-4815-AC85-AC86A7E7D1EB}"),
    "qb-type": spoilt("QBFS", "QBFs"),
    "auth-flags": with_extra("<AuthFlags>0x10</AuthFlags>"),
    "auth-flags-decimal": with_extra("<AuthFlags>15</AuthFlags>"),
    "auth-flags-narrow": with_extra("<AuthFlags>0x8</AuthFlags>"),
    "auth-flags-pos": spoilt("<QBType>QBFS<", "<AuthFlags>0xF</AuthFlags><QBType>QBPOS<"),
    "read-only": with_extra("<IsReadOnly>true</IsReadOnly>"),
    "boolean": with_extra("<Notify>Yes</Notify>"),
    "personal-data": with_extra("<PersonalDataPref>no</PersonalDataPref>"),
    "unattended": with_extra("<UnattendedModePref>umpNever</UnattendedModePref>"),
    "style": with_extra("<Style>Wrapped</Style>"),
    "style-other": with_extra("<Style>RPC</Style>"),
    "no-schedule": spoilt(SCHEDULER, ""),
    "schedule-empty": spoilt(MINUTES, ""),
    "two-schedules": spoilt(MINUTES, f"<RunEveryNSeconds>5</RunEveryNSeconds>{MINUTES}"),
    "schedule-number": spoilt(">30<", ">0<"),
    "schedule-seconds": spoilt(MINUTES, "<RunEveryNSeconds>5</RunEveryNSeconds>"),
    "schedule-rare": spoilt(">30<", ">1441<"),
}


def rules_of(raw: bytes) -> list[str]:
    return [finding.rule for finding in lint(raw).findings]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_of_the_table_can_fire(rule: object) -> None:
    rule_id = rule.id  # type: ignore[attr-defined]
    found = [finding for finding in lint(BREAKING[rule_id]).findings if finding.rule == rule_id]
    assert found, f"{rule_id} does not fire"
    assert all((finding.what, finding.why, finding.fix) > ("", "", "") for finding in found)


def test_every_rule_stands_in_the_table_once_and_says_where_it_is_written() -> None:
    assert len(BY_ID) == len(RULES)
    assert set(BREAKING) == set(BY_ID)
    assert all(rule.source.startswith(("sheet", "guide", "ours")) for rule in RULES)


def test_a_good_file_of_another_server_breaks_nothing() -> None:
    assert lint(GOOD.encode()).findings == ()


@settings(max_examples=60, deadline=None)
@given(
    name=st.text(min_size=1, max_size=60),
    username=st.text(min_size=1, max_size=40),
    minutes=st.integers(1, 1440),
    guids=st.tuples(st.uuids(), st.uuids()),
    unattended=st.sampled_from(("umpOptional", "umpRequired")),
    personal=st.sampled_from(("pdpNotNeeded", "pdpOptional", "pdpRequired")),
    flags=st.sampled_from((None, 0, 0xF)),
)
def test_what_we_write_ourselves_breaks_nothing(
    name: str, username: str, minutes: int, guids: tuple[UUID, UUID], unattended: str, personal: str, flags: int | None
) -> None:
    file = replace(
        OURS,
        app_name=name,
        username=username,
        run_every_minutes=minutes,
        owner_id=guids[0],
        file_id=guids[1],
        unattended=unattended,
        personal_data=personal,
        auth_flags=flags,
    )
    try:
        document = render(file)
    except BadConnection:
        return
    assert lint(document).findings == ()


def test_what_was_read_is_told() -> None:
    facts = lint(render(OURS)).facts

    assert facts["AppName"] == "Tieout - Müller & Söhne"
    assert facts["AppURL"] == "https://books.example.com/api/qbwc"
    assert facts["Scheduler"] == "RunEveryNMinutes 15"


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (with_url("http://sync.example.com/soap"), 5),
        (b"\n\n" + with_url("http://sync.example.com/soap"), 7),
        (spoilt("<AppID></AppID>", "<AppID></AppId>"), 4),
        (spoilt("Invoices of", "Invoices & bills of"), 6),
    ],
)
def test_findings_name_the_line_of_the_file(raw: bytes, line: int) -> None:
    findings = lint(raw).findings
    assert line in [finding.line for finding in findings if finding.severity is Severity.ERROR]


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-8"])
def test_every_usual_encoding_is_read(codec: str) -> None:
    assert lint(GOOD.replace("birch", "müller").encode(codec)).findings == ()


def test_windows_1252_is_read_when_the_file_says_so() -> None:
    text = GOOD.replace('"1.0"', '"1.0" encoding="windows-1252"').replace("birch", "müller")
    assert lint(text.encode("cp1252")).facts["UserName"] == "müller"


def test_a_bare_ampersand_does_not_hide_the_other_findings() -> None:
    raw = spoilt("Birch &amp; Sons", "Birch & Sons").replace(b"https://sync.example.com/help", b"https://10.0.0.1/")
    assert {"unescaped-ampersand", "support-ip"} <= set(rules_of(raw))


def test_errors_come_first() -> None:
    raw = with_extra("<Style>RPC</Style><Colour/>").replace(b"https://sync.example.com/help", b"https://10.0.0.1/")
    severities = [finding.severity for finding in lint(raw).findings]
    assert severities == sorted(severities, reverse=True)
    assert severities[0] is Severity.ERROR


@pytest.mark.parametrize(
    "raw",
    [
        with_extra("<Password>hunter2</Password>"),
        with_url("https://birch:hunter2@sync.example.com/soap"),
        with_url("https://sync.example.com/soap?key=hunter2"),
        with_url("ftp://birch:hunter2@sync.example.com/soap"),
        with_extra("<DBPwd>hunter2</DBPwd>"),
    ],
)
def test_a_secret_in_the_file_is_not_repeated(raw: bytes) -> None:
    report = lint(raw)
    assert report.findings
    assert "hunter2" not in repr(report)


def test_an_entity_bomb_is_refused_and_not_expanded() -> None:
    bomb = '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1 or chr(0)};".replace(chr(0), "") * 10}">' for n in range(1, 9)
    )
    raw = f"{bomb}]><QBWCXML><AppName>&a8;</AppName></QBWCXML>".encode()
    assert rules_of(raw) == ["doctype"]


def test_a_doctype_in_a_comment_is_no_doctype() -> None:
    assert rules_of(spoilt("<QBWCXML>", "<QBWCXML><!-- <!DOCTYPE x> -->")) == []


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300), st.text(max_size=300).map(lambda text: f"<QBWCXML>{text}".encode("utf-8", "ignore"))
    )
)
def test_no_bytes_make_it_fail(raw: bytes) -> None:
    assert lint(raw).findings


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_no_damage_to_a_file_makes_it_fail(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(start, min(len(GOOD), start + 40)))
    put = data.draw(st.text("<>&;\"'!-[]/ aX\x00é{}", max_size=12))
    report = lint((GOOD[:start] + put + GOOD[end:]).encode())
    assert all(finding.what and finding.fix for finding in report.findings)


def test_a_file_of_nonsense_costs_a_number_of_steps_that_grows_with_its_size_only() -> None:
    assert steps(2_000) < 2.5 * steps(1_000)
    assert len(lint(nonsense(2_000)).findings) < 100


def nonsense(count: int) -> bytes:
    return (
        "<QBWCXML>" + "".join(f"<Appe{n % 10}Nam>x</Appe{n % 10}Nam>" for n in range(count)) + "</QBWCXML>"
    ).encode()


def steps(count: int) -> int:
    """Calls made while linting, counted and not timed."""
    made = 0

    def count_one(*_: object) -> None:
        nonlocal made
        made += 1

    sys.setprofile(count_one)
    try:
        lint(nonsense(count))
    finally:
        sys.setprofile(None)
    return made
