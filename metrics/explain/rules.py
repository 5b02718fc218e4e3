"""The rules of an explanation: which one sent an account to its metric, and with which change it came in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from accounts.models import Company
from metrics.cells import Cell, rules_at
from metrics.explain.explained import Provenance, RuleMark, Trial
from metrics.mapping import Mapper, Match
from metrics.mapping_models import AccountMapping, MappingVersion
from metrics.mappings.rows import mapper_from, rules_of
from metrics.mappings.rule import Rule
from metrics.mappings.values import KeptRule, MappingValues, from_json, rule_of

_WORDS = dict(AccountMapping.MatchType.choices)
_AT_ONCE = 20


class Rules:
    """A company's mapping, now or at a moment, ready to say where an account goes and why."""

    def __init__(self, company: Company, moment: datetime | None) -> None:
        self._company, self._moment = company, moment
        kept = rules_of(company) if moment is None else rules_at(company, moment)
        self.mapper: Mapper = mapper_from(kept)
        self._kept = {_rule(one): one for one in kept}

    def match(self, cell: Cell) -> Match:
        return self.mapper.match(cell.full_name, cell.section, cell.number, cell.list_id, cell.month)

    def tried_on(self, cell: Cell) -> tuple[Trial, ...]:
        """Every rule in the order in which it counts."""
        found = self.mapper.diagnose(cell.full_name, cell.section, cell.number, cell.list_id, cell.month)
        return tuple(
            Trial(
                rule_id=one.rule.rule_id,
                match_type=one.rule.match_type.value,
                pattern=one.rule.pattern,
                metric_key=one.rule.metric_key,
                priority=one.rule.priority,
                outcome=one.outcome.value,
                words=one.outcome.words,
            )
            for one in found
        )

    def marks(self, matches: Iterable[Match]) -> Mapping[Rule, RuleMark]:
        """Of the rules that decided, each once; the mapping's versions are looked through once for all of them."""
        catch_all = {match.rule: match.is_catch_all for match in matches if match.rule is not None}
        kept = {rule: self._kept[rule] for rule in catch_all if rule in self._kept}
        came_in = _provenance(self._company, {one.values for one in kept.values()}, self._moment)
        return {rule: _mark(one, came_in.get(one.values), catch_all[rule]) for rule, one in kept.items()}


def _rule(kept: KeptRule) -> Rule | None:
    try:
        return rule_of(kept.values, kept.pk)
    except ValueError:  # written past our checks; it is left out of the mapping too
        return None


def _mark(kept: KeptRule, came_in: Provenance | None, is_catch_all: bool) -> RuleMark:
    values = kept.values
    return RuleMark(
        rule_id=kept.pk,
        match_type=values.match_type,
        match_words=str(_WORDS.get(values.match_type, values.match_type)),
        pattern=values.pattern,
        metric_key=values.qbr_metric_key,
        priority=values.priority,
        note=values.note,
        account_types=values.account_types,
        account_numbers=values.account_numbers,
        list_id=values.list_id,
        effective_from=values.effective_from,
        effective_to=values.effective_to,
        is_catch_all=is_catch_all,
        came_in=came_in,
    )


def _provenance(
    company: Company, wanted: set[MappingValues], moment: datetime | None
) -> dict[MappingValues, Provenance]:
    """The oldest version of the unbroken run, back from the newest, in which each rule stands as it is."""
    found: dict[MappingValues, Provenance] = {}
    versions = MappingVersion.objects.filter(company=company).order_by("-number")
    if moment is not None:
        versions = versions.filter(created_at__lte=moment)
    open_rules = set(wanted)
    for version in versions.iterator(chunk_size=_AT_ONCE):
        open_rules &= {from_json(one) for one in version.rules}
        if not open_rules:
            break
        came_in = Provenance(
            version.number, version.get_kind_display(), version.summary, version.actor, version.created_at
        )
        found.update(dict.fromkeys(open_rules, came_in))
    return found
