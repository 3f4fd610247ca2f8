"""A service of PagerDuty by its Events API v2: trigger, acknowledge, resolve; the key is the incident's id.

PagerDuty drops a trigger whose key it knows, so that a message that comes twice pages once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.json_text import as_json
from domain.times import rfc3339
from ops.notify.channel import Refused, Sending, Traits
from ops.notify.channel_settings import PagerDutySettings
from ops.notify.notice import CLAIMED, CLOSED, Digest, Notice, Page
from ops.notify.outgoing.answers import check_reply
from ops.notify.outgoing.client import HttpClient
from ops.notify.outgoing.hidden import of_address, of_token
from ops.notify.words import digest_line, digest_title, figures, title

_SUMMARY, _MOST_BYTES = 1_024, 512 * 1024
_SEVERITIES = {"critical": "critical", "high": "error", "medium": "warning", "low": "info"}
_ACTIONS = {CLAIMED: "acknowledge", CLOSED: "resolve"}


class PagerDuty:
    """One service."""

    traits = Traits(edits=True, is_pager=True, pace_s=0.5)

    def __init__(self, settings: PagerDutySettings, key: str, client: HttpClient, source: str) -> None:
        """Take the integration key; `source` says which ringwatch it is: the service's address."""
        self._url, self._key, self._client, self._source = settings.url, key, client, source

    def send(self, notice: Notice, how: Sending) -> str | None:
        """Trigger, acknowledge or resolve, by the state of the case."""
        action = _ACTIONS.get(notice.state, "trigger")
        if action == "acknowledge" and how.external_id is None:  # nobody was paged yet: there is nothing to acknowledge
            self._post(self._trigger(notice))
        self._post(self._trigger(notice) if action == "trigger" else {"event_action": action, "dedup_key": notice.incident})
        return notice.incident

    def send_digest(self, digest: Digest, how: Sending) -> None:
        """Page once for many incidents; a person resolves it."""
        details = {"severities": dict(digest.severities), "incidents": [digest_line(line) for line in digest.lines], "more": digest.more}
        payload = self._payload(digest_title(digest), digest.gravest, digest.at, "incidents", details)
        self._post({"event_action": "trigger", "dedup_key": f"ringwatch-{how.key}", "payload": payload, "links": _links(digest.link)})

    def send_page(self, page: Page, how: Sending) -> None:
        """Refuse it, for nobody is paged to read."""
        raise Refused("a pager takes no pages to read")

    def _trigger(self, notice: Notice) -> dict[str, Any]:
        details = {**dict(figures(notice)), "facts": list(notice.facts), "next steps": list(notice.steps)}
        payload = self._payload(title(notice), notice.severity, notice.at, notice.kind, details)
        return {"event_action": "trigger", "dedup_key": notice.incident, "payload": payload, "links": _links(notice.link)}

    def _payload(self, summary: str, severity: str, at: int, kind: str, details: Mapping[str, Any]) -> dict[str, Any]:
        shown = summary if len(summary) <= _SUMMARY else f"{summary[: _SUMMARY - 1]}…"
        graded = _SEVERITIES.get(severity, "warning")
        named = {"source": self._source, "component": "ringwatch", "class": kind, "timestamp": rfc3339(at)}
        return {"summary": shown, "severity": graded, **named, "custom_details": details}

    def _post(self, event: dict[str, Any]) -> None:
        body = as_json({"routing_key": self._key, **event}).encode()
        if len(body) > _MOST_BYTES:
            event["payload"]["custom_details"] = {"too long": "see the link"}
            body = as_json({"routing_key": self._key, **event}).encode()
        reply = self._client.post(self._url, body, {"Content-Type": "application/json"})
        check_reply(reply, (*of_token(self._key), *of_address(self._url)))


def _links(link: str) -> list[dict[str, str]]:
    return [{"href": link, "text": "Open in ringwatch"}]
