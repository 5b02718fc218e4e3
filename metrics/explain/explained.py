"""An explained figure as values: formula, ledger accounts, the rules that sent them there, and the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from metrics.derived import Figure, Unit
from metrics.fiscal import Period, PeriodKind
from metrics.months import Month
from metrics.profit_and_loss import Section


@dataclass(frozen=True)
class Provenance:
    """The version of the mapping with which a rule came in, as it is."""

    version: int
    kind: str
    summary: str
    actor: str
    at: datetime


@dataclass(frozen=True)
class RuleMark:
    """The rule that sent a ledger account to its metric. `came_in` None: no version of the mapping tells."""

    rule_id: int | None
    match_type: str
    match_words: str
    pattern: str
    metric_key: str
    priority: int
    note: str
    account_types: tuple[str, ...]
    account_numbers: str
    list_id: str
    effective_from: Month | None
    effective_to: Month | None
    is_catch_all: bool
    came_in: Provenance | None


@dataclass(frozen=True)
class Trial:
    """A rule that was tried on an account, and what came of it, in words."""

    rule_id: int | None
    match_type: str
    pattern: str
    metric_key: str
    priority: int
    outcome: str
    words: str


@dataclass(frozen=True)
class Source:
    """One answer of QuickBooks. `is_intact` None: not looked at here. `problem` is for a person, "" for none."""

    exchange_id: int
    job_id: int | None
    sync_id: int | None
    sync_message: str
    sent_at: datetime | None
    answered_at: datetime | None
    sha256: str
    size: int
    is_stored: bool
    is_intact: bool | None
    problem: str


@dataclass(frozen=True)
class RowEvidence:
    """The row of the stored answer, exactly as it crossed; `text` None: it is not there.

    `shows_amount` False: QuickBooks printed the account in several rows, which were added; this is the first.
    """

    exchange_id: int
    row_number: int
    text: str | None
    shows_amount: bool


@dataclass(frozen=True)
class MonthPart:
    """What an account brought to a figure in one month."""

    month: Month
    printed: Decimal
    contribution: Decimal
    exchange_id: int | None
    row_number: int | None


@dataclass(frozen=True)
class AccountLine:
    """A ledger account's part of a figure. `printed` is QuickBooks' amount, `contribution` what it counts here.

    In a period both are sums, and `rules` has every rule that was in force in one of its months.
    """

    account_key: str
    full_name: str
    number: str
    label: str
    section: Section
    metric_key: str
    sign: int  # +1: a positive amount raises the figure; -1: it lowers it
    printed: Decimal
    contribution: Decimal
    rules: tuple[RuleMark, ...]
    tried: tuple[Trial, ...]
    parts: tuple[MonthPart, ...]
    evidence: RowEvidence | None

    @property
    def is_unmapped(self) -> bool:
        return not self.rules


@dataclass(frozen=True)
class Input:
    """A figure that this one is made of; explained itself under its key. `role`: plus, minus or divisor."""

    key: str
    label: str
    value: Figure
    unit: Unit
    role: str
    explains_as: str


@dataclass(frozen=True)
class HeadCountPart:
    """People of one EmployeeType; not counted when the settings say so."""

    employee_type: str
    people: int
    estimated: int
    is_counted: bool


@dataclass(frozen=True)
class HeadCountStory:
    """How a month's head count came about: entered, frozen, hindsight, running or unknown."""

    how: str
    month: Month
    words: str
    parts: tuple[HeadCountPart, ...]
    exchange_id: int | None
    note: str = ""


@dataclass(frozen=True)
class MonthMark:
    """One month's share of the figure, and its tie-out."""

    month: Month
    value: Figure
    is_tied: bool
    quickbooks_net_income: Decimal
    difference: Decimal
    message: str
    read_at: datetime


@dataclass(frozen=True)
class Notice:
    """Something to know before trusting the figure; tone bad, warn or plain."""

    tone: str
    words: str


@dataclass(frozen=True)
class Explanation:
    """One figure, explained down to the rows of the stored answers. `value` None: it cannot be told; notices say why.

    `formula` in words, `in_numbers` with its figures. `lines` biggest first; empty for what is made of other figures
    only. `moment`: as known then; None is now.
    """

    company: str
    slug: str
    currency: str
    metric_key: str
    label: str
    definition: str
    unit: Unit
    basis: str
    period: Period
    moment: datetime | None
    value: Figure
    formula: str
    in_numbers: str
    inputs: tuple[Input, ...]
    lines: tuple[AccountLine, ...]
    head_count: HeadCountStory | None
    months: tuple[MonthMark, ...]
    sources: tuple[Source, ...]
    notices: tuple[Notice, ...]

    @property
    def is_one_month(self) -> bool:
        return self.period.kind is PeriodKind.MONTH

    @property
    def is_known(self) -> bool:
        """Whether anything of the period was read."""
        return bool(self.months)

    def source(self, exchange_id: int) -> Source | None:
        return next((one for one in self.sources if one.exchange_id == exchange_id), None)
