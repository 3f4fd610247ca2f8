"""An event bus of Amazon EventBridge: the same events as webhooks get."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from domain.json_text import as_json
from ops.notify.channel import Sending, Traits
from ops.notify.channel_settings import EventBridgeSettings
from ops.notify.channels.amazon import MOST_BYTES, Endpoint, meant
from ops.notify.channels.webhook import digest_data, event_type, incident_data
from ops.notify.notice import Digest, Notice, Page

_SOURCE = "ringwatch"
_TYPE = "Incident"


class EventBridge:
    """One event bus."""

    traits = Traits(is_machine=True)

    def __init__(self, settings: EventBridgeSettings, endpoint: Endpoint) -> None:
        self._bus, self._endpoint = settings.bus, endpoint

    def send(self, notice: Notice, how: Sending) -> str | None:
        """Put an event of the incident as it is now."""
        self._put(f"{_TYPE} {event_type(notice)}", how.key, notice.at, incident_data(notice))
        return None

    def send_digest(self, digest: Digest, how: Sending) -> None:
        """Put one event of many incidents."""
        self._put(f"{_TYPE}s gathered", how.key, digest.at, digest_data(digest))

    def send_page(self, page: Page, how: Sending) -> None:
        """Put an event of a page."""
        self._put(page.kind.capitalize(), how.key, page.at, page.data)

    def _put(self, kind: str, key: str, at: int, data: Mapping[str, Any]) -> None:
        detail = as_json({"id": key, **data})
        if len(detail.encode()) > MOST_BYTES - 1024:
            detail = as_json({"id": key, "incident": data.get("incident"), "count": data.get("count"), "is_cut": True})
        entry = {"Source": _SOURCE, "DetailType": kind, "Detail": detail, "EventBusName": self._bus, "Time": _moment(at)}
        answer = self._endpoint.call("put_events", Entries=[entry])
        if answer.get("FailedEntryCount"):
            first = (answer.get("Entries") or [{}])[0]
            raise meant(str(first.get("ErrorCode", "")), str(first.get("ErrorMessage", "")))


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)
