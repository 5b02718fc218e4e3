"""Why a figure is what it is: its formula, its ledger accounts, the rule that mapped each, and QuickBooks' own row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from accounts.models import Company
from metrics.arithmetic import month_figures
from metrics.cells import Cell
from metrics.derived import Figure
from metrics.explain.books import Books, books_of
from metrics.explain.evidence import Evidence
from metrics.explain.explained import (
    AccountLine,
    Explanation,
    HeadCountStory,
    MonthMark,
    MonthPart,
    RowEvidence,
    RuleMark,
)
from metrics.explain.formulas import UnknownMetric as UnknownMetric
from metrics.explain.formulas import has_accounts, in_numbers, inputs_of, named, words_of
from metrics.explain.head_counts import story_of
from metrics.explain.notices import notices_of
from metrics.explain.rules import Rules
from metrics.fiscal import Period, PeriodKind
from metrics.mapping import Match
from metrics.mappings.rule import Rule
from metrics.months import Month
from metrics.periods import PeriodFigures, sum_period
from metrics.profit_and_loss import ZERO, Section


@dataclass(frozen=True)
class Counted:
    """A cell that counts in a figure, with its rule; sign is +1 when a positive amount raises the figure."""

    cell: Cell
    match: Match
    sign: int

    @property
    def contribution(self) -> Decimal:
        return self.sign * self.cell.amount

    @property
    def part(self) -> MonthPart:
        cell = self.cell
        return MonthPart(cell.month, cell.amount, self.contribution, cell.exchange_id, cell.row_number)


def explain(
    company: Company, metric_key: str, period: Month | Period, basis: str, moment: datetime | None = None
) -> Explanation:
    """Explain a metric, a derived one, or unmapped_revenue and unmapped_expenses. Raises UnknownMetric.

    One month comes with the very rows of QuickBooks' answers, each checked against its SHA-256 and unpacked once at
    most; a period with sums per account, and its months to go on with. About fifteen queries, whatever its size.
    """
    about = named(metric_key)
    wanted = Period.month(period) if isinstance(period, Month) else period
    books = books_of(company, basis, wanted, moment)
    totals = sum_period({month: one.figures for month, one in books.months.items()}, wanted)
    value = _value(metric_key, totals)
    is_month = wanted.kind is PeriodKind.MONTH
    story = _story(company, metric_key, books, moment)
    lines, evidence = _lines(metric_key, books, story, with_texts=is_month)
    inputs = inputs_of(metric_key, totals.figures, is_month=is_month)
    explained = Explanation(
        company=company.name,
        slug=company.slug,
        currency=company.currency,
        metric_key=metric_key,
        label=about.label,
        definition=about.definition,
        unit=about.unit,
        basis=basis,
        period=wanted,
        moment=moment,
        value=value,
        formula=story.words if story is not None else words_of(metric_key),
        in_numbers=in_numbers(metric_key, value, inputs, lines, totals.figures),
        inputs=inputs,
        lines=lines,
        head_count=story,
        months=_marks(metric_key, books),
        sources=evidence.sources(),
        notices=(),
    )
    sums = _from_cells(metric_key, books)
    return replace(explained, notices=notices_of(explained, totals, sums))


def _value(key: str, totals: PeriodFigures) -> Figure:
    return totals.derived[key] if key in totals.derived else totals.figures[key]


def _from_cells(key: str, books: Books) -> Figure:
    """The same figure, added up once more from the cells; None for what they do not add up to."""
    if not has_accounts(key):
        return None
    return sum((sums.by_key()[key] for sums in books.sums.values()), ZERO)


def _story(company: Company, key: str, books: Books, moment: datetime | None) -> HeadCountStory | None:
    """Of the last month that was read: a period's head count is the one at its end."""
    if key != "employees" or not books.months:
        return None
    last = max(books.months)
    return story_of(company, last, moment, books.months[last].read_at)


def _marks(key: str, books: Books) -> tuple[MonthMark, ...]:
    return tuple(
        MonthMark(
            month,
            _value(key, sum_period({month: one.figures}, Period.month(month))),
            one.is_tied,
            one.quickbooks_net_income,
            one.difference,
            one.message,
            one.read_at,
        )
        for month, one in books.months.items()
    )


def _lines(
    key: str, books: Books, story: HeadCountStory | None, *, with_texts: bool
) -> tuple[tuple[AccountLine, ...], Evidence]:
    matched = _matched(key, books) if has_accounts(key) else []
    of_accounts = {one.cell.exchange_id for one in matched if one.cell.exchange_id is not None}
    of_people = {story.exchange_id} if story is not None and story.exchange_id is not None else set()
    evidence = Evidence(of_accounts | of_people, with_texts=with_texts)
    rows = evidence.rows([one.cell for one in matched]) if with_texts else {}
    if with_texts:
        evidence.verify()
    marks = books.rules.marks([one.match for one in matched])
    by_account: dict[str, list[Counted]] = defaultdict(list)
    for one in matched:
        by_account[one.cell.account_key].append(one)
    lines = [_line(same, marks, rows, books.rules) for same in by_account.values()]
    return tuple(sorted(lines, key=lambda line: (-abs(line.contribution), line.full_name))), evidence


def _matched(key: str, books: Books) -> list[Counted]:
    """The cells that count in this figure."""
    side = _Sides(key)
    found = []
    for cell in books.cells:
        match = books.rules.match(cell)
        sign = side.of(match.metric_key, cell.section)
        if sign:
            found.append(Counted(cell, match, sign))
    return found


class _Sides:
    """Whether an account counts in a figure, for it or against it: the arithmetic of a month, asked for 1.00."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._known: dict[tuple[str, Section], int] = {}

    def of(self, metric_key: str, section: Section) -> int:
        """+1, -1 or 0."""
        if (metric_key, section) not in self._known:
            figures = month_figures([(metric_key, section, Decimal(1))]).by_key()
            self._known[metric_key, section] = int(figures[self._key])
        return self._known[metric_key, section]


def _line(
    same: Sequence[Counted],
    marks: Mapping[Rule, RuleMark],
    rows: Mapping[tuple[int, int], RowEvidence],
    rules: Rules,
) -> AccountLine:
    """The account's name and row are those of its last month."""
    cell, match, sign = same[-1].cell, same[-1].match, same[-1].sign
    is_open = match.rule is None or match.is_catch_all
    return AccountLine(
        account_key=cell.account_key,
        full_name=cell.full_name,
        number=cell.number,
        label=cell.label,
        section=cell.section,
        metric_key=match.metric_key,
        sign=sign,
        printed=sum((one.cell.amount for one in same), ZERO),
        contribution=sum((one.contribution for one in same), ZERO),
        rules=_rules((one.match.rule for one in same), marks),
        tried=rules.tried_on(cell) if is_open and len(same) == 1 else (),
        parts=tuple(one.part for one in same),
        evidence=rows.get((cell.exchange_id or 0, cell.row_number or 0)),
    )


def _rules(found: Iterable[Rule | None], marks: Mapping[Rule, RuleMark]) -> tuple[RuleMark, ...]:
    decided = dict.fromkeys(rule for rule in found if rule is not None)
    return tuple(marks[rule] for rule in decided if rule in marks)
