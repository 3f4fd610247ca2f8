"""Signed webhooks: Standard Webhooks in the headers, a CloudEvent 1.0 as the body.

The signature is HMAC-SHA256 over `id.timestamp.body`, one of each key while keys are changed. The id is the
same whenever a message is sent again: a receiver drops the second one by it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from domain.errors import SettingError
from domain.json_text import as_json
from domain.times import rfc3339
from ops.notify.channel import Sending, Traits
from ops.notify.channel_settings import WebhookSettings
from ops.notify.notice import Digest, Notice, Page
from ops.notify.outgoing.answers import check_reply
from ops.notify.outgoing.client import HttpClient
from ops.notify.outgoing.hidden import of_address, of_key

_PREFIX = "whsec_"
_LEAST_BYTES, _MOST_BYTES = 24, 64
"""Of a key, as Standard Webhooks want it."""
_TYPE = "ringwatch.incident"


class SignedPost:
    """What posts events to one URL, signed by each of its keys."""

    def __init__(self, url: str, keys: Sequence[bytes], client: HttpClient, clock: Callable[[], int]) -> None:
        """Take the keys, the new one first."""
        self._url, self._keys, self._client, self._clock = url, keys, client, clock
        self._hidden = (*of_address(url), *(spelt for key in keys for spelt in of_key(key)))

    def send(self, event: Mapping[str, Any]) -> None:
        """Post an event; its id is the message's. Raises ChannelError."""
        body, message_id, sent_s = as_json(event).encode(), str(event["id"]), self._clock() // 1000
        headers = {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "webhook-id": message_id,
            "webhook-timestamp": f"{sent_s}",
            "webhook-signature": " ".join(signature(one, message_id, sent_s, body) for one in self._keys),
        }
        check_reply(self._client.post(self._url, body, headers), self._hidden)


class Webhook:
    """A URL that takes signed webhooks."""

    traits = Traits(is_machine=True)

    def __init__(self, settings: WebhookSettings, keys: Sequence[bytes], client: HttpClient, source: str, clock: Callable[[], int]) -> None:
        """Take the keys, the new one first; `source` says which ringwatch it is: the service's address."""
        self._signed, self._source = SignedPost(settings.url, keys, client, clock), source

    def send(self, notice: Notice, how: Sending) -> str | None:
        """Send an event of the incident as it is now."""
        self._post(how.key, f"{_TYPE}.{event_type(notice)}", notice.incident, notice.at, incident_data(notice))
        return None

    def send_digest(self, digest: Digest, how: Sending) -> None:
        """Send one event of many incidents."""
        self._post(how.key, f"{_TYPE}s.gathered", None, digest.at, digest_data(digest))

    def send_page(self, page: Page, how: Sending) -> None:
        """Send an event of a page."""
        self._post(how.key, f"ringwatch.{page.kind}", page.subject, page.at, page.data)

    def _post(self, key: str, kind: str, subject: str | None, at: int, data: Mapping[str, Any]) -> None:
        message_id = f"msg_{key.rpartition(':')[2]}"
        self._signed.send(cloud_event(message_id, self._source, kind, subject, at, data))


def cloud_event(event_id: str, source: str, kind: str, subject: str | None, at: int, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a CloudEvent in structured form."""
    event = {"specversion": "1.0", "id": event_id, "source": source, "type": kind, "time": rfc3339(at)}
    return {**event, **({"subject": subject} if subject else {}), "datacontenttype": "application/json", "data": data}


def event_type(notice: Notice) -> str:
    """Return what happened last, `revision` as `found` for the first one and `changed` for others."""
    what = notice.happened[-1].what if notice.happened else "revision"
    return ("found" if notice.revision == 1 else "changed") if what == "revision" else what


def incident_data(notice: Notice) -> dict[str, Any]:
    """Return an incident as programs read it."""
    names = (
        "incident", "revision", "headline", "severity", "action", "kind", "pattern", "alerts", "accounts", "score", "state", "owner",
        "verdict", "link",
    )  # fmt: skip
    texts = {name: list(getattr(notice, name)) for name in ("money", "sentences", "facts", "steps")}
    happened = [{"what": one.what, "by": one.by, "at": rfc3339(one.at)} for one in notice.happened]
    times = {"since": rfc3339(notice.since), "until": rfc3339(notice.until)}
    return {**{name: getattr(notice, name) for name in names}, **texts, **times, "happened": happened, "is_late": bool(notice.late)}


def digest_data(digest: Digest) -> dict[str, Any]:
    """Return many incidents as programs read them."""
    return {"count": digest.count, "severities": dict(digest.severities), "incidents": sorted(digest.ranks), "late": digest.late}


def signature(key: bytes, message_id: str, sent_s: int, body: bytes) -> str:
    """Return the signature of a message by one key."""
    signed = hmac.new(key, f"{message_id}.{sent_s}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def signing_keys(variable: str, text: str) -> list[bytes]:
    """Return the keys of a secret, the new one first; raise `SettingError` that names its variable."""
    keys = [_key(variable, part) for part in text.replace(",", " ").split()]
    if not keys:
        raise SettingError(f"{variable} holds no key: write whsec_ and what `openssl rand -base64 32` prints")
    return keys


def _key(variable: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise SettingError(f"{variable}: a key is written as whsec_ and base64: take one from openssl rand -base64 32") from None
    if not _LEAST_BYTES <= len(key) <= _MOST_BYTES:
        raise SettingError(f"{variable}: a key has {_LEAST_BYTES} to {_MOST_BYTES} bytes, this one {len(key)}: openssl rand -base64 32")
    return key
