"""What the mapping page shows of the accounts: the tree or a list, page by page, with drafts and suggestions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from urllib.parse import urlencode

from django.http import QueryDict

from metrics.mappings.rows import METRIC_KEYS
from metrics.mappings.suggestions import Suggestion
from metrics.workspace.accounts import Flag, Workspace, WorkspaceAccount, biggest_first, suggestions_for
from metrics.workspace.draft import Assignment, Scope
from metrics.workspace.tree import TreePage, TreeRow, page_of, tree_rows

PAGE_SIZE = 200
MOST_ATTENTION = 12  # on top of the tree; the rest is a click away


def _flagged(*flags: Flag) -> Callable[[WorkspaceAccount], bool]:
    wanted = frozenset(flags)
    return lambda one: bool(one.flags & wanted)


# (value in the address, words, which accounts)
SHOWS: tuple[tuple[str, str, Callable[[WorkspaceAccount], bool]], ...] = (
    ("all", "All", lambda _: True),
    ("attention", "Needs attention", lambda one: one.needs_attention),
    ("unmapped", "Unmapped", _flagged(Flag.UNMAPPED)),
    ("catch-all", "Catch-all", _flagged(Flag.CATCH_ALL)),
    ("new", "New", _flagged(Flag.NEW)),
    ("renamed", "Renamed or moved", _flagged(Flag.RENAMED, Flag.MOVED)),
    ("pinned", "Pinned", _flagged(Flag.PINNED)),
)
_TESTS = {value: test for value, _, test in SHOWS}


@dataclass(frozen=True)
class Choice:
    """What of the accounts is shown; as_query() is its address."""

    show: str = "all"
    metric: str = ""
    words: str = ""
    page: int = 1

    @classmethod
    def of(cls, sent: QueryDict) -> Choice:
        page = sent.get("page", "")
        return cls(
            show=sent.get("show", "") if sent.get("show") in _TESTS else "all",
            metric=sent.get("metric", "") if sent.get("metric") in METRIC_KEYS else "",
            words=sent.get("q", "").strip()[:100],
            page=int(page) if page.isascii() and page.isdecimal() and len(page) < 6 else 1,
        )

    @property
    def is_tree(self) -> bool:
        return self.show == "all" and not self.metric and not self.words

    def as_query(self) -> str:
        given = {
            "show": self.show if self.show != "all" else "",
            "metric": self.metric,
            "q": self.words,
            "page": str(self.page) if self.page > 1 else "",
        }
        found = urlencode({name: value for name, value in given.items() if value})
        return f"?{found}" if found else ""

    def admits(self, one: WorkspaceAccount) -> bool:
        if not _TESTS[self.show](one) or (self.metric and one.metric_key != self.metric):
            return False
        text = f"{one.number} {one.full_name}".casefold()
        return all(word in text for word in self.words.casefold().split())


@dataclass(frozen=True)
class Chip:
    """A filter with how many accounts it shows."""

    words: str
    count: int
    query: str
    is_chosen: bool


@dataclass(frozen=True)
class Line:
    """A row of the table. `drafted` is what the draft says of this account alone."""

    name: str
    number: str
    above: str
    depth: int
    amounts: tuple[Decimal | None, ...]
    total: Decimal
    account: WorkspaceAccount | None
    row: TreeRow | None = None
    drafted: Assignment | None = None
    suggestions: tuple[Suggestion, ...] = ()

    @property
    def chosen(self) -> str:
        """The metric that the select shows: the draft's, else today's."""
        assert self.account is not None
        if self.drafted is None:
            return self.account.metric_key
        return self.drafted.metric_key or "release"


@dataclass(frozen=True)
class Listing:
    """The lines of a page, and where it stands among the pages."""

    lines: tuple[Line, ...]
    attention: tuple[Line, ...]
    more_attention: int
    number: int
    pages: int
    count: int


def chips(space: Workspace, choice: Choice) -> list[Chip]:
    """The filters that hold something, and the chosen one."""
    found = []
    for value, words, test in SHOWS:
        count = sum(test(one) for one in space.accounts)
        if count or value in ("all", "attention", choice.show):
            query = Choice(show=value).as_query()
            found.append(Chip(words, count, query, choice.show == value and not choice.metric and not choice.words))
    return found


def listing(space: Workspace, choice: Choice, draft: Sequence[Assignment], *, suggest: bool) -> Listing:
    """The page that was chosen. `suggest`: with suggestions, for somebody who may follow them."""
    drafted = {one.account_key: one for one in draft if one.scope is Scope.THIS}
    if choice.is_tree:
        return _tree(space, choice, drafted, suggest=suggest)
    chosen = biggest_first(one for one in space.accounts if choice.admits(one))
    pages = max(1, -(-len(chosen) // PAGE_SIZE))
    number = min(max(choice.page, 1), pages)
    shown = chosen[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    lines = _flat(space, shown, drafted, suggest=suggest)
    return Listing(lines, (), 0, number, pages, len(chosen))


def _tree(space: Workspace, choice: Choice, drafted: Mapping[str, Assignment], *, suggest: bool) -> Listing:
    page = page_of(tree_rows(space.accounts), choice.page, PAGE_SIZE)
    attention = space.attention if page.number == 1 else ()
    return Listing(
        lines=_of_tree(page, drafted),
        attention=_flat(space, attention[:MOST_ATTENTION], drafted, suggest=suggest),
        more_attention=max(0, len(attention) - MOST_ATTENTION),
        number=page.number,
        pages=page.pages,
        count=len(space.accounts),
    )


def _of_tree(page: TreePage, drafted: Mapping[str, Assignment]) -> tuple[Line, ...]:
    return tuple(
        Line(
            name=row.name,
            number=row.number,
            above="",
            depth=min(row.depth, 6),
            amounts=row.amounts,
            total=row.total,
            account=row.account,
            row=row,
            drafted=drafted.get(row.account.account_key) if row.account else None,
        )
        for row in page.rows
    )


def _flat(
    space: Workspace, accounts: Sequence[WorkspaceAccount], drafted: Mapping[str, Assignment], *, suggest: bool
) -> tuple[Line, ...]:
    wanted = [one for one in accounts if one.needs_attention or Flag.UNMAPPED in one.flags] if suggest else []
    suggestions = suggestions_for(space, wanted)
    return tuple(
        replace(line_of(one, drafted.get(one.account_key)), suggestions=suggestions.get(one.account_key, ()))
        for one in accounts
    )


def line_of(one: WorkspaceAccount, drafted: Assignment | None = None) -> Line:
    above, _, name = one.full_name.rpartition(":")
    return Line(name, one.number, above.replace(":", " › "), 0, one.amounts, one.total, one, drafted=drafted)
