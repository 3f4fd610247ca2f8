"""The notices of one channel, sent: at least once, in order for each incident, the oldest first.

A channel that is away is tried again ever more seldom, and its rows wait in their order. A message that alone
is at fault waits alone, or is given up.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256

from sqlalchemy.orm import Session

from domain.times import HOUR_MS
from ops.cases import notices, outbox
from ops.cases.store import Store
from ops.cases.tables import NoticeThread, Outgoing
from ops.cases.upsert import insert_missing, upsert
from ops.notify import pages
from ops.notify.brake import Brake, budget_of, give_back, note_when
from ops.notify.channel import Away, Channel, ChannelError, Later, Refused, Sending
from ops.notify.notice import CLOSED, Digest, Notice
from ops.notify.render import Renderer
from ops.notify.taking import Taker, Work

LOG = logging.getLogger(__name__)

LEASE_MS = 120_000
"""A worker that sends takes no longer; one that died left its rows for so long."""
_AWAY_S, _ALONE_S = 60.0, 900.0
"""Longest pause of a channel, and of one message."""
_LONGEST_ASKED_S = 3600.0


class Delivery:
    """What sends the notices of one channel."""

    def __init__(
        self,
        store: Store,
        name: str,
        channel: Channel,
        brake: Brake | None,
        renderer: Renderer,
        clock: Callable[[], int],
        give_up_h: float,
        lease_ms: int = LEASE_MS,
    ) -> None:
        self._store, self.name, self._channel, self._renderer, self._clock = store, name, channel, renderer, clock
        self._taker = Taker(name, channel.traits, brake, lease_ms)
        self._brake, self._give_up_ms = brake, round(give_up_h * HOUR_MS)
        self._failures = self._paused_at = 0
        self._pause_s = 0.0
        self.failing = ""
        """Why the last message was not taken, empty if it was."""

    def step(self) -> bool:
        """Send what is due next, if its time has come; return whether anything was. Raises StoreError."""
        now = self._clock()
        if 0 <= now - self._paused_at < self._pause_s * 1000:  # a clock that was set back makes no pause longer
            return False
        with self._store.read() as session:
            if not notices.is_due(session, self.name, now):
                return False
        with self._store.begin() as session:
            work = self._taker.take(session, now)
            session.flush()
            session.expunge_all()
        if work is None or not work.rows:
            return False
        self._send(work, now)
        return True

    def _send(self, work: Work, now: int) -> None:
        """Render and send; what comes of it is written before anything else is taken."""
        try:
            shown = self._shown(work, now)
        except Refused as error:
            self._end(work, outbox.DEAD, now, str(error))
            LOG.warning("Channel %s refuses a message: %s; ringwatch outbox list shows it.", self.name, error)
        except (Later, Away) as error:
            self._fail(work, error)
        except Exception as error:  # a fault of ours must not stop the others
            LOG.exception("Channel %s: a message could not be made or sent.", self.name)
            self._fail(work, Later(f"unexpected {type(error).__name__}"))
        else:
            if shown:
                self._went_well()

    def _shown(self, work: Work, now: int) -> bool:
        """Send what it is; return whether anything was sent."""
        if work.is_gathered:
            return self._gathered(work, now)
        return self._page(work, now) if pages.is_page(work.rows[0]) else self._single(work, now)

    def _page(self, work: Work, now: int) -> bool:
        row = work.rows[0]
        self._channel.send_page(self._renderer.page(row, now), Sending(row.key, row.attempts > 0))
        with self._store.begin() as session:
            self._mark_sent(session, work, self._clock())
        return True

    def _single(self, work: Work, now: int) -> bool:
        row, traits = work.rows[0], self._channel.traits
        with self._store.read() as session:
            notice = self._renderer.notice(session, row, now)
        if notice is None:
            self._end(work, outbox.CANCELLED, now, "the incident is no longer kept")
        elif traits.is_pager and not work.is_known and notice.late:
            self._end(work, outbox.EXPIRED, now, f"{notice.late} late: nobody is paged for it")
        elif traits.is_pager and not work.is_known and notice.state == CLOSED:
            self._end(work, outbox.CANCELLED, now, "closed before it was sent")
        else:
            how = Sending(row.key, row.attempts > 0, work.external_id if work.is_known else None, work.may_reply)
            external = self._channel.send(notice, how)
            self._note_sent(work, notice, external, self._clock())
            return True
        return False

    def _gathered(self, work: Work, now: int) -> bool:
        if self._channel.traits.is_pager and (old := [row for row in work.rows if self._renderer.is_expired(row, now)]):
            with self._store.begin() as session:
                notices.mark(session, old, outbox.EXPIRED, now, "too late: nobody is paged for it")
            work = replace(work, rows=[row for row in work.rows if row not in old])
        with self._store.read() as session:
            digest = self._renderer.digest(session, work.rows, now)
        if not digest.count:
            self._end(work, outbox.CANCELLED, now, "nothing is left to be told")
            return False
        self._channel.send_digest(digest, Sending(_key_of(work.rows), any(row.attempts for row in work.rows)))
        self._note_gathered(work, digest, self._clock())
        return True

    def _note_sent(self, work: Work, notice: Notice, external: str | None, now: int) -> None:
        row = {
            "incident_id": notice.incident, "channel": self.name, "external_id": external, "shown": notice.shown, "is_gathered": False,
            "at": now,
        }  # fmt: skip
        with self._store.begin() as session:
            self._mark_sent(session, work, now)
            upsert(session, NoticeThread, [row], ("incident_id", "channel"), ("external_id", "shown", "is_gathered", "at"))

    def _note_gathered(self, work: Work, digest: Digest, now: int) -> None:
        common = {"channel": self.name, "external_id": None, "is_gathered": True, "at": now}
        rows = [{**common, "incident_id": incident, "shown": {"severity_rank": rank}} for incident, rank in digest.ranks.items()]
        with self._store.begin() as session:
            self._mark_sent(session, work, now)
            insert_missing(session, NoticeThread, rows, ("incident_id", "channel"))

    def _mark_sent(self, session: Session, work: Work, now: int) -> None:
        notices.mark(session, work.rows, outbox.SENT, now)
        if work.spent is not None:
            note_when(session, work.spent, now)

    def _end(self, work: Work, state: str, now: int, why: str) -> None:
        with self._store.begin() as session:
            notices.mark(session, work.rows, state, now, why)
            if work.spent is not None:
                give_back(session, budget_of(session, self.name), work.spent, all_of_the_minute=work.is_gathered)

    def _fail(self, work: Work, error: ChannelError) -> None:
        """Put rows back: behind a pause of the channel if that is away, of their own if they are at fault."""
        now, why = self._clock(), str(error)
        self._failures += 1
        self._paused_at, self._pause_s = now, min(_AWAY_S, 2.0 ** min(self._failures - 1, 10))
        if isinstance(error, Away):
            self._pause_s = again_s = max(self._pause_s, min(error.wait_s or 0.0, _LONGEST_ASKED_S))
        else:
            again_s = max(_backoff_s(work.rows[0].attempts), min(error.wait_s or 0.0, _LONGEST_ASKED_S))
        old = [row for row in work.rows if now - notices.waits_since(row) > self._give_up_ms]
        with self._store.begin() as session:
            notices.mark(session, old, outbox.DEAD, now, why)
            notices.put_back(session, [row for row in work.rows if row not in old], why, now, again_s)
            if work.spent is not None:
                budget = budget_of(session, self.name)
                give_back(session, budget, work.spent, all_of_the_minute=work.is_gathered)
                budget.is_holding |= work.is_gathered
        if why != self.failing:
            LOG.warning("Channel %s takes no messages (%s); they wait.", self.name, why)
        self.failing = why

    def _went_well(self) -> None:
        if self.failing:
            LOG.info("Channel %s takes messages again.", self.name)
        self._failures, self.failing = 0, ""
        self._paused_at, self._pause_s = self._clock(), self._channel.traits.pace_s


def _key_of(rows: Sequence[Outgoing]) -> str:
    """Return a key of what is gathered: another for other rows, lest a receiver drop what it never had."""
    return f"notice:{sha256(' '.join(row.key for row in rows).encode()).hexdigest()[:24]}"


def _backoff_s(attempts: int) -> float:
    """Return how long a message waits after so many attempts: longer each time, and not all at once."""
    return float(min(_ALONE_S, 5.0 * 2.0 ** min(attempts, 10)) * random.uniform(0.9, 1.1))
