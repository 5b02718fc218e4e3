"""What public material leaves open about QuickBooks, as switches: a server must cope with every setting."""

import dataclasses
from collections.abc import Mapping
from typing import Literal

RowDataForm = Literal["full_name", "number_and_name", "none"]
ZeroCells = Literal["missing", "0.00"]
TotalColumnType = Literal["Amount", "Total"]
EmptyForm = Literal["no_data", "net_income_only"]
BudgetTitles = Literal["two_rows", "one_row"]
NoBudgetForm = Literal["status", "no_data", "error"]
EmployeeRights = Literal["full", "restricted"]

# What QuickBooks 2023 lists; 4.1 and 1.1 included, as in the capture of Pro 2014.
ALL_VERSIONS = ("1.0", "1.1", "2.0", "2.1", "3.0", "4.0", "4.1", *(f"{number}.0" for number in range(5, 17)))


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """The unsettled points of qbXML sheet 9, and what this installation of QuickBooks is."""

    row_data_form: RowDataForm = "full_name"  # what RowData holds; matters when account numbers are on
    zero_cells: ZeroCells = "missing"  # a cell without activity
    total_col_type: TotalColumnType = "Amount"  # ColType of the TOTAL column
    empty_form: EmptyForm = "no_data"  # a report in which nothing happened
    headings: Mapping[str, str] = dataclasses.field(
        default_factory=dict
    )  # English heading -> what a localised edition prints
    budget_years: frozenset[int] = frozenset()  # the fiscal years that have a Profit & Loss budget by account
    budget_titles: BudgetTitles = "two_rows"  # month and "Budget" in two title rows, or only the first column dated
    no_budget_form: NoBudgetForm = "status"  # a year without a budget: status 1, an empty report, an error
    employee_rights: EmployeeRights = "full"  # restricted: only harmless fields may be asked for (sheet 5)
    is_personal_data_allowed: bool = False
    product_name: str = "QuickBooks Premier 2023"
    major_version: int = 33
    versions: tuple[str, ...] = ALL_VERSIONS
    unknown_version_hresult: str = "0x80040423"
    file_mode: Literal["SingleUser", "MultiUser"] = "SingleUser"
    is_automatic_login: bool = False
