"""The caller gets QuickBooks' answer with their own requestIDs, and otherwise to the byte as it came."""

from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from passthrough.requests import give_back_ids
from qbwc.tests.reference import sample

ANSWER = (
    '<?xml version="1.0" ?>\n<QBXML>\n<QBXMLMsgsRs>\n'
    '<CustomerQueryRs requestID="7-0" statusCode="0" statusSeverity="Info" statusMessage="Status OK">\n'
    "<CustomerRet><Name>B&#233;la &amp; Co</Name><Notes>requestID=&quot;7-0&quot;</Notes></CustomerRet>\n"
    "</CustomerQueryRs>\n<CustomerAddRs statusCode='3100' requestID='7-1' statusSeverity='Error' />\n"
    "</QBXMLMsgsRs>\n</QBXML>\n"
)


def test_the_callers_ids_stand_where_ours_stood() -> None:
    found = give_back_ids(ANSWER, ("7-0", "7-1"), ("first", "second"))
    assert found == ANSWER.replace('requestID="7-0" ', 'requestID="first" ').replace("'7-1'", '"second"')


def test_ours_disappear_where_the_caller_had_none() -> None:
    found = give_back_ids(ANSWER, ("7-0", "7-1"), ("", ""))
    assert found == ANSWER.replace(' requestID="7-0"', "").replace(" requestID='7-1'", "")


def test_an_id_that_is_not_ours_stays() -> None:
    assert give_back_ids(ANSWER, ("8-0",), ("first",)) == ANSWER


def test_two_requests_may_have_had_the_same_id_and_swapped_ones_do_not_mix() -> None:
    assert give_back_ids(ANSWER, ("7-0", "7-1"), ("x", "x")).count('requestID="x"') == 2
    swapped = give_back_ids(ANSWER, ("7-0", "7-1"), ("7-1", "7-0"))
    assert swapped.index('"7-1"') < swapped.index('"7-0"')


@pytest.mark.parametrize(
    "text",
    [
        '<!-- <ARs requestID="7-0"/> -->',
        '<![CDATA[<ARs requestID="7-0"/>]]>',
        '<Refs requestID="7-0"/>',
        '<ARs note="requestID=" statusMessage="a > b, requestID=\'7-0\'"/>',
        '<ARsx requestID="7-0"/>',
        '&lt;ARs requestID="7-0"/&gt;',
    ],
)
def test_what_only_looks_like_an_id_stays(text: str) -> None:
    assert give_back_ids(f"<QBXML>{text}</QBXML>", ("7-0",), ("mine",)) == f"<QBXML>{text}</QBXML>"


def test_a_greater_sign_in_the_message_before_it_does_not_hide_an_id() -> None:
    text = '<ARs statusMessage="1 > 0"\n requestID = "7-0"/>'
    assert give_back_ids(text, ("7-0",), ("mine",)) == '<ARs statusMessage="1 > 0"\n requestID="mine"/>'


@pytest.mark.parametrize("text", ["<!--" * 50_000, "<![CDATA[" * 50_000, "<ARs " * 50_000, "<ARs a='" * 50_000])
def test_an_answer_that_is_cut_off_or_hostile_takes_no_time_and_stays(text: str) -> None:
    start = thread_time()
    assert give_back_ids(text, ("7-0",), ("mine",)) == text
    assert thread_time() - start < 2


def test_an_id_before_a_comment_that_never_ends_is_given_back() -> None:
    assert give_back_ids('<ARs requestID="7-0"/><!-- <ARs requestID="7-0"/>', ("7-0",), ("",)) == (
        '<ARs/><!-- <ARs requestID="7-0"/>'
    )


def test_lists_of_different_length_are_an_error_of_ours() -> None:
    with pytest.raises(ValueError, match="argument 2"):
        give_back_ids(ANSWER, ("7-0", "7-1"), ("first",))


def test_a_real_answer_keeps_every_byte_but_its_id() -> None:
    real = sample("REAL_invoice_query_iterator_last_page.xml")
    ours = etree.fromstring(real.encode())[0][0].get("requestID", "")
    assert ours
    assert give_back_ids(real, (ours,), (ours,)) == real
    assert give_back_ids(real, (ours,), ("mine",)) == real.replace(f'requestID="{ours}"', 'requestID="mine"')


@given(st.text(st.characters(codec="utf-8", min_codepoint=32, exclude_characters="\ufffe\uffff"), max_size=60))
def test_any_id_a_caller_may_have_comes_back_as_it_was(theirs: str) -> None:
    found = etree.fromstring(give_back_ids(ANSWER, ("7-0",), (theirs,)).encode())[0][0]
    assert found.get("requestID", "") == theirs
