"""Answers as QuickBooks really writes them: every status, missing fields, unknown elements, odd characters."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbwc.qbxml import responses
from qbwc.tests.reference import sample


def answer_with(messages: str, attributes: str = "") -> str:
    return f'<?xml version="1.0" ?>\n<QBXML>\n<QBXMLMsgsRs{attributes}>\n{messages}\n</QBXMLMsgsRs>\n</QBXML>\n'


def only_response(messages: str) -> responses.Response:
    (response,) = responses.parse_answer(answer_with(messages)).responses
    return response


OK = 'statusCode="0" statusSeverity="Info" statusMessage="Status OK"'


def test_every_message_is_read_with_its_own_status() -> None:
    answer = responses.parse_answer(
        answer_with(
            f'<!-- c --><AQueryRs requestID="a" {OK} retCount="2"/>'
            f'<BQueryRs requestID="b" {OK} iteratorRemainingCount="7" iteratorID="{{x}}"><BRet/></BQueryRs>'
            '<CAddRs statusCode="3100" statusSeverity="Error" statusMessage="&quot;x&quot; is in use"/>'
        )
    )
    a, b, c = answer.responses
    assert (a.name, a.request_id, a.retained_count, a.iterator_remaining) == ("AQueryRs", "a", 2, None)
    assert (b.iterator_remaining, b.iterator_id, b.element[0].tag) == (7, "{x}", "BRet")
    assert (c.status_code, c.severity, c.message, c.request_id) == (3100, "Error", '"x" is in use', "")
    assert [response.is_error for response in answer.responses] == [False, False, True]
    assert answer.by_request_id("b") is b
    assert answer.by_request_id("z") is None
    assert answer.message_set_status_code is None


def test_the_recovery_status_of_a_set_is_read() -> None:
    answer = responses.parse_answer(answer_with("", ' newMessageSetID="m" messageSetStatusCode="600"'))
    assert answer == responses.Answer(600, ())


@pytest.mark.parametrize(("code", "is_error"), [(0, False), (1, False), (500, False), (999, False), (1000, True)])
def test_errors_begin_at_1000(code: int, is_error: bool) -> None:
    assert only_response(f'<XRs statusCode="{code}" statusSeverity="x"/>').is_error is is_error


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "QBPOS does not support these queries.",
        "<QBXML>",
        "<QBXML/>",
        "<html><QBXMLMsgsRs/></html>",
        "<QBXML><QBXMLMsgsRs><XRs/></QBXMLMsgsRs></QBXML>",
        '<QBXML><QBXMLMsgsRs><XRs statusCode="many"/></QBXMLMsgsRs></QBXML>',
        '<!DOCTYPE QBXML [<!ENTITY a "b">]><QBXML><QBXMLMsgsRs/></QBXML>',
        "<QBXML><QBXMLMsgsRs>&undefined;</QBXMLMsgsRs></QBXML>",
    ],
)
def test_what_is_no_answer_is_refused(text: str) -> None:
    with pytest.raises(responses.MalformedAnswer):
        responses.parse_answer(text)


@given(st.text(max_size=200))
def test_arbitrary_text_is_refused_in_words(text: str) -> None:
    with pytest.raises(responses.MalformedAnswer):
        responses.parse_answer(text)
    assert responses.read_host_facts(text) is None


def test_the_declared_encoding_is_not_believed_because_the_text_is_decoded_already() -> None:
    declaration = '<?xml version="1.0" encoding="ISO-8859-1"?>'
    text = answer_with('<XRs statusCode="0" statusMessage="é’\x19&#146;&#0;"/>').replace(
        '<?xml version="1.0" ?>', declaration
    )
    (response,) = responses.parse_answer("\ufeff\n" + text).responses
    assert response.message == "é’’"


def test_point_of_sale_answers_are_read_too() -> None:
    text = answer_with(f"<XRs {OK}/>").replace("QBXML", "QBPOSXML")
    assert responses.parse_answer(text).responses[0].name == "XRs"


ACCOUNT = """<AccountQueryRs statusCode="0"><AccountRet><ListID>1-2</ListID><Name>Gas  station</Name>
<FullName>Auto:Gas  station</FullName><IsActive>false</IsActive>
<ParentRef><ListID>1-1</ListID><FullName>Auto</FullName></ParentRef><Sublevel>1</Sublevel>
<AccountType>Expense</AccountType><SpecialAccountType>PayrollExpenses</SpecialAccountType>
<AccountNumber>60210</AccountNumber><Balance>0.00</Balance><SomethingNew>x</SomethingNew></AccountRet></AccountQueryRs>"""


def test_an_account_is_read_with_its_spaces_and_parent() -> None:
    assert responses.read_accounts(only_response(ACCOUNT)) == (
        responses.AccountRet(
            list_id="1-2",
            name="Gas  station",
            full_name="Auto:Gas  station",
            number="60210",
            account_type="Expense",
            special_type="PayrollExpenses",
            is_active=False,
            parent_list_id="1-1",
        ),
    )


def test_an_account_may_lack_what_is_optional_but_not_its_identity() -> None:
    bare = (
        '<XRs statusCode="0"><AccountRet><ListID>1</ListID><FullName>A:B</FullName>'
        "<AccountType>Bank</AccountType></AccountRet></XRs>"
    )
    (account,) = responses.read_accounts(only_response(bare))
    assert account == responses.AccountRet("1", "B", "A:B", "", "Bank", "", True, "")
    for missing in ("ListID", "FullName", "AccountType"):
        with pytest.raises(responses.MalformedAnswer, match=missing):
            responses.read_accounts(only_response(bare.replace(f"<{missing}>", "<X>").replace(f"</{missing}>", "</X>")))


def test_an_employee_is_read_with_whatever_dates_there_are() -> None:
    text = (
        '<EmployeeQueryRs statusCode="0"><EmployeeRet><ListID>e-1</ListID>'
        "<TimeCreated>2019-01-31T23:59:00-08:00</TimeCreated><TimeModified>2026-01-15T10:11:12-08:00</TimeModified>"
        "<IsActive>false</IsActive><EmployeeType>Officer</EmployeeType><HiredDate>2019-03-04</HiredDate>"
        "<ReleasedDate>2025-09-12</ReleasedDate></EmployeeRet>"
        "<EmployeeRet><ListID>e-2</ListID></EmployeeRet></EmployeeQueryRs>"
    )
    assert responses.read_employees(only_response(text)) == (
        responses.EmployeeRet(
            list_id="e-1",
            is_active=False,
            employee_type="Officer",
            hired_date=date(2019, 3, 4),
            released_date=date(2025, 9, 12),
            created_date=date(2019, 1, 31),
            modified_date=date(2026, 1, 15),
        ),
        responses.EmployeeRet("e-2", True, "Regular", None, None, None, None),
    )
    with pytest.raises(responses.MalformedAnswer, match="HiredDate of EmployeeRet"):
        responses.read_employees(only_response(text.replace("2019-03-04", "03/04/2019")))
    with pytest.raises(responses.MalformedAnswer, match="IsActive of EmployeeRet"):
        responses.read_employees(only_response(text.replace("false", "perhaps")))


def test_a_real_chart_of_accounts_is_read_whole() -> None:
    (response,) = responses.parse_answer(sample("REAL_account_query_rockcastle.xml")).responses
    accounts = {account.full_name: account for account in responses.read_accounts(response)}
    assert len(accounts) == 116
    vehicles, cost = accounts["Vehicles"], accounts["Vehicles:Original Cost"]
    assert (cost.name, cost.account_type, cost.parent_list_id) == ("Original Cost", "FixedAsset", vehicles.list_id)
    assert accounts["Checking"].number == "10100"


def test_a_real_employee_with_payroll_elements_unknown_to_the_schema_is_read() -> None:
    (response,) = responses.parse_answer(sample("REAL_employee_query_extra_payroll_elements.xml")).responses
    (employee,) = responses.read_employees(response)
    assert employee == responses.EmployeeRet("1111111-111111111", True, "Regular", None, None, None, None)


@pytest.mark.parametrize(
    ("name", "code", "severity", "words"),
    [
        ("REAL_customer_query_error_3120.xml", 3120, "Error", "cannot be found"),
        ("REAL_customer_query_warn_500.xml", 500, "Warn", '"bleech"'),
        ("REAL_customer_add_error_3180_list_modified.xml", 3180, "Error", "modified by another user"),
    ],
)
def test_real_errors_keep_quickbooks_own_words(name: str, code: int, severity: str, words: str) -> None:
    (response,) = responses.parse_answer(sample(name)).responses
    assert (response.status_code, response.severity) == (code, severity)
    assert words in response.message
    assert response.is_error is (code >= 1000)


def test_a_real_iterator_page_tells_that_it_is_the_last() -> None:
    (response,) = responses.parse_answer(sample("REAL_invoice_query_iterator_last_page.xml")).responses
    assert response.iterator_remaining == 0
    assert response.iterator_id == "{6fcbb18b-68cf-4adb-bf40-164ac0bb4ec0}"
