"""What a reader must know before trusting an explained figure: said plainly, the worst first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC

from metrics.derived import Figure
from metrics.explain.explained import Explanation, Notice
from metrics.explain.formulas import DIVISOR, written
from metrics.figure_words import moment_words
from metrics.months import Month
from metrics.periods import PeriodFigures

_MOST_NAMES = 6


def notices_of(explained: Explanation, totals: PeriodFigures, from_cells: Figure) -> tuple[Notice, ...]:
    """`from_cells`: the figure added up once more from the amounts, None when it is not made of amounts."""
    found = [
        *_evidence(explained),
        *_arithmetic(explained, from_cells),
        *_tie_outs(explained),
        *_missing(explained, totals),
        *_not_told(explained),
        *_rows(explained),
        *_then(explained),
    ]
    return tuple(sorted(found, key=lambda one: ("bad", "warn", "plain").index(one.tone)))


def _evidence(explained: Explanation) -> Iterator[Notice]:
    for source in explained.sources:
        if source.problem:
            tone = "warn" if source.is_intact is None else "bad"
            yield Notice(tone, f"Exchange {source.exchange_id}: {source.problem}")


def _arithmetic(explained: Explanation, from_cells: Figure) -> Iterator[Notice]:
    if from_cells is None or explained.value is None or from_cells == explained.value:
        return
    stored, again = written(explained.value, explained.unit), written(from_cells, explained.unit)
    yield Notice(
        "bad",
        f"The stored figure is {stored}, but its ledger accounts come to {again}. Something was changed past the"
        " product; an administrator can put it right with “manage.py reread”.",
    )


def _tie_outs(explained: Explanation) -> Iterator[Notice]:
    untied = [mark for mark in explained.months if not mark.is_tied]
    if len(untied) == 1:
        yield Notice("warn", f"{untied[0].month.label} does not tie out. {untied[0].message}")
    elif untied:
        yield Notice("warn", f"These months do not tie out: {_names([mark.month for mark in untied])}.")


def _missing(explained: Explanation, totals: PeriodFigures) -> Iterator[Notice]:
    if not totals.months_missing:
        return
    if not explained.months:
        then = " by then" if explained.moment is not None else ""
        yield Notice("warn", f"Nothing of {explained.period.label} was read from QuickBooks{then} on this basis.")
    else:
        yield Notice("warn", f"Months that were not read are left out: {_names(totals.months_missing)}.")


def _not_told(explained: Explanation) -> Iterator[Notice]:
    """Why there is no figure although months are there."""
    if explained.value is not None or not explained.months:
        return
    unknown = [one.label for one in explained.inputs if one.value is None]
    divisors = [one for one in explained.inputs if one.role == DIVISOR]
    if unknown:
        yield Notice("warn", f"It cannot be told, because this is not known: {', '.join(unknown)}.")
    elif divisors:
        names = " + ".join(one.label.lower() for one in divisors)
        yield Notice("warn", f"It means nothing here: what it is measured against ({names}) is zero or less.")


def _rows(explained: Explanation) -> Iterator[Notice]:
    added = [line.full_name for line in explained.lines if line.evidence is not None and not line.evidence.shows_amount]
    if added:
        names = ", ".join(added[:_MOST_NAMES])
        yield Notice("plain", f"QuickBooks printed these accounts in several rows, which were added: {names}.")
    lost = [line for line in explained.lines if line.evidence is not None and line.evidence.text is None]
    if lost and not any(source.problem for source in explained.sources):
        yield Notice("bad", f"The stored answer does not hold the row of {lost[0].full_name}. Run “manage.py reread”.")


def _then(explained: Explanation) -> Iterator[Notice]:
    if explained.moment is None:
        return
    then = moment_words(explained.moment.astimezone(UTC))
    yield Notice("plain", f"As known on {then}, with the mapping of that moment.")
    later = [s for s in explained.sources if s.answered_at is not None and s.answered_at > explained.moment]
    if later:
        yield Notice(
            "plain", "The rows shown are from a newer answer that says the same of these accounts as the one of then."
        )


def _names(months: Sequence[Month]) -> str:
    more = f" and {len(months) - _MOST_NAMES} more" if len(months) > _MOST_NAMES else ""
    return ", ".join(month.label for month in months[:_MOST_NAMES]) + more
