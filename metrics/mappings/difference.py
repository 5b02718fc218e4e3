"""What an import would change: mappings added, removed and changed, for the preview."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass

from metrics.mappings.file_row import MappingFileRow
from metrics.months import Month

Identity = tuple[str, str, str, frozenset[str], str, Month | None, Month | None]


@dataclass(frozen=True)
class Change:
    """One mapping before and after."""

    old: MappingFileRow
    new: MappingFileRow


@dataclass(frozen=True)
class Difference:
    """In file order; `unchanged` counts the rest."""

    added: tuple[MappingFileRow, ...]
    removed: tuple[MappingFileRow, ...]
    changed: tuple[Change, ...]
    unchanged: int

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.removed or self.changed)


def identity(row: MappingFileRow) -> Identity:
    """What a mapping looks at; its metric, priority, note and whether it is active may change."""
    return (
        row.match_type,
        row.pattern,
        row.list_id,
        frozenset(row.account_types),
        row.account_numbers,
        row.effective_from,
        row.effective_to,
    )


def difference(old: Sequence[MappingFileRow], new: Sequence[MappingFileRow]) -> Difference:
    """Match the rows by what they look at; what is left, by position: those after the same matched row, in order."""
    pairs = _by_identity(old, new)
    pairs |= _by_position(old, new, pairs)
    matched_old = set(pairs.values())
    changes = [(Change(old[pairs[place]], new[place])) for place in sorted(pairs)]
    changed = tuple(change for change in changes if change.old != change.new)
    return Difference(
        added=tuple(row for place, row in enumerate(new) if place not in pairs),
        removed=tuple(row for place, row in enumerate(old) if place not in matched_old),
        changed=changed,
        unchanged=len(changes) - len(changed),
    )


def _by_identity(old: Sequence[MappingFileRow], new: Sequence[MappingFileRow]) -> dict[int, int]:
    """New place → old place; rows that say the same twice are matched in order."""
    places: dict[Identity, deque[int]] = defaultdict(deque)
    for place, row in enumerate(old):
        places[identity(row)].append(place)
    return {place: places[identity(row)].popleft() for place, row in enumerate(new) if places[identity(row)]}


def _by_position(old: Sequence[MappingFileRow], new: Sequence[MappingFileRow], pairs: dict[int, int]) -> dict[int, int]:
    """A rule that was edited in place stands after the same rule as before."""
    waiting: dict[int, deque[int]] = defaultdict(deque)
    before, matched_old = -1, set(pairs.values())
    for place in range(len(old)):
        if place in matched_old:
            before = place
        else:
            waiting[before].append(place)
    found, before = {}, -1
    for place in range(len(new)):
        before = pairs.get(place, before)
        if place not in pairs and waiting[before]:
            found[place] = waiting[before].popleft()
    return found
