"""A snapshot against today: each metric as presented and as it is now, and what made the difference.

Every account and month is taken apart: what QuickBooks changed in the amount, and what a change of the mapping did
with it. The two add up to the difference exactly; what they do not explain is said to be unexplained.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from metrics.arithmetic import LINES, MonthFigures, month_figures
from metrics.canonical import figure_of
from metrics.cells import SECTIONS, cells
from metrics.columns import UNRESOLVED
from metrics.company_time import running_month
from metrics.derived import DERIVED, Figure, Unit, derived
from metrics.fiscal import FiscalCalendar, Period
from metrics.mappings.rows import mapper_from, rules_of
from metrics.mappings.values import rules_as_json
from metrics.models import Snapshot
from metrics.months import Month
from metrics.profit_and_loss import ZERO, Section
from metrics.selectors import monthly_report
from metrics.snapshots.content import (
    accounts_json,
    action_items_json,
    figures_of_column,
    head_counts_json,
    notes_json,
    period_figures,
    settings_json,
)
from metrics.snapshots.words import action_words, describe_rule, head_count_words, note_words, settings_words

EXTRA = {"unmapped_revenue": "Unmapped revenue", "unmapped_expenses": "Unmapped expenses"}
TOTALS = ("total_revenue", "total_expenses", "net_profit")
LABELS = {key: line.label for key, line in LINES.items()} | EXTRA


class CauseKind(enum.Enum):
    """What made a figure differ."""

    RESTATED = "restated"  # QuickBooks has another amount
    MAPPING = "mapping"  # the same amount goes to another metric
    HEAD_COUNT = "head_count"
    FIRST_READ = "first_read"  # the month had not been read when the snapshot was made
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True)
class Cause:
    """One account in one month (or a head count), with what it did to each figure; `words` are for a person."""

    kind: CauseKind
    month: Month
    account: str
    before: Decimal | None
    after: Decimal | None
    metric_before: str
    metric_after: str
    words: str
    effects: Mapping[str, Decimal]

    @property
    def unit(self) -> Unit:
        return Unit.COUNT if self.kind is CauseKind.HEAD_COUNT else Unit.MONEY

    @property
    def told(self) -> tuple[tuple[str, Decimal], ...]:
        """Labels with effects, the ten categories and head counts before the totals that follow from them."""
        known = [(key, self.effects[key]) for key in LABELS if self.effects.get(key)]
        own = [(LABELS[key], effect) for key, effect in known if key not in TOTALS]
        return tuple(own or [(LABELS[key], effect) for key, effect in known])

    @property
    def size(self) -> Decimal:
        return max((abs(effect) for effect in self.effects.values()), default=ZERO)


@dataclass(frozen=True)
class ComparedFigure:
    """One metric of a month, or of the period (month None). `follows_from`: the changed metrics a derived one needs."""

    metric_key: str
    month: Month | None
    then: Figure
    now: Figure
    causes: tuple[Cause, ...] = ()
    follows_from: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return LABELS[self.metric_key]

    @property
    def unit(self) -> Unit:
        return LINES[self.metric_key].unit if self.metric_key in LINES else Unit.MONEY

    @property
    def is_changed(self) -> bool:
        return self.then != self.now

    @property
    def difference(self) -> Decimal | None:
        """None when one of the two is not there."""
        return None if self.then is None or self.now is None else Decimal(self.now) - Decimal(self.then)


@dataclass(frozen=True)
class Comparison:
    """`months` and `period` hold every metric; `changed` those that differ. The rest in words."""

    period: tuple[ComparedFigure, ...]
    months: tuple[ComparedFigure, ...]
    causes: tuple[Cause, ...]
    rules_changed: tuple[str, ...]
    settings_changed: tuple[str, ...]
    notes_changed: tuple[str, ...] = ()
    actions_changed: tuple[str, ...] = ()

    @property
    def changed(self) -> tuple[ComparedFigure, ...]:
        return tuple(one for one in (*self.period, *self.months) if one.is_changed)

    @property
    def is_same(self) -> bool:
        return not self.changed


def compare(snapshot: Snapshot, now: datetime) -> Comparison:
    """As presented against as it is now; about ten queries, whatever the number of accounts."""
    company, period = snapshot.company, period_of(snapshot)
    rules = rules_of(company)
    report = monthly_report(company, snapshot.basis, period.first, period.last)
    current = {column.month: figures_of_column(column) for column in report.months}
    then = {Month.parse(one["month"]): _figures(one["figures"]) for one in snapshot.content["months"]}
    found = cells(company, snapshot.basis, period.first, period.last)
    causes = [
        *_account_causes(snapshot, accounts_json(found, mapper_from(rules)), rules_as_json(rules), then),
        *_head_causes(snapshot, then, current, head_counts_json(company, period)),
    ]
    months = _months(then, current, causes)
    whole = period_figures(report.months, period, running_month(company, now))
    before = snapshot.content["figures"]
    return Comparison(
        period=_compared(
            None,
            _figures(before["figures"]) | _figures(before["derived"]),
            {**whole.figures, **whole.derived},
            causes,
        ),
        months=tuple(months),
        causes=tuple(sorted(_all_causes(causes, months), key=lambda one: (-one.size, one.month, one.account))),
        rules_changed=_rules_changed(snapshot.content["mapping"]["rules"], rules_as_json(rules)),
        settings_changed=settings_words(snapshot.content["settings"], settings_json(company)),
        notes_changed=note_words(snapshot.content["notes"], notes_json(company, period)),
        actions_changed=action_words(snapshot.content.get("action_items"), action_items_json(company, period, now)),
    )


def period_of(snapshot: Snapshot) -> Period:
    """The period as it was named then, with the fiscal year of then."""
    said = snapshot.content["period"]
    return Period.parse(said["text"], FiscalCalendar(said["fiscal_year_first_month"]))


def _figures(found: Mapping[str, Any]) -> dict[str, Figure]:
    return {key: figure_of(value) for key, value in found.items()}


@dataclass(frozen=True)
class _Cell:
    """One account in one month, from a snapshot or from today."""

    name: str
    section: Section
    amount: Decimal
    metric: str
    rule: int | None


_NOTHING: Mapping[str, Decimal] = MonthFigures({}, ZERO, ZERO, ZERO, ZERO, ZERO).by_key()
Place = tuple[Month, str]


def _account_causes(
    snapshot: Snapshot,
    accounts: Sequence[Mapping[str, Any]],
    rules: Sequence[Mapping[str, Any]],
    then: Mapping[Month, object],
) -> Iterable[Cause]:
    before, after = _cells(snapshot.content["accounts"]), _cells(accounts)
    _follow_names(before, after)
    old = {rule["id"]: describe_rule(rule) for rule in snapshot.content["mapping"]["rules"]}
    new = {rule["id"]: describe_rule(rule) for rule in rules}
    for place in sorted(before.keys() | after.keys()):
        month = place[0]
        if month in then:
            yield from _causes_of(month, before.get(place), after.get(place), old, new)


def _cells(accounts: Iterable[Mapping[str, Any]]) -> dict[Place, _Cell]:
    return {
        (Month.parse(month), account["account_key"]): _Cell(
            account["full_name"],
            SECTIONS[account["account_type"]],
            Decimal(cell["amount"]),
            cell["metric"],
            cell["rule"],
        )
        for account in accounts
        for month, cell in account["months"].items()
    }


def _follow_names(before: dict[Place, _Cell], after: Mapping[Place, _Cell]) -> None:
    """An account that the chart did not know then, and knows now, is the same one under its ListID."""
    by_name = {(month, cell.name): key for (month, key), cell in after.items()}
    for month, key in [place for place in before if place[1].startswith(UNRESOLVED) and place not in after]:
        found = by_name.get((month, before[month, key].name))
        if found is not None and (month, found) not in before:
            before[month, found] = before.pop((month, key))


def _causes_of(
    month: Month, then: _Cell | None, now: _Cell | None, old: Mapping[int, str], new: Mapping[int, str]
) -> Iterable[Cause]:
    known = now or then
    assert known is not None
    was, became = then or known, now or known
    amount_then, amount_now = then.amount if then else ZERO, now.amount if now else ZERO
    restated = _step(_vector(was.metric, was.section, amount_then), _vector(was.metric, became.section, amount_now))
    moved = _step(_vector(was.metric, became.section, amount_now), _vector(became.metric, became.section, amount_now))
    columns = (then.amount if then else None, now.amount if now else None, was.metric, became.metric)
    if restated:
        words = _restated_words(then, now)
        yield Cause(CauseKind.RESTATED, month, known.name, *columns, words, restated)
    if moved:
        rules = (_named(was.rule, old), _named(became.rule, new))
        words = f"{_label(was.metric)} by {rules[0]} then; {_label(became.metric)} by {rules[1]} now"
        yield Cause(CauseKind.MAPPING, month, known.name, *columns, words, moved)


def _restated_words(then: _Cell | None, now: _Cell | None) -> str:
    if then is None:
        return "In QuickBooks since: the account had no amount in this month"
    if now is None:
        return "Gone from QuickBooks: the account has no amount in this month any more"
    if then.section is not now.section:
        return f"QuickBooks lists the account as {now.section.value} now, {then.section.value} then"
    return "Changed in QuickBooks"


def _vector(metric: str, section: Section, amount: Decimal) -> dict[str, Decimal]:
    """What one amount does to each figure."""
    return month_figures([(metric, section, amount)]).by_key()


def _step(before: Mapping[str, Decimal], after: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {key: after[key] - before[key] for key in after if after[key] != before[key]}


def _named(rule: int | None, rules: Mapping[int, str]) -> str:
    return "no rule" if rule is None else rules.get(rule, "a rule that is gone")


def _label(metric: str) -> str:
    return LABELS.get(metric, "not mapped")


def _head_causes(
    snapshot: Snapshot,
    then: Mapping[Month, Mapping[str, Figure]],
    now: Mapping[Month, Mapping[str, Figure]],
    counts: Mapping[str, Any],
) -> Iterable[Cause]:
    old = snapshot.content["head_counts"]
    for month, figures in then.items():
        before, after = figures.get("employees"), now.get(month, {}).get("employees")
        if before == after:
            continue
        words = head_count_words(old.get(str(month)), counts.get(str(month)))
        step = Decimal(after or 0) - Decimal(before or 0)
        yield Cause(
            CauseKind.HEAD_COUNT,
            month,
            "Head count",
            None if before is None else Decimal(before),
            None if after is None else Decimal(after),
            "employees",
            "employees",
            words,
            {"employees": step},
        )


def _months(
    then: Mapping[Month, dict[str, Figure]], now: Mapping[Month, dict[str, Figure]], causes: Sequence[Cause]
) -> list[ComparedFigure]:
    found: list[ComparedFigure] = []
    for month in sorted(then.keys() | now.keys()):
        of_month = [cause for cause in causes if cause.month == month]
        before, after = then.get(month), now.get(month)
        values = [None if one is None else {**one, **derived(one)} for one in (before, after)]
        if before is None:
            of_month = [_first_read(month, after or {})]
        found.extend(_compared(month, values[0] or {}, values[1] or {}, of_month))
    return found


def _first_read(month: Month, figures: Mapping[str, Figure]) -> Cause:
    effects = {key: Decimal(value) for key, value in figures.items() if value}
    words = "Read from QuickBooks for the first time since the snapshot was made"
    return Cause(CauseKind.FIRST_READ, month, "The whole month", None, None, "", "", words, effects)


def _compared(
    month: Month | None, then: Mapping[str, Figure], now: Mapping[str, Figure], causes: Iterable[Cause]
) -> tuple[ComparedFigure, ...]:
    known = tuple(causes)
    changed = {key for key in LABELS if then.get(key) != now.get(key)}
    needs = {metric.key: metric.needs for metric in DERIVED}
    return tuple(
        ComparedFigure(
            key,
            month,
            then.get(key),
            now.get(key),
            tuple(cause for cause in known if key in cause.effects) if key in changed else (),
            tuple(need for need in needs.get(key, ()) if need in changed) if key in changed else (),
        )
        for key in LABELS
    )


def _all_causes(causes: Sequence[Cause], months: Sequence[ComparedFigure]) -> Iterable[Cause]:
    """Those found, the months read since, and what neither explains."""
    yield from causes
    first_read = {id(cause): cause for one in months for cause in one.causes if cause.kind is CauseKind.FIRST_READ}
    yield from first_read.values()
    for one in months:
        if one.is_changed and one.month is not None and one.metric_key not in {metric.key for metric in DERIVED}:
            left = Decimal(one.now or 0) - Decimal(one.then or 0)
            left -= sum((cause.effects[one.metric_key] for cause in one.causes), ZERO)
            if left:
                words = "No account amount, rule or head count explains this"
                effects = {one.metric_key: left}
                yield Cause(CauseKind.UNEXPLAINED, one.month, one.label, None, None, "", "", words, effects)


def _rules_changed(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    before, after = {rule["id"]: rule for rule in old}, {rule["id"]: rule for rule in new}
    words = [f"Removed: {describe_rule(rule)}" for key, rule in before.items() if key not in after]
    words += [f"Added: {describe_rule(rule)}" for key, rule in after.items() if key not in before]
    words += [
        f"Changed: {describe_rule(before[key])}, now {describe_rule(rule)}"
        for key, rule in after.items()
        if key in before and before[key] != rule
    ]
    return tuple(words)
