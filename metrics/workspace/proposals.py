"""A change of the mapping that is shown before it is saved: a draft, a template, a file, an earlier version."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from accounts.models import Company
from accounts.permissions import Caller
from metrics.mappings.difference import Difference
from metrics.mappings.preview import MappingPreview, MetricLine, Move, preview
from metrics.mappings.rows import mapper_from, rules_of
from metrics.mappings.sets import Mode, apply_set, difference_of, find_template, merge_template
from metrics.mappings.templates import NoSuchTemplate
from metrics.mappings.values import KeptRule, rules_as_json, rules_from_json
from metrics.mappings.words import metric_label
from metrics.models import MappingVersion
from metrics.months import Month
from metrics.workspace.accounts import Workspace, WorkspaceAccount
from metrics.workspace.draft import RELEASE, Assignment, Scope, rules_with

Kind = MappingVersion.Kind
MOST_SUMMARY = 300


class NotProposable(ValueError):
    """What was asked for cannot be made into a change; the message says why."""


@dataclass(frozen=True)
class Proposal:
    """`rules` are what the mapping would then be; `fields` name the change in a form, so that it can be made again."""

    kind: MappingVersion.Kind
    title: str
    summary: str
    rules: tuple[KeptRule, ...]
    fields: Mapping[str, str]
    draft: tuple[Assignment, ...] = ()


@dataclass(frozen=True)
class Stay:
    """An account that a draft means to move and that yet goes elsewhere, with the rule that holds it."""

    full_name: str
    metric_key: str
    rule: str


@dataclass(frozen=True)
class LineTable:
    """A metric's months for a table: (before, after) each, and the sums of both."""

    label: str
    months: tuple[tuple[Decimal, Decimal], ...]
    before: Decimal
    after: Decimal

    @classmethod
    def of(cls, line: MetricLine) -> LineTable:
        months = tuple(zip(line.before, line.after, strict=True))
        return cls(line.label, months, line.total_before, line.total_after)

    @property
    def change(self) -> Decimal:
        return self.after - self.before


@dataclass(frozen=True)
class Shown:
    """A proposal with all that is told of it; `base` is the number of the newest version it was made from."""

    proposal: Proposal
    preview: MappingPreview
    difference: Difference
    base: int
    problems: tuple[tuple[str, str], ...]
    stays: tuple[Stay, ...] = ()

    @property
    def is_nothing(self) -> bool:
        return self.difference.is_empty

    @property
    def may_be_saved(self) -> bool:
        return not self.problems and not self.is_nothing

    @property
    def lines(self) -> tuple[LineTable, ...]:
        """Those that change."""
        return tuple(LineTable.of(line) for line in self.preview.changed_lines)

    @property
    def same(self) -> tuple[LineTable, ...]:
        """Those that do not, without lines that are zero throughout."""
        return tuple(LineTable.of(line) for line in self.preview.lines if not line.is_changed and any(line.after))

    @property
    def moves(self) -> tuple[tuple[Move, str, str], ...]:
        """Each with the words for where from and where to."""
        return tuple((one, metric_label(one.before), metric_label(one.after)) for one in self.preview.moves)


@dataclass(frozen=True)
class VersionStep:
    """A version with what it changed against the one before; None for the first one."""

    version: MappingVersion
    difference: Difference | None


@dataclass
class Asked:
    """Who asks for what."""

    company: Company
    caller: Caller
    fields: Mapping[str, str]
    draft: Sequence[Assignment] = field(default_factory=tuple)


def proposal_of(asked: Asked) -> Proposal:
    """From a form's fields, where `what` says which sort of change it is. Raises NotProposable."""
    make = _MAKERS.get(asked.fields.get("what", ""))
    if make is None:
        raise NotProposable("The page was incomplete. Start again.")
    return make(asked)


def of_file(name: str, rules: Sequence[KeptRule], words: str) -> Proposal:
    """An import that was read already: its rules travel in the form."""
    text = json.dumps(rules_as_json(rules))
    summary = f"Imported {name[:80]}: {words}"
    return Proposal(
        Kind.IMPORT, f"Import {name[:80]}", summary, tuple(rules), {"what": "file", "rules": text, "summary": summary}
    )


def shown(company: Company, proposal: Proposal, basis: str, space: Workspace | None = None) -> Shown:
    """What it would do to the figures, the accounts and the rules; nothing is written."""
    found = preview(company, proposal.rules, basis=basis)
    newest = MappingVersion.objects.filter(company=company).order_by("-number").values_list("number", flat=True).first()
    problems = tuple(
        (proposal.rules[place].values.pattern, problem)
        for place, bad in sorted(found.problems.items())
        for problem in bad.values()
    )
    return Shown(
        proposal,
        found,
        difference_of(rules_of(company), proposal.rules),
        newest or 0,
        problems,
        _stays(proposal, space) if space else (),
    )


