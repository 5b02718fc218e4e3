"""./run: the stamp, what it says when something is missing, and a whole installation from a folder of wheels."""

import ast
import hashlib
import importlib.machinery
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
RUN = ROOT / "run"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, looking at a folder of its own where both sets are locked and nothing is installed."""
    loader = importlib.machinery.SourceFileLoader("run_script", str(RUN))
    spec = importlib.util.spec_from_loader("run_script", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader.exec_module(module)
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").touch()
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", venv)
    monkeypatch.setattr(module, "PYTHON", str(venv / "bin" / "python"))
    monkeypatch.setattr(module, "UNFINISHED", venv / "installing")
    locks = {"run": tmp_path / "requirements.txt", "dev": tmp_path / "requirements-dev.txt"}
    for path in locks.values():
        path.write_text(f"{path.name}==1\n", encoding="utf-8")
    monkeypatch.setattr(module, "LOCKS", locks)
    return module


def mark_installed(run: ModuleType, packages: str) -> None:
    (run.VENV / f"installed-{packages}").write_text(run.stamp(packages), encoding="ascii")


def script(*arguments: str, before: str = "", cwd: Path = ROOT, **changed: str) -> "subprocess.CompletedProcess[str]":
    """Run the script in a fresh Python, after the statements `before`."""
    code = (
        f"import sys, runpy\n{before}\nsys.argv = {['run', *arguments]!r}\nrunpy.run_path('run', run_name='__main__')"
    )
    command = [sys.executable, "-c", code]
    complete = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **changed}
    return subprocess.run(command, cwd=cwd, env=complete, capture_output=True, text=True, timeout=120, check=False)


# ---- the stamp


def test_a_set_is_installed_when_its_stamp_fits(run: ModuleType) -> None:
    assert not run.is_installed("run")
    mark_installed(run, "run")
    assert run.is_installed("run")
    assert not run.is_installed("dev")


def test_the_wider_set_contains_the_narrower(run: ModuleType) -> None:
    mark_installed(run, "dev")
    assert run.is_installed("run")
    assert run.is_installed("dev")


def test_a_changed_lock_is_installed_again(run: ModuleType) -> None:
    mark_installed(run, "run")
    run.LOCKS["run"].write_text("other==2\n", encoding="utf-8")
    assert not run.is_installed("run")


def test_another_python_is_installed_again(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    mark_installed(run, "run")
    monkeypatch.setattr(run.sys, "platform", "another")
    assert not run.is_installed("run")


def test_an_interrupted_installation_is_neither_installed_nor_usable(run: ModuleType) -> None:
    mark_installed(run, "run")
    run.UNFINISHED.touch()
    assert not run.is_installed("run")
    assert not run.is_usable()


def test_an_environment_whose_python_is_gone_is_made_anew(run: ModuleType) -> None:
    mark_installed(run, "run")
    Path(run.PYTHON).unlink()
    assert not run.is_installed("run")
    assert not run.is_usable()


def test_both_locks_are_where_the_script_looks() -> None:
    assert {"requirements.txt", "requirements-dev.txt"} <= {path.name for path in ROOT.iterdir()}


# ---- words


def test_it_parses_on_a_python_that_is_far_too_old() -> None:
    """An old Python must come as far as the sentence that says so."""
    ast.parse(RUN.read_text(encoding="utf-8"), feature_version=(3, 6))


def test_it_is_plain_ascii_for_every_console() -> None:
    assert RUN.read_bytes().isascii()


@pytest.mark.parametrize("version", ["(3, 6, 15)", "(3, 10, 13)"])
def test_an_old_python_is_told_what_to_do(version: str) -> None:
    done = script("--once", before=f"sys.version_info = {version}; sys.version = '3.x old'")
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr
    assert "python3.11 run" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_names_every_way_to_call_it() -> None:
    done = script("--help")
    assert done.returncode == 0
    for word in ("--once", "serve", "manage", "simulate", "test", "bench", "--port"):
        assert word in done.stdout


def test_an_unknown_word_is_refused_with_the_help() -> None:
    done = script("srve")
    assert done.returncode == 2
    assert "does not know 'srve'" in done.stderr
    assert "./run serve" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "port"),
    [([], ""), (["--port", "9000"], "9000"), (["--host", "::", "--port=9001"], "9001"), (["--port"], "")],
)
def test_the_port_is_found_in_both_ways_of_writing_it(run: ModuleType, arguments: list[str], port: str) -> None:
    assert run.port_in(arguments) == port


def test_progress_counts_what_pip_has_fetched(run: ModuleType) -> None:
    log = "Collecting a==1\n  Downloading a.whl\nRequirement already satisfied: b==1\nCollecting c==1\n"
    assert run.progress(log, 5) == "3 of 5 fetched"
    assert "unpacking" in run.progress(f"{log}Installing collected packages: a, c\n", 5)


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ("ERROR: No space left on device", "disk"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "not the one that was locked"),
        ("Temporary failure in name resolution", "HTTPS_PROXY"),
    ],
)
def test_a_failed_installation_comes_with_advice(run: ModuleType, words: str, advice: str) -> None:
    assert advice in run.advice(words)


def test_what_is_left_out_is_said(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CHROMIUM", raising=False)
    said = " ".join(run.left_out("connection refused"))
    assert "PostgreSQL (connection refused)" in said
    assert "chromium" in said


# ---- the order of the checks


@pytest.fixture
def checks(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """`./run test` with statements of Python for mypy and for pytest, and no other step."""

    def test(types: str, tests: str, no_postgres: str = "") -> int:
        monkeypatch.setattr(run, "prepare", lambda _: None)
        monkeypatch.setattr(run, "left_out", lambda _: [])
        monkeypatch.setattr(run, "why_no_postgres", lambda: no_postgres)
        monkeypatch.setattr(run, "STEPS", {})
        monkeypatch.setattr(run, "TYPES", [sys.executable, "-c", types])
        monkeypatch.setattr(run, "PYTEST", [sys.executable, "-c", tests])
        status: int = run.test([])
        return status

    return test


TESTED = "import sys; sys.stdout.write('tests ')"


@pytest.mark.parametrize(
    ("no_postgres", "order"),
    [("", ("on SQLite", "tests", "--strict", "types", "on PostgreSQL", "tests")),
     ("away", ("--strict", "types", "on SQLite", "tests"))],
)  # fmt: skip
def test_types_are_told_between_the_parts_and_never_last(
    checks: Callable[..., int], capfd: pytest.CaptureFixture[str], no_postgres: str, order: tuple[str, ...]
) -> None:
    assert checks("import sys; sys.stdout.write('types')", TESTED, no_postgres) == 0
    said, place = capfd.readouterr().out, 0
    for words in order:
        assert words in said[place:], said
        place = said.index(words, place) + len(words)


def test_a_fault_of_types_ends_the_tests_beside_it_and_fails(
    checks: Callable[..., int], capfd: pytest.CaptureFixture[str]
) -> None:
    assert checks("import sys; sys.stdout.write('line 7'); sys.exit(1)", "import time; time.sleep(600)") == 1
    said = capfd.readouterr().out
    assert "line 7" in said
    assert "'mypy --strict' failed" in said
    assert "PostgreSQL" not in said


def test_a_failed_test_fails_whatever_types_say(checks: Callable[..., int]) -> None:
    assert checks("import time; time.sleep(600)", "import sys; sys.exit(3)") == 3


# ---- a whole installation, from a folder of wheels instead of the network


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A clone in small: the script, a manage.py that uses the one locked package, and that package as a wheel."""
    wheel = tmp_path / "wheels" / "tinypackage-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    info = "tinypackage-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tinypackage.py", "WORD = 'installed'\n")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tinypackage\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    for name in ("requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).write_text(f"tinypackage==1.0 \\\n    --hash=sha256:{digest}\n", encoding="utf-8")
    (tmp_path / "manage.py").write_text(
        "import sys, tinypackage\nprint(tinypackage.WORD, sys.argv[1:])\n", encoding="utf-8"
    )
    shutil.copy(RUN, tmp_path / "run")
    return tmp_path


