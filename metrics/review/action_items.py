"""Action items of quarterly reviews: the only writer, and the reads. What is open is carried to the next quarter."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.models import Company
from metrics.canonical import digest
from metrics.models import ActionItem
from metrics.months import Month
from metrics.periods import FiscalCalendar, Period
from metrics.recompute import lock

LONGEST_TEXT, LONGEST_OWNER = 1000, 200


class BadActionItem(ValueError):
    """An action item that cannot be kept; `problems` names each field and what is wrong with it."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


class ItemWasChanged(ValueError):
    """Somebody else changed or deleted the item since it was read: nothing was overwritten. `now` None: deleted."""

    def __init__(self, now: ActionItem | None) -> None:
        did = "deleted" if now is None else "changed"
        super().__init__(f"The action item was {did} by somebody else in the meantime; nothing was overwritten.")
        self.now = now


def action_items(company: Company, quarter: Month | None = None, *, only_open: bool = False) -> QuerySet[ActionItem]:
    """In the order in which they were agreed. `quarter` is its first month. Open: not done, and not carried on."""
    rows = ActionItem.objects.filter(company=company).select_related("carried_from")
    if quarter is not None:
        # Also those agreed when the fiscal year began in another month: the quarter that their month lies in.
        rows = rows.filter(quarter_first_month__range=(quarter.first_day, quarter.plus(2).first_day))
    if only_open:
        rows = rows.filter(done_at=None, carried_to=None)
    return rows.order_by("quarter_first_month", "pk")


def to_carry(company: Company, quarter: Month) -> QuerySet[ActionItem]:
    """What earlier quarters left open."""
    return action_items(company, only_open=True).filter(quarter_first_month__lt=quarter.first_day)


def add(
    company: Company,
    quarter: Month,
    text: str,
    owner: str = "",
    due_on: date | None = None,
    *,
    actor: str,
    now: datetime,
) -> ActionItem:
    """`quarter` is its first month (quarter_of). Raises BadActionItem."""
    clean_text, clean_owner = _checked(text, owner)
    with transaction.atomic():
        item = ActionItem.objects.create(
            company=company,
            quarter_first_month=quarter.first_day,
            text=clean_text,
            owner=clean_owner,
            due_on=due_on,
            created_by=actor[:200],
            created_at=now,
        )
        _audit("action_item.added", item, actor, now)
    return item


def in_span(company: Company, first: Month, last: Month, calendar: FiscalCalendar) -> QuerySet[ActionItem]:
    """Those of every quarter that the months touch."""
    days = (quarter_of(first, calendar).first_day, last.first_day)
    return action_items(company).filter(quarter_first_month__range=days).select_related("carried_from", "carried_to")


def state_of(item: ActionItem, today: date) -> str:
    """done, carried, overdue or open."""
    if item.done_at:
        return "done"
    if getattr(item, "carried_to", None) is not None:
        return "carried"
    return "overdue" if item.due_on and item.due_on < today else "open"


def version_of(item: ActionItem) -> str:
    """What says that two readings of an item's words are the same."""
    said = {"text": item.text, "owner": item.owner, "due_on": item.due_on.isoformat() if item.due_on else ""}
    return digest(said)[:32]


def change(
    item: ActionItem,
    text: str,
    owner: str,
    due_on: date | None,
    *,
    actor: str,
    now: datetime,
    seen: str | None = None,
) -> ActionItem:
    """`seen`: version_of the item as it was read, None to take it as it is. Raises BadActionItem, ItemWasChanged."""
    clean_text, clean_owner = _checked(text, owner)
    with transaction.atomic():
        kept = ActionItem.objects.select_for_update().filter(pk=item.pk).first()
        if kept is None or (seen is not None and version_of(kept) != seen):
            raise ItemWasChanged(kept)
        item.text, item.owner, item.due_on = clean_text, clean_owner, due_on
        item.save(update_fields=["text", "owner", "due_on"])
        _audit("action_item.changed", item, actor, now, before=kept.text)
    return item


def set_done(item: ActionItem, *, is_done: bool, actor: str, now: datetime) -> bool:
    """Whether it changed anything: done twice is done once, with the first moment kept."""
    with transaction.atomic():
        same = ActionItem.objects.filter(pk=item.pk, done_at__isnull=is_done)
        changed = bool(same.update(done_at=now if is_done else None))
        if changed:
            item.done_at = now if is_done else None
            _audit("action_item.done" if is_done else "action_item.reopened", item, actor, now)
    return changed


def delete(item: ActionItem, *, actor: str, now: datetime, seen: str | None = None) -> None:
    """The audit trail keeps its words. What it was carried from is open again. Raises ItemWasChanged."""
    with transaction.atomic():
        kept = ActionItem.objects.select_for_update().filter(pk=item.pk).first()
        if kept is None or (seen is not None and version_of(kept) != seen):
            raise ItemWasChanged(kept)
        _audit("action_item.deleted", kept, actor, now)
        kept.delete()


def carry_forward(company: Company, quarter: Month, *, actor: str, now: datetime) -> tuple[ActionItem, ...]:
    """Put what earlier quarters left open on this quarter's list, each once; the old lines stay where they were."""
    with transaction.atomic():
        lock(company)
        carried = tuple(
            ActionItem.objects.create(
                company=company,
                quarter_first_month=quarter.first_day,
                text=item.text,
                owner=item.owner,
                due_on=item.due_on,
                carried_from=item,
                created_by=actor[:200],
                created_at=now,
            )
            for item in to_carry(company, quarter)
        )
        if carried:
            audit.record(
                action="action_items.carried",
                success=True,
                now=now,
                actor=actor,
                company=company,
                quarter=str(quarter),
                items=[item.pk for item in carried],
            )
    return carried


def quarter_of(month: Month, calendar: FiscalCalendar) -> Month:
    """The first month of the fiscal quarter in which the month lies."""
    return Period.quarter(month, calendar).first


def _checked(text: str, owner: str) -> tuple[str, str]:
    clean_text, clean_owner = (" ".join(words.replace("\x00", "").split()) for words in (text, owner))
    problems = {}
    if not clean_text:
        problems["text"] = "Say what is to be done."
    elif len(clean_text) > LONGEST_TEXT:
        problems["text"] = f"At most {LONGEST_TEXT:,} characters; these are {len(clean_text):,}."
    if len(clean_owner) > LONGEST_OWNER:
        problems["owner"] = f"At most {LONGEST_OWNER} characters."
    if problems:
        raise BadActionItem(problems)
    return clean_text, clean_owner


def _audit(action: str, item: ActionItem, actor: str, now: datetime, **details: str) -> None:
    audit.record(
        action=action,
        success=True,
        now=now,
        actor=actor,
        company=item.company,
        item=item.pk,
        quarter=str(Month.of(item.quarter_first_month)),
        text=item.text,
        owner=item.owner,
        due_on=item.due_on.isoformat() if item.due_on else "",
        **details,
    )
