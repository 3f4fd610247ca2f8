"""Where actions are sent: a signed webhook, a stream of Redis, a topic of Kafka."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from domain.errors import SettingError
from domain.json_text import as_json
from ops.actions.carrying import ActionTarget
from ops.actions.settings import DRY, WEBHOOKS, ActionSettings
from ops.notify.channel import Away
from ops.notify.channels.opened import Opening
from ops.notify.channels.webhook import SignedPost, signing_keys
from ops.notify.settings import NotifySettings
from ops.secrets import ACTIONS_KEY, secret


class Stream(Protocol):
    """A stream or topic that takes lines."""

    def send(self, lines: Sequence[bytes]) -> None:
        """Send lines; they are there when this returns."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


OpenStream = Callable[[str], Stream]


class StreamTarget:
    """A stream of Redis or a topic of Kafka: each action is a line, the CloudEvent as JSON."""

    def __init__(self, url: str, open_stream: OpenStream) -> None:
        """Open the stream at the first action."""
        self._url, self._open = url, open_stream
        self._stream: Stream | None = None
        self._lock = threading.Lock()

    def send(self, event: Mapping[str, Any]) -> None:
        """Send an action, one after the other. Raises `Away`."""
        with self._lock:
            self._send(as_json(event).encode())

    def _send(self, line: bytes) -> None:
        try:
            if self._stream is None:
                self._stream = self._open(self._url)
            self._stream.send([line])
        except (RuntimeError, SettingError, OSError) as error:
            stream, self._stream = self._stream, None
            if stream is not None:
                stream.close()
            raise Away(str(error)) from None


class NoTarget:
    """A target where nothing can be sent: what was to be sent waits, and expires."""

    def __init__(self, why: str) -> None:
        """Note why, and the mend."""
        self._why = why

    def send(self, event: Mapping[str, Any]) -> None:
        """Raise `Away`."""
        raise Away(self._why)


def target_of(
    settings: ActionSettings, network: NotifySettings, origin: str, open_stream: OpenStream, clock: Callable[[], int]
) -> ActionTarget:
    """Return where actions are sent; raise `SettingError`.

    With `actions.mode: dry` no key is needed: only what follows from earlier, live actions is sent.
    """
    url = settings.target
    if url is None:
        return NoTarget("actions.target names nothing to send to")
    if not url.startswith(WEBHOOKS):
        return StreamTarget(url, open_stream)
    given = secret(ACTIONS_KEY) or ""
    if settings.mode == DRY and not given.strip():
        return NoTarget(f"{ACTIONS_KEY} holds no key: set it, so that what was held while actions.mode was live is released")
    keys = signing_keys(ACTIONS_KEY, given)
    return SignedPost(url, keys, Opening(network, origin, clock).client(), clock)
