"""A window that serves several tests keeps nothing of any of them."""

from __future__ import annotations

import pytest

from tests.chromium import IN_BROWSER
from tests.windows import Windows

STORED = "() => [localStorage.length, sessionStorage.length, matchMedia('print').matches, innerWidth]"

pytestmark = [*IN_BROWSER, pytest.mark.one_database]


def test_a_wiped_window_is_the_same_one_and_remembers_nothing(windows: Windows) -> None:
    page = windows.open(390)
    page.goto("/sign-in/")
    page.evaluate("() => { localStorage.setItem('a', 'b'); sessionStorage.setItem('a', 'b'); }")
    page.emulate_media(media="print")
    page.route("**/*", lambda route: route.abort())
    page.context.add_cookies([{"name": "a", "value": "b", "url": page.url}])
    windows.complaints.append("something that was heard")
    windows.wipe()

    again = windows.open()
    assert again is page
    assert again.context.cookies() == []
    assert windows.complaints == []
    again.goto("/sign-in/")
    assert again.evaluate(STORED) == [0, 0, False, 1440]


def test_a_window_with_a_clock_of_its_own_or_closed_is_not_used_again(windows: Windows) -> None:
    page = windows.open()
    page.clock.install()
    windows.wipe()
    other = windows.open()
    assert other is not page
    other.close()
    windows.wipe()
    assert windows.open() is not other


def test_a_second_window_of_a_test_shares_nothing_with_the_first(windows: Windows) -> None:
    first, second = windows.open(), windows.open()
    assert first.context is not second.context
    windows.wipe()
    assert second.is_closed()


def test_what_the_last_act_of_a_test_breaks_is_heard_in_every_page_it_opened(windows: Windows) -> None:
    page = windows.open()
    page.goto("/sign-in/")
    with page.context.expect_page() as more:
        page.evaluate("() => { window.open('/sign-in/'); }")
    more.value.wait_for_load_state()
    heard = windows.complaints
    more.value.evaluate("() => { setTimeout(() => { console.error('in the second page'); }, 0); }")
    page.evaluate("() => { setTimeout(() => { throw new Error('in the first'); }, 0); }")
    windows.wipe()
    assert sorted(heard) == ["in the first", "in the second page"]
    assert len(windows.open().context.pages) == 1
