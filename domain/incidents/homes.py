"""Which sessions have alerts of an account: when it is forgotten, these must know, and no others."""

from __future__ import annotations

import json
from collections.abc import Iterable, MutableMapping

from domain.incidents.assignment import AlertAssigned, Assignment
from domain.json_text import as_json
from domain.times import DAY_MS

_MOST = 32
"""Sessions of one account, the latest."""


class Homes:
    """By account the names of sessions, with the day since 1970 on which each got its last alert."""

    def __init__(self, state: MutableMapping[str, str], kept_ms: int) -> None:
        """Take the state, and for how long after its last alert an incident may be open."""
        self._state, self._kept_days = state, kept_ms // DAY_MS + 1

    def note(self, sent: Iterable[Assignment]) -> None:
        """Note where alerts are sent."""
        for one in sent:
            if isinstance(one, AlertAssigned) and one.alert.account:
                self._note(one.alert.account, one.ring, one.at_ms // DAY_MS)

    def forget(self, account: str) -> list[str]:
        """Forget an account; return the sessions that may have alerts of it.

        Of an older build a session may be named after it: that one is over then.
        """
        sessions = list(json.loads(self._state.pop(account, "{}")))
        for other, text in [(other, text) for other, text in self._state.items() if account in text]:
            self._state[other] = as_json({name: day for name, day in json.loads(text).items() if name != account})
        return sessions

    def _note(self, account: str, session: str, day: int) -> None:
        days: dict[str, int] = json.loads(self._state.get(account, "{}"))
        if days.get(session) == day:
            return
        days.pop(session, None)
        recent = {name: last for name, last in days.items() if day - last <= self._kept_days}
        self._state[account] = as_json(dict([*recent.items(), (session, day)][-_MOST:]))
