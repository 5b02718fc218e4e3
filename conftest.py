"""What every test gets: cheap password hashes, the longest files first, and --thorough for what is run in part."""

from __future__ import annotations

from collections.abc import Iterator

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from django.test import override_settings
from pytest_django import DjangoDbBlocker

# A file is one worker's work: what takes longest begins first, so that no worker is left alone with it in the end.
LONGEST_FIRST = ("journey", "long", "browser")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="every case of what is otherwise run in part")


def pytest_configure(config: pytest.Config) -> None:
    """No deadline for an example: machines are shared. A failure prints what plays it again."""
    examples = 1000 if config.getoption("--thorough") else 100
    hypothesis.settings.register_profile("house", deadline=None, print_blob=True, max_examples=examples)
    hypothesis.settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    return next(
        (place for place, mark in enumerate(LONGEST_FIRST) if item.get_closest_marker(mark)), len(LONGEST_FIRST)
    )


@pytest.fixture(scope="session")
def is_thorough(pytestconfig: pytest.Config) -> bool:
    return bool(pytestconfig.getoption("--thorough"))


@pytest.fixture(autouse=True, scope="session")
def _cheap_passwords() -> Iterator[None]:
    """A person's real hash costs 0.3 s and is Django's own business; servers in processes of their own keep it."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    """Rows of different tests have the same numbers; what the process remembers of one is not true of the next."""
    cache.clear()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Rows of tests need not survive a power cut. Servers in processes of their own wait for the disk as ever."""
    if settings.IS_SQLITE:
        own = connections["default"].settings_dict
        words = own["OPTIONS"]["init_command"].replace("synchronous=FULL", "synchronous=OFF")
        own["OPTIONS"] = {**own["OPTIONS"], "init_command": words}


@pytest.fixture(scope="module")
def rows_of_the_file(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[DjangoDbBlocker]:
    """For what many tests of a file begin with, made once in `with rows_of_the_file.unblock():`, gone after the last.

    Each test still takes back what it did; it fetches the rows anew, so that none sees another's objects.
    """
    yield django_db_blocker
    with django_db_blocker.unblock():
        call_command("flush", verbosity=0, interactive=False)
