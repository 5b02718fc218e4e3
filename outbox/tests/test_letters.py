"""Letters over real SMTP: sent once, tried again only when certainly not taken, else a person decides."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import Settings

from accounts.models import Company
from accounts.tests.factories import CompanyFactory
from outbox import sending
from outbox.failures import BadRecipient
from outbox.kinds import Attachment, Letter, NothingToSend, NotYet
from outbox.mail import MOST_ATTACHED
from outbox.models import Message, State
from outbox.tests.conftest import START, Hands, Writer
from outbox.tests.smtp_server import MailServer

pytestmark = pytest.mark.django_db


def owed(company: Company, key: str = "k1", address: str = "ana@example.com") -> Message:
    message = sending.post_letter(company, kind="test", key=key, address=address, argument={"n": 1}, now=START)
    assert message is not None
    return message


def as_kept(message: Message) -> Message:
    message.refresh_from_db()
    return message


def test_a_letter_arrives_with_text_html_and_file_and_is_marked_sent(
    company: Company, writer: Writer, mail_server: MailServer, hands: Hands
) -> None:
    pack = Attachment("Q2 pack.pdf", "application/pdf", b"%PDF-1.7 \x00\xff")
    writer.letter = Letter("June is in", "Hello, Zoë.\n.\nEnd.\n", html="<p>Hello</p>", attachments=(pack,))
    message = owed(company)
    assert sending.send(message.pk)
    (letter,) = mail_server.letters
    assert (letter["Subject"], letter["To"], letter["From"]) == (
        "June is in",
        "ana@example.com",
        "Tieout <tieout@example.com>",
    )
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text is not None
    assert text.get_content().splitlines() == ["Hello, Zoë.", ".", "End."]
    assert html is not None
    assert "<p>Hello</p>" in html.get_content()
    (file,) = letter.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("Q2 pack.pdf", pack.body)
    assert letter["Message-ID"] == f"<{message.delivery}@localhost>"
    assert writer.asked == [("Rockcastle", {"n": 1}, START)]
    assert (as_kept(message).state, message.attempts, message.sent_at) == (State.SENT, 1, START)


def test_a_letter_goes_once_however_often_it_is_asked_for(
    company: Company, writer: Writer, mail_server: MailServer, hands: Hands
) -> None:
    message = owed(company)
    again = {"kind": "test", "key": "k1", "argument": {"n": 2}, "now": START}
    assert sending.post_letter(company, address=" Ana@Example.com", **again) is None  # type: ignore[arg-type]
    assert sending.send(message.pk)
    hands.forward(days=3)
    assert not sending.send(message.pk)
    assert sending.due(hands.now) == []
    assert len(mail_server.taken) == 1


@pytest.mark.parametrize(
    ("place", "words", "said"),
    [
        ("greeting", "421 too busy", "421: too busy"),
        ("greeting", "", "cannot be reached"),
        ("greeting", "…", "cannot be reached"),
        ("MAIL", "451 later", "451: later"),
        ("MAIL", "530 5.7.0 Authentication required", "530: 5.7.0 Authentication required"),
        ("MAIL", "550 not from you", "550: not from you"),
        ("RCPT", "450 greylisted, come back", "450: greylisted, come back"),
        ("RCPT", "", "broke off"),
        ("DATA", "451 no room now", "451: no room now"),
        ("content", "452 queue full", "452: queue full"),
    ],
)
def test_what_was_certainly_not_taken_is_sent_again_after_a_pause(
    company: Company, writer: Writer, mail_server: MailServer, hands: Hands, place: str, words: str, said: str
) -> None:
    mail_server.trouble[place] = words
    message = owed(company)
    assert not sending.send(message.pk)
    assert as_kept(message).state == State.DUE
    assert said in message.last_error
    assert message.next_at == START + timedelta(minutes=1)
    assert not sending.send(message.pk), "its pause is not over"
    mail_server.trouble.clear()
    hands.forward(minutes=1)
    assert sending.due(hands.now) == [message.pk]
    assert sending.send(message.pk)
    assert len(mail_server.taken) == 1


@pytest.mark.parametrize(
    ("place", "words"),
    [("RCPT", "550 5.1.1 No such user here"), ("MAIL", "552 too large"), ("content", "554 spam")],
)
def test_a_final_refusal_ends_it_with_the_servers_words(
    company: Company, writer: Writer, mail_server: MailServer, hands: Hands, place: str, words: str
) -> None:
    mail_server.trouble[place] = words
    message = owed(company)
    assert not sending.send(message.pk)
    assert (as_kept(message).state, message.last_status) == (State.FAILED, int(words[:3]))
    assert words[4:] in message.last_error
    assert mail_server.taken == []


@pytest.mark.parametrize("trouble", [{"content": ""}, {"content": "…", "lost answer": "yes"}, {"middle": "yes"}])
def test_a_letter_whose_answer_is_lost_is_in_doubt_and_is_not_sent_again_by_itself(
    company: Company, writer: Writer, mail_server: MailServer, hands: Hands, trouble: dict[str, str]
) -> None:
    mail_server.trouble.update(trouble)
    message = owed(company)
    assert not sending.send(message.pk)
    assert as_kept(message).state == State.UNKNOWN
    assert "did not say whether it took the letter" in message.last_error
    mail_server.trouble.clear()
    taken = len(mail_server.taken)
    hands.forward(days=2)
    sending.settle_lost(hands.now)
    assert sending.due(hands.now) == []
    assert len(mail_server.taken) == taken
    assert sending.send_again(Message.objects.all(), hands.now) == 1, "a person decides"
    assert sending.send(message.pk)
    assert mail_server.letters[-1]["Message-ID"] == f"<{message.delivery}@localhost>", "known as the same letter"


def test_a_farewell_that_fails_does_not_make_a_taken_letter_doubtful(
    company: Company, writer: Writer, mail_server: MailServer, hands: Hands
) -> None:
    mail_server.trouble["QUIT"] = ""
    message = owed(company)
    assert sending.send(message.pk)
    assert as_kept(message).state == State.SENT


def test_a_process_that_dies_between_sending_and_marking_leaves_it_in_doubt(
    company: Company, writer: Writer, mail_server: MailServer, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """No handler of the work may see it."""

    def dies(*_args: object, **_columns: object) -> None:
        raise Killed

    message = owed(company)
    with monkeypatch.context() as patch:
        patch.setattr(sending, "_mark", dies)
        with pytest.raises(Killed):
            sending.send(message.pk)
    assert (as_kept(message).state, len(mail_server.taken)) == (State.SENDING, 1)
    assert sending.settle_lost(hands.now) == {"unknown": 0, "due": 0}, "it may still be at it"
    hands.forward(minutes=16)
    assert sending.settle_lost(hands.now) == {"unknown": 1, "due": 0}
    assert (as_kept(message).state, message.last_error) == (State.UNKNOWN, sending.LOST)
    assert not sending.send(message.pk)
    assert len(mail_server.taken) == 1


def test_a_process_that_dies_while_writing_the_letter_has_sent_nothing_and_it_is_sent_later(
    company: Company, writer: Writer, mail_server: MailServer, hands: Hands
) -> None:
    class Killed(BaseException):
        """As above."""

    def dies() -> None:
        raise Killed

    message = owed(company)
    writer.meanwhile = dies
    with pytest.raises(Killed):
        sending.send(message.pk)
    writer.meanwhile = lambda: None
    assert not sending.send(message.pk), "who took it may still be at it"
    hands.forward(minutes=16)
    assert sending.send(message.pk)
    assert len(mail_server.taken) == 1


def test_who_was_overtaken_while_writing_sends_nothing(
    company: Company, writer: Writer, mail_server: MailServer, hands: Hands
) -> None:
    message = owed(company)

    def another_takes_it() -> None:
        writer.meanwhile = lambda: None
        hands.forward(minutes=16)
        assert sending.send(message.pk)

    writer.meanwhile = another_takes_it
    assert not sending.send(message.pk)
    assert (as_kept(message).state, len(mail_server.taken)) == (State.SENT, 1)


def test_who_was_overtaken_by_one_that_found_it_not_ready_sends_nothing(
    company: Company, writer: Writer, mail_server: MailServer, hands: Hands
) -> None:
    message = owed(company)

    def another_finds_it_paused() -> None:
        writer.meanwhile = lambda: None
        hands.forward(minutes=16)
        writer.trouble = NotYet("The schedule is paused.", timedelta(minutes=10))
        assert not sending.send(message.pk)
        writer.trouble = None

    writer.meanwhile = another_finds_it_paused
    assert not sending.send(message.pk)
    assert (as_kept(message).state, message.last_error) == (State.DUE, "The schedule is paused.")
    assert mail_server.taken == []


def test_a_letter_that_kills_whoever_writes_it_is_given_up(
    company: Company, writer: Writer, mail_server: MailServer, hands: Hands
) -> None:
    class Killed(BaseException):
        """The system ended the process: its memory was full."""

    def dies() -> None:
        raise Killed

    message = owed(company)
    writer.meanwhile = dies
    for _ in range(len(sending.PAUSES) + 1):
        with pytest.raises(Killed):
            sending.send(message.pk)
        hands.forward(minutes=16)
    assert not sending.send(message.pk), "and nobody dies"
    assert (as_kept(message).state, message.last_error) == (State.FAILED, sending.NEVER_ENDED)
    assert len(writer.asked) == len(sending.PAUSES) + 1
    writer.meanwhile = lambda: None
    assert sending.send_again(Message.objects.all(), hands.now) == 1, "a person decides"
    assert sending.send(message.pk)


def test_after_its_last_try_it_is_given_up_and_a_person_starts_a_new_round(
    company: Company, writer: Writer, mail_server: MailServer, hands: Hands
) -> None:
    mail_server.trouble["greeting"] = "421 closed for today"
    message = owed(company)
    for _ in range(20):
        hands.forward(days=1)
        sending.send(message.pk)
    assert (as_kept(message).state, message.attempts) == (State.FAILED, len(sending.PAUSES) + 1)
    assert sending.send_again(Message.objects.all(), hands.now) == 1
    sending.send(message.pk)
    assert (as_kept(message).state, message.next_at) == (State.DUE, hands.now + sending.PAUSES[0])


def test_a_reason_that_is_gone_sends_nothing(
    company: Company, writer: Writer, mail_server: MailServer, hands: Hands
) -> None:
    writer.trouble = NothingToSend("The company was removed from the schedule.")
    message = owed(company)
    assert not sending.send(message.pk)
    assert (as_kept(message).state, message.last_error) == (State.DROPPED, str(writer.trouble))
    assert mail_server.taken == []


def test_what_is_not_ready_yet_waits_without_using_up_its_tries(
    company: Company, writer: Writer, mail_server: MailServer, hands: Hands
) -> None:
    writer.trouble = NotYet("The pack is being made.", timedelta(minutes=2))
    message = owed(company)
    for _ in range(30):
        assert not sending.send(message.pk)
        assert (as_kept(message).state, message.tries) == (State.DUE, 0)
        hands.forward(minutes=2)
    writer.trouble = None
    assert sending.send(message.pk)


def test_a_builder_that_fails_is_tried_again_and_says_why(
    company: Company, writer: Writer, mail_server: MailServer, hands: Hands
) -> None:
    writer.trouble = ZeroDivisionError("no revenue")
    message = owed(company)
    assert not sending.send(message.pk)
    assert (as_kept(message).state, message.last_error) == (
        State.DUE,
        sending.OURS_BROKE,
    )


def test_without_mail_settings_it_says_so_and_goes_once_they_are_there(
    company: Company, writer: Writer, mail_server: MailServer, hands: Hands, settings: Settings
) -> None:
    settings.MAIL_IS_SET_UP = False
    message = owed(company)
    assert not sending.send(message.pk)
    assert as_kept(message).state == State.DUE
    assert "No mail is set up on this server" in message.last_error
    settings.MAIL_IS_SET_UP = True
    hands.forward(minutes=1)
    assert sending.send(message.pk)


def test_no_line_break_of_a_subject_or_a_file_name_becomes_a_header(
    company: Company, writer: Writer, mail_server: MailServer, hands: Hands
) -> None:
    file = Attachment('../a\r\nBcc: eve@example.com"\r\n.pdf', "text/html\r\nX: 1", b"x")
    writer.letter = Letter(
        "Hello\r\nBcc: eve@example.com\n\nfake body", "text\r\n.\r\nMAIL FROM:<x>", attachments=(file,)
    )
    assert sending.send(owed(company).pk)
    (letter,) = mail_server.letters
    assert letter["Bcc"] is None
    assert letter["Subject"] == "Hello Bcc: eve@example.com fake body"
    (attached,) = letter.iter_attachments()
    assert attached["Bcc"] is None
    assert attached["X"] is None
    assert attached.get_content_type() == "application/octet-stream"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ana",
        "ana@",
        "a@example.com, b@example.com",
        "a@example.com\r\nBcc: e@x.org",
        "ü@example.com",
        "a" * 250 + "@b.co",
    ],
)
def test_an_address_that_is_none_is_refused_at_once(company: Company, writer: Writer, address: str) -> None:
    with pytest.raises(BadRecipient):
        sending.post_letter(company, kind="test", key="k", address=address, argument={}, now=START)
    assert Message.objects.count() == 0


def test_files_that_no_mail_server_would_take_are_refused_in_clear_words(
    company: Company, writer: Writer, mail_server: MailServer, hands: Hands
) -> None:
    large = Attachment("all.zip", "application/zip", bytes(MOST_ATTACHED + 100_000))
    writer.letter = Letter("All", "All", attachments=(large,))
    message = owed(company)
    assert not sending.send(message.pk)
    assert as_kept(message).state == State.FAILED
    assert "15.1 MB together; mail takes at most 15 MB" in message.last_error


def test_two_companies_may_use_one_key_and_one_address(company: Company, writer: Writer) -> None:
    assert owed(company).pk != owed(CompanyFactory.create()).pk


def test_what_ended_half_a_year_ago_is_forgotten_and_what_is_open_is_kept(
    company: Company, writer: Writer, mail_server: MailServer, hands: Hands
) -> None:
    done, open_one = owed(company, "k1"), owed(company, "k2")
    assert sending.send(done.pk)
    assert sending.forget(START + timedelta(days=179)) == 0
    assert sending.forget(START + timedelta(days=181)) == 1
    assert list(Message.objects.all()) == [open_one]
    owed(company, "k1")  # a key counts as long as its row is kept: it would be owed again
