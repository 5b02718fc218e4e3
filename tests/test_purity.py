"""The core is pure: each [P] module loads in a fresh interpreter without Django, network, environment or clock."""

import ast
import functools
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PURE = (
    "accounts.keys",
    "metrics.arithmetic",
    "metrics.canonical",
    "metrics.changes",
    "metrics.drawing.chart_drawings",
    "metrics.drawing.chart_figures",
    "metrics.charts",
    "metrics.mappings.default_mappings",
    "metrics.derived",
    "metrics.figure_words",
    "metrics.fiscal",
    "metrics.explain.source_text",
    "metrics.explain.explained",
    "metrics.explain.formulas",
    "metrics.headcount",
    "metrics.scheduled_mail.dates",
    "metrics.mapping",
    "metrics.mappings.difference",
    "metrics.mappings.file_row",
    "metrics.mappings.words",
    "metrics.mappings.matching",
    "metrics.months",
    "metrics.mappings.name_similarity",
    "metrics.mappings.number_ranges",
    "metrics.periods",
    "metrics.profit_and_loss",
    "metrics.mappings.reseller_mappings",
    "metrics.mappings.rule",
    "metrics.mappings.rule_templates",
    "metrics.mappings.safe_regex",
    "metrics.since",
    "metrics.mappings.small_business_mappings",
    "metrics.sources.desktop",
    "metrics.spreadsheets",
    "metrics.mappings.suggestions",
    "metrics.targets.cells",
    "metrics.targets.files",
    "metrics.targets.judging",
    "metrics.targets.plans",
    "metrics.targets.rules",
    "outbox.callback_address",
    "outbox.failures",
    "outbox.kinds",
    "outbox.signing",
    "passthrough.contract",
    "passthrough.error_codes",
    "passthrough.pretty",
    "passthrough.quickbooks_codes",
    "passthrough.requests",
    "passthrough.xml_text",
    "qbwc.calls",
    "qbwc.protocol",
    "qbwc.qbxml.message_set",
    "qbwc.qbxml.reports",
    "qbwc.qbxml.requests",
    "qbwc.qbxml.responses",
    "qbwc.qbxml.status_codes",
    "qbwc.qbxml.values",
    "qbwc.soap",
    "qbwc.soap_reading",
    "qbwc.wsdl",
    "qwc.code_search",
    "qwc.document",
    "qwc.lint",
    "qwc.lint_addresses",
    "qwc.lint_checks",
    "qwc.lint_findings",
    "qwc.lint_reading",
    "qwc.lint_rules",
    "qwc.log_causes",
    "qwc.log_lines",
    "qwc.log_reader",
    "qwc.log_redaction",
    "qwc.masking",
    "qwc.log_sessions",
    "qwc.redo",
    "qwc.set_up_steps",
    "qwc.who",
    "qwc.findings",
)
LATER: tuple[str, ...] = ()  # pure as soon as they exist
# Every module in these is pure, named above or not.
PURE_PACKAGES = ("metrics.drawing", "metrics.exports", "metrics.sources", "qbwc.qbxml")
FORBIDDEN = {
    "asyncio",
    "celery",
    "django",
    "environ",
    "http",
    "os",
    "random",
    "requests",
    "secrets",
    "socket",
    "subprocess",
    "threading",
    "time",
    "urllib.request",  # urllib.parse only takes addresses apart
}


def path_of(module: str) -> Path:
    return ROOT / f"{module.replace('.', '/')}.py"


# One process for all of them. Each is loaded anew; a library that brought Django along is told with the first module.
IMPORT_EACH = """
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
told, own = {}, {"django", "celery"} | {name.split(".")[0] for name in sys.argv[2:]}
for module in sys.argv[2:]:
    for name in [name for name in sys.modules if name.split(".")[0] in own]:
        del sys.modules[name]
    try:
        importlib.import_module(module)
        told[module] = ", ".join({"django", "celery"} & set(sys.modules))
    except Exception as error:
        told[module] = repr(error)
print(json.dumps(told))
"""
IN_PACKAGES = {
    f"{package}.{path.stem}"
    for package in PURE_PACKAGES
    for path in (ROOT / package.replace(".", "/")).glob("*.py")
    if path.stem != "__init__"
}
PRESENT = sorted(IN_PACKAGES | {module for module in (*PURE, *LATER) if path_of(module).exists()})


def imported_by(module: str) -> set[str]:
    """Every name that a module's own import statements could mean, with the packages it lies in."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path_of(module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {".".join(parts[:length]) for name in names if (parts := name.split(".")) for length in range(1, 4)}


def test_every_pure_module_of_the_design_exists() -> None:
    missing = [module for module in PURE if not path_of(module).exists()]
    assert not missing, f"the design calls these pure, but they are not there: {', '.join(missing)}"


@pytest.mark.parametrize("module", PRESENT)
def test_a_pure_module_asks_for_nothing_impure(module: str) -> None:
    assert not imported_by(module) & FORBIDDEN


@pytest.mark.parametrize("module", PRESENT)
def test_a_pure_module_loads_without_django(module: str) -> None:
    assert after_import()[module] == ""


@functools.cache
def after_import() -> dict[str, str]:
    """What went wrong with each module, in a fresh interpreter."""
    command = [sys.executable, "-I", "-c", IMPORT_EACH, str(ROOT), *PRESENT]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    told: dict[str, str] = json.loads(finished.stdout)
    return told
