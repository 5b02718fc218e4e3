"""Every code of the fact sheets has a row that a person can act on, and the rows decide as the sheets say."""

import pytest

from qbwc.qbxml.status_codes import (
    HRESULTS,
    MESSAGE_SET_STATUS_CODES,
    QBWC_CODES,
    STATUS_CODES,
    Actor,
    CodeRow,
    Policy,
    hresult_row,
    message_set_status_row,
    normal_hresult,
    status_row,
)

NOT_AN_ERROR, LATER, PERSON = Policy.NOT_AN_ERROR, Policy.LATER, Policy.PERSON
PERMANENT, OUTCOME_UNKNOWN = Policy.PERMANENT, Policy.OUTCOME_UNKNOWN

# Written from the fact sheets, not from the tables: a code missing there is missing on purpose.
STATUS_CODES_BY_POLICY = {
    NOT_AN_ERROR: "0 1 500 501 510 530 531 540 550 560 570 600",
    LATER: "1000 1010 3162 3175 3176 3177 3231",
    OUTCOME_UNKNOWN: "3230",
    PERSON: "3161 3171 3220 3250 3260 3261 3262 3263 3264 3270",
    PERMANENT: "1030 1060 3000 3010 3020 3030 3031 3035 3040 3045 3050 3060 3065 3070 3080 3085 3090 3100 3101 3110 "
    "3120 3130 3140 3150 3151 3152 3153 3160 3170 3180 3185 3190 3200 3205 3210 3240 3280 3290 3390 3500 "
    "9001 9002 9003 9004 9005 9006",
}
HRESULTS_BY_POLICY = {
    PERMANENT: "80040400 80040423",
    LATER: "80040401 80040408 8004040A 8004040D 80040410 80040414 80040416 80040417 8004041B 80040422 80040424",
    OUTCOME_UNKNOWN: "80040402 8004041C 80010105",
    PERSON: "80040403 80040406 80040418 8004041A 8004041D 8004041E 8004041F 80040420 80040421 80040427 8004042A "
    "8004042C 80040154 80040308",
}
QBWC_NUMBERS = [*range(1000, 1047), 1048, 1051, 1065, 1080, 1085, 2012]
STATUS_ROWS = [(policy, int(code)) for policy, codes in STATUS_CODES_BY_POLICY.items() for code in codes.split()]
HRESULT_ROWS = [(policy, f"0x{code}") for policy, codes in HRESULTS_BY_POLICY.items() for code in codes.split()]


def test_every_code_of_the_sheets_is_in_its_table_and_no_other() -> None:
    assert sorted(STATUS_CODES) == sorted(code for _, code in STATUS_ROWS)
    assert sorted(HRESULTS) == sorted(code for _, code in HRESULT_ROWS)
    assert sorted(QBWC_CODES) == QBWC_NUMBERS
    assert sorted(MESSAGE_SET_STATUS_CODES) == [0, 600, 9001, 9002, 9003, 9004, 9005]


@pytest.mark.parametrize(("policy", "code"), STATUS_ROWS)
def test_a_status_code_has_the_policy_of_the_sheet(policy: Policy, code: int) -> None:
    assert status_row(code).policy is policy


@pytest.mark.parametrize(("policy", "code"), HRESULT_ROWS)
def test_an_hresult_has_the_policy_of_the_sheet(policy: Policy, code: str) -> None:
    assert hresult_row(code).policy is policy


@pytest.mark.parametrize(
    "row",
    [*STATUS_CODES.values(), *HRESULTS.values(), *QBWC_CODES.values(), *MESSAGE_SET_STATUS_CODES.values()],
    ids=[
        *map(str, STATUS_CODES),
        *HRESULTS,
        *(f"QBWC{code}" for code in QBWC_CODES),
        *map(str, MESSAGE_SET_STATUS_CODES),
    ],
)
def test_every_row_speaks_in_sentences(row: CodeRow) -> None:
    for text in (row.meaning, row.remedy):
        assert len(text) > 4
        assert text[0].isupper() or text.startswith(("localhost", "FileID"))
        assert text.endswith(".")
        assert "  " not in text


@pytest.mark.parametrize("code", [600, 9001, 9002, 9005, 4711])
def test_a_write_that_recovery_cannot_account_for_has_an_unknown_outcome(code: int) -> None:
    assert message_set_status_row(code).policy is OUTCOME_UNKNOWN


@pytest.mark.parametrize(
    "message",
    [
        "There was an error when saving. QuickBooks error message: This list has been modified by another user.",
        "The internals could not be locked.  They are in use by another user.",
        "QuickBooks failed to ACQUIRE the lock for this object.",
        "The specified list element is in use.",
    ],
)
def test_a_lock_makes_a_permanent_error_one_for_later(message: str) -> None:
    for code in (3170, 3180):
        assert status_row(code).policy is PERMANENT
        assert status_row(code, message).policy is LATER
    assert status_row(3260, message).policy is PERSON
    assert status_row(0, message).policy is NOT_AN_ERROR


@pytest.mark.parametrize(
    ("code", "policy"),
    [(2, NOT_AN_ERROR), (777, NOT_AN_ERROR), (1999, LATER), (2500, PERMANENT), (3099, PERMANENT), (3999, PERMANENT)],
)
def test_an_unknown_status_code_is_judged_by_its_range(code: int, policy: Policy) -> None:
    assert status_row(code).policy is policy


def test_codes_outside_every_range_are_permanent() -> None:
    assert [status_row(code).policy for code in (-1, 9150, 123_456)] == [PERMANENT] * 3


@pytest.mark.parametrize("text", ["0x8004040A", "0X8004040a", "8004040a", " 0x8004040A\n", "-2147220470", "&H8004040A"])
def test_an_hresult_is_known_in_any_writing(text: str) -> None:
    assert normal_hresult(text) == "0x8004040A"
    assert hresult_row(text) is HRESULTS["0x8004040A"]


@pytest.mark.parametrize("text", ["", "0x80049999", "rubbish", "0x", "-99999999999", "-9999999999"])
def test_an_unknown_hresult_says_nothing_of_what_became_of_a_write(text: str) -> None:
    assert hresult_row(text).policy is OUTCOME_UNKNOWN
    assert hresult_row(text).actor is Actor.USER
