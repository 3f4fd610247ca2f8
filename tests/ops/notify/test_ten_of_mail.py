"""Ten situations with mail: nothing is lost, doubled ones have one Message-ID, order is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ops.notify.conftest import Rig
from tests.ops.notify.test_delivery import states
from tests.ops.notify.test_mail import mailing, parts
from tests.ops.notify.test_ten_situations import end_of
from tests.support.case_samples import put_case
from tests.support.channel_stand_in import certificate_for
from tests.support.smtp_stand_in import SmtpStandIn

Made = Callable[..., Rig]
GREY = "450 4.2.0 greylisted, come again in five minutes"


@pytest.fixture
def server() -> Iterator[SmtpStandIn]:
    with SmtpStandIn() as server:
        yield server


def hurried(rig: Made, server: SmtpStandIn) -> Rig:
    return mailing(rig, server.port, notify={"timeout_s": 0.4})


def subjects(server: SmtpStandIn) -> list[str]:
    return [mail["Subject"] for mail in server.mails]


def test_1_it_is_busy_and_all_wait_in_their_order(rig: Made, server: SmtpStandIn) -> None:
    its = mailing(rig, server.port)
    server.script = [{"CONNECT": "421 too many connections"}, {"MAIL": "421 going down"}]
    for number in (1, 2, 3):
        put_case(its.store, number)
    its.run()
    assert server.talks == 1 and server.mails == []
    its.run_for(30)
    assert subjects(server) == [f"MEDIUM: Linked accounts {number}" for number in (1, 2, 3)]


@pytest.mark.parametrize("answers", [{"END": "451 disk is full"}, {"DATA": "451 no"}, {"MAIL": "452 no room"}])
def test_2_it_fails_for_one_mail_and_others_go_on(rig: Made, server: SmtpStandIn, answers: dict[str, str]) -> None:
    its = mailing(rig, server.port)
    server.script = [answers]
    put_case(its.store, 1)
    put_case(its.store, 2)
    its.run_for(4)
    assert [state for state, _ in states(its.store)] == ["pending", "sent"]
    its.run_for(30)
    assert [state for state, _ in states(its.store)] == ["sent", "sent"]


def test_3_it_is_away(rig: Made, server: SmtpStandIn) -> None:
    with SmtpStandIn() as gone:
        port = gone.port
    its = mailing(rig, port)
    put_case(its.store)
    assert end_of(its, 20) == ("pending", "no connection: nothing listens there")


@pytest.mark.parametrize("where", ["CONNECT", "EHLO", "RCPT", "END"])
@pytest.mark.parametrize("how", ["HANG", "DRIP"])
def test_4_it_hangs_or_never_ends_its_answer(rig: Made, server: SmtpStandIn, where: str, how: str) -> None:
    its = hurried(rig, server)
    server.script = [{where: how}]
    put_case(its.store)
    its.run()
    assert its.deliveries["mail"].failing == "no answer within 0.4 s"
    assert end_of(its, 20)[0] == "sent"


@pytest.mark.parametrize(("where", "mails"), [("CONNECT", 1), ("RCPT", 1), ("END", 2)])
def test_5_it_breaks_off(rig: Made, server: SmtpStandIn, where: str, mails: int) -> None:
    """After the text a server may have taken it: it comes again, with the same Message-ID."""
    its = mailing(rig, server.port)
    server.script = [{where: "CUT"}]
    put_case(its.store)
    assert end_of(its, 20)[0] == "sent"
    assert len(server.mails) == mails and len({mail["Message-ID"] for mail in server.mails}) == 1


@pytest.mark.parametrize("quit", ["421 bye", "500 what", "CUT", "HANG"])
def test_5_what_it_says_after_it_has_taken_the_mail_changes_nothing(rig: Made, server: SmtpStandIn, quit: str) -> None:
    its = hurried(rig, server)
    server.script = [{"QUIT": quit}]
    put_case(its.store)
    assert end_of(its, 20)[0] == "sent" and len(server.mails) == 1


def test_6_it_refuses_the_mail(rig: Made, server: SmtpStandIn) -> None:
    its = mailing(rig, server.port)
    server.answers = {"END": "554 <b>spam</b>"}
    put_case(its.store)
    state, why = end_of(its, 10)
    assert state == "dead" and "554" in why and "<b>" not in why


def test_7_it_greylists_one_address_and_nobody_gets_two(rig: Made, server: SmtpStandIn) -> None:
    its = mailing(rig, server.port)
    server.answers = {"RCPT TO:<chief@example.com>": GREY}
    put_case(its.store)
    assert end_of(its, 300)[0] == "pending"
    server.answers = {}
    assert end_of(its, 600)[0] == "sent"
    assert [to for _, to in server.envelopes] == [["TO:<ops@example.com>"], ["TO:<chief@example.com>"]]
    assert len({mail["Message-ID"] for mail in server.mails}) == 1


def test_7_an_address_that_is_never_taken_holds_the_others_back_for_a_while_only(
    rig: Made, server: SmtpStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    its = mailing(rig, server.port)
    server.answers = {"RCPT TO:<chief@example.com>": GREY}
    put_case(its.store)
    its.run_for(3600, step_s=60)
    assert states(its.store) == [("sent", None)] and "not taken for 1 of its addresses (450)" in caplog.text
    assert [to for _, to in server.envelopes] == [["TO:<ops@example.com>"]]


def test_8_it_has_a_private_address(rig: Made, server: SmtpStandIn) -> None:
    its = mailing(rig, server.port, notify={"allow_private": ()}, security="starttls")
    put_case(its.store)
    state, why = end_of(its, 10)
    assert state == "pending" and "notify.allow_private" in why and server.talks == 0


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_9_its_certificate_is_for_another_name(rig: Made, tmp_path: Path, security: str) -> None:
    certificate = certificate_for(tmp_path, "mail.example.com")
    with SmtpStandIn(certificate, at_once=security == "tls") as server:
        its = mailing(rig, server.port, notify={"ca_file": str(certificate[0])}, security=security)
        put_case(its.store)
        state, why = end_of(its, 10)
        assert state == "pending" and "certificate is not trusted" in why and server.mails == []


def test_10_an_incident_grows_while_it_fails(rig: Made, server: SmtpStandIn) -> None:
    its = mailing(rig, server.port)
    server.script = [{"END": "451 later"}]
    put_case(its.store, 1, headline="as it was first")
    its.run()
    put_case(its.store, 1, revision=2, severity="critical", headline="as it is now")
    its.run_for(60, step_s=10)
    assert {state for state, _ in states(its.store)} == {"sent"}
    texts = [parts(mail)["text/plain"] for mail in server.mails]
    assert "as it was first" in texts[0] and all("as it is now" in text for text in texts[1:]) and len(texts) >= 2
