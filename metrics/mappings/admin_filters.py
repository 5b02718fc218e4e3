"""Filters of the list of mappings: by metric, catch-alls, and whether a rule is in force."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts import clock
from metrics.mapping import BadRule, MatchType
from metrics.mappings.matching import compile_pattern
from metrics.mappings.rows import METRIC_KEYS
from metrics.mappings.safe_regex import Patience
from metrics.mappings.values import rule_of, values_of
from metrics.mappings.words import METRIC_LABELS
from metrics.models import AccountMapping
from metrics.months import Month

if TYPE_CHECKING:
    Rows = QuerySet[AccountMapping]


class MetricFilter(SimpleListFilter):
    title = "metric"
    parameter_name = "metric"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [(key, METRIC_LABELS[key]) for key in METRIC_KEYS]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        return queryset.filter(qbr_metric_key=self.value()) if self.value() else queryset


class CatchAllFilter(SimpleListFilter):
    """A catch-all is tried after every rule that knows the account."""

    title = "catch-all"
    parameter_name = "catch_all"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [("yes", "Catches whatever is left"), ("no", "Knows its accounts")]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        if self.value() not in ("yes", "no"):
            return queryset
        candidates = queryset.filter(match_type__in=(MatchType.WILDCARD.value, MatchType.REGEX.value))
        found = [row.pk for row in candidates if is_catch_all(row)]
        return queryset.filter(pk__in=found) if self.value() == "yes" else queryset.exclude(pk__in=found)


def is_catch_all(row: AccountMapping) -> bool:
    """Whether it would match a nameless account; a rule that cannot be used catches nothing."""
    try:
        return compile_pattern(rule_of(values_of(row), row.pk), Patience()).is_catch_all
    except (BadRule, ValueError):
        return False


class EffectiveFilter(SimpleListFilter):
    title = "in force"
    parameter_name = "in_force"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        return [("now", "This month"), ("later", "Later"), ("over", "Over"), ("limited", "In some months only")]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        today = Month.of(clock.now()).first_day
        is_begun = Q(effective_from=None) | Q(effective_from__lte=today)
        is_open = Q(effective_to=None) | Q(effective_to__gte=today)
        conditions = {
            "now": is_begun & is_open,
            "later": ~is_begun,
            "over": ~is_open,
            "limited": ~Q(effective_from=None, effective_to=None),
        }
        condition = conditions.get(self.value() or "")
        return queryset if condition is None else queryset.filter(condition)
