"""Answers of any size: judged without a tree, kept without a copy, and above the limit refused with the reason."""

from __future__ import annotations

import tracemalloc

import pytest
from django.test import Client

from qbwc import payloads
from qbwc.models import Exchange, Job
from qbwc.purposes import Delivered
from qbwc.qbxml import responses, statuses
from qbwc.tests.conversation import Connector, a_company_file, hcp, plan, reading_into

ROWS = "<InvoiceRet><TxnID>1A2B-17</TxnID><Memo>Monthly services &amp; more</Memo></InvoiceRet>\n"
ANSWER = (
    '<?xml version="1.0" encoding="utf-16"?>\n<QBXML>\n<QBXMLMsgsRs messageSetStatusCode="0">\n'
    '<InvoiceQueryRs requestID="1-0" statusCode="0" statusSeverity="Info" statusMessage="It&#146;s OK" retCount="2" '
    'iteratorRemainingCount="3" iteratorID="{x}">%s</InvoiceQueryRs>\n'
    '<HostQueryRs requestID="1-1" statusCode="1" statusSeverity="Warn" statusMessage="none"/></QBXMLMsgsRs></QBXML>\n'
)


def test_the_statuses_are_those_of_the_whole_answer() -> None:
    found = statuses.read_statuses(ANSWER % (ROWS * 2))
    whole = responses.parse_answer(ANSWER % (ROWS * 2))
    assert found.message_set_status_code == whole.message_set_status_code == 0
    assert [(one.name, one.message, one.iterator_id, one.is_error) for one in found.responses] == [
        ("InvoiceQueryRs", "It’s OK", "{x}", False),
        ("HostQueryRs", "none", "", False),
    ]
    for one, other in zip(found.responses, whole.responses, strict=True):
        assert all(getattr(one, name) == getattr(other, name) for name in one.__dataclass_fields__)


@pytest.mark.parametrize("filler", ["\x1f", "&#31;", "&#x19;", "\ud800", "&#146;", "\x92"])
def test_characters_that_xml_forbids_do_not_hide_the_statuses(filler: str) -> None:
    for before in (0, 1, 65_000, 65_535):
        text = ANSWER % f"<Memo>{'x' * before}{filler * 3}</Memo>"
        assert [one.status_code for one in statuses.read_statuses(text).responses] == [0, 1]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not well-formed"),
        ("  \ufeff", "not well-formed"),
        ("Point of Sale says hello", "not well-formed"),
        ("<QBXML><QBXMLMsgsRs>", "not well-formed"),
        ("<QBXML/>", "without QBXMLMsgsRs"),
        ("<html><QBXMLMsgsRs/></html>", "html document"),
        ("<?a b?> <!-- <QBXML> --><!DOCTYPE QBXML><QBXML/>", "DOCTYPE"),
        (ANSWER.replace('statusCode="0"', 'statusCode="zero"') % "", "not a number"),
        (ANSWER % "&nbsp;", "not well-formed"),
        (ANSWER % "</InvoiceQueryRs>", "not well-formed"),
    ],
)
def test_what_is_not_an_answer_is_refused_in_words(text: str, why: str) -> None:
    for read in (statuses.read_statuses, responses.parse_answer):
        with pytest.raises(statuses.MalformedAnswer, match=why if read is statuses.read_statuses else "The answer|Rs"):
            read(text)


FALSE_FRIENDS = [
    '<!-- <XRs statusCode="9"/> -->',
    '<Memo><![CDATA[<XRs statusCode="9"/>]]></Memo>',
    '<?note <XRs statusCode="9"/> ?>',
    "<Memo>statusCode=9 and statusCode=&quot;9&quot;</Memo>",
    '<Memo about="statusCode &gt; 9 > statusCode" of=\'"statusCode="9"\'>statusCode</Memo>',
    "<statusCode>9</statusCode>",
    "<Memo>" + "statusCode " * 20_000 + "</Memo>",
    "<!-- " + "<" * 1_000 + " --><![CDATA[ ]]>",
]


@pytest.mark.parametrize("data", FALSE_FRIENDS)
def test_what_only_looks_like_a_status_is_none(data: str) -> None:
    text = ANSWER % data
    assert [one.status_code for one in statuses.read_statuses(text).responses] == [0, 1]
    assert [one.status_code for one in responses.parse_answer(text).responses] == [0, 1]


