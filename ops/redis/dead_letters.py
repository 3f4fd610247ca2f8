"""Entries that nobody could handle: out of a group and into `<prefix>dead`, once and without loss."""

from __future__ import annotations

from enum import Enum
from typing import Any

import redis

DEAD = "dead"
"""The dead-letter stream, without the prefix. Entry fields: those of the entry, and `stream`, `entry`,
`group`, `deliveries`, `reason`.
"""
DEAD_LENGTH = 100_000  # entries kept, about: so many without anybody looking is a fault of another kind

# KEYS: stream, dead-letter stream. ARGV: group, member, entry id, most deliveries, name of the stream,
# length of the dead-letter stream.
#
# The entry is in the group's hands until XACK, and in the dead-letter stream from XADD on; as a script runs
# alone, nobody sees it in both or in neither. A member that has lost the reply finds the entry acknowledged,
# and adds nothing. A server out of memory refuses a script's first write only, XADD: then the entry stays
# where it is and is given out again.
_SCRIPT = """
local id = ARGV[3]
local pending = redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1)[1]
if not pending or pending[2] ~= ARGV[2] then return 'gone' end
if pending[4] <= tonumber(ARGV[4]) then return 'due' end
local row = redis.call('XRANGE', KEYS[1], id, id)[1]
if row then
  local fields = row[2]
  local reason = ARGV[4] .. ' deliveries to group ' .. ARGV[1] .. ' without an acknowledgement'
  for _, part in ipairs({'stream', ARGV[5], 'entry', id, 'group', ARGV[1], 'deliveries', ARGV[4], 'reason', reason}) do
    fields[#fields + 1] = part
  end
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[6], '*', unpack(fields))
end
redis.call('XACK', KEYS[1], ARGV[1], id)
return row and 'dead' or 'gone'
"""


class Fate(Enum):
    """What is to become of an entry that has been given out again."""

    DUE = "due"
    """Handle it."""
    DEAD = "dead"
    """It has just been moved to the dead-letter stream."""
    GONE = "gone"
    """It is not ours any more: acknowledged, claimed by another member, or trimmed."""


class DeadLetters:
    """Mover of entries that nobody acknowledges to `<prefix>dead`.

    They are those of member `name` of `group` that were given out `max_deliveries` times.
    """

    def __init__(self, client: redis.Redis, prefix: str, group: str, name: str, max_deliveries: int) -> None:
        self._script = client.register_script(_SCRIPT)
        self._prefix = prefix
        self._group = group
        self._name = name
        self._max_deliveries = max_deliveries

    def fate(self, stream: str, entry_id: str) -> Fate:
        """Return what is to become of an entry just given out, in one round trip.

        The server has counted this delivery already.
        """
        reply: Any = self._script(
            keys=[f"{self._prefix}{stream}", f"{self._prefix}{DEAD}"],
            args=[self._group, self._name, entry_id, self._max_deliveries, stream, DEAD_LENGTH],
        )
        return Fate(reply)
