"""XML laid out for a person, whatever the text is."""

from __future__ import annotations

import time

import pytest

from passthrough.pretty import SHOWN_CHARACTERS, duration, laid_out_xml, text_of


def test_one_element_to_a_line_and_words_stay_in_theirs() -> None:
    given = '<?xml version="1.0"?>\n<A>\n<B x="1"/><C>one</C><D></D><E> </E></A>'
    assert laid_out_xml(given) == '<?xml version="1.0"?>\n<A>\n  <B x="1"/>\n  <C>one</C>\n  <D></D>\n  <E> </E>\n</A>'


@pytest.mark.parametrize("text", ["", "plain", "<A><B>cut of", "</A></A>", "<A", "]]>", "<A>x<B/>y</A>"])
def test_what_is_no_xml_is_shown_all_the_same(text: str) -> None:
    assert laid_out_xml(text).replace("\n", "").replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("text", ["<" * SHOWN_CHARACTERS, "<!--" * 12_500, "<a>" * 16_000, "<a> " * 12_500])
def test_no_text_takes_long_or_grows_without_limit(text: str) -> None:
    start = time.thread_time()
    shown = text_of(text, len(text))
    assert time.thread_time() - start < 2
    assert len(shown.shown) <= SHOWN_CHARACTERS


@pytest.mark.parametrize(
    ("milliseconds", "says"),
    [
        (None, "–"),
        (340, "340 ms"),
        (2_430, "2.4 s"),
        (59_990, "1 min 0 s"),
        (200_000, "3 min 20 s"),
        (7_500_000, "2 h 5 min"),
    ],
)
def test_times_are_said_in_words(milliseconds: int | None, says: str) -> None:
    assert duration(milliseconds) == says
