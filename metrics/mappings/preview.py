"""What a change of the mapping would do to the figures, before it is saved; nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounts.models import Company
from metrics.arithmetic import METRICS, MonthFigures
from metrics.cells import Cell, by_month, cells
from metrics.mapping import Mapper
from metrics.mappings.rows import mapper_from, problems_of, rules_of
from metrics.mappings.values import KeptRule, digest_of
from metrics.models import MonthlyMetric
from metrics.months import Month
from metrics.profit_and_loss import ZERO, Section
from metrics.recompute import figures_of

MONTHS = 12
_LABELS = {metric.key: metric.label for metric in METRICS} | {
    "unmapped_revenue": "Unmapped revenue",
    "unmapped_expenses": "Unmapped expenses",
}


@dataclass(frozen=True)
class MetricLine:
    """A metric in each of the preview's months, before and after the change."""

    key: str
    label: str
    before: tuple[Decimal, ...]
    after: tuple[Decimal, ...]

    @property
    def is_changed(self) -> bool:
        return self.before != self.after

    @property
    def total_before(self) -> Decimal:
        return sum(self.before, ZERO)

    @property
    def total_after(self) -> Decimal:
        return sum(self.after, ZERO)


@dataclass(frozen=True)
class Move:
    """A ledger account that would go to another metric. Its amounts of the months in which it does, as printed."""

    account_key: str
    full_name: str
    number: str
    section: Section
    before: str
    after: str
    amount: Decimal
    months: int


@dataclass(frozen=True)
class MappingPreview:
    """`digest` names the rules it starts from: `apply_rules(expected=digest)` refuses if they have moved since.

    `problems` has the rules that cannot be saved, by their place; what they would do is then not in the figures.
    """

    basis: str
    months: tuple[Month, ...]
    lines: tuple[MetricLine, ...]
    moves: tuple[Move, ...]
    digest: str
    problems: Mapping[int, Mapping[str, str]]

    @property
    def changed_lines(self) -> tuple[MetricLine, ...]:
        return tuple(line for line in self.lines if line.is_changed)


def preview(
    company: Company, rules: Sequence[KeptRule], *, basis: str, months: int = MONTHS, last: Month | None = None
) -> MappingPreview:
    """The last `months` known months (up to `last`) under today's rules and under these; three queries."""
    shown = _months(company, basis, months, last)
    now = rules_of(company)
    found = cells(company, basis, shown[0], shown[-1]) if shown else ()
    before, after = mapper_from(now), mapper_from(rules)
    problems = {place: bad for place, rule in enumerate(rules) if (bad := problems_of(rule.values))}
    lines = _lines(_figures(shown, found, before), _figures(shown, found, after))
    return MappingPreview(basis, shown, lines, _moves(found, before, after), digest_of(now), problems)


def _months(company: Company, basis: str, count: int, last: Month | None) -> tuple[Month, ...]:
    rows = MonthlyMetric.objects.filter(company=company, basis=basis)
    if last is not None:
        rows = rows.filter(month__lte=last.first_day)
    newest = rows.order_by("-month").values_list("month", flat=True)[:count]
    return tuple(sorted(Month.of(month) for month in newest))


def _figures(months: Sequence[Month], found: Iterable[Cell], mapper: Mapper) -> list[MonthFigures]:
    grouped = dict(by_month(found))
    return [figures_of(month, mapper, grouped.get(month, ())) for month in months]


def _lines(before: Sequence[MonthFigures], after: Sequence[MonthFigures]) -> tuple[MetricLine, ...]:
    then, now = [one.by_key() for one in before], [one.by_key() for one in after]
    return tuple(
        MetricLine(key, label, tuple(one[key] for one in then), tuple(one[key] for one in now))
        for key, label in _LABELS.items()
        if key != "employees"
    )


def _moves(found: Iterable[Cell], before: Mapper, after: Mapper) -> tuple[Move, ...]:
    """Biggest first. An account that goes to one metric in some months and another in others has a line for each."""
    moves: dict[tuple[str, str, str], Move] = {}
    for cell in found:
        where = [
            mapper.match(cell.full_name, cell.section, cell.number, cell.list_id, cell.month).metric_key
            for mapper in (before, after)
        ]
        if where[0] != where[1]:
            key = (cell.account_key, where[0], where[1])
            known = moves.get(key)
            moves[key] = Move(
                account_key=cell.account_key,
                full_name=cell.full_name,
                number=cell.number,
                section=cell.section,
                before=where[0],
                after=where[1],
                amount=cell.amount + (known.amount if known else ZERO),
                months=1 + (known.months if known else 0),
            )
    return tuple(sorted(moves.values(), key=lambda move: (-abs(move.amount), move.full_name)))
