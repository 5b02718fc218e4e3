"""What a company file says of its fiscal year and currencies, asked for or brought by the Web Connector."""

import pytest

from qbwc.qbxml.company import CompanyFacts, first_fiscal_month, read_company_facts
from qbwc.qbxml.responses import MalformedAnswer
from qbwc.tests.reference import sample

ANSWER = """<?xml version="1.0" ?>
<QBXML><QBXMLMsgsRs>
<CompanyQueryRs requestID="1" statusCode="0" statusSeverity="Info" statusMessage="Status OK">
<CompanyRet><CompanyName>Caf&#233; &amp; Fils</CompanyName>
<FirstMonthFiscalYear>October</FirstMonthFiscalYear></CompanyRet>
</CompanyQueryRs>
<PreferencesQueryRs requestID="2" statusCode="0" statusSeverity="Info" statusMessage="Status OK"><PreferencesRet>
<MultiCurrencyPreferences><IsMultiCurrencyOn>true</IsMultiCurrencyOn>
<HomeCurrencyRef><ListID>80000024-1</ListID><FullName>Canadian Dollar</FullName></HomeCurrencyRef>
</MultiCurrencyPreferences></PreferencesRet></PreferencesQueryRs>
</QBXMLMsgsRs></QBXML>"""


def test_company_and_preferences_in_one_answer() -> None:
    assert read_company_facts(ANSWER) == CompanyFacts(10, True, "Canadian Dollar", "Café & Fils")


def test_one_of_the_two_alone_says_what_it_knows() -> None:
    company_only = ANSWER[: ANSWER.index("<PreferencesQueryRs")] + "</QBXMLMsgsRs></QBXML>"
    assert read_company_facts(company_only) == CompanyFacts(10, None, "", "Café & Fils")
    preferences_only = "<QBXML><QBXMLMsgsRs>" + ANSWER[ANSWER.index("<PreferencesQueryRs") :]
    assert read_company_facts(preferences_only) == CompanyFacts(None, True, "Canadian Dollar", "")


def test_a_refused_question_says_nothing() -> None:
    refused = '<QBXML><QBXMLMsgsRs><CompanyQueryRs statusCode="3260" statusSeverity="Error" /></QBXMLMsgsRs></QBXML>'
    assert read_company_facts(refused) == CompanyFacts(None, None, "", "")


def test_what_is_no_answer_is_refused() -> None:
    with pytest.raises(MalformedAnswer):
        read_company_facts("Point of Sale says nothing here")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("January", 1),
        ("july", 7),
        (" Sept ", 9),
        ("12", 12),
        ("07", 7),
        ("0", None),
        ("13", None),
        ("Ju", None),
        ("", None),
    ],
)
def test_the_month_is_a_name_or_a_number(text: str, number: int | None) -> None:
    assert first_fiscal_month(text) == number


def test_a_real_hcp_answer_is_read() -> None:
    facts = read_company_facts(sample("REAL_hcp_response_pro2014.xml"))
    assert facts == CompanyFacts(1, False, "", "myCompany")
