"""What the list of mappings shows of each rule: its words kept short, and what it catches."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import Company
from metrics.cells import cells
from metrics.mappings.rows import rules_of
from metrics.mappings.rule_catches import Catch, catches_of, known_months
from metrics.models import AccountMapping
from metrics.reporting.settings import reporting_of
from metrics.templatetags.figures import money
from metrics.workspace.accounts import MONTHS

if TYPE_CHECKING:  # unfold carries no types
    from django.contrib.admin.views.main import ChangeList as _ChangeList
else:
    from unfold.views import ChangeList as _ChangeList

LONGEST_PATTERN, LONGEST_NOTE = 40, 60  # in the list; the form has all of it

_Display = TypeVar("_Display", bound=Callable[..., Any])


def two_lines(function: _Display) -> _Display:
    """The theme shows the second of two texts smaller, below the first."""
    vars(function)["header"] = True
    return function


def short(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def rules_in_words(count: int) -> str:
    return "1 rule" if count == 1 else f"{count} rules"


def catch_in_words(row: AccountMapping) -> str:
    """What MappingChangeList found for it."""
    catch: Catch | None = vars(row).get("catch")
    if catch is None:
        return "nothing"
    words = f"{catch.accounts} account{'' if catch.accounts == 1 else 's'} · {money(catch.amount)}"
    return f"{words} · too slow: simplify it" if catch.is_slow else words


class MappingChangeList(_ChangeList):
    """With what each listed rule catches: one reading of the last twelve months for each company on the page."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = self.result_list.all() if isinstance(self.result_list, QuerySet) else self.result_list
        companies = {row.company_id: row.company for row in self.result_list}
        catches = {pk: _catches(company) for pk, company in companies.items()}
        for row in self.result_list:
            vars(row)["catch"] = catches[row.company_id].get(row.pk)


def _catches(company: Company) -> dict[int, Catch]:
    basis = reporting_of(company).default_basis
    months = known_months(company, basis, MONTHS)
    return catches_of(cells(company, basis, months[0], months[-1]), rules_of(company)) if months else {}