def save(company: Company, proposal: Proposal, *, digest: str, actor: str, now: datetime) -> MappingVersion:
    """Make it so. Raises BadMappings, and MappingMoved when the rules are not those any more that were shown."""
    return apply_set(
        company,
        proposal.rules,
        kind=proposal.kind,
        summary=proposal.summary[:MOST_SUMMARY],
        actor=actor,
        now=now,
        expected=digest,
    )


def steps(versions: Sequence[MappingVersion], before: MappingVersion | None) -> tuple[VersionStep, ...]:
    """Each of these (newest first) against the next; `before` precedes the last of them."""
    rules = [rules_from_json(one.rules) for one in versions]
    rules.append(rules_from_json(before.rules) if before else ())
    return tuple(
        VersionStep(one, difference_of(rules[place + 1], rules[place]) if before or place + 1 < len(versions) else None)
        for place, one in enumerate(versions)
    )


def steps_since(company: Company, base: int) -> tuple[VersionStep, ...]:
    """What others saved after version `base`, newest first."""
    rows = MappingVersion.objects.filter(company=company)
    found = list(rows.filter(number__gt=base).order_by("-number")[:20])
    if not found:
        return ()
    before = rows.filter(number__lt=found[-1].number).order_by("-number").first()
    return tuple(step for step in steps(found, before) if step.difference is not None)


def whole(text: str) -> int:
    """The number of a version; 0, which none has, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def _of_draft(asked: Asked) -> Proposal:
    draft = tuple(asked.draft)
    if not draft:
        raise NotProposable("The draft is empty: assign an account first.")
    rules = rules_with(rules_of(asked.company), draft)
    count = len(draft)
    words = "; ".join(one.words for one in draft)
    summary = f"Mapped {words}" if count == 1 else f"{count} changes: {words}"
    title = "What this change does" if count == 1 else f"What these {count} changes do"
    return Proposal(Kind.EDIT, title, summary, rules, {"what": "draft"}, draft)


def _of_version(asked: Asked) -> Proposal:
    number = whole(asked.fields.get("version", ""))
    version = MappingVersion.objects.filter(company=asked.company, number=number).first()
    if version is None:
        raise NotProposable("There is no such version of the mapping.")
    words = f"Back to version {version.number}"
    return Proposal(
        Kind.ROLLBACK, words, words, rules_from_json(version.rules), {"what": "version", "version": str(version.number)}
    )


def _of_template(asked: Asked) -> Proposal:
    mode: Mode = "add" if asked.fields.get("mode") == "add" else "replace"
    try:
        template = find_template(asked.caller, asked.company, asked.fields.get("template", ""))
    except NoSuchTemplate as problem:
        raise NotProposable(str(problem)) from problem
    words = f"Template “{template.name}” {'added' if mode == 'add' else 'applied'}"
    fields = {"what": "template", "template": template.key, "mode": mode}
    return Proposal(Kind.TEMPLATE, words, words, merge_template(asked.company, template, mode), fields)


def _of_file(asked: Asked) -> Proposal:
    try:
        rules = rules_from_json(json.loads(asked.fields["rules"]))
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise NotProposable("The preview was changed on its way. Choose the file again.") from problem
    summary = asked.fields.get("summary", "")[:MOST_SUMMARY] or "Imported a file"
    kept = {"what": "file", "rules": asked.fields["rules"], "summary": summary}
    return Proposal(Kind.IMPORT, "Import a file", summary, rules, kept)


_MAKERS = {"draft": _of_draft, "version": _of_version, "template": _of_template, "file": _of_file}


def _stays(proposal: Proposal, space: Workspace) -> tuple[Stay, ...]:
    """Accounts of the draft that another rule keeps where they are: one pinned below, or one of a first priority."""
    if not proposal.draft:
        return ()
    mapper = mapper_from(proposal.rules)
    found: dict[str, Stay] = {}
    for one in proposal.draft:
        for account in _meant(one, space):
            month = _month_to_ask(one.first_month, space.newest)
            match = mapper.match(account.full_name, account.section, account.number, account.list_id, month)
            if match.metric_key != one.metric_key:
                rule = match.rule.pattern if match.rule else ""
                found[account.account_key] = Stay(account.full_name, metric_label(match.metric_key), rule)
            else:
                found.pop(account.account_key, None)
    return tuple(found.values())


def _month_to_ask(first: Month | None, newest: Month | None) -> Month | None:
    if first is None or newest is None:
        return newest or first
    return max(first, newest)


def _meant(one: Assignment, space: Workspace) -> Sequence[WorkspaceAccount]:
    if one.metric_key == RELEASE or one.scope is Scope.CONTAINS:
        return ()
    below = f"{one.full_name}:".casefold()
    return [
        account
        for account in space.accounts
        if account.account_key == one.account_key
        or (
            one.scope is Scope.BELOW
            and account.section is one.section
            and account.full_name.casefold().startswith(below)
        )
    ]
