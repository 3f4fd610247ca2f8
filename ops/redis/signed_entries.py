"""Which entries of the job's streams a reader believes: with control keys those that the job has signed."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence

from domain.control.signature import ControlKeys
from ops.redis.entry import Entry

LOG = logging.getLogger(__name__)
_SAID_EVERY_S = 60.0


class SignedEntries:
    """The entries that the job has signed; all of them where it has no control keys.

    So nobody believes what somebody has written who can write to Redis, but has no key. What is not signed is
    left out, and the log says so once a minute.
    """

    def __init__(self, keys: ControlKeys | None, prefix: str) -> None:
        self._keys, self._prefix = keys, prefix
        self._next_said, self._unsaid = 0.0, 0

    def of(self, entries: Sequence[Entry]) -> list[Entry]:
        """Return those that count, in their order."""
        return [entry for entry in entries if self.has(entry.stream, entry.fields)]

    def has(self, stream: str, fields: Mapping[str, str]) -> bool:
        """Return whether an entry counts; `stream` without the prefix."""
        if self._keys is None:
            return True
        held = self._keys.holds_entry(self._prefix + stream, fields.get("json", ""), fields.get("signature", ""))
        if not held:
            self._say(stream)
        return held

    def _say(self, stream: str) -> None:
        self._unsaid += 1
        if time.monotonic() < self._next_said:
            return
        self._next_said = time.monotonic() + _SAID_EVERY_S
        LOG.warning(
            "%s not believed, as job.control_keys asks for a signature of the job, the last time in stream %s: somebody else wrote there, "
            "or a job without these keys. No other user of Redis needs to write to it (docs/operate.md).",
            *("An entry is" if self._unsaid == 1 else f"{self._unsaid:,} entries are", stream),
        )
        self._unsaid = 0
