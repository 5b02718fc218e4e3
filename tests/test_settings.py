"""Settings: .env.example names what is read, the defaults are safe, the two databases are set up as measured."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
NAME = re.compile(r"[A-Z][A-Z0-9_]+")
EXAMPLE_LINE = re.compile(r"^#?([A-Z][A-Z0-9_]+)=", re.MULTILINE)
# What an installation may have set around the test run; a bare environment has none of it.
WANTED = (
    "DEBUG",
    "SECRET_KEY",
    "IS_SQLITE",
    "EMBEDDED",
    "CELERY_BROKER_URL",
    "PUBLIC_URL",
    "SESSION_COOKIE_SECURE",
    "APPEND_SLASH",
    "SECURE_PROXY_SSL_HEADER",
    "QBWC_PASSWORD_HASH",
    "API_KEY",
)
BCRYPT = "$2b$12$" + "abcdefghijklmnopqrst." * 2 + "uvwxyz/0123"


def names_read() -> set[str]:
    """Names that settings.py reads: the first argument of every call that is an upper-case text."""
    tree = ast.parse((ROOT / "qbwc_project" / "settings.py").read_text(encoding="utf-8"))
    first = [call.args[0] for call in ast.walk(tree) if isinstance(call, ast.Call) and call.args]
    texts = {each.value for each in first if isinstance(each, ast.Constant) and isinstance(each.value, str)}
    return {text for text in texts if NAME.fullmatch(text)}


def names_in_example() -> set[str]:
    return set(EXAMPLE_LINE.findall((ROOT / ".env.example").read_text(encoding="utf-8")))


def loaded(tmp_path: Path, **environment: str) -> dict[str, Any]:
    """The settings of a fresh process that knows only this environment."""
    names = (*WANTED, "DATABASES")
    code = (
        "import json, os; os.environ['DJANGO_SETTINGS_MODULE'] = 'qbwc_project.settings'\n"
        "from django.conf import settings\n"
        f"print(json.dumps({{name: getattr(settings, name) for name in {names!r}}}, default=str))"
    )
    clean = {name: value for name, value in os.environ.items() if name not in names_read()}
    complete = {**clean, "DATA_DIR": str(tmp_path), **environment}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=complete, capture_output=True, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_the_example_names_exactly_what_is_read() -> None:
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    only_compose = set(re.findall(r"\$\{([A-Z_]+)", compose)) - names_read()
    assert names_in_example() == names_read() | only_compose


def test_every_line_of_the_example_is_a_comment_so_that_copying_it_changes_nothing() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == []


def test_without_any_setting_the_defaults_are_safe_and_embedded(tmp_path: Path) -> None:
    settings = loaded(tmp_path)
    assert settings["DEBUG"] is False
    assert settings["IS_SQLITE"] is True
    assert settings["EMBEDDED"] is True
    assert settings["CELERY_BROKER_URL"].startswith("memory://")
    assert settings["PUBLIC_URL"] == "http://localhost:8000"
    assert settings["APPEND_SLASH"] is False
    assert settings["SECURE_PROXY_SSL_HEADER"] is None


def test_a_secret_key_is_made_once_and_kept_for_its_owner(tmp_path: Path) -> None:
    first, second = loaded(tmp_path)["SECRET_KEY"], loaded(tmp_path)["SECRET_KEY"]
    assert first == second
    assert len(first) >= 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_sqlite_is_in_wal_mode_with_immediate_transactions(tmp_path: Path) -> None:
    database = loaded(tmp_path)["DATABASES"]["default"]
    assert database["ENGINE"] == "django.db.backends.sqlite3"
    assert Path(database["NAME"]).parent == tmp_path
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in database["OPTIONS"]["init_command"]
    assert "synchronous=FULL" in database["OPTIONS"]["init_command"]
    assert database["CONN_MAX_AGE"] is None


def test_database_url_chooses_postgresql_with_health_checks(tmp_path: Path) -> None:
    settings = loaded(tmp_path, DATABASE_URL="postgres://tieout:word@database:5432/tieout")
    database = settings["DATABASES"]["default"]
    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["HOST"], database["NAME"]) == ("database", "tieout")
    assert database["CONN_HEALTH_CHECKS"] is True
    assert settings["IS_SQLITE"] is False


def test_redis_url_takes_celery_out_of_the_server(tmp_path: Path) -> None:
    settings = loaded(tmp_path, REDIS_URL="redis://redis:6379/0")
    assert settings["EMBEDDED"] is False
    assert settings["CELERY_BROKER_URL"] == "redis://redis:6379/0"


def test_an_https_address_makes_cookies_secure(tmp_path: Path) -> None:
    assert loaded(tmp_path, PUBLIC_URL="https://books.example.com/")["SESSION_COOKIE_SECURE"] is True


def test_the_port_that_was_served_last_shows_in_the_default_address(tmp_path: Path) -> None:
    (tmp_path / "server_port").write_text("9002")
    assert loaded(tmp_path)["PUBLIC_URL"] == "http://localhost:9002"
    assert loaded(tmp_path, SERVER_PORT="9001")["PUBLIC_URL"] == "http://localhost:9001"
    (tmp_path / "server_port").write_text("garbage")
    assert loaded(tmp_path)["PUBLIC_URL"] == "http://localhost:8000"


def test_the_port_shows_in_the_default_address(tmp_path: Path) -> None:
    assert loaded(tmp_path, SERVER_PORT="9001")["PUBLIC_URL"] == "http://localhost:9001"


@pytest.mark.parametrize(
    ("name", "value"),
    [("QBWC_PASSWORD_HASH", BCRYPT), ("API_KEY", "$ecret-key-of-theirs"), ("SECRET_KEY", "$" + "x" * 50)],
)
def test_a_value_that_begins_with_a_dollar_is_taken_as_it_is(tmp_path: Path, name: str, value: str) -> None:
    """django-environ takes $NAME for another variable's name, and every bcrypt hash begins with $."""
    assert loaded(tmp_path, **{name: value})[name] == value
