"""A topic of Amazon SNS: text for mail and phones, an event as JSON for programs.

A FIFO topic keeps the order of an incident, and drops what comes twice within five minutes.
"""

from __future__ import annotations

import json
from typing import Any

from domain.json_text import as_json
from ops.notify.channel import Sending, Traits
from ops.notify.channel_settings import SnsSettings
from ops.notify.channels.amazon import MOST_BYTES, Endpoint
from ops.notify.channels.webhook import digest_data, event_type, incident_data
from ops.notify.notice import Digest, Notice, Page
from ops.notify.words import digest_text, digest_title, plain_text, title

_SUBJECT, _SMS = 100, 140
_GATHERED = "gathered"


class Sns:
    """One topic."""

    traits = Traits()

    def __init__(self, settings: SnsSettings, endpoint: Endpoint) -> None:
        self._topic, self._endpoint = settings.topic, endpoint

    def send(self, notice: Notice, how: Sending) -> str | None:
        """Publish the incident as it is now."""
        event = {"type": event_type(notice), **incident_data(notice)}
        self._publish(notice.incident, how.key, title(notice), plain_text(notice), event)
        return None

    def send_digest(self, digest: Digest, how: Sending) -> None:
        """Publish one message of many incidents."""
        self._publish(_GATHERED, how.key, digest_title(digest), digest_text(digest), {"type": _GATHERED, **digest_data(digest)})

    def send_page(self, page: Page, how: Sending) -> None:
        """Publish its short text, and an event for programs."""
        self._publish(page.kind, how.key, page.title, page.plain, {"type": page.kind, **page.data})

    def _publish(self, group: str, key: str, line: str, text: str, event: dict[str, Any]) -> None:
        message = _forms(line, text, event)
        if len(message.encode()) > MOST_BYTES:
            message = _forms(line, text[:_SUBJECT], {"type": event["type"], "is_cut": True})
        fifo = {"MessageGroupId": group, "MessageDeduplicationId": key.replace(":", "-")} if self._topic.endswith(".fifo") else {}
        kind = {"type": {"DataType": "String", "StringValue": str(event["type"])}}
        more = {"MessageStructure": "json", "Subject": _subject(line), "MessageAttributes": kind, **fifo}
        self._endpoint.call("publish", TopicArn=self._topic, Message=message, **more)


def _forms(line: str, text: str, event: dict[str, Any]) -> str:
    return json.dumps({"default": as_json(event), "email": text, "sms": line[:_SMS]})


def _subject(line: str) -> str:
    """Return a subject as SNS takes it: printable ASCII, not too long."""
    plain = "".join(sign if sign.isascii() and sign.isprintable() else "?" for sign in line)
    return f"ringwatch {plain}"[:_SUBJECT]
