"""The store's outbox into the streams: labels of verdicts and control records, once their time has come."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any, Protocol

from domain.control.signature import ControlKeys
from domain.errors import SettingError
from domain.json_text import as_json
from ops.cases import outbox
from ops.cases.store import Store
from ops.cases.tables import Outgoing

LOG = logging.getLogger(__name__)

AGAIN_MS = 10_000
MOST_WAIT_S = 10.0
"""How long a server may be away before the rows are put back."""


class Target(Protocol):
    """A stream that takes lines."""

    def send(self, lines: Sequence[bytes]) -> None:
        """Send lines; they are there when this returns."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class TargetAwayError(RuntimeError):
    """A stream takes nothing for too long."""


class Patience:
    """An end to waiting for a server: others than its rows wait, too."""

    def __init__(self, most_s: float = MOST_WAIT_S) -> None:
        self._most_s = most_s
        self._since = self._last = 0.0

    def on_wait(self) -> None:
        """Raise TargetAwayError once the waiting has lasted too long; called while it lasts."""
        now = time.monotonic()
        if now - self._last > self._most_s:  # another wait than the last one
            self._since = now
        self._last = now
        if now - self._since > self._most_s:
            raise TargetAwayError(f"no answer for {self._most_s:g} s")


class Sender:
    """What sends the outbox. A row is sent at least once; its document's id makes a second one do nothing."""

    def __init__(
        self,
        store: Store,
        open_target: Callable[[str], Target],
        clock: Callable[[], int],
        keys: ControlKeys | None = None,
        sign_with: str = "",
    ) -> None:
        """Open a target at its first row; with `keys` every document is signed with the key `sign_with`."""
        self._store, self._open, self._clock, self._keys, self._sign_with = store, open_target, clock, keys, sign_with
        self._targets: dict[str, Target] = {}
        self.failing = ""
        """Why the last rows could not be sent, empty if they were."""

    def step(self) -> int:
        """Send what is due and return how many rows were sent. Raises StoreError."""
        with self._store.begin() as session:
            rows = outbox.take_due(session, self._clock())
            session.expunge_all()
        return sum(self._send(target, list(its)) for target, its in groupby(rows, key=lambda row: row.target))

    def close(self) -> None:
        """Close the targets."""
        for target in self._targets.values():
            target.close()
        self._targets.clear()

    def _send(self, url: str, rows: Sequence[Outgoing]) -> int:
        ids = [row.id for row in rows]
        try:
            if url not in self._targets:
                self._targets[url] = self._open(url)
            self._targets[url].send([self._line(row.document) for row in rows])
        except (RuntimeError, SettingError, OSError) as error:
            return self._put_back(url, ids, str(error))
        if self.failing:
            LOG.info("%s takes lines again.", url)
        self.failing = ""
        with self._store.begin() as session:
            outbox.mark_sent(session, ids, self._clock())
        return len(ids)

    def _put_back(self, url: str, ids: Sequence[int], why: str) -> int:
        if why != self.failing:
            LOG.warning("%d rows of the outbox wait: %s takes none (%s).", len(ids), url, why)
        self.failing = why
        if target := self._targets.pop(url, None):
            target.close()
        now = self._clock()
        with self._store.begin() as session:
            outbox.mark_failed(session, ids, why, now, now + AGAIN_MS)
        return 0

    def _line(self, document: Mapping[str, Any]) -> bytes:
        return as_json(self._keys.signed(document, self._sign_with) if self._keys else document).encode()
