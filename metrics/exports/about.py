"""What the figures of a review are, in words that stand in every file of it."""

from __future__ import annotations

from collections.abc import Sequence

from metrics.arithmetic import Unit
from metrics.exports.review import Review, ReviewAction, UnmappedAccount
from metrics.figure_words import written


def about_rows(review: Review) -> Sequence[tuple[str, str]]:
    """What the figures are, in pairs."""
    return (
        ("Company", review.company),
        ("Review", review.name),
        ("Period", f"{review.period} ({review.first} to {review.last})"),
        ("Basis", review.basis),
        ("Currency", review.currency),
        ("Status", review.status),
        ("Tie-out", review.tie_out),
        *(("Caution", one) for one in review.cautions),
        *(("Not ready because", one) for one in review.reservations),
        ("Source", review.source),
        ("Mapping version", str(review.mapping_number)),
        ("SHA-256 of the figures", review.sha256 or "not frozen"),
        *((f"Note: {one.about}" if one.about else "Note", f"{one.text} ({one.author})") for one in review.notes),
        *(("Action item", _action_words(one)) for one in review.actions),
        *((f"Unmapped: {one.account_type}", unmapped_words(one, review.currency)) for one in review.unmapped),
    )


def unmapped_words(one: UnmappedAccount, currency: str) -> str:
    """The amount first: behind a name that is written from right to left it would stand on the wrong side."""
    return f"{written(one.amount, Unit.MONEY)} {currency}: {one.full_name}"


def _action_words(one: ReviewAction) -> str:
    parts = (one.text, one.owner, f"by {one.due_on}" if one.due_on else "", one.state.lower())
    return " · ".join(part for part in parts if part)