@pytest.mark.parametrize(
    "tag",
    [
        "<XRs statusCode='3120' statusSeverity='Error'/>",
        '<XRs\n  requestID = "1-0"\n\tstatusCode\n=\n"3120" statusSeverity="Error" ></XRs>',
        '<XRs statusMessage="&lt;b&gt; &#38; &quot;c&quot; > d\ne" statusCode="3120" statusSeverity="Error"></XRs >',
        '<XRs statusSeverity="Error" statusMessage="statusCode" statusCode="&#51;120"/>',
    ],
)
def test_a_status_reads_as_xml_reads_it_however_it_is_written(tag: str) -> None:
    text = f"<QBXML ><QBXMLMsgsRs\n messageSetStatusCode = '600' >{tag}</QBXMLMsgsRs></QBXML>"
    (one,), (other,) = statuses.read_statuses(text).responses, responses.parse_answer(text).responses
    assert all(getattr(one, name) == getattr(other, name) for name in one.__dataclass_fields__)
    assert (one.name, one.status_code, one.severity) == ("XRs", 3120, "Error")
    assert statuses.read_statuses(text).message_set_status_code == 600


def test_many_comments_before_the_root_cost_no_time() -> None:
    with pytest.raises(statuses.MalformedAnswer):
        statuses.read_statuses("<!-- -->" * 5_000 + "<QBXML/>")


def test_reading_the_statuses_of_a_large_answer_keeps_none_of_it() -> None:
    text = ANSWER % (ROWS * 100_000)
    tracemalloc.start()
    statuses.read_statuses(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(text) > 8_000_000
    assert peak < 1_000_000


@pytest.mark.django_db
def test_a_large_text_is_packed_without_a_second_copy_and_comes_back_whole() -> None:
    text = ANSWER % (ROWS * 100_000) + "\ud800’"
    tracemalloc.start()
    payload = payloads.store(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < len(text) // 2
    payload.refresh_from_db()
    assert payloads.text_of(payload) == text
    assert payload.size == len(text.encode("utf-8", "surrogatepass"))


@pytest.mark.django_db(transaction=True)
def test_an_answer_is_read_from_the_database_only_when_its_purpose_wants_it(
    django_assert_num_queries: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payloads, "text_of", lambda payload: pytest.fail("nobody asked for the text"))
    plan(a_company_file(), "one")
    delivered: list[Delivered] = []
    with reading_into(delivered, "one"):
        connector = Connector()
        connector.authenticate()
        connector.answer(connector.send(hcp()))
    assert [one.failure for one in delivered] == [""]
    monkeypatch.undo()
    assert delivered[0].text.startswith("<?xml")


@pytest.fixture
def one_megabyte(settings: object) -> None:
    settings.MAX_QBXML_SIZE_MB = 1  # type: ignore[attr-defined]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("one_megabyte")
@pytest.mark.parametrize(("is_write", "state"), [(False, "failed"), (True, "outcome_unknown")])
def test_an_answer_over_the_limit_ends_its_job_and_says_why(is_write: bool, state: str) -> None:
    plan(a_company_file(), "one")
    delivered: list[Delivered] = []
    with reading_into(delivered, "one", is_write=is_write):
        connector = Connector(Client())
        connector.authenticate()
        connector.send(hcp())
        assert connector.receive("<a/>" * 300_000) == -1
        assert connector.receive("<a/>" * 300_000) == -1  # a proxy's retry
        assert "has 2 MB, more than the 1 MB" in connector.text("getLastError")
        assert connector.send() == ""
        assert "MAX_QBXML_SIZE_MB" in connector.text("closeConnection")
        assert connector.authenticate() == "none"
    job, exchange = Job.objects.get(), Exchange.objects.get()
    assert (job.state, exchange.reply, exchange.response_payload) == (state, -1, None)
    assert [one.failure == job.failure for one in delivered] == [True]
    assert "MAX_QBXML_SIZE_MB" in job.failure


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("one_megabyte")
def test_an_answer_over_the_limit_under_an_unknown_ticket_is_refused() -> None:
    assert Connector(ticket="nobody").receive("x" * 1_100_000) == -1
