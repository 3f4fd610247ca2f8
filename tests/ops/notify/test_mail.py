"""Mail: text, HTML and the ring's picture; nothing from outside is a header line or markup; 4xx passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from ops.cases.verdicts import give_verdict
from ops.notify.channel_settings import MailSettings
from ops.notify.settings import BrakeSettings
from tests.ops.notify.conftest import Rig
from tests.ops.notify.test_delivery import states
from tests.support.case_samples import SETTINGS, put_case
from tests.support.channel_stand_in import certificate_for
from tests.support.smtp_stand_in import SmtpStandIn

TO = ("ops@example.com", "chief@example.com")
HOSTILE = "Ring\r\nBcc: evil@example.com\r\n\r\n<script>alert(1)</script><img src=https://evil.example/x>"


@pytest.fixture
def server() -> Iterator[SmtpStandIn]:
    with SmtpStandIn() as server:
        yield server


def mailing(rig: Callable[..., Rig], port: int, secrets: dict[str, str] | None = None, notify: Any = None, **changes: Any) -> Rig:
    usual = {"name": "mail", "host": "127.0.0.1", "port": port, "security": "none", "sender": "rw@example.com", "to": TO}
    settings = MailSettings(**usual | changes)
    return rig(secrets, mail=(settings,), **(notify or {}))


def parts(mail: EmailMessage) -> dict[str, Any]:
    return {part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()}


def test_a_mail_has_text_html_and_the_picture(rig: Callable[..., Rig], server: SmtpStandIn) -> None:
    its = mailing(rig, server.port)
    put_case(its.store, 3)
    its.run()
    [mail] = server.mails
    assert mail["Subject"] == "MEDIUM: Linked accounts 3" and mail["To"] == ", ".join(TO) and mail["Auto-Submitted"] == "auto-generated"
    found = parts(mail)
    assert "Money at risk: 100.00 EUR" in found["text/plain"] and "/incidents/inc-0000000000000003" in found["text/plain"]
    assert 'src="cid:ring"' in found["text/html"] and found["image/png"].startswith(b"\x89PNG")
    assert server.envelopes[0][1] == [f"TO:<{one}>" for one in TO]


def test_what_follows_is_of_the_same_thread(rig: Callable[..., Rig], server: SmtpStandIn) -> None:
    its = mailing(rig, server.port)
    case_id = put_case(its.store)
    its.run()
    put_case(its.store, revision=2)
    its.run()
    with its.store.begin() as session:
        give_verdict(session, case_id, "fraud", "x", by="anna", now=its.clock.now, settings=SETTINGS, labels_to="redis:labels")
    its.run()
    first, last = server.mails
    assert first["References"] == last["References"] and first["Message-ID"] != last["Message-ID"]
    assert "closed: fraud" in parts(last)["text/plain"]


def test_hostile_texts_are_texts(rig: Callable[..., Rig], server: SmtpStandIn) -> None:
    its = mailing(rig, server.port)
    put_case(its.store, headline=HOSTILE, explanation=HOSTILE)
    its.run()
    [mail] = server.mails
    assert mail["Bcc"] is None and len(server.envelopes[0][1]) == 2 and "\n" not in mail["Subject"]
    assert "<script" not in parts(mail)["text/html"] and "<img src=https" not in parts(mail)["text/html"]


def test_a_password_goes_over_tls_to_a_server_that_is_trusted_only(rig: Callable[..., Rig], tmp_path: Path) -> None:
    right, wrong = certificate_for(tmp_path, "127.0.0.1"), certificate_for(tmp_path, "mail.example.com")
    for certificate, failing in ((right, ""), (wrong, "the mail server's certificate is not trusted")):
        with SmtpStandIn(certificate, ("rw", "s3cret")) as server:
            its = mailing(rig, server.port, {"mail": "s3cret"}, {"ca_file": str(certificate[0])}, security="starttls", user="rw")
            put_case(its.store, 1 if certificate is right else 2)
            its.run()
            assert its.deliveries["mail"].failing.startswith(failing) and server.was_tls == ([True] if certificate is right else [])


def test_a_server_without_tls_gets_no_password(rig: Callable[..., Rig], server: SmtpStandIn) -> None:
    its = mailing(rig, server.port, {"mail": "s3cret"}, security="starttls", user="rw")
    put_case(its.store)
    its.run()
    assert its.deliveries["mail"].failing.startswith("the mail server has no starttls") and server.mails == []


@pytest.mark.parametrize(
    ("answers", "state", "why"),
    [
        ({"RCPT": "550 no such user <b>ops</b>"}, "pending", "550"),
        ({"RCPT": "450 busy"}, "pending", "450"),
        ({"END": "554 spam <b>mail</b>"}, "dead", "554"),
        ({"END": "451 later"}, "pending", "451"),
        ({"CONNECT": "421 not now"}, "pending", "421"),
        ({"CONNECT": "554 no mail here"}, "pending", "554"),
        ({"MAIL": "550 not from you"}, "pending", "550"),
        ({"MAIL": "552 too long"}, "dead", "552"),
        ({"AUTH": "535 no"}, "pending", "does not take our login"),
    ],
)
def test_what_passes_is_tried_again_and_what_does_not_is_given_up(
    rig: Callable[..., Rig], server: SmtpStandIn, answers: dict[str, str], state: str, why: str
) -> None:
    server.answers = answers
    its = mailing(rig, server.port, {"mail": "s3cret"}, user="rw" if "AUTH" in answers else None)
    put_case(its.store)
    its.run()
    [(found, said)] = states(its.store)
    assert found == state and said is not None and why in said and "<b>" not in said


def test_a_private_mail_server_is_refused_unless_it_is_named(rig: Callable[..., Rig], server: SmtpStandIn) -> None:
    its = mailing(rig, server.port, notify={"allow_private": ()}, security="starttls")
    put_case(its.store)
    its.run()
    assert "notify.allow_private" in its.deliveries["mail"].failing and server.mails == []


def test_a_storm_is_one_mail_beside_the_first_ones(rig: Callable[..., Rig], server: SmtpStandIn) -> None:
    its = mailing(rig, server.port, notify={"brake": BrakeSettings(per_minute=2)})
    for number in range(20):
        put_case(its.store, number, headline=HOSTILE)
    its.run_for(62, step_s=4)
    assert len(server.mails) == 3 and server.mails[-1]["Subject"] == "18 incidents at once: 18 medium"
    assert "<script" not in parts(server.mails[-1])["text/html"] and "and 8 more" in parts(server.mails[-1])["text/plain"]
