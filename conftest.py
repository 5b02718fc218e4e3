"""What every test gets: cheap password hashes, the longest files first, and --thorough for what is run in part."""

from __future__ import annotations

import contextlib
import gc
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from tests import migrated, quick_tables
from tests.shared_chromium import SHARED

# A file is one worker's work: what takes longest begins first, so that no worker is left alone with it in the end.
LONGEST_FIRST = ("journey", "long", "browser")
_FOR_THE_RUN = contextlib.ExitStack()

gc.disable()  # while modules are imported and tests collected, nothing becomes garbage


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="every case of what is otherwise run in part")


def pytest_configure(config: pytest.Config) -> None:
    """No deadline for an example: machines are shared. The same examples each time, so that no chance refuses a
    change that is not to blame; --thorough draws ever new ones, and a failure prints what plays it again."""
    is_thorough = config.getoption("--thorough")
    hypothesis.settings.register_profile(
        "house",
        deadline=None,
        print_blob=True,
        max_examples=1000 if is_thorough else 100,
        derandomize=not is_thorough,
    )
    hypothesis.settings.load_profile("house")
    _FOR_THE_RUN.enter_context(migrated.shared())
    quick_tables.use_for_tests()


def pytest_unconfigure() -> None:
    SHARED.close()
    _FOR_THE_RUN.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_place)


def pytest_collection_finish() -> None:
    """What is here now stays to the end: looking through it for garbage again and again cost a sixth of the run.

    What comes after is looked through less often than Python would.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Iterator[None]:
    """Chromium stays open from one browser file to the next, and no longer."""
    try:
        yield
    finally:
        if nextitem is None or nextitem.get_closest_marker("browser") is None:
            SHARED.close()


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
    """The database begins as a copy of a migrated one.

    Rows of tests need not survive a power cut. Servers in processes of their own wait for the disk as ever.
    """
    own = connections["default"].settings_dict
    if settings.IS_SQLITE:
        words = own["OPTIONS"]["init_command"].replace("synchronous=FULL", "synchronous=OFF")
        own["OPTIONS"] = {**own["OPTIONS"], "init_command": words}
        vars(connections["default"].creation)["_create_test_db"] = _copy
    else:
        own["TEST"]["TEMPLATE"] = migrated.postgresql_template(settings.DATABASE_URL)


def _copy(*_: Any, **__: Any) -> str:
    creation: Any = connections["default"].creation
    name = str(creation._get_test_db_name())
    for leftover in ("-wal", "-shm"):
        Path(name + leftover).unlink(missing_ok=True)
    shutil.copy(migrated.sqlite_file(), name)
    return name


@pytest.fixture(scope="module")
def rows_of_the_file(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[DjangoDbBlocker]:
    """For what many tests of a file begin with, made once in `with rows_of_the_file.unblock():`, gone after the last.

    Each test still takes back what it did; it fetches the rows anew, so that none sees another's objects.
    """
    yield django_db_blocker
    with django_db_blocker.unblock():
        quick_tables.empty()
