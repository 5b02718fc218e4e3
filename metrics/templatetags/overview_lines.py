"""The lines of the overview, each as one text: a hundred of them through the template engine cost more than to read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django import template
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from metrics.charts import HEIGHT, WIDTH, Sparkline
from metrics.overview.companies import Headline, Line, Need, NeedKind, Overview
from metrics.templatetags.figures import ago, headline, stamp
from qbwc.connection_words import State, tone_of

register = template.Library()

_SLUG = "company-of-line"  # stands for a company while an address is made once for all of them
_NO_FIGURES = (
    '<td role="cell" class="short none" data-label="Latest month" colspan="2"><span class="muted">{}</span>'
    '</td><td role="cell" class="trend gone"></td><td role="cell" class="gone" colspan="2"></td>'
)
# Where each need is met, and what the address asks for there.
_PLACES = {
    NeedKind.IN_DOUBT: ("alerts", "?kind=outcome_unknown"),
    NeedKind.WRONG_FILE: ("alerts", "?kind=wrong_file"),
    NeedKind.FAILED: ("sync-console", ""),
    NeedKind.UNTIED: ("tie-out", ""),
    NeedKind.STALE: ("sync-console", ""),
    NeedKind.UNMAPPED: ("mapping", "?show=unmapped"),
    NeedKind.MISSED: ("alerts", "?kind=target_missed"),
    NeedKind.RESTATED: ("restatements", "?show=open"),
    NeedKind.NOT_SYNCED: ("sync-console", ""),
}
_NOTHING = '<span class="muted">Nothing</span>'
_NOT_SYNCED = '<span class="muted">Not yet</span>'


@register.simple_tag
def overview_lines(overview: Overview, now: datetime) -> SafeString:
    """The `<tr>` of each company on the page."""
    company, review = (reverse(name, kwargs={"slug": _SLUG}) for name in ("dashboard", "review"))
    needs = {kind: f"{reverse(name, kwargs={'slug': _SLUG})}{query}" for kind, (name, query) in _PLACES.items()}
    rows = (_row(line, overview.trends, company, review, needs, now) for line in overview.lines)
    return SafeString("".join(rows))


def _row(
    line: Line,
    trends: Mapping[int, Sparkline],
    company: str,
    review: str,
    needs: Mapping[NeedKind, str],
    now: datetime,
) -> str:
    one = line.company
    cells = (
        f'<tr role="row"><th scope="row" role="rowheader"><a href="{company.replace(_SLUG, one.slug)}">'
        f"{escape(one.name)}</a></th>",
        _figures(line.headline, one.currency, trends.get(one.pk)) if line.headline else _no_figures(line),
        _cell("short", "Tie-out", _tie_out(line.tally.tied, line.tally.untied)),
        _cell("short", line.quarter.label, f"<span>{_quarter(line, review.replace(_SLUG, one.slug))}</span>"),
        _cell("when", "Last synced", f"<span>{_synced(line.tally.synced_at, one.connection, now)}</span>"),
        _cell("needs", "Attention", f"<span>{_needs(line, needs)}</span>"),
    )
    return f"{''.join(cells)}</tr>\n"


def _no_figures(line: Line) -> str:
    has_months = line.tally.tied or line.tally.untied
    return _NO_FIGURES.format("No full month yet" if has_months else "No figures yet")


def _cell(kind: str, label: str, content: str) -> str:
    return f'<td role="cell" class="{kind}" data-label="{escape(label)}">{content}</td>'


def _figures(month: Headline, currency: str, trend: Sparkline | None) -> str:
    moved = f'<br><span class="muted small">{month.change.words}</span>' if month.before is not None else ""
    return "".join(
        (
            _cell("short", "Latest month", month.month.label),
            _cell("num", "Revenue", f"<span>{headline(month.revenue, currency)}{moved}</span>"),
            _cell("trend" if trend else "trend gone", "Twelve months", f"<span>{_trend(trend)}</span>"),
            _cell("num", "Net profit", f"<span>{headline(month.net_profit, currency)}</span>"),
            _cell("num", "Margin", f"<span>{_percent(month.margin)}</span>"),
        )
    )


def _percent(share: Decimal | None) -> str:
    if share is None:
        return "–"
    if share < 0:
        return f'<span class="neg"><span class="visually-hidden">minus </span>({-share:,}%)</span>'
    return f"{share:,}%"


def _trend(drawn: Sparkline | None) -> str:
    if drawn is None:
        return ""
    zero = f'<path class="zero" d="M0 {drawn.zero}H{WIDTH}" stroke="#8b979f"/>' if drawn.zero else ""
    return (
        f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img"'
        f' aria-label="{escape(drawn.description)}"><path class="area" d="{drawn.area}" fill="#e3eff4"/>{zero}'
        f'<path class="line" d="{drawn.line}" fill="none" stroke="#0f5c78"/></svg>'
    )


def _tie_out(tied: int, untied: int) -> str:
    if untied:
        return f'<span class="mark untied">≠ {untied} month{"" if untied == 1 else "s"} untied</span>'
    if tied:
        return f'<span class="mark tied">✓ {tied} of {tied} tied</span>'
    return '<span class="muted">–</span>'


def _quarter(line: Line, review: str) -> str:
    label = line.quarter.label
    if line.not_ready:
        return f'<span class="light warn">{label} not ready</span><br><span class="muted small">{line.not_ready}</span>'
    address = f"{review}?period={line.quarter}&amp;basis={escape(line.company.basis)}"
    return f'<a class="light good" href="{address}">{label} ready</a>'


def _synced(at: datetime | None, connection: State | None, now: datetime) -> str:
    """When it was read, and beneath how its connection is doing."""
    moment = _NOT_SYNCED
    if at is not None:
        iso = localtime(at).isoformat()
        moment = f'<time datetime="{iso}" title="{stamp(at)}">{ago(at, now)}</time>'
    if connection is None:
        return moment
    return f'{moment}<br><span class="muted small">{_light(connection)}</span>'


def _light(connection: State) -> str:
    return f'<span class="light {tone_of(connection)}">{connection.label}</span>'


def _needs(line: Line, addresses: Mapping[NeedKind, str]) -> str:
    return (
        "".join(_need(need, addresses[need.kind].replace(_SLUG, line.company.slug)) for need in line.needs) or _NOTHING
    )


def _need(need: Need, address: str) -> str:
    if not need.tone:
        return f'<a class="light" href="{address}">{need.words}, acknowledged</a>'
    return f'<a class="light {need.tone}" href="{address}">{need.words}</a>'
