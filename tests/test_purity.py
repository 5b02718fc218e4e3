"""The core is pure: each [P] module loads in a fresh interpreter without Django, network, environment or clock."""

import ast
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
    "metrics.chart_drawings",
    "metrics.chart_figures",
    "metrics.charts",
    "metrics.default_mappings",
    "metrics.derived",
    "metrics.figure_words",
    "metrics.fiscal",
    "metrics.evidence",
    "metrics.explained",
    "metrics.explained_formulas",
    "metrics.headcount",
    "metrics.mapping",
    "metrics.mapping_difference",
    "metrics.mapping_file_row",
    "metrics.mapping_words",
    "metrics.matching",
    "metrics.months",
    "metrics.name_similarity",
    "metrics.number_ranges",
    "metrics.periods",
    "metrics.profit_and_loss",
    "metrics.reseller_mappings",
    "metrics.rule",
    "metrics.rule_templates",
    "metrics.safe_regex",
    "metrics.since",
    "metrics.small_business_mappings",
    "metrics.sources.desktop",
    "metrics.spreadsheets",
    "metrics.suggestions",
    "metrics.target_cells",
    "metrics.target_files",
    "metrics.target_plans",
    "metrics.target_rules",
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
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import {module}; "
        "loaded = {'django', 'celery'} & set(sys.modules); sys.exit(', '.join(loaded) or 0)"
    )
    finished = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, timeout=60)
    assert finished.returncode == 0, f"importing {module} loaded or raised: {finished.stderr}"
