"""Every rule of a .qwc file, once: how bad it is to break it, where it is written, why it matters, how to mend it.

`sheet` numbers are sections of the protocol notes, `guide` pages are of Intuit's Web Connector guide, `ours` is a
decision of this linter. What the sources dispute is said in the words of the rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from qbwc.qbxml.code_rows import Actor
from qwc.lint_findings import Broken, Finding, Rule, Severity

_IGNORED: Final = "The Web Connector ignores what it does not know and says nothing about it."
_NOT_READ: Final = "The Web Connector reads the file as XML and takes nothing from one that it cannot read."


def _rows(severity: Severity, actor: Actor, texts: Mapping[str, tuple[str, str, str]]) -> tuple[Rule, ...]:
    """Rules that share a severity and an actor, from id → (source, why, fix)."""
    return tuple(Rule(rule, severity, *words, actor) for rule, words in texts.items())


RULES: Final[tuple[Rule, ...]] = (
    *_rows(
        Severity.ERROR,
        Actor.ADMINISTRATOR,
        {
            "app-url-ip": (
                "sheet 8.1",
                "QBWC1001: AppURL is an IP address.",
                "Give the server a name in DNS and a certificate for it, and use that.",
            ),
            "support-ip": (
                "sheet 8.1",
                "QBWC1002: AppSupport is an IP address.",
                "Use the same host name as in AppURL.",
            ),
            "app-url-http": (
                "sheet 8.1",
                "QBWC1010 (some versions QBWC1051): AppURL is not https. http works only for localhost.",
                "Serve AppURL by https.",
            ),
        },
    ),
    *_rows(
        Severity.ERROR,
        Actor.DEVELOPER,
        {
            "too-large": (
                "ours",
                "A .qwc file has one or two kilobytes. This is something else.",
                "Choose the .qwc file itself.",
            ),
            "empty": ("sheet 5", _NOT_READ, "Download the .qwc file again."),
            "encoding": ("ours", _NOT_READ, 'Save the file as UTF-8, and say encoding="utf-8" in its first line.'),
            "text-before-declaration": (
                "sheet 5",
                "Nothing, not even a blank line, may stand before <?xml.",
                "Delete everything before <?xml.",
            ),
            "doctype": (
                "sheet 2.3",
                "A DOCTYPE is refused by .NET's reader, and could read files of the PC.",
                "Delete the DOCTYPE; a .qwc file needs none.",
            ),
            "unescaped-ampersand": (
                "sheet 5",
                "A bare & is not XML, so the whole file cannot be read.",
                "Write &amp; where an & is meant, in names and in addresses alike.",
            ),
            "malformed": ("sheet 5", _NOT_READ, "Correct the line, or make the file again with a program."),
            "root": (
                "sheet 5",
                "The Web Connector looks for <QBWCXML>, in capitals.",
                "Put all elements into <QBWCXML>…</QBWCXML>.",
            ),
            "namespace": (
                "sheet 5",
                "The elements of a .qwc file are in no namespace; in one they are not found.",
                "Delete xmlns and prefixes.",
            ),
            "missing-element": (
                "sheet 5.1, 8.1",
                "QBWC1039: elements are missing. (Newer versions show this code for a repeated OwnerID and FileID"
                " too.)",
                "Add the element.",
            ),
            "empty-element": ("sheet 5.1", "The element is required, and empty it says nothing.", "Fill it in."),
            "password": (
                "sheet 5",
                "A .qwc file has no password, on purpose: files get mailed around. It is ignored.",
                "Delete it and change the password; the bookkeeper types it into the Web Connector.",
            ),
            "name-backslash": (
                "sheet 5.1",
                "Windows keeps the application as a registry key under this name, which cannot hold a backslash.",
                "Take the backslash out.",
            ),
            "name-long": (
                "sheet 5.1, Windows",
                "Windows keeps the application as a registry key under this name; a key has at most 255 characters.",
                "Shorten the name, best to fewer than 60 characters.",
            ),
            "address": (
                "sheet 5.1",
                "The Web Connector cannot call what is not an http or https address.",
                "Write the whole address, like https://books.example.com/api/qbwc.",
            ),
            "address-sign-in": (
                "sheet 2.2",
                "The Web Connector sends no user name with an address, and the file shows it to everybody.",
                "Take the user name and the password out of the address.",
            ),
            "host-mismatch": (
                "sheet 8.1",
                "QBWC1000: AppURL and AppSupport are on different hosts.",
                "Use a support page on the host of AppURL.",
            ),
            "support-intuit": (
                "guide p35",
                "AppSupport must not be a site of Intuit.",
                "Use a page of your own, on the host of AppURL.",
            ),
            "guid-form": (
                "sheet 5.2",
                "It must be a GUID: 8-4-4-4-12 hexadecimal digits in braces.",
                "Make one with a program, like {6b1f3c5e-4c0d-4f0e-9a55-2d1d7e0c9b7a}.",
            ),
            "guid-braces": ("guide p36", "A GUID in a .qwc file wears braces.", "Write it as {…}."),
            "guid-zero": ("sheet 8.1", "QBWC1039: a GUID of zeros belongs to nobody.", "Make real ones."),
            "guid-same": (
                "sheet 8.1",
                "QBWC1039: OwnerID names the application and FileID the company file; as a pair they must be unique.",
                "Keep OwnerID and make a FileID of its own for each company file.",
            ),
            "qb-type": ("sheet 8.1", "QBWC1065: QBType is unknown.", "Write QBFS, or QBPOS for Point of Sale."),
            "auth-flags": (
                "sheet 8.1",
                "QBWC1034: AuthFlags cannot be set.",
                "Leave AuthFlags out, or write 0x0 to 0xF: Simple Start 0x1, Pro 0x2, Premier 0x4, Enterprise "
                "0x8, added up.",
            ),
            "read-only": (
                "sheet 5.3",
                "QBWC1080 in the field: with true, FileID cannot be stored in the company file. (The guide "
                "explains the value the other way round.) The Web Connector itself writes at each run.",
                "Leave IsReadOnly out; keep to reading on the server.",
            ),
            "personal-data": (
                "guide p37",
                "Only pdpNotNeeded, pdpOptional and pdpRequired are known.",
                "Write one of them, or leave PersonalDataPref out.",
            ),
            "unattended": (
                "guide p38",
                "Only umpRequired and umpOptional are known.",
                "Write one of them, or leave UnattendedModePref out.",
            ),
            "style": ("guide p38", "Only Document, DocWrapped and RPC are known.", "Leave Style out."),
            "schedule-number": ("guide p37", "The interval must be a whole number of 1 or more.", "Write one."),
        },
    ),
    *_rows(
        Severity.WARNING,
        Actor.DEVELOPER,
        {
            "unknown-element": ("sheet 5.1", _IGNORED, "Delete it, or look up how it is spelt."),
            "misspelt-element": ("sheet 5", "Names are case-sensitive. " + _IGNORED, "Correct the name."),
            "repeated-element": (
                "sheet 5.1",
                "Which of the two is taken is not written anywhere.",
                "Keep one of them.",
            ),
            "misplaced-element": (
                "sheet 5.1",
                "It is looked for in another place. " + _IGNORED,
                "RunEveryNMinutes and RunEveryNSeconds stand in <Scheduler>, everything else directly in <QBWCXML>.",
            ),
            "stray-blanks": (
                "ours",
                "Blanks and line ends around a value may be taken as a part of it.",
                "Put the value between its tags without blanks or line ends.",
            ),
            "description-long": (
                "guide p35",
                "The guide advises at most 80 characters; the window cuts longer ones.",
                "Shorten AppDescription.",
            ),
            "support-sign-in": (
                "sheet 2.5",
                "QBWC1003: the support page must answer 200 without a sign-in, and this address looks like a page"
                " that asks for one.",
                "Use a public page.",
            ),
            "app-url-query": (
                "sheet 2.2",
                "The Web Connector posts to AppURL exactly as written, with the query; ?wsdl asks many servers "
                "for a description instead.",
                "Leave the query out, if the server works without.",
            ),
            "address-fragment": ("ours", "What follows # is never sent to a server.", "Delete it."),
            "app-url-redirect": (
                "sheet 2.2",
                "Calls follow no redirect (to a sign-in page, to www, from http or to a final slash), and the "
                "front page of a site is often one.",
                "Write the address that answers itself.",
            ),
            "cert-url-http": ("sheet 5.1", "An http address has no certificate to check.", "Use https."),
            "guid-sample": (
                "sheet 5.2",
                "QBWC1026 or QBWC1039: this GUID stands in Intuit's examples, and has been copied into many "
                "applications.",
                "Make your own.",
            ),
            "auth-flags-decimal": (
                "guide p36",
                "The guide wants hexadecimal text; whether a number without 0x is read as decimal is not written "
                "anywhere.",
                "Write it with 0x in front.",
            ),
            "auth-flags-pos": ("guide p36", "AuthFlags is for QBFS only.", "Delete it."),
            "boolean": (
                "guide p36",
                "Only true and false are known, in small letters; anything else counts as false.",
                "Write true or false.",
            ),
            "schedule-empty": (
                "guide p37",
                "Scheduler needs RunEveryNMinutes or RunEveryNSeconds.",
                "Add one of them, or delete Scheduler.",
            ),
            "two-schedules": (
                "guide p37, p39",
                "The first in the file wins and the other is ignored.",
                "Keep one of them.",
            ),
        },
    ),
    *_rows(
        Severity.NOTE,
        Actor.ADMINISTRATOR,
        {
            "app-url-port": (
                "ours",
                "A port other than 443 is closed in many offices' firewalls.",
                "Use 443, or open the port on the way from the QuickBooks PC.",
            ),
        },
    ),
    *_rows(
        Severity.NOTE,
        Actor.DEVELOPER,
        {
            "attribute": ("sheet 5.1", _IGNORED, "Write the value between the tags, or delete the attribute."),
            "stray-text": ("sheet 5.1", _IGNORED, "Delete the text between the elements."),
            "no-unique-name": (
                "guide p8, p35",
                "Without AppUniqueName, adding the file again asks whether to replace or to clone, and a clone is"
                " an application that nobody wanted.",
                "Add <AppUniqueName> with the AppName.",
            ),
            "support-http": (
                "guide p35",
                "Allowed, if the page answers 200 or 202 itself (QBWC1003).",
                "Use https if the server has it.",
            ),
            "app-url-localhost": (
                "sheet 8.1",
                "QBWC1035: localhost is the PC itself, so the server must run there. For anybody else this file "
                "cannot work.",
                "Use the server's public name in files for others.",
            ),
            "app-url-lan": (
                "guide p35",
                "A name without a dot is known in the local network only. The guide allows it for tests.",
                "Use a full host name if the PC may be elsewhere.",
            ),
            "cert-url": (
                "sheet 2.5",
                "QBWC1048: this address must answer a plain GET without sign-in, with a certificate that Windows "
                "trusts; AppURL's own is not checked then.",
                "Leave CertURL out if AppURL answers GET.",
            ),
            "auth-flags-narrow": (
                "guide p36",
                "QuickBooks editions that it leaves out cannot connect.",
                "Leave AuthFlags out unless that is meant.",
            ),
            "style-other": (
                "guide p38",
                "The server must answer in this style; most are made for Document.",
                "Leave Style out unless the server was made for it.",
            ),
            "no-schedule": (
                "sheet 4.5",
                "Updates run by hand until somebody types an interval into the Web Connector.",
                "Add <Scheduler><RunEveryNMinutes>15</RunEveryNMinutes></Scheduler>.",
            ),
            "schedule-seconds": (
                "guide p39",
                "Once somebody changes the interval in the Web Connector, which knows whole minutes only, seconds"
                " come back only by removing and adding the application.",
                "Use RunEveryNMinutes unless seconds are needed.",
            ),
            "schedule-rare": (
                "ours",
                "More than a day: the computer has to be on at just that moment.",
                "Run it at least once a day.",
            ),
        },
    ),
)
BY_ID: Final[dict[str, Rule]] = {rule.id: rule for rule in RULES}


def finding_of(broken: Broken) -> Finding:
    """The broken rule with the words of its row."""
    rule = BY_ID[broken.rule]
    return Finding(rule.id, rule.severity, broken.line, broken.element, broken.what, rule.why, rule.fix, rule.actor)
