"""The clock of a stream: the time that its events have reached, which no single sender moves."""

from __future__ import annotations

from domain.events.event import Event
from domain.graph import GraphSettings
from domain.times import DAY_MS, HOUR_MS, MINUTE_MS

AHEAD_MIN = 5.0
"""So many minutes ahead may the clock of an honest sender be."""
SUPPORT = 5
"""So many accounts must have reached a time that the machine's clock says nothing about."""
HEARD = 512
"""So many events later, an account supports nothing any more; and if so many waited for support, fewer
accounts are enough: there are no others.
"""
GAP_MS = 2 * DAY_MS
"""No event is so far ahead of its arrival, or it is rejected: in a history there is a gap before it."""
LATE_MS = DAY_MS
"""What comes later than this after its time is judged as of its arrival, if `graph.late_days` is not less."""
MOSTLY = 0.75
"""If more of the latest events than this are too late, and fewer than `SUPPORT` accounts come in time, a
history is read after what came after it. Late events beside others in time are none: anybody can send many,
and would hide among them, as nothing is learnt of a history that is read late.
"""
BEGUN_ANEW = 20
"""So many accounts in a row that are more than a day behind a history are the begin of another one."""


class StreamClock:
    """Event time that a stream has reached, 0 before it is known.

    While a stream is live, an event of the last hour by the machine's clock moves it at once. All else must
    be reached by `SUPPORT` accounts: history, where the machine's clock says nothing, and what is ahead of
    the machine. So a time of tomorrow makes nobody late, whether it comes today or in a history that is read
    again. The clock of a history does not depend on the machine's.

    Over a gap of days, and at the first event of a live stream, it leaps at once. It goes back if `SUPPORT`
    accounts come from before the gap: the leap was that of one sender, and none is believed at once any more.
    In a history it goes back, too, if that begins anew. Otherwise it never does.
    """

    __slots__ = (
        "_after_gap",
        "_ahead_ms",
        "_behind",
        "_late_ms",
        "_late_share",
        "_left_ms",
        "_may_leap",
        "_number",
        "_on_time",
        "_reached",
        "_taken",
        "_waiting",
        "now_ms",
    )

    def __init__(self, ahead_min: float = AHEAD_MIN, late_days: float = GraphSettings.late_days) -> None:
        """Note by how many minutes an event may be ahead of its arrival, and by how many days late."""
        self._ahead_ms, self._late_ms = round(ahead_min * MINUTE_MS), min(int(late_days * DAY_MS), LATE_MS)
        self._late_share = 0.0
        """Of the latest events, some `HEARD`, those that are too late."""
        self._number, self._on_time = 0, dict[int, int]()
        """The running number of an event; the last `SUPPORT` accounts in time -> its number then."""
        self.now_ms = 0
        self._taken = self._waiting = 0
        self._reached = dict[int, tuple[int, int]]()
        """Account -> (latest time, number of that event), of those ahead of `now_ms`."""
        self._may_leap, self._left_ms = True, -1
        """The latter is the clock before a leap that is not settled yet, -1 if there is none."""
        self._behind, self._after_gap = dict[int, int](), set[int]()
        """Accounts that have come since a leap, or in a row, more than a day behind, with their latest time;
        and those that have come since a leap from after the gap.
        """

    def take(self, event: Event, machine_ms: int) -> int:
        """Take an event in; return the stream's time. `machine_ms` is the time by the machine's clock.

        The time of an event that is too far ahead, or too late, becomes that of its arrival: so nobody hides
        what he does from those who are judged after it. Labels are never late, and do not move the clock.
        """
        time_ms = event.time_ms
        if time_ms > machine_ms + self._ahead_ms:
            time_ms = event.time_ms = self._arrival(machine_ms)
        if not event.is_label:
            if time_ms < self.now_ms - DAY_MS:
                self._fall_behind(event.entities[0], time_ms, machine_ms)
            else:
                self._go_on(event.entities[0], time_ms, machine_ms)
            self._bound_lateness(event)
        return self.now_ms

    def _bound_lateness(self, event: Event) -> None:
        """Let an event that is too late be one of now, unless a history is read late.

        The times of that would all be one, so it keeps them, and nothing is learnt of it, see `step.py`.
        """
        is_late = event.time_ms < self.now_ms - self._late_ms
        self._number += 1
        self._late_share += (is_late - self._late_share) / HEARD
        if not is_late:
            self._note_on_time(event.entities[0])
        elif self._left_ms < 0 and (self._late_share < MOSTLY or self._many_on_time()):
            event.time_ms = self.now_ms

    def _note_on_time(self, account: int) -> None:
        on_time = self._on_time
        on_time.pop(account, None)
        on_time[account] = self._number
        if len(on_time) > SUPPORT:
            del on_time[next(iter(on_time))]

    def _many_on_time(self) -> bool:
        """Return whether `SUPPORT` accounts have come in time within the latest `HEARD` events."""
        return len(self._on_time) == SUPPORT and next(iter(self._on_time.values())) > self._number - HEARD

    def _arrival(self, machine_ms: int) -> int:
        """Return when something arrives: now, or in a stream that is read late the time that it has reached.

        To the minute, so that all readers of a line agree.
        """
        if 0 < self.now_ms < machine_ms - DAY_MS:
            return self.now_ms
        return max(self.now_ms, machine_ms - machine_ms % MINUTE_MS)

    def _go_on(self, account: int, time_ms: int, machine_ms: int) -> None:
        if self._left_ms >= 0:
            self._after_gap.add(account)
            if len(self._after_gap) >= SUPPORT:
                self._settle()
        elif self._behind:
            self._behind = {}
        if time_ms > self.now_ms:
            self._advance(account, time_ms, machine_ms)

    def _advance(self, account: int, time_ms: int, machine_ms: int) -> None:
        is_live = machine_ms - HOUR_MS <= time_ms <= machine_ms
        if is_live and self.now_ms >= time_ms - DAY_MS:
            self.now_ms = time_ms
        elif self._may_leap and time_ms <= machine_ms and (is_live or 0 < self.now_ms < time_ms - GAP_MS):
            if self._left_ms < 0:
                self._left_ms = self.now_ms
            self.now_ms, self._after_gap = time_ms, {account}
        else:
            self._support(account, time_ms)

    def _fall_behind(self, account: int, time_ms: int, machine_ms: int) -> None:
        """Note an account that is far behind; go back if so many are that the clock is wrong."""
        has_leapt = self._left_ms >= 0
        if not has_leapt and self.now_ms >= machine_ms - DAY_MS:
            return  # of a live stream the machine knows better
        self._behind[account] = max(time_ms, self._behind.get(account, 0))
        if len(self._behind) >= (SUPPORT if has_leapt else BEGUN_ANEW):
            self.now_ms, self._may_leap = max(self._left_ms, min(self._behind.values())), self._may_leap and not has_leapt
            self._settle()

    def _settle(self) -> None:
        self._left_ms, self._waiting, self._reached = -1, 0, {}
        self._behind, self._after_gap = {}, set()

    def _support(self, account: int, time_ms: int) -> None:
        """Note that an account has reached a time; move the clock to the latest that enough have reached."""
        self._taken += 1
        self._waiting += 1
        reached = self._reached
        known = reached.get(account)
        if known is None or time_ms > known[0]:
            reached[account] = time_ms, self._taken
        # at the beginning the one in the middle: one sender may be behind as well as ahead
        enough = SUPPORT if self.now_ms else 2 * SUPPORT - 1
        if len(reached) < enough and self._waiting < HEARD:
            return
        oldest = self._taken - HEARD
        times = sorted((one[0] for one in reached.values() if one[1] > oldest), reverse=True)
        if len(times) >= enough or self._waiting >= HEARD:
            self.now_ms, self._waiting = max(self.now_ms, times[:SUPPORT][-1]), 0
        self._reached = {account: one for account, one in reached.items() if one[0] > self.now_ms and one[1] > oldest}
