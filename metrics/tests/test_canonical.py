"""The one form of a JSON value that is hashed."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.canonical import NotCanonical, canonical, digest, figure_of, plain_text, text_of

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_the_order_of_keys_makes_no_difference() -> None:
    assert canonical({"b": 1, "a": [True, None, "é"]}) == '{"a":[true,null,"\\u00e9"],"b":1}'
    assert digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})


@given(PLAIN)
def test_what_a_database_gives_back_hashes_the_same(value: Any) -> None:
    assert digest(json.loads(json.dumps(value))) == digest(value)


@pytest.mark.parametrize("value", [1.5, Decimal("1.5"), date(2026, 1, 1), {1: "a"}, {"a": [{"b": 0.1}]}, {"a": {1}}])
def test_what_has_no_one_form_is_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical(value)


def test_figures_survive_as_text() -> None:
    for figure in (Decimal("1234.50"), Decimal("-0.01"), Decimal("1E+3"), 7, None):
        assert figure_of(text_of(figure)) == figure


def test_what_a_database_cannot_keep_is_taken_out() -> None:
    assert plain_text("a\x00b\ud800") == "a\ufffdb?"
