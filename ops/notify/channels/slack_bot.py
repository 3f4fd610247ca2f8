"""A Slack channel by an app's token: one message of each incident, changed in its place.

What people want to be told of (a verdict, a closing, that nobody claims) is said below the message, too.
Slack has no key that drops doubles: before a message is posted again it is looked for among the newest ones
of the channel, by the metadata that each of ours carries.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from domain.json_text import as_json
from ops.notify.channel import Away, Later, Refused, Sending, Traits
from ops.notify.channel_settings import SlackBotSettings
from ops.notify.channels.slack_blocks import blocks, digest_blocks, escaped, fallback, page_message
from ops.notify.notice import Digest, Notice, Page
from ops.notify.outgoing.answers import check_reply, json_of, retry_after_s
from ops.notify.outgoing.client import HttpClient
from ops.notify.outgoing.hidden import of_token
from ops.notify.taking import REPLIED
from ops.notify.words import digest_title, replies

_EVENT = "ringwatch_incident"
_LOOKED_AT = 100
_GONE = ("message_not_found", "cant_update_message", "edit_window_closed")
_PASSING = ("ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org")
_OF_MESSAGE = (
    "msg_too_long", "no_text", "invalid_blocks", "invalid_blocks_format", "too_many_attachments", "metadata_too_large",
    "msg_blocks_too_long", "invalid_metadata_format", "cannot_reply_to_message", "thread_not_found",
)  # fmt: skip
_MENDED_S = 60.0


class SlackBot:
    """One channel of Slack."""

    traits = Traits(edits=True, pace_s=1.1)  # Slack allows one message a second in a channel

    def __init__(self, settings: SlackBotSettings, token: str, client: HttpClient) -> None:
        self._url, self._channel = settings.api_url.rstrip("/"), settings.channel
        self._token, self._client = token, client

    def send(self, notice: Notice, how: Sending) -> str | None:
        """Post the incident's message, or change the one that is there; return its channel and time."""
        at = how.external_id or (self._posted_before(notice.incident) if how.is_again else None)
        if at is not None and not self._changed(at, notice):
            at = None
        if at is None:
            return self._posted(notice)
        if how.may_reply and (said := replies(notice, REPLIED)):
            self._reply(at, notice, said, how.key)
        return at

    def send_digest(self, digest: Digest, how: Sending) -> None:
        """Post one message of many incidents."""
        if how.is_again and self._posted_before(how.key):
            return
        message = {"text": escaped(digest_title(digest)), "blocks": digest_blocks(digest), "metadata": _metadata(how.key)}
        self._write("chat.postMessage", {**message, **self._to()})

    def send_page(self, page: Page, how: Sending) -> None:
        """Post its short text."""
        if how.is_again and self._posted_before(how.key):
            return
        self._write("chat.postMessage", {**page_message(page), "metadata": _metadata(how.key), **self._to()})

    def _posted(self, notice: Notice) -> str:
        message = {"text": fallback(notice), "blocks": blocks(notice), "metadata": _metadata(notice.incident), **self._to()}
        answer = self._write("chat.postMessage", message)
        return f"{answer.get('channel', self._channel)} {answer.get('ts', '')}"

    def _changed(self, at: str, notice: Notice) -> bool:
        """Return whether the message could be changed; False if somebody deleted it."""
        channel, _, ts = at.partition(" ")
        message = {"channel": channel, "ts": ts, "text": fallback(notice), "blocks": blocks(notice), "metadata": _metadata(notice.incident)}
        try:
            self._write("chat.update", message)
        except Refused as error:
            if str(error) in _GONE:
                return False
            raise
        return True

    def _reply(self, at: str, notice: Notice, said: str, key: str) -> None:
        channel, _, ts = at.partition(" ")
        message = {"channel": channel, "thread_ts": ts, "text": escaped(said), "unfurl_links": False, "metadata": _metadata(key)}
        self._write("chat.postMessage", {**message, "reply_broadcast": notice.is_unclaimed})

    def _posted_before(self, name: str) -> str | None:
        """Return the message that an earlier attempt posted, None if none is found or may be looked for."""
        asked = {"channel": self._channel, "limit": f"{_LOOKED_AT}", "include_all_metadata": "true"}
        try:
            answer = self._call("conversations.history", urlencode(asked).encode(), "application/x-www-form-urlencoded")
        except (Refused, Away):
            return None
        for message in answer.get("messages") or ():
            metadata = message.get("metadata") or {}
            if metadata.get("event_type") == _EVENT and (metadata.get("event_payload") or {}).get("id") == name:
                return f"{self._channel} {message.get('ts', '')}"
        return None

    def _to(self) -> dict[str, Any]:
        return {"channel": self._channel, "unfurl_links": False, "unfurl_media": False}

    def _write(self, method: str, message: Mapping[str, Any]) -> dict[str, Any]:
        return self._call(method, as_json(message).encode(), "application/json; charset=utf-8")

    def _call(self, method: str, body: bytes, kind: str) -> dict[str, Any]:
        headers = {"Content-Type": kind, "Authorization": f"Bearer {self._token}"}
        reply = self._client.post(f"{self._url}/{method}", body, headers)
        check_reply(reply, of_token(self._token))
        answer = json_of(reply)
        if answer.get("ok") is not True:
            raise _error(str(answer.get("error", "no answer of Slack's"))[:80], retry_after_s(reply))
        return answer


def _metadata(name: str) -> dict[str, Any]:
    return {"event_type": _EVENT, "event_payload": {"id": name}}


def _error(code: str, wait_s: float | None) -> Away | Later | Refused:
    """Return what an error of Slack's means; what is no fault of the message is one of the channel."""
    shown = code if code.replace("_", "").isalnum() else "an error without a name"
    if shown in _PASSING:
        return Away(shown, wait_s)
    return Refused(shown) if shown in (*_GONE, *_OF_MESSAGE) else Away(f"Slack says {shown}", _MENDED_S)
