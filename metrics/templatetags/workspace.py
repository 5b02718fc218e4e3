"""What the mapping workspace writes many hundreds of times: the choices of a metric, and a small line of amounts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from metrics.arithmetic import EXPENSE_METRICS, REVENUE_METRICS, UNMAPPED
from metrics.mapping import Match, MatchType
from metrics.mappings.words import MATCH_LABELS, metric_label
from metrics.workspace.forms import RELEASE_VALUE

register = template.Library()

WIDTH, HEIGHT = 72, 20


@register.simple_tag
def metric_options(selected: str, is_pinned: bool) -> SafeString:
    """`<option>` elements, revenue and expenses apart; the same few texts for every account, so each is made once."""
    return _options(selected, is_pinned)


@lru_cache(maxsize=64)
def _options(selected: str, is_pinned: bool) -> SafeString:
    last = [UNMAPPED, RELEASE_VALUE] if is_pinned else [UNMAPPED]
    groups = (("Revenue", REVENUE_METRICS), ("Expenses", EXPENSE_METRICS), ("Neither", last))
    return format_html_join(
        "", '<optgroup label="{}">{}</optgroup>', ((label, _group(keys, selected)) for label, keys in groups)
    )


def _group(keys: Sequence[str], selected: str) -> SafeString:
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((key, SafeString(" selected") if key == selected else "", _label(key)) for key in keys),
    )


def _label(key: str) -> str:
    if key == UNMAPPED:
        return "Unmapped"
    return "Let the rules decide" if key == RELEASE_VALUE else metric_label(key)


@register.filter
def metric_name(key: str) -> str:
    """A metric in words; what the rules say when no metric is meant."""
    return _label(key or RELEASE_VALUE)


@register.filter
def rule_words(match: Match) -> str:
    """The rule that catches an account, on its chip: of an expression only the words in it."""
    rule = match.rule
    if rule is None:
        return "no rule"
    if rule.is_pinned:
        return "pinned here"
    if rule.match_type is MatchType.REGEX:
        found = _words_of(rule.pattern)
        return f"words like {found}" if found else f"expression “{rule.pattern}”"
    if match.is_catch_all:
        return "whatever is left"
    return f"{MATCH_LABELS[rule.match_type.value]} “{rule.pattern}”"


@lru_cache(maxsize=512)
def _words_of(pattern: str) -> str:
    """ "wages, gross pay, bonus…" of an expression: enough to recognise it by."""
    plain = _SYNTAX.sub(" | ", _ENDINGS.sub("…", _NEGATED.sub(" ", pattern))).replace("?", "")
    words = [word for word in (" ".join(part.split()) for part in plain.split("|")) if len(word) > 2]
    return ", ".join(dict.fromkeys(words[:_MOST_WORDS])) + ("…" if len(words) > _MOST_WORDS else "")


_NEGATED = re.compile(r"\(\?<?!(?:[^()]|\([^()]*\))*\)")
_ENDINGS = re.compile(r"(?<=[a-z])(?:\((?:\?:)?[^() ]*\)|\[[^\]]*\])\??\w*")
_SYNTAX = re.compile(r"\\[a-zA-Z]|\(\?:|\{[^}]*\}|\[[^\]]*\]|[()|^$.*+]")
_MOST_WORDS = 4


@register.simple_tag
def months_line(amounts: Sequence[Decimal | None]) -> SafeString:
    """A line over the months; the exact amounts are in the account's details. Nothing for fewer than two amounts."""
    known = [amount for amount in amounts if amount is not None]
    if len(known) < 2:
        return SafeString("")
    values = [float(amount or 0) for amount in amounts]  # for drawing only
    low, high = min(values), max(values)
    bottom = low if low < 0 else max(0.0, low - (high - low) / 4)
    top = max(high, 0.0)
    span, step = (top - bottom) or 1.0, WIDTH / (len(values) - 1)
    points = "L".join(
        f"{place * step:.0f} {(top - value) / span * (HEIGHT - 4) + 2:.1f}" for place, value in enumerate(values)
    )
    zero = f"{top / span * (HEIGHT - 4) + 2:.1f}" if bottom <= 0 else str(HEIGHT - 1)
    return format_html(
        '<svg class="months-line" viewBox="0 0 {} {}" aria-hidden="true"><path class="zero" d="M0 {}H{}"/>'
        '<path class="line" d="M{}"/></svg>',
        WIDTH, HEIGHT, zero, WIDTH, points,
    )  # fmt: skip
