"""Whatever else Apprise can send to, in a process of its own for each message: see `apprise_child`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from urllib.parse import unquote

from ops.llm.endpoint.quote import cleaned
from ops.notify.channel import Away, Later, Sending, Traits
from ops.notify.channels.apprise_child import FORBIDDEN, NO_URL, TAKEN, UNTRUSTED
from ops.notify.notice import Digest, Notice, Page
from ops.notify.outgoing.answers import check_reply
from ops.notify.outgoing.client import Reply
from ops.notify.outgoing.hidden import of_address
from ops.notify.words import digest_text, digest_title, plain_text, title

_START_S = 20.0
"""For the start of a process, beside the time of the message."""
_MENDED_S = 60.0
_MOST_TEXT = 10_000
_STATUS = re.compile(r"\berror=([1-5]\d\d)\b", re.ASCII)
_NO_ANSWER = "onnection error occurred"
"""How Apprise's services write what they were answered, and that they were not."""


class Apprise:
    """One URL of Apprise's."""

    traits = Traits(pace_s=1.0)

    def __init__(self, url: str, allowed: Sequence[str], timeout_s: float) -> None:
        """Take the URL, which holds secrets: it goes to the process by its standard input only."""
        self._url, self._allowed, self._timeout_s = url, list(allowed), timeout_s

    def send(self, notice: Notice, how: Sending) -> str | None:
        """Send the incident as it is now."""
        self._hand_over(title(notice), plain_text(notice))
        return None

    def send_digest(self, digest: Digest, how: Sending) -> None:
        """Send one message of many incidents."""
        self._hand_over(digest_title(digest), digest_text(digest))

    def send_page(self, page: Page, how: Sending) -> None:
        """Send its short text."""
        self._hand_over(page.title, page.plain)

    def _hand_over(self, line: str, text: str) -> None:
        asked = {"url": self._url, "title": line, "body": text[:_MOST_TEXT], "allowed": self._allowed}
        command = [sys.executable, "-m", "ops.notify.channels.apprise_child"]
        try:
            done = subprocess.run(  # noqa: S603 - our own module
                command, input=json.dumps(asked), capture_output=True, text=True, timeout=_START_S + self._timeout_s, check=False
            )
        except subprocess.TimeoutExpired:
            raise Away(f"no answer within {_START_S + self._timeout_s:g} s") from None
        self._check(done.stdout, (line, text))

    def _check(self, printed: str, sent: Sequence[str]) -> None:
        """Raise what the process has printed, unless the message was taken."""
        try:
            answer = json.loads(printed.splitlines()[-1])
        except (ValueError, IndexError):
            raise Later("Apprise ended without an answer: pip install apprise") from None
        outcome = answer["outcome"]
        if outcome == TAKEN:
            return
        if outcome == NO_URL:
            raise Away("Apprise does not understand the channel's URL: see its list of services", _MENDED_S)
        if outcome == FORBIDDEN:
            raise Away("it has a private address, or another that is not public: name its host in notify.allow_private if it is meant")
        said = answer["said"]
        if UNTRUSTED in said:
            raise Away("its certificate is not trusted")
        if status := _STATUS.search(said):
            check_reply(Reply(int(status[1]), {}, b""))
        if _NO_ANSWER in said:
            raise Away("no connection, or no answer in time")
        parts = [part for part in re.split(r"[/@:?&=]+", self._url) if len(part) >= 4]
        hidden = (*of_address(self._url), *parts, *map(unquote, parts))
        raise Later(f"Apprise could not send it: {cleaned(said, hidden, sent, 120) or 'no reason given'}")
