"""The one fault of configuration that looks like a job that decides nothing: two keys of pseudonyms."""

from __future__ import annotations

import logging
import time

from ops.scoring.recent import RecentDecisions
from ops.scoring.waiting import Key

LOG = logging.getLogger(__name__)
_EVERY_S = 60.0


class KeyHint:
    """A line in the log, once a minute at most, where a decision came under another account."""

    def __init__(self, recent: RecentDecisions) -> None:
        self._recent, self._looked_at = recent, -_EVERY_S

    def look(self, key: Key) -> None:
        """Look for a decision on the event of a request that has waited in vain."""
        if time.monotonic() - self._looked_at < _EVERY_S:
            return
        self._looked_at = time.monotonic()
        if self._recent.has_of_another(key):
            LOG.warning(
                "An event that waited in vain was decided under another account: either two accounts use one event id, or service and job "
                "have not the same RINGWATCH_PSEUDONYM_KEY and settings of identity, and then no request gets its decision."
            )
