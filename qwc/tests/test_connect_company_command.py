"""manage.py connect_company and make_qwc: what they print and when they refuse."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts import clock
from accounts.authentication import caller_of_key
from accounts.models import ApiKey, Company
from accounts.permissions import Caller
from qbwc import passwords
from qbwc.models import CompanyFile
from qwc.document import braced

pytestmark = pytest.mark.django_db

AS_CASCADIA = ("--username", "cascadia", "--password", "secret words")


def run(*words: str, command: str = "connect_company") -> str:
    out = StringIO()
    call_command(command, *words, stdout=out)
    return out.getvalue()


def run_json(*words: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(run(*words, "--json"))
    return answer


def caller(text: str) -> Caller:
    found = caller_of_key(text, clock.now())
    assert found is not None
    return found


def test_json_is_exactly_one_object_with_these_names() -> None:
    out = run("Cascadia MSP", *AS_CASCADIA, "--json")

    company_file = CompanyFile.objects.get()
    assert out.count("\n") == 1
    assert json.loads(out) == {
        "company": "Cascadia MSP",
        "soap_url": "https://books.example.com/api/qbwc",
        "username": "cascadia",
        "owner_id": braced(company_file.owner_id),
        "file_id": braced(company_file.file_id),
        "api_key": None,
    }


def test_running_it_twice_says_the_same() -> None:
    assert run_json("Cascadia", *AS_CASCADIA) == run_json("Cascadia", *AS_CASCADIA)
    assert Company.objects.count() == 1


def test_the_key_works_and_may_write() -> None:
    answer = run_json("Cascadia", *AS_CASCADIA, "--api-key")

    company = Company.objects.get()
    assert caller(answer["api_key"]).may_administer(company)


def test_a_company_connected_with_a_key_that_may_write_may_be_written_to_until_somebody_forbids_it() -> None:
    run_json("Cascadia", *AS_CASCADIA, "--api-key")
    assert Company.objects.get().allows_writes
    Company.objects.update(allows_writes=False)
    run_json("Cascadia", *AS_CASCADIA, "--api-key")
    assert not Company.objects.get().allows_writes


def test_read_only_makes_a_key_and_a_company_that_only_read() -> None:
    key = run_json("Cascadia", *AS_CASCADIA, "--api-key", "--read-only")["api_key"]
    assert not caller(key).may_administer(Company.objects.get())
    assert not Company.objects.get().allows_writes


def test_the_key_of_the_environment_is_registered(settings: Settings) -> None:
    settings.API_KEY = "the-key-our-scenarios-use"

    for _ in range(2):
        assert run_json("Cascadia", *AS_CASCADIA, "--api-key")["api_key"] == "the-key-our-scenarios-use"
    assert ApiKey.objects.count() == 1
    assert caller("the-key-our-scenarios-use").api_key == ApiKey.objects.get()


def test_a_second_company_gets_a_key_of_its_own(settings: Settings) -> None:
    settings.API_KEY = "the-key-our-scenarios-use"
    run("Cascadia", *AS_CASCADIA, "--api-key")

    answer = run_json("Other", "--username", "other", "--password", "x", "--api-key")

    key = caller(answer["api_key"]).api_key
    assert key is not None
    assert key.company.name == "Other"


def test_a_weak_key_of_the_environment_is_refused_in_words(settings: Settings) -> None:
    settings.API_KEY = "short"

    with pytest.raises(CommandError, match="16 to 200"):
        run("Cascadia", *AS_CASCADIA, "--api-key")


def test_without_json_a_person_reads_what_comes_next() -> None:
    out = run("Cascadia", *AS_CASCADIA, "--api-key")

    assert "Cascadia is connected." in out
    assert "make_qwc cascadia" in out
    assert "shown now and never again" in out
    assert "secret words" not in out


def test_user_name_and_hash_come_from_the_environment(settings: Settings) -> None:
    settings.QBWC_USERNAME = "old-user"
    settings.QBWC_PASSWORD_HASH = passwords.hash_password("old secret", 4)

    assert run_json("Cascadia")["username"] == "old-user"
    assert CompanyFile.objects.get().password_hash == settings.QBWC_PASSWORD_HASH


def test_the_hash_of_the_environment_is_not_another_users(settings: Settings) -> None:
    settings.QBWC_USERNAME = "old-user"
    settings.QBWC_PASSWORD_HASH = passwords.hash_password("old secret", 4)

    with pytest.raises(CommandError, match="--password"):
        run("Cascadia", "--username", "somebody-else")


def test_a_hash_that_is_none_is_refused(settings: Settings) -> None:
    settings.QBWC_USERNAME, settings.QBWC_PASSWORD_HASH = "old-user", "plain text"

    with pytest.raises(CommandError, match="not a bcrypt hash"):
        run("Cascadia")


def test_a_missing_user_name_is_asked_for_in_words() -> None:
    with pytest.raises(CommandError, match="--username, or set QBWC_USERNAME"):
        run("Cascadia", "--password", "x")


def test_on_a_terminal_the_password_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda _prompt: "typed words")

    run("Cascadia", "--username", "cascadia")

    assert passwords.password_matches("typed words", CompanyFile.objects.get().password_hash)


def test_two_different_typings_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["one", "two"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(typed))

    with pytest.raises(CommandError, match="differ"):
        run("Cascadia", "--username", "cascadia")
    assert not Company.objects.exists()


def test_another_companys_user_name_is_refused_in_words() -> None:
    run("Cascadia", *AS_CASCADIA)

    with pytest.raises(CommandError, match="belongs to Cascadia"):
        run("Other", *AS_CASCADIA)


def test_make_qwc_writes_the_same_file_every_time(tmp_path: Path) -> None:
    run("Cascadia", *AS_CASCADIA)
    target = tmp_path / "tieout.qwc"

    run("cascadia", "--output", str(target), command="make_qwc")

    assert target.read_bytes().startswith(b"<?xml")
    assert braced(CompanyFile.objects.get().file_id).encode() in target.read_bytes()
    assert run("Cascadia", command="make_qwc").encode() == target.read_bytes()


def test_make_qwc_refuses_what_the_web_connector_would(settings: Settings) -> None:
    run("Cascadia", *AS_CASCADIA)
    settings.PUBLIC_URL = "http://192.168.1.5:8000"

    with pytest.raises(CommandError, match="QBWC1001"):
        run("cascadia", command="make_qwc")


def test_make_qwc_knows_only_connected_companies() -> None:
    with pytest.raises(CommandError, match="connect_company"):
        run("nobody", command="make_qwc")
