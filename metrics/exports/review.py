"""A review as every file shows it: read out of a snapshot's content, and nothing else. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from metrics.arithmetic import DERIVED, LINES, METRICS, UNMAPPED_FIGURES, Unit
from metrics.canonical import figure_of
from metrics.charts import Chart, MonthlyChart
from metrics.derived import Figure
from metrics.drawing.chart_figures import ChartMonth, all_charts, label_of
from metrics.exports.plain_words import clean, one_line
from metrics.figure_words import day_words, moment_words
from metrics.months import Month
from metrics.periods import Change, change
from metrics.targets.judging import Extent, Judge
from metrics.targets.rules import Light

PROFITS = frozenset(("net_profit", "net_profit_before_owner", "gross_profit"))
TOTALS = frozenset(("total_revenue", "total_expenses", "net_profit"))
ACTION_STATES = {"open": "Open", "overdue": "Overdue", "done": "Done", "carried": "Carried on"}
# The fourteen in display order, with what is unmapped before the total it counts in.
ORDER = tuple(
    key
    for metric in METRICS
    for key in (
        *(("unmapped_revenue",) if metric.key == "total_revenue" else ()),
        *(("unmapped_expenses",) if metric.key == "total_expenses" else ()),
        metric.key,
    )
)


@dataclass(frozen=True)
class ReviewMonth:
    """One month: its figures with the derived ones, its targets, and how it stands against QuickBooks."""

    month: Month
    figures: Mapping[str, Figure]
    targets: Mapping[str, Decimal]
    is_tied: bool
    quickbooks_net_income: Decimal
    difference: Decimal

    @property
    def off_by(self) -> Decimal:
        """The net profit shown less QuickBooks’ own: what a reader gets who takes one from the other."""
        return Decimal(self.figures.get("net_profit") or 0) - self.quickbooks_net_income


@dataclass(frozen=True)
class Line:
    """One metric: by month, for the period, against earlier periods and its target."""

    key: str
    label: str
    unit: Unit
    by_month: tuple[Figure, ...]
    value: Figure
    previous: Change | None
    last_year: Change | None
    target: Decimal | None
    verdict: str  # how it did against the target, in words
    light: Light = Light.NONE

    @property
    def is_total(self) -> bool:
        """To be set in bold."""
        return self.key in TOTALS


@dataclass(frozen=True)
class ReviewNote:
    """What a person wrote, and about what."""

    about: str
    text: str
    author: str


@dataclass(frozen=True)
class ReviewAction:
    """What was agreed. `due_on` as 2026-03-31, or empty."""

    text: str
    owner: str
    due_on: str
    state: str


@dataclass(frozen=True)
class UnmappedAccount:
    """A ledger account that no rule knows."""

    full_name: str
    account_type: str
    amount: Decimal


@dataclass(frozen=True)
class Review:
    """A period of a company, ready to be written."""

    name: str
    company: str
    slug: str
    currency: str
    basis: str
    period: str
    period_text: str
    first: str
    last: str
    created_at: str
    months: tuple[ReviewMonth, ...]
    lines: tuple[Line, ...]
    derived: tuple[Line, ...]
    previous_label: str
    last_year_label: str
    notes: tuple[ReviewNote, ...]
    unmapped: tuple[UnmappedAccount, ...]
    actions: tuple[ReviewAction, ...]
    cautions: tuple[str, ...]  # what makes the figures older than they should be
    reservations: tuple[str, ...]  # why the period was not ready
    months_missing: tuple[str, ...]
    source: str  # which report of QuickBooks, on which basis, read when
    mapping_number: int
    sha256: str
    is_frozen: bool
    charts: tuple[Chart, ...]

    @property
    def shown_charts(self) -> tuple[Chart, ...]:
        """Those with a figure in them, and of those the panels: an empty one says nothing on paper."""
        return tuple(kept for chart in self.charts if (kept := _with_figures(chart)) is not None)

    @property
    def is_proven(self) -> bool:
        """Whether every month of the period is there and tied."""
        return self.is_tied and not self.months_missing

    @property
    def is_tied(self) -> bool:
        """Whether every month equals QuickBooks' Net Income, to the cent."""
        return all(month.is_tied for month in self.months)

    @property
    def status(self) -> str:
        """What to write under the title."""
        day = day_words(datetime.fromisoformat(self.created_at))
        return f"Frozen {day}" if self.is_frozen else f"Not frozen: as of {day}"

    @property
    def tie_out(self) -> str:
        """The proof in a sentence."""
        count, missing = len(self.months), ", ".join(self.months_missing)
        if not self.is_tied:
            untied = ", ".join(month.month.label for month in self.months if not month.is_tied)
            said = f"Not tied to QuickBooks’ Net Income: {untied}."
        elif missing:
            were, they = ("was", "it equals") if count == 1 else ("were", "they equal")
            whole = count + len(self.months_missing)
            said = f"{count} of {whole} months {were} read; {they} QuickBooks’ own Net Income, to the cent."
        else:
            said = f"All {count} months equal QuickBooks’ own Net Income, to the cent." if count > 1 else _ONE_TIED
        return f"{said} Not in these figures: {missing}." if missing else said

    def line(self, key: str) -> Line:
        """A metric or derived metric by key."""
        return next(one for one in (*self.lines, *self.derived) if one.key == key)


_ONE_TIED = "The month equals QuickBooks’ own Net Income, to the cent."


