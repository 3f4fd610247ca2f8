"""Which shards this instance of a bridge reads: found, leased, given up, taken over from the dead."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Mapping

from domain.times import rfc3339
from ops.feeds.bridge_state import BridgeState, Checkpoint, Turn
from ops.feeds.kinesis import Kinesis, KinesisAwayError
from ops.feeds.shards import Shard, due, listed

LOG = logging.getLogger(__name__)

_LISTED_S = 10.0
_HOUR_MS = 3_600_000


class ShardShare:
    """This instance's shards.

    Attributes: `mine` shards with the checkpoints that they were taken with; `others` is how many other
    instances read; `is_whole`: every shard that may be read is read by somebody.
    """

    def __init__(self, kinesis: Kinesis, state: BridgeState, lease_s: float) -> None:
        self._kinesis, self._state, self._turn_s, self._lease_s = kinesis, state, lease_s / 3, lease_s
        self._shards: list[Shard] = []
        self._turn_at = self._list_at = 0.0
        self._settled_at = 0.0
        self.mine: dict[str, Checkpoint] = {}
        self.others, self.is_whole = 0, False

    def begin(self, start: str) -> tuple[str, str]:
        """Ask for the stream; return what `BridgeState.begin` does.

        `start` is `earliest`, ms since 1970, or empty for now, by Kinesis' clock.
        """
        answer = self._kinesis.ask("describe_stream_summary")
        stream = answer["StreamDescriptionSummary"]
        self._retention_ms = int(stream["RetentionPeriodHours"]) * _HOUR_MS
        self._settled_at = time.monotonic() + self._lease_s
        self._created = str(int(1000 * stream["StreamCreationTimestamp"].timestamp()))
        was, self._start = self._state.begin(self._created, start or str(_date_ms(answer)))
        return was, self._start

    def turn(self) -> None:
        """Renew, take and give up leases, if it is time. Raises KinesisAwayError, KinesisRefusedError."""
        now = time.monotonic()
        if now < self._turn_at:
            return
        checkpoints = self._state.checkpoints()
        if now >= self._list_at:
            self._list(checkpoints)
            if not self._state.is_known():  # whoever comes next is to begin where this one did
                self._state.begin(self._created, self._start)
        wanted = due(self._shards, [shard for shard, checkpoint in checkpoints.items() if checkpoint.ended])
        turn = self._state.take(wanted)
        self._follow(turn)
        self.others = turn.others
        # a lease of the dead looks like one of the living until it ends
        settled = not turn.others or now >= self._settled_at
        self.is_whole = settled and len(self.mine) + turn.others == len(wanted)
        self._turn_at = now + self._turn_s

    def ended(self, shard: str) -> None:
        """Note that a shard was read to its end: its children are looked for at once."""
        del self.mine[shard]
        self._turn_at = self._list_at = 0.0
        self.is_whole = False

    def lost(self, shard: str) -> None:
        """Note that another instance has taken a shard over."""
        del self.mine[shard]
        self.is_whole = False

    def leave(self) -> None:
        """Give everything up, for this instance ends."""
        self._state.give_up(list(self.mine), ends=True)

    def _list(self, checkpoints: Mapping[str, Checkpoint]) -> None:
        """List the shards anew; keep those that are known where Kinesis does not serve and some are known."""
        self._list_at = time.monotonic() + _LISTED_S
        try:
            self._shards = listed(self._kinesis)
        except KinesisAwayError:
            if not self._shards:
                raise
            return
        self._forget(checkpoints, {shard.shard_id for shard in self._shards})

    def _forget(self, checkpoints: Mapping[str, Checkpoint], there: Collection[str]) -> None:
        gone = {shard: checkpoint for shard, checkpoint in checkpoints.items() if shard not in there}
        for shard, checkpoint in gone.items():
            if not checkpoint.ended:
                LOG.warning("Shard %s is gone; what arrived in it after %s is lost.", shard, rfc3339(checkpoint.through_ms))
        self._state.forget(list(gone))

    def _follow(self, turn: Turn) -> None:
        """Make `mine` what the turn says, less what is more than a fair share."""
        surplus = sorted(turn.mine)[turn.share :]
        if surplus:
            self._state.give_up(surplus)
        kept = turn.mine - set(surplus)
        new = kept - self.mine.keys()
        found = self._state.checkpoints() if new else {}
        self.mine = {shard: checkpoint for shard, checkpoint in self.mine.items() if shard in kept}
        for shard in sorted(new):
            self.mine[shard] = found.get(shard, Checkpoint())
            self._say_late(shard, self.mine[shard])

    def _say_late(self, shard: str, checkpoint: Checkpoint) -> None:
        kept_from = int(1000 * time.time()) - self._retention_ms
        if checkpoint.through_ms and checkpoint.through_ms < kept_from:
            LOG.warning(
                "Shard %s was read up to %s, and the stream keeps %d hours: what arrived in between and is older is lost.",
                shard, rfc3339(checkpoint.through_ms), self._retention_ms // _HOUR_MS,
            )  # fmt: skip


def _date_ms(answer: Mapping[str, Mapping[str, Mapping[str, str]]]) -> int:
    """Return when Kinesis answered, by its own clock, whole seconds, in ms since 1970."""
    from email.utils import parsedate_to_datetime

    date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    return int(1000 * (parsedate_to_datetime(date).timestamp() if date else time.time()))
