"""A Slack channel by an incoming webhook: what is posted cannot be changed, so what matters is posted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from domain.json_text import as_json
from ops.notify.channel import Sending, Traits
from ops.notify.channels.slack_blocks import blocks, digest_blocks, escaped, fallback, page_message
from ops.notify.notice import Digest, Notice, Page
from ops.notify.outgoing.answers import check_reply
from ops.notify.outgoing.client import HttpClient
from ops.notify.outgoing.hidden import of_address
from ops.notify.words import digest_title


class SlackHook:
    """One incoming webhook."""

    traits = Traits(pace_s=1.1)

    def __init__(self, url: str, client: HttpClient) -> None:
        """Take the URL, which is a secret: who knows it may post."""
        self._url, self._client = url, client

    def send(self, notice: Notice, how: Sending) -> str | None:
        """Post the incident as it is now."""
        self._post({"text": fallback(notice), "blocks": blocks(notice)})
        return None

    def send_digest(self, digest: Digest, how: Sending) -> None:
        """Post one message of many incidents."""
        self._post({"text": escaped(digest_title(digest)), "blocks": digest_blocks(digest)})

    def send_page(self, page: Page, how: Sending) -> None:
        """Post its short text."""
        self._post(page_message(page))

    def _post(self, message: Mapping[str, Any]) -> None:
        reply = self._client.post(self._url, as_json(message).encode(), {"Content-Type": "application/json; charset=utf-8"})
        check_reply(reply, (*of_address(self._url), *urlsplit(self._url).path.split("/")))
