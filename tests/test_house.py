"""The house rules that a machine can judge: sizes, names, first lines, and that the import contracts leave no gap."""

import ast
import configparser
import functools
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ("accounts", "outbox", "qbwc", "passthrough", "alerts", "qwc", "metrics", "qbwc_project")
FOLDERS = (*APPS, "simulators", "bench", "tests")
LONGEST_FUNCTION, LONGEST_FILE = 60, 400
SAYING_NOTHING = {"utils", "helpers", "common", "core", "services", "misc", "lib"}


def sources() -> Iterator[Path]:
    """Every Python file that somebody wrote; migrations write themselves."""
    for folder in FOLDERS:
        yield from (path for path in sorted((ROOT / folder).rglob("*.py")) if "migrations" not in path.parts)
    yield from (ROOT / "manage.py", ROOT / "run")


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_function_is_longer_than_sixty_lines() -> None:
    found = [
        f"{named(path)}:{node.lineno} {node.name}"
        for path in sources()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno >= LONGEST_FUNCTION
    ]
    assert found == []


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    found = [named(path) for path in sources() if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST_FILE]
    assert found == []


def test_every_module_says_in_its_first_line_what_it_is() -> None:
    def first_line(path: Path) -> str:
        return (ast.get_docstring(tree(path), clean=False) or "").split("\n")[0].strip()

    assert [named(path) for path in sources() if path.name != "__init__.py" and not first_line(path)] == []


def test_every_init_is_empty() -> None:
    found = [
        named(path) for path in sources() if path.name == "__init__.py" and path.read_text(encoding="utf-8").strip()
    ]
    assert found == []


def test_no_name_says_nothing() -> None:
    found = [named(path) for path in sources() if SAYING_NOTHING & {path.stem, *path.relative_to(ROOT).parts}]
    assert found == []


def contracts() -> dict[str, configparser.SectionProxy]:
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter", encoding="utf-8")
    return {name: parser[name] for name in parser.sections()}


def test_every_app_has_its_contract() -> None:
    found = contracts()
    assert all(f"importlinter:contract:inside-{app}" in found for app in APPS)
    order = [line.strip() for line in found["importlinter:contract:apps"]["layers"].split("\n") if line.strip()]
    assert set(order) == set(APPS)


def test_every_contract_about_the_inside_of_an_app_is_exhaustive() -> None:
    inside = [section for name, section in contracts().items() if ":inside-" in name]
    assert inside
    assert all(section["exhaustive"] == "True" for section in inside)


def test_every_module_of_a_room_has_its_place_in_the_contract_of_its_app() -> None:
    """The contracts are exhaustive about what stands directly in an app; the folders they pass over are judged here."""
    found = contracts()
    for app in APPS:
        section = found[f"importlinter:contract:inside-{app}"]
        rooms = {word for word in section.get("exhaustive_ignores", "").split() if word not in ("tests", "migrations")}
        placed = {word.strip() for layer in section["layers"].split("\n") for word in layer.split(":")}
        modules = {f"{path.parent.name}.{path.stem}" for room in rooms for path in (ROOT / app / room).glob("*.py")}
        assert {name for name in modules if not name.endswith("__init__")} - placed == set()
