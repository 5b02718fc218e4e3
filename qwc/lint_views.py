"""The page that lints any .qwc file: upload it or paste it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from qwc.lint import LARGEST, LintReport, Severity, lint
from qwc.uploads import answer_upload
from qwc.who import WHO

_TONES = {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.NOTE: ""}


@csrf_exempt  # until the upload is sent to memory; answer_upload checks the token
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def lint_page(request: HttpRequest) -> HttpResponse:
    """Everybody who is signed in. Nothing of the file is kept."""
    return answer_upload(request, "qwc/lint.html", LARGEST, lambda raw: _context(lint(raw)))


def _context(report: LintReport) -> dict[str, Any]:
    counts = [
        (sum(1 for found in report.findings if found.severity is severity), severity.name.lower())
        for severity in Severity
    ]
    lines = [(found, _TONES[found.severity], WHO[found.actor]) for found in report.findings]
    return {"report": report, "lines": lines, "counts": [pair for pair in counts if pair[0]]}
