"""What the Web Connector tells about QuickBooks and the company file when a session starts."""

from datetime import date

import pytest

from qbwc.qbxml import responses
from qbwc.tests.reference import sample

HCP = """<?xml version="1.0" ?><QBXML><QBXMLMsgsRs>
<HostQueryRs requestID="0" statusCode="0"><HostRet><ProductName>QuickBooks Enterprise 23.0</ProductName>
<MajorVersion>33</MajorVersion><MinorVersion>0</MinorVersion><Country>US</Country>
<SupportedQBXMLVersion>9.0</SupportedQBXMLVersion><SupportedQBXMLVersion>16.0</SupportedQBXMLVersion>
<IsAutomaticLogin>true</IsAutomaticLogin><QBFileMode>MultiUser</QBFileMode></HostRet></HostQueryRs>
<CompanyQueryRs requestID="1" statusCode="0"><CompanyRet><CompanyName>R&amp;D caf&#233;</CompanyName>
<EIN>12-3456789</EIN>
<FirstMonthFiscalYear>April</FirstMonthFiscalYear>
<AccountantCopy><AccountantCopyExists>true</AccountantCopyExists></AccountantCopy>
<DataExtRet><OwnerID>{OWNER-1}</OwnerID><DataExtName>AppLock</DataExtName>
<DataExtValue>LOCKED:PC:1</DataExtValue></DataExtRet>
<DataExtRet><OwnerID>{OWNER-1}</OwnerID><DataExtName>FileID</DataExtName>
<DataExtValue>{FILE-1}</DataExtValue></DataExtRet>
<DataExtRet><OwnerID>{OWNER-2}</OwnerID><DataExtName>FileID</DataExtName>
<DataExtValue>{FILE-2}</DataExtValue></DataExtRet>
</CompanyRet></CompanyQueryRs>
<PreferencesQueryRs requestID="2" statusCode="0"><PreferencesRet>
<AccountingPreferences><IsUsingAccountNumbers>true</IsUsingAccountNumbers>
<ClosingDate>2024-12-31</ClosingDate></AccountingPreferences>
<MultiCurrencyPreferences><IsMultiCurrencyOn>true</IsMultiCurrencyOn>
<HomeCurrencyRef><ListID>1</ListID><FullName>Canadian Dollar</FullName></HomeCurrencyRef></MultiCurrencyPreferences>
<ReportsPreferences><SummaryReportBasis>Cash</SummaryReportBasis></ReportsPreferences>
<CurrentAppAccessRights><IsAutomaticLoginAllowed>true</IsAutomaticLoginAllowed>
<IsPersonalDataAccessAllowed>true</IsPersonalDataAccessAllowed></CurrentAppAccessRights>
</PreferencesRet></PreferencesQueryRs></QBXMLMsgsRs></QBXML>"""


def test_all_facts_are_read_and_the_tax_number_is_not() -> None:
    facts = responses.read_host_facts(HCP)
    assert facts == responses.HostFacts(
        product_name="QuickBooks Enterprise 23.0",
        major_version="33",
        minor_version="0",
        country="US",
        versions=("9.0", "16.0"),
        is_automatic_login=True,
        file_mode="MultiUser",
        company_name="R&D café",
        fiscal_year_first_month="April",
        file_ids=(("{OWNER-1}", "{FILE-1}"), ("{OWNER-2}", "{FILE-2}")),
        is_accountant_copy=True,
        uses_account_numbers=True,
        closing_date=date(2024, 12, 31),
        summary_report_basis="Cash",
        multi_currency=True,
        home_currency="Canadian Dollar",
        automatic_login_allowed=True,
        personal_data_allowed=True,
    )
    assert "12-3456789" not in repr(facts)


def test_a_real_answer_of_quickbooks_pro_2014_is_read() -> None:
    facts = responses.read_host_facts(sample("REAL_hcp_response_pro2014.xml"))
    assert facts is not None
    assert (facts.product_name, facts.country, facts.file_mode) == ("QuickBooks Pro 2014", "US", "SingleUser")
    assert (facts.company_name, facts.fiscal_year_first_month) == ("myCompany", "January")
    assert facts.file_ids == (("{512349B1-1111-2222-3333-000DE1813D20}", "{00000ee-1111-ffff-cccc-5ff123456047}"),)
    assert responses.best_version(facts.versions) == "13.0"
    assert {facts.uses_account_numbers, facts.multi_currency, facts.personal_data_allowed} == {False}


def test_a_fact_that_cannot_be_read_does_not_hide_the_file_identity() -> None:
    facts = responses.read_host_facts(
        HCP.replace("2024-12-31", "soon").replace("<IsMultiCurrencyOn>true", "<IsMultiCurrencyOn>?")
    )
    assert facts is not None
    assert (facts.closing_date, facts.multi_currency) == (None, False)
    assert facts.file_ids[0] == ("{OWNER-1}", "{FILE-1}")


def test_facts_are_read_even_when_the_company_did_not_answer() -> None:
    facts = responses.read_host_facts(HCP.replace("CompanyRet>", "Other>").replace("PreferencesRet>", "Other>"))
    assert facts is not None
    assert (facts.company_name, facts.file_ids, facts.uses_account_numbers) == ("", (), False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Quickbooks Point of Sale does not support HostQueryRq, CompanyQueryRq and PreferencesQueryRq.",
        '<QBXML><QBXMLMsgsRs><HostQueryRs statusCode="1000"/></QBXMLMsgsRs></QBXML>',
        "<QBXML><QBXMLMsgsRs/></QBXML>",
        HCP[:300],
    ],
)
def test_anything_else_holds_no_facts(text: str) -> None:
    assert responses.read_host_facts(text) is None


@pytest.mark.parametrize(
    ("versions", "best"),
    [
        (("1.0", "2.0", "9.0", "10.0"), "10.0"),
        (("12.0", "13.0", "14.0", "16.0"), "13.0"),
        (("CA2.0", "CA3.0", "UK2.0"), "CA3.0"),
        (("CA3.0", "2.0"), "2.0"),
        ((), "13.0"),
        (("rubbish", ""), "13.0"),
    ],
)
def test_the_highest_plain_version_up_to_13_is_chosen(versions: tuple[str, ...], best: str) -> None:
    assert responses.best_version(versions) == best