def from_folder(project: Path) -> dict[str, str]:
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(project / "wheels"), "DATA_DIR": str(project / "data")}


def test_the_first_start_installs_and_the_second_only_runs(project: Path) -> None:
    first = script("manage", "one", cwd=project, **from_folder(project))
    assert (first.returncode, first.stderr) == (0, "")
    assert "Making the environment" in first.stdout
    assert "The environment is ready" in first.stdout
    assert first.stdout.endswith("installed ['one']\n")
    second = script("manage", "two", cwd=project, **from_folder(project))
    assert second.stdout == "installed ['two']\n"


def test_a_failed_installation_shows_pips_words_and_the_next_start_mends_it(project: Path) -> None:
    empty = {**from_folder(project), "PIP_FIND_LINKS": str(project)}
    failed = script("manage", "one", cwd=project, **empty)
    assert failed.returncode == 1
    assert "No matching distribution found for tinypackage" in failed.stderr
    assert str(project / "data" / "install.log") in failed.stderr
    assert (project / ".venv" / "installing").exists()
    mended = script("manage", "one", cwd=project, **from_folder(project))
    assert mended.stdout.endswith("installed ['one']\n")


def test_without_the_venv_module_it_says_what_to_install(project: Path) -> None:
    hide = (
        "import importlib.util as u; real = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'ensurepip' else real(name, *rest)"
    )
    done = script("--once", before=hide, cwd=project)
    assert done.returncode == 1
    assert "no ensurepip module" in done.stderr
    assert "apt install python3-venv" in done.stderr


def test_without_room_on_the_disk_it_says_how_much_is_needed(project: Path) -> None:
    full = "import shutil, collections; shutil.disk_usage = lambda path: collections.namedtuple('U', 'free')(10**6)"
    done = script("--once", before=full, cwd=project)
    assert done.returncode == 1
    assert "600 MB" in done.stderr


def test_stopping_it_during_the_installation_ends_pip_too(project: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as index:  # accepts, and never answers
        index.settimeout(60)
        address = f"http://127.0.0.1:{index.getsockname()[1]}/simple"
        complete = {**os.environ, "PIP_INDEX_URL": address, "DATA_DIR": str(project / "data")}
        process = subprocess.Popen(
            [sys.executable, "run", "--once"],
            cwd=project,
            env=complete,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        pip, _ = index.accept()
        with pip:
            process.send_signal(signal.SIGTERM)
            words = process.communicate(timeout=30)[0]
            pip.settimeout(30)
            while pip.recv(65536):
                pass  # what pip had asked; the empty answer after it says that pip is gone
    assert process.returncode == 143
    assert b"Traceback" not in words
