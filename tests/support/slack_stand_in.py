"""Slack's interface as far as a bot needs it: messages that are posted, changed, read again and deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from tests.support.channel_stand_in import Answer, Asked, StandIn

CHANNEL, TOKEN = "C0123456789", "xoxb-123-abcdefghijkl"


class Slack(StandIn):
    """One channel of Slack."""

    def __init__(self) -> None:
        super().__init__(self._serve)
        self.messages: dict[str, dict[str, Any]] = {}
        """By their time, the oldest first."""
        self.calls: list[str] = []
        self.may_read = True

    @property
    def posted(self) -> list[dict[str, Any]]:
        """The messages of the channel itself, without replies."""
        return [message for message in self.messages.values() if "thread_ts" not in message]

    @property
    def replies(self) -> list[dict[str, Any]]:
        return [message for message in self.messages.values() if "thread_ts" in message]

    def _serve(self, asked: Asked) -> Answer:
        method = asked.path.rpartition("/")[2]
        self.calls.append(method)
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return Answer(body={"ok": False, "error": "invalid_auth"})
        if method == "conversations.history":
            return self._history(parse_qs(asked.body.decode()))
        message = asked.json
        if message["channel"] != CHANNEL:
            return Answer(body={"ok": False, "error": "channel_not_found"})
        return self._update(message) if method == "chat.update" else self._post(message)

    def _post(self, message: Mapping[str, Any]) -> Answer:
        check_limits(message)
        ts = f"1700000000.{len(self.messages):06d}"
        self.messages[ts] = dict(message)
        return Answer(body={"ok": True, "channel": CHANNEL, "ts": ts})

    def _update(self, message: Mapping[str, Any]) -> Answer:
        check_limits(message)
        if message["ts"] not in self.messages:
            return Answer(body={"ok": False, "error": "message_not_found"})
        self.messages[message["ts"]] = dict(message)
        return Answer(body={"ok": True, "channel": CHANNEL, "ts": message["ts"]})

    def _history(self, asked: Mapping[str, list[str]]) -> Answer:
        if not self.may_read:
            return Answer(body={"ok": False, "error": "missing_scope"})
        assert asked["channel"] == [CHANNEL] and asked["include_all_metadata"] == ["true"]
        newest = [{"ts": ts, **message} for ts, message in reversed(self.messages.items()) if "thread_ts" not in message]
        return Answer(body={"ok": True, "messages": newest[: int(asked["limit"][0])]})


def check_limits(message: Mapping[str, Any]) -> None:
    """Hold a message to Slack's limits."""
    blocks = message.get("blocks", [])
    assert len(blocks) <= 50
    for block in blocks:
        if block["type"] == "header":
            assert len(block["text"]["text"]) <= 150 and block["text"]["type"] == "plain_text"
        if block["type"] == "section":
            assert len(block.get("text", {}).get("text", "")) <= 3_000
            assert all(len(field["text"]) <= 2_000 for field in block.get("fields", [])) and len(block.get("fields", [])) <= 10
