"""The columns of a period's table: its figures, and of comparisons and targets those that there are. Pure."""

from __future__ import annotations

from collections.abc import Callable

from metrics.exports.review import Line, Review
from metrics.figure_words import written

Column = tuple[str, Callable[[Line], str]]
NOTHING = "–"


def compared_columns(review: Review) -> tuple[Column, ...]:
    """Heading and what stands under it for a line; a column with nothing in it is left out."""
    found: list[Column] = [(review.period, lambda line: written(line.value, line.unit))]
    every = (*review.lines, *review.derived)
    if any(line.previous for line in every):
        head = f"Against {review.previous_label or 'before'}"
        found.append((head, lambda line: line.previous.words if line.previous else NOTHING))
    if any(line.last_year for line in every):
        head = f"Against {review.last_year_label or 'last year'}"
        found.append((head, lambda line: line.last_year.words if line.last_year else NOTHING))
    if any(line.target is not None for line in every):
        found.append(("Target", lambda line: written(line.target, line.unit)))
        found.append(("Verdict", lambda line: line.verdict or NOTHING))
    return tuple(found)
