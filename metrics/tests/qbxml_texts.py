"""qbXML as QuickBooks writes it, put together by hand for the tests: no builder of the product has a part in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

HEAD = '<?xml version="1.0" ?>\n<?qbxml version="13.0"?>\n'
Amounts = Sequence[str]


def answer(body: str) -> str:
    return f"{HEAD}<QBXML><QBXMLMsgsRs>{body}</QBXMLMsgsRs></QBXML>"


def response(name: str, body: str, code: int = 0, message: str = "Status OK") -> str:
    severity = "Info" if code < 500 else "Warn" if code < 1000 else "Error"
    status = f'statusCode="{code}" statusSeverity="{severity}" statusMessage={quoteattr(message)}'
    return answer(f'<{name} requestID="1-0" {status}>{body}</{name}>')


def profit_and_loss_request(first: str = "2026-01-01", last: str = "2026-02-28", basis: str = "Accrual") -> str:
    return (
        f'{HEAD}<QBXML><QBXMLMsgsRq onError="stopOnError"><GeneralSummaryReportQueryRq requestID="1-0">'
        "<GeneralSummaryReportType>ProfitAndLossStandard</GeneralSummaryReportType><DisplayReport>false</DisplayReport>"
        f"<ReportPeriod><FromReportDate>{first}</FromReportDate><ToReportDate>{last}</ToReportDate></ReportPeriod>"
        "<SummarizeColumnsBy>Month</SummarizeColumnsBy><ReportCalendar>CalendarYear</ReportCalendar>"
        f"<ReturnRows>ActiveOnly</ReturnRows><ReturnColumns>All</ReturnColumns><ReportBasis>{basis}</ReportBasis>"
        "</GeneralSummaryReportQueryRq></QBXMLMsgsRq></QBXML>"
    )


def accounts(*rows: tuple[str, str, str] | tuple[str, str, str, str]) -> str:
    """(ListID, FullName, AccountType[, AccountNumber]) each."""
    return response("AccountQueryRs", "".join(_account(*row) for row in rows))


def _account(list_id: str, full_name: str, account_type: str, number: str = "") -> str:
    name = full_name.rpartition(":")[2]
    numbered = f"<AccountNumber>{number}</AccountNumber>" if number else ""
    return (
        f"<AccountRet><ListID>{list_id}</ListID><Name>{escape(name)}</Name><FullName>{escape(full_name)}</FullName>"
        f"<IsActive>true</IsActive><Sublevel>0</Sublevel><AccountType>{account_type}</AccountType>{numbered}"
        "</AccountRet>"
    )


def employees(*rows: Mapping[str, str]) -> str:
    """Element → text each."""
    body = "".join(
        "<EmployeeRet>" + "".join(f"<{tag}>{text}</{tag}>" for tag, text in row.items()) + "</EmployeeRet>"
        for row in rows
    )
    return response("EmployeeQueryRs", body)


class ReportText:
    """A Profit & Loss with one column a month and TOTAL, row by row, as QuickBooks prints it."""

    def __init__(self, *titles: str, basis: str = "Accrual") -> None:
        self._titles = titles
        self._basis = basis
        self._rows: list[str] = []

    def text(self, words: str) -> None:
        self._rows.append(f'<TextRow rowNumber="{len(self._rows) + 1}" value={quoteattr(words)}/>')

    def data(self, full_name: str, amounts: Amounts) -> None:
        self._row("DataRow", full_name.rpartition(":")[2], amounts, full_name)

    def subtotal(self, label: str, amounts: Amounts) -> None:
        self._row("SubtotalRow", label, amounts)

    def total(self, label: str, amounts: Amounts) -> None:
        self._row("TotalRow", label, amounts)

    def _row(self, kind: str, label: str, amounts: Amounts, account: str = "") -> None:
        row_data = f'<RowData rowType="account" value={quoteattr(account)}/>' if account else ""
        total = f"{sum((Decimal(amount) for amount in amounts if amount), Decimal('0.00')):.2f}"
        cells = "".join(
            f'<ColData colID="{index}" value={quoteattr(value)}/>'
            for index, value in enumerate([label, *amounts, total], start=1)
            if value
        )
        self._rows.append(f'<{kind} rowNumber="{len(self._rows) + 1}">{row_data}{cells}</{kind}>')

    def __str__(self) -> str:
        columns = [("STRTYPE", "", "Blank"), *[("AMTTYPE", title, "Amount") for title in [*self._titles, "TOTAL"]]]
        described = "".join(
            f'<ColDesc colID="{index}" dataType="{data_type}"><ColTitle titleRow="1" value="{title}"/>'
            f"<ColType>{col_type}</ColType></ColDesc>"
            for index, (data_type, title, col_type) in enumerate(columns, start=1)
        )
        head = (
            f"<ReportTitle>Profit &amp; Loss</ReportTitle><ReportSubtitle>x</ReportSubtitle>"
            f"<ReportBasis>{self._basis}</ReportBasis><NumRows>{len(self._rows)}</NumRows>"
            f"<NumColumns>{len(columns)}</NumColumns><NumColTitleRows>1</NumColTitleRows>"
        )
        body = f"<ReportRet>{head}{described}<ReportData>{''.join(self._rows)}</ReportData></ReportRet>"
        return response("GeneralSummaryReportQueryRs", body)


def profit_and_loss(
    income: Mapping[str, Amounts],
    expense: Mapping[str, Amounts],
    *,
    titles: Sequence[str] = ("Jan 26", "Feb 26"),
    net_income: Amounts | None = None,
    total_expense: Amounts | None = None,
    basis: str = "Accrual",
) -> str:
    """A report of two sections. `net_income` and `total_expense` are printed in place of the true totals."""
    report = ReportText(*titles, basis=basis)
    total_income = _sums(income, len(titles))
    true_expense = _sums(expense, len(titles))
    result = [f"{Decimal(plus) - Decimal(minus):.2f}" for plus, minus in zip(total_income, true_expense, strict=True)]
    report.text("Ordinary Income/Expense")
    report.text("Income")
    for name, amounts in income.items():
        report.data(name, amounts)
    report.subtotal("Total Income", total_income)
    report.subtotal("Gross Profit", total_income)
    report.text("Expense")
    for name, amounts in expense.items():
        report.data(name, amounts)
    report.subtotal("Total Expense", total_expense or true_expense)
    report.subtotal("Net Ordinary Income", net_income or result)
    report.total("Net Income", net_income or result)
    return str(report)


def _sums(rows: Mapping[str, Amounts], months: int) -> list[str]:
    return [
        f"{sum((Decimal(amounts[index] or '0') for amounts in rows.values()), Decimal('0.00')):.2f}"
        for index in range(months)
    ]
