"""The production shape: docker-compose.yml, the Dockerfile and the CI script say what they should."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
OURS = ("web", "worker", "beat")


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    compose: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    found: dict[str, dict[str, Any]] = compose["services"]
    return found


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_the_five_processes_are_there(services: dict[str, dict[str, Any]]) -> None:
    assert set(services) == {*OURS, "database", "redis"}


def test_every_service_restarts_and_tells_its_health(services: dict[str, dict[str, Any]], dockerfile: str) -> None:
    for name, service in services.items():
        assert service["restart"] == "unless-stopped"
        assert "healthcheck" in service or (name == "web" and "HEALTHCHECK" in dockerfile)


def test_web_worker_and_beat_are_one_image_with_one_environment(services: dict[str, dict[str, Any]]) -> None:
    assert len({services[name]["image"] for name in OURS}) == 1
    assert services["web"]["environment"] == services["worker"]["environment"] == services["beat"]["environment"]


def test_they_use_the_postgresql_and_the_redis_beside_them(services: dict[str, dict[str, Any]]) -> None:
    environment = services["web"]["environment"]
    assert "@database:5432/" in environment["DATABASE_URL"]
    assert environment["REDIS_URL"].startswith("redis://redis:6379")
    assert services["database"]["image"].startswith("postgres:")
    assert services["redis"]["image"].startswith("redis:")


def test_no_secret_is_written_down_and_a_missing_one_stops_the_start(services: dict[str, dict[str, Any]]) -> None:
    environment = services["web"]["environment"]
    for name in ("SECRET_KEY", "PUBLIC_URL"):
        assert re.fullmatch(rf"\$\{{{name}:\?.+\}}", environment[name])
    assert re.fullmatch(r"\$\{POSTGRES_PASSWORD:\?.+\}", services["database"]["environment"]["POSTGRES_PASSWORD"])
    assert "${POSTGRES_PASSWORD:?" in environment["DATABASE_URL"]


def test_only_web_migrates_and_the_others_wait_for_it(services: dict[str, dict[str, Any]]) -> None:
    assert services["web"]["command"] == ["python", "manage.py", "serve", "--migrate"]
    assert set(services["web"]["depends_on"]) == {"database", "redis"}
    for name in ("worker", "beat"):
        assert services[name]["command"][:4] == ["celery", "-A", "qbwc_project", name]
        assert services[name]["depends_on"]["web"]["condition"] == "service_healthy"


def test_only_this_machine_reaches_the_server_and_nobody_the_databases(services: dict[str, dict[str, Any]]) -> None:
    assert all(port.startswith("127.0.0.1:") for port in services["web"]["ports"])
    assert not any("ports" in services[name] for name in services if name != "web")


def test_stopping_waits_longer_than_the_server_needs(services: dict[str, dict[str, Any]]) -> None:
    assert services["web"]["stop_grace_period"] == "30s"


def test_the_image_installs_the_lock_with_its_hashes(dockerfile: str) -> None:
    assert re.search(r"pip install .*--require-hashes.* -r requirements\.txt", dockerfile)


def test_the_image_does_not_run_as_root(dockerfile: str) -> None:
    users = re.findall(r"^USER (\S+)", dockerfile, re.MULTILINE)
    assert users == ["tieout"]
    assert dockerfile.index("USER tieout") < dockerfile.index('CMD ["python", "manage.py"')


def test_the_image_asks_its_own_health(dockerfile: str) -> None:
    assert re.search(r"HEALTHCHECK .*\n? *CMD .*/health", dockerfile)


def test_the_image_runs_a_python_that_the_lock_is_made_for(dockerfile: str) -> None:
    found = re.search(r"^FROM python:3\.(\d+)", dockerfile, re.MULTILINE)
    assert found is not None
    assert int(found.group(1)) >= 11


def test_secrets_and_data_stay_out_of_the_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".env", "data", ".git", ".venv"} <= set(ignored)


def test_ci_parses_and_runs_the_demo_before_the_tests() -> None:
    path = ROOT / ".ci" / "run"
    subprocess.run(["bash", "-n", str(path)], check=True)
    text = path.read_text(encoding="utf-8")
    assert text.index("run --once") < text.index("run test")
    assert text.rstrip().endswith("run test")
