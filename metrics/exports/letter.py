"""The letter that brings a review: its subject and its text, from the frozen figures. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from metrics.exports.plain_words import one_line
from metrics.exports.review import Review
from metrics.figure_words import day_words, written

HEADLINES = ("total_revenue", "net_profit", "net_margin")
LONGEST_SUBJECT = 150


@dataclass(frozen=True)
class Enclosed:
    """What comes with the letter: a link, files, or both empty in a test."""

    link: str = ""
    link_until: str = ""  # to the minute, in the words of the schedule's time zone
    file_names: tuple[str, ...] = ()
    too_large: str = ""  # how large the files would have been, if that is why there is a link instead
    is_test: bool = False


def subject_of(company: str, period: str, *, is_test: bool = False) -> str:
    """ "Acme: QBR for Q2 2026", on one line whatever the names hold; a long name never costs the period."""
    begin, end = "Test: " if is_test else "", f": QBR for {one_line(period)}"
    name, room = one_line(company), LONGEST_SUBJECT - len(begin) - len(end)
    return f"{begin}{name if len(name) <= room else f'{name[: room - 1].rstrip()}…'}{end}"


def text_of(review: Review, message: str, enclosed: Enclosed) -> str:
    """The whole letter, in paragraphs."""
    parts = [
        "This is a test: nobody else has got it." if enclosed.is_test else "",
        message.strip(),
        f"{one_line(review.company)}: {review.period}, {review.basis} basis, in {review.currency}",
        "\n".join(_headlines(review)),
        review.tie_out,
        _frozen(review),
        _reservations(review),
        _enclosure(enclosed),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def not_ready_text(company: str, period: str, reasons: Sequence[str], address: str, until: str) -> str:
    """For whoever is told that a period could not be sent."""
    listed = "\n".join(f"- {reason}" for reason in reasons)
    return (
        f"{one_line(company)}: the review of {period} was not sent, because the period is not ready to present.\n\n"
        f"{listed}\n\n"
        f"It is tried again every day until {until}. To see it, or to send it all the same:\n{address}\n"
    )


def failed_text(company: str, period: str, reasons: Sequence[str], address: str) -> str:
    """For the same people, when no try has made it."""
    listed = "\n".join(f"- {reason}" for reason in reasons)
    return (
        f"{one_line(company)}: the review of {period} could not be sent, and is not tried again by itself.\n\n"
        f"{listed}\n\n"
        f"When the cause is mended, “Send now” sends it to whoever has not got it:\n{address}\n"
    )


def given_up_text(company: str, period: str, reasons: Sequence[str], address: str) -> str:
    """For the same people, when its time is over."""
    listed = "\n".join(f"- {reason}" for reason in reasons)
    told = f"{one_line(company)}: the review of {period} was not sent, and will not be."
    return f"{told}\n\n{listed}\n\nTo see it:\n{address}\n"


def size_words(count: int) -> str:
    """ "24.3 MB"."""
    return f"{count / 1_000_000:.1f} MB"


def _headlines(review: Review) -> list[str]:
    lines = [review.line(key) for key in HEADLINES]
    texts = [written(line.value, line.unit) for line in lines]
    labels, figures = max(len(line.label) for line in lines), max(len(text) for text in texts)
    return [f"{line.label:<{labels}}  {text:>{figures}}" for line, text in zip(lines, texts, strict=True)]


def _frozen(review: Review) -> str:
    day = day_words(datetime.fromisoformat(review.created_at).date())
    if not review.is_frozen:
        return f"Not frozen: as of {day}. The letter that is sent by schedule has frozen figures."
    return f"Frozen on {day}: the figures stay as they are here, whatever changes in QuickBooks later."


def _reservations(review: Review) -> str:
    if not review.reservations:
        return ""
    return "Not ready to present when it was frozen:\n" + "\n".join(f"- {one}" for one in review.reservations)


def _enclosure(enclosed: Enclosed) -> str:
    parts = []
    if enclosed.too_large:
        parts.append(f"The files come to {enclosed.too_large}, too much for a letter; the link has them instead.")
    if enclosed.link and enclosed.link_until:
        parts.append(f"Figures, charts and files, without signing in, until {enclosed.link_until}:")
        parts.append(enclosed.link)
        parts.append("The address is yours alone: whoever has it sees these figures.")
    if enclosed.file_names:
        parts.append("Attached: " + ", ".join(enclosed.file_names))
    if enclosed.is_test and not enclosed.link and not enclosed.file_names:
        parts.append("The letter that is sent by schedule has a link here, one of its own for each recipient.")
    return "\n".join(parts)
