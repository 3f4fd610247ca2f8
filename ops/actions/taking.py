"""Decisions taken into actions, in the transaction that notes how far the stream was read: each once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from domain.decisions.decision import BLOCK, Decision
from domain.times import MINUTE_MS
from domain.wording import counted
from ops.actions.budget import Hour, within
from ops.actions.hours import hour_at, note_minute
from ops.actions.made import left_undone, of_decision, why_late
from ops.actions.measured import FindMeasured
from ops.actions.recorded import record
from ops.actions.settings import NONE, ActionSettings
from ops.actions.wanted import SPENT, Wanted, wanted
from ops.cases.actions import NewAction, acted_on, event_key

LOG = logging.getLogger(__name__)
_MOST_LETTERS = 1000
"""Of an event's id and of other names: the job writes none that is longer, and the shop is sent them."""


class ActionTaker:
    """What takes decisions. One worker does at a time: whoever notes the stream's place has locked it."""

    def __init__(self, settings: ActionSettings, measured: FindMeasured, is_on: Callable[[], bool], clock: Callable[[], int]) -> None:
        """Note where to look: `measured` at a model's card, `is_on` at the switch auto_block."""
        self._settings, self._measured, self._is_on, self._clock = settings, measured, is_on, clock
        self._said_at = self._said_late_at = 0

    def take(self, session: Session, documents: Sequence[Mapping[str, Any]]) -> None:
        """Record what decisions lead to, within the budgets.

        Raises ValueError for a document that is none.
        """
        read = [one for one in map(Decision.of, documents) if one.event_type in self._settings.event_types]
        decisions = [one for one in read if not _is_too_long(one)]
        if len(decisions) < len(read):
            LOG.warning(
                "No action for %s: an id or name is longer than %d letters.", counted(len(read) - len(decisions), "decision"), _MOST_LETTERS
            )
        if not decisions:
            return
        now, is_on = self._clock(), self._is_on()
        leads_to = {id(one): wanted(self._settings, one, self._measured(one.model), is_on) for one in decisions if one.is_flagged}
        known = acted_on(session, [_key(one) for one in decisions if _is_some(leads_to.get(id(one)))])
        before = after = hour_at(session, now)
        new, spent = list[NewAction](), 0
        for one in decisions:
            after = replace(after, orders=after.orders + 1, legitimate=after.legitimate + 1.0 - one.score)
            its = leads_to.get(id(one))
            if its is None or not _is_some(its) or _key(one) in known:
                continue
            known.add(_key(one))
            allowed, after = self._within(after, one, its, now)
            spent += allowed is not its
            if _is_some(allowed):
                new.append(of_decision(self._settings, one, allowed, now))
            elif allowed is not its:
                new.append(left_undone(self._settings, one, its, allowed.why, now))
        note_minute(session, now, before, after, spent)
        record(session, new, now)
        self._say(spent, now)
        self._say_late([one.why_not for one in new if one.why_not], now)

    def _within(self, hour: Hour, one: Decision, its: Wanted, now: int) -> tuple[Wanted, Hour]:
        """Return what the budget allows, and the hour with it; what is too late to be sent costs nothing."""
        if why_late(self._settings, one, now):
            return its, hour
        is_to_block = one.outcome == BLOCK
        allowed = within(self._settings.budget, hour, its, self._settings.otherwise, is_to_block=is_to_block)
        return allowed, hour.after(allowed)

    def _say(self, spent: int, now: int) -> None:
        if spent and not 0 <= now - self._said_at <= MINUTE_MS:
            self._said_at = now
            LOG.warning("A budget of actions is spent: %d became milder (see %s in their reasons).", spent, SPENT)

    def _say_late(self, whys: Sequence[str], now: int) -> None:
        if whys and not 0 <= now - self._said_late_at <= MINUTE_MS:
            self._said_late_at = now
            LOG.warning("%s not sent: %s", counted(len(whys), "action"), whys[-1])


def _is_too_long(one: Decision) -> bool:
    return any(len(name or "") > _MOST_LETTERS for name in (one.event_id, one.model, one.currency))


def _key(one: Decision) -> str:
    return event_key(one.account or "", one.event_id)


def _is_some(one: Wanted | None) -> bool:
    return one is not None and one.action != NONE
