"""Mail by SMTP: text and HTML, with the ring's picture. What comes from outside is a text, never markup or a
line of a header.

The Message-ID is made of the notice's key, so that a mail that comes twice is known as one. What follows
on an incident is of the same thread.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from time import monotonic

from ops.notify.channel import Away, Sending, Traits
from ops.notify.channel_settings import STARTTLS, TLS, MailSettings
from ops.notify.channels.mail_answers import BUSY, MENDED_S, Answer, LeftOver, meant
from ops.notify.notice import Digest, Notice, Page
from ops.notify.outgoing.addresses import ForbiddenAddressError, Guard, NoSuchHostError
from ops.notify.outgoing.deadline import Deadline
from ops.notify.outgoing.hidden import of_login
from ops.notify.outgoing.smtp import GuardedSmtp, GuardedTlsSmtp, Way
from ops.notify.outgoing.unreachable import why_unreachable
from ops.notify.words import digest_line, digest_rest, digest_text, digest_title, figures, plain_text, title

_SUBJECT = 200
_PICTURE = "ring"
"""Content id of the picture."""
_SESSION, _LONGEST_S = 6.0, 90.0
"""Longest talk with a server: so many times the time of one answer, and less than a worker's lease."""


class Mail:
    """Addresses that mail goes to."""

    traits = Traits()

    def __init__(self, settings: MailSettings, password: str | None, guard: Guard, tls: ssl.SSLContext, timeout_s: float) -> None:
        self._settings, self._password, self._guard, self._tls, self._timeout_s = settings, password, guard, tls, timeout_s
        self._left = LeftOver()

    def send(self, notice: Notice, how: Sending) -> str | None:
        """Send the incident as it is now; return the thread that later mails belong to."""
        message = self._message(title(notice), how.key, notice.at)
        thread = how.external_id or f"<{notice.incident}@{self._domain}>"
        message["References"] = message["In-Reply-To"] = thread
        message.set_content(plain_text(notice))
        picture = notice.picture()
        message.add_alternative(html(notice, has_picture=picture is not None), subtype="html")
        if picture is not None:
            _part(message).add_related(picture, "image", "png", cid=f"<{_PICTURE}>", filename="ring.png", disposition="inline")
        self._deliver(message)
        return thread

    def send_digest(self, digest: Digest, how: Sending) -> None:
        """Send one mail of many incidents."""
        message = self._message(digest_title(digest), how.key, digest.at)
        message.set_content(digest_text(digest))
        message.add_alternative(digest_html(digest), subtype="html")
        self._deliver(message)

    def send_page(self, page: Page, how: Sending) -> None:
        """Send a page with its pictures."""
        message = self._message(page.title, how.key, page.at)
        message.set_content(page.plain)
        message.add_alternative(page.html, subtype="html")
        for name, draw in page.pictures.items():
            if png := draw():
                _part(message).add_related(png, "image", "png", cid=f"<{name}>", filename=f"{name}.png", disposition="inline")
        self._deliver(message)

    @property
    def _domain(self) -> str:
        return self._settings.sender.rpartition("@")[2]

    def _message(self, subject: str, key: str, at: int) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["Subject"] = " ".join(subject.split())[:_SUBJECT]
        message["From"] = Address("ringwatch", addr_spec=self._settings.sender)
        message["To"] = ", ".join(self._settings.to)
        message["Date"] = format_datetime(datetime.fromtimestamp(at / 1000, UTC))
        message["Message-ID"] = f"<{key.replace(':', '.')}@{self._domain}>"
        message["Auto-Submitted"] = "auto-generated"
        return message

    def _deliver(self, message: EmailMessage) -> None:
        """Hand a mail over; raise what the server's answer means."""
        deadline = Deadline(min(_SESSION * self._timeout_s, _LONGEST_S))
        started = monotonic()
        try:
            self._talk(message, deadline)
        except (ForbiddenAddressError, NoSuchHostError) as error:
            raise Away(str(error)) from None
        except smtplib.SMTPNotSupportedError:
            raise Away(f"the mail server has no {self._settings.security} or takes no login: correct security or user", MENDED_S) from None
        except ssl.SSLCertVerificationError as error:
            raise Away(f"the mail server's certificate is not trusted ({error.verify_message[:120]})") from None
        except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
            raise meant(error, self._hidden) from None
        except (smtplib.SMTPException, OSError) as error:  # smtplib calls a pause that is too long a lost connection
            late = deadline.is_over or monotonic() - started >= self._timeout_s
            why = why_unreachable(error) or f"no connection ({type(error).__name__})"
            raise Away(f"no answer within {self._timeout_s:g} s" if late else why) from None
        finally:
            deadline.cancel()

    def _talk(self, message: EmailMessage, deadline: Deadline) -> None:
        """Send a mail to those who have not had it. What the server says after that changes nothing."""
        server = self._connected(deadline)
        try:
            if self._settings.security == STARTTLS:
                server.starttls(context=self._tls)
            if self._settings.user is not None:
                server.login(self._settings.user, self._password or "")
            missed = self._missed(server, message)
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
        finally:
            server.close()
        self._left.note(message["Message-ID"], missed)

    def _missed(self, server: smtplib.SMTP, message: EmailMessage) -> Mapping[str, Answer]:
        """Send a mail and return who was refused it; none has had it yet: raise that."""
        key = message["Message-ID"]
        try:
            return server.send_message(message, self._settings.sender, self._left.of(key, self._settings.to))
        except smtplib.SMTPRecipientsRefused as error:
            if not self._left.is_known(key) or any(code == BUSY for code, _ in error.recipients.values()):
                raise
            return error.recipients

    @property
    def _hidden(self) -> tuple[str, ...]:
        login = of_login(self._settings.user or "", self._password) if self._password else ()
        return (*login, self._settings.host)

    def _connected(self, deadline: Deadline) -> smtplib.SMTP:
        settings = self._settings
        made = GuardedTlsSmtp if settings.security == TLS else GuardedSmtp
        return made(settings.host, settings.port, self._domain, Way(self._guard, self._tls, self._timeout_s, deadline))


