"""What an answer by HTTP means for a message, and what may be shown of it."""

from __future__ import annotations

import email.utils
import json
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from ops.llm.endpoint.quote import cleaned
from ops.notify.channel import Away, Busy, Later, NotThis, Refused
from ops.notify.outgoing.client import Reply

_CHANNEL = {
    401: "it does not take our key",
    403: "it does not allow this",
    404: "there is nothing at its address",
    410: "its address is no longer in use",
    407: "a proxy wants a password",
}
"""What is wrong with the channel, not with one message: the others would fare the same."""
_NOT_THIS = (403, 404, 410)
"""Of these, what may be wrong with the one thing that a message is about."""
_ASK_AGAIN_S = 60.0
"""Pause after such an answer: a person must mend something."""
_SHOWN = 160


def check_reply(reply: Reply, hidden: Sequence[str] = ()) -> None:
    """Raise what an answer means unless the message was taken; `hidden` is not shown."""
    status = reply.status
    if 200 <= status < 300:
        return
    said = said_by(reply, hidden)
    if status in (408, 425, 429, 502, 503, 504):
        raise Busy(f"HTTP {status}{said}", retry_after_s(reply))
    if 300 <= status < 400:
        raise Away(f"HTTP {status}: it sends us elsewhere, which is not followed: write the address itself", _ASK_AGAIN_S)
    if status in _CHANNEL:
        kind = NotThis if status in _NOT_THIS else Away
        raise kind(f"HTTP {status}: {_CHANNEL[status]}{said}", _ASK_AGAIN_S)
    if 400 <= status < 500:
        raise Refused(f"HTTP {status}{said}")
    raise Later(f"HTTP {status}{said}", retry_after_s(reply))


def json_of(reply: Reply) -> dict[str, Any]:
    """Return the JSON object of an answer, an empty one if it holds none."""
    try:
        found = json.loads(reply.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def said_by(reply: Reply, hidden: Sequence[str]) -> str:
    """Return what an answer says, fit to be shown, with a colon before it; empty if it says nothing.

    What it repeats of our request is left out: its headers have signatures and keys, its body has pseudonyms.
    """
    said = reply.body[: 16 * 1024].decode("utf-8", "replace")
    text = cleaned(said, [one for one in hidden if one], reply.sent, _SHOWN)
    return f": {text}" if text else ""


def retry_after_s(reply: Reply) -> float | None:
    """Return how long the answer asks to wait, in seconds or until a date; None if it does not say."""
    text = reply.headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = (email.utils.parsedate_to_datetime(text).astimezone(UTC) - datetime.now(UTC)).total_seconds()
        except (ValueError, OverflowError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
