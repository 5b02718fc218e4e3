"""Error recovery: a message set with an ID runs once, whatever is lost on the way."""

from lxml import etree

from simulators.quickbooks import QuickBooks
from simulators.tests.quickbooks_documents import ask, fresh_company, hresult_of, schema_errors, wrapped

ADD = '<CustomerAddRq requestID="1"><CustomerAdd><Name>Zephyr</Name></CustomerAdd></CustomerAddRq>'
OTHER = '<CustomerAddRq requestID="1"><CustomerAdd><Name>Boreas</Name></CustomerAdd></CustomerAddRq>'


def ids(new: str = "", old: str = "") -> str:
    """The attributes of a set with recovery."""
    parts = [
        'onError="stopOnError"',
        f'newMessageSetID="{new}"' if new else "",
        f'oldMessageSetID="{old}"' if old else "",
    ]
    return " ".join(part for part in parts if part)


def code(answer: etree._Element) -> str | None:
    """The messageSetStatusCode."""
    return answer.get("messageSetStatusCode")


def test_without_recovery_there_is_no_message_set_status() -> None:
    assert code(ask(QuickBooks(fresh_company()), ADD)) is None


def test_a_set_sent_again_is_not_executed_again() -> None:
    quickbooks = QuickBooks(fresh_company())
    first = quickbooks.process(wrapped(ADD, ids(new="A")))
    second = quickbooks.process(wrapped(ADD, ids(new="A")))
    assert first == second
    assert '<QBXMLMsgsRs newMessageSetID="A" messageSetStatusCode="0">' in first
    assert schema_errors(first) == ""
    assert [(entry.executed, entry.status_code) for entry in quickbooks.writes] == [(True, 0), (False, 0)]


def test_an_answer_lost_after_execution_can_be_asked_for_again() -> None:
    quickbooks = QuickBooks(fresh_company())
    quickbooks.fail_next("0x80010105", after_execution=True)
    assert hresult_of(quickbooks, wrapped(ADD, ids(new="A"))) == "0x80010105"
    assert [entry.executed for entry in quickbooks.writes] == [True]
    quickbooks.end_session()
    answer = ask(quickbooks, ADD, ids(new="A"))
    assert answer.findtext("CustomerAddRs/CustomerRet/Name") == "Zephyr"
    assert [entry.executed for entry in quickbooks.writes] == [True, False]


def test_a_request_lost_before_execution_runs_when_it_is_sent_again() -> None:
    quickbooks = QuickBooks(fresh_company())
    quickbooks.fail_next("0x8004041B")
    assert hresult_of(quickbooks, wrapped(ADD, ids(new="A"))) == "0x8004041B"
    assert [entry.executed for entry in quickbooks.writes] == []
    assert code(ask(quickbooks, ADD, ids(new="A"))) == "0"
    assert [entry.executed for entry in quickbooks.writes] == [True]


def test_other_contents_under_a_known_id_are_refused() -> None:
    quickbooks = QuickBooks(fresh_company())
    ask(quickbooks, ADD, ids(new="A"))
    answer = ask(quickbooks, OTHER, ids(new="A"))
    assert (code(answer), len(answer)) == ("9001", 0)
    assert len(quickbooks.writes) == 1


def test_an_empty_set_with_both_ids_asks_how_it_went() -> None:
    quickbooks = QuickBooks(fresh_company())
    assert code(ask(quickbooks, "", ids(new="A", old="A"))) == "600"
    ask(quickbooks, ADD, ids(new="A"))
    answer = ask(quickbooks, "", ids(new="A", old="A"))
    assert code(answer) == "0"
    assert answer.findtext("CustomerAddRs/CustomerRet/Name") == "Zephyr"


def test_an_old_id_alone_deletes_the_record() -> None:
    quickbooks = QuickBooks(fresh_company())
    ask(quickbooks, ADD, ids(new="A"))
    assert code(ask(quickbooks, "", ids(old="A"))) == "0"
    assert code(ask(quickbooks, "", ids(old="A"))) == "600"
    again = ask(quickbooks, ADD, ids(new="A"))
    assert [response.get("statusCode") for response in again] == ["3100"]  # it ran: the name is in use now


def test_the_next_set_acknowledges_the_one_before() -> None:
    quickbooks = QuickBooks(fresh_company())
    ask(quickbooks, ADD, ids(new="A"))
    assert code(ask(quickbooks, OTHER, ids(new="B", old="A"))) == "0"
    assert code(ask(quickbooks, "", ids(new="A", old="A"))) == "600"
    assert code(ask(quickbooks, "", ids(new="B", old="B"))) == "0"


def test_all_records_can_be_cleared() -> None:
    quickbooks = QuickBooks(fresh_company())
    ask(quickbooks, ADD, ids(new="A"))
    ask(quickbooks, OTHER, ids(new="B"))
    assert code(ask(quickbooks, "", ids(old="ClearAllMessageSets"))) == "0"
    assert code(ask(quickbooks, "", ids(new="B", old="B"))) == "600"


def test_an_id_may_have_24_characters_and_no_more() -> None:
    quickbooks = QuickBooks(fresh_company())
    assert code(ask(quickbooks, ADD, ids(new="x" * 25))) == "9004"
    assert quickbooks.writes == ()
    assert code(ask(quickbooks, ADD, ids(new="x" * 24))) == "0"


def test_a_response_that_was_not_stored_is_told_apart() -> None:
    quickbooks = QuickBooks(fresh_company())
    ask(quickbooks, ADD, ids(new="A"))
    quickbooks.lose_stored_responses()
    assert code(ask(quickbooks, ADD, ids(new="A"))) == "9002"
    assert len(quickbooks.writes) == 1


def test_another_company_file_knows_nothing_of_it() -> None:
    quickbooks = QuickBooks(fresh_company())
    ask(quickbooks, ADD, ids(new="A"))
    quickbooks.path = r"C:\QB\other.qbw"
    assert code(ask(quickbooks, "", ids(new="A", old="A"))) == "600"