def review_of(content: Mapping[str, Any], *, name: str = "", sha256: str = "", is_frozen: bool = True) -> Review:
    """From a snapshot's content (metrics.snapshots.content). `name` is the snapshot's, or empty: the period's."""
    months = tuple(_month(one, content["targets"]["months"]) for one in content["months"])
    whole = _figures(content["figures"])
    period, company, readiness = content["period"], content["company"], content["readiness"]
    earlier = content.get("earlier") or {}
    targets = {key: Decimal(text) for key, text in content["targets"]["period"].get("target", {}).items()}
    shown = [key for key in ORDER if key not in UNMAPPED_FIGURES or any(month.figures.get(key) for month in months)]
    maker = _Maker(months, whole, earlier, targets, _judge(content))
    charted = tuple(ChartMonth(one.month, one.figures, one.targets) for one in months)
    return Review(
        name=one_line(name) or f"{period['label']} review",
        company=one_line(company["name"]),
        slug=company["slug"],
        currency=company["currency"],
        basis=content["basis"],
        period=period["label"],
        period_text=period["text"],
        first=period["first"],
        last=period["last"],
        created_at=content["created_at"],
        months=months,
        lines=tuple(maker.line(key) for key in shown),
        derived=tuple(maker.line(metric.key) for metric in DERIVED),
        previous_label=(earlier.get("previous") or {}).get("label", ""),
        last_year_label=(earlier.get("last_year") or {}).get("label", ""),
        notes=tuple(_note(one) for one in content["notes"]),
        unmapped=tuple(
            UnmappedAccount(one_line(one["full_name"]), one["account_type"], Decimal(one["amount"]))
            for one in content["unmapped"]
        ),
        actions=tuple(_action(one) for one in content.get("action_items", ())),
        cautions=tuple(clean(one) for one in content.get("cautions", ())),
        reservations=tuple(clean(one["message"]) for one in readiness["reasons"]),
        months_missing=tuple(Month.parse(text).label for text in content["figures"]["months_missing"]),
        source=_source(content),
        mapping_number=content["mapping"]["number"],
        sha256=sha256,
        is_frozen=is_frozen,
        charts=all_charts(charted, whole, company["currency"]),
    )


@dataclass(frozen=True)
class _Maker:
    months: Sequence[ReviewMonth]
    whole: Mapping[str, Figure]
    earlier: Mapping[str, Any]
    targets: Mapping[str, Decimal]
    judge: Judge

    def line(self, key: str) -> Line:
        value, target = self.whole.get(key), self.targets.get(key)
        known = LINES.get(key)
        unit = known.unit if known else Unit.MONEY
        found = self.judge.of(key, value, target)
        return Line(
            key=key,
            label=label_of(key),
            unit=unit,
            by_month=tuple(month.figures.get(key) for month in self.months),
            value=value,
            previous=self._change("previous", key, unit),
            last_year=self._change("last_year", key, unit),
            target=target,
            verdict=found.words if target is not None else "",
            light=found.light,
        )

    def _change(self, which: str, key: str, unit: Unit) -> Change | None:
        then = self.earlier.get(which)
        if not then:
            return None
        return change(self.whole.get(key), _figures(then).get(key), unit, is_profit=key in PROFITS)


def _judge(content: Mapping[str, Any]) -> Judge:
    """As it was judged then; what was frozen before that was kept is judged by what else it says."""
    kept = content["targets"].get("judged")
    if kept:
        return Judge(Extent(kept["extent"]), Decimal(kept["tolerance"]))
    if any(reason.get("code") == "still_runs" for reason in content["readiness"]["reasons"]):
        return Judge(Extent.RUNS)
    return Judge(Extent.UNREAD) if content["figures"]["months_missing"] else Judge()


def _month(one: Mapping[str, Any], targets: Sequence[Mapping[str, Any]]) -> ReviewMonth:
    return ReviewMonth(
        month=Month.parse(one["month"]),
        figures=_figures(one),
        targets={
            target["metric"]: Decimal(target["amount"])
            for target in targets
            if target["month"] == one["month"] and target["kind"] == "target"
        },
        is_tied=one["tie_out"]["status"] == "tied",
        quickbooks_net_income=Decimal(one["tie_out"]["quickbooks_net_income"]),
        difference=Decimal(one["tie_out"]["difference"]),
    )


def _figures(kept: Mapping[str, Any]) -> dict[str, Figure]:
    """Figures and derived figures under one roof."""
    return {key: figure_of(value) for key, value in {**kept["figures"], **kept["derived"]}.items()}


def _note(one: Mapping[str, Any]) -> ReviewNote:
    month = Month.parse(one["month"]).label if one["month"] else ""
    metric = label_of(one["metric"]) if one["metric"] in LINES else ""
    return ReviewNote(", ".join(part for part in (metric, month) if part), clean(one["text"]), one_line(one["author"]))


def _action(one: Mapping[str, Any]) -> ReviewAction:
    return ReviewAction(clean(one["text"]), one_line(one["owner"]), one["due_on"] or "", ACTION_STATES[one["state"]])


def _source(content: Mapping[str, Any]) -> str:
    said = f"QuickBooks’ Profit and Loss, {content['basis']} basis"
    moments = sorted(datetime.fromisoformat(one["synced_at"]) for one in content["months"] if one.get("synced_at"))
    if not moments:
        return said
    first, last = _moment_words(moments[0]), _moment_words(moments[-1])
    return f"{said}, read {first}" if first == last else f"{said}, read between {first} and {last}"


def _moment_words(at: datetime) -> str:
    return moment_words(at.astimezone(UTC))


def _with_figures(chart: Chart) -> Chart | None:
    if not isinstance(chart, MonthlyChart):
        return chart
    told = (panel for panel in chart.panels if any(value is not None for one in panel.series for value in one.values))
    panels = tuple(told)
    return replace(chart, panels=panels) if panels else None


def without_notes(review: Review) -> Review:
    """As people outside may see it: what was agreed inside the house is not for them either."""
    return replace(review, notes=(), actions=())