def _part(message: EmailMessage) -> EmailMessage:
    """Return the part of a message that is HTML."""
    parts = list(message.iter_parts())
    assert isinstance(parts[-1], EmailMessage)
    return parts[-1]


def html(notice: Notice, *, has_picture: bool) -> str:
    """Return a notice as a page of a mail: tables and texts, nothing from outside."""
    rows = "".join(f"<tr><th align=left>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in figures(notice))
    parts = [f"<h2>{escape(title(notice))}</h2>", f"<table cellpadding=4>{rows}</table>"]
    if has_picture:
        parts.append(f'<p><img src="cid:{_PICTURE}" width=640 alt="The ring; its words are in the text of this mail"></p>')
    for name, texts in (("What happened", notice.sentences), ("Facts", notice.facts), ("Next steps", notice.steps)):
        if texts:
            parts.append(f"<h3>{name}</h3><ul>{''.join(f'<li>{escape(text)}</li>' for text in texts)}</ul>")
    return _page([*parts, _link(notice.link, "Open the incident")])


def digest_html(digest: Digest) -> str:
    """Return a digest as a page of a mail."""
    lines = "".join(f"<li>{_link(line.link, digest_line(line))}</li>" for line in digest.lines)
    parts = [f"<h2>{escape(digest_title(digest))}</h2>", f"<ul>{lines}</ul>", f"<p>{escape(digest_rest(digest))}</p>"]
    return _page([*parts, _link(digest.link, "Open the queue")])


def _page(parts: list[str]) -> str:
    return f"<!doctype html><html><body>{''.join(parts)}</body></html>"


def _link(address: str, text: str) -> str:
    return f'<a href="{escape(address)}">{escape(text)}</a>'
