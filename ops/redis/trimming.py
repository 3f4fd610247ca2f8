"""What leaves a stream, and what must stay: the part that all scripts that trim have in common.

Of the entries beyond the soft limit those go that every consumer group has read and acknowledged and that no
checkpoint of the job may still need, by whole nodes of the stream; without groups and needs all of them. A
group that no longer reads, or a job that no longer completes checkpoints, holds back no more than the hard
limit: older entries go, unread, and are counted (by whole nodes, so the first of them may have been read). A
private group whose reader has not asked for entries for so long holds back nothing. The clock is the
server's. A user who may not run XINFO CONSUMERS has it counted as any other.

What checkpoints need is in the hash `<prefix>needed`: the field is the stream's key, with `#` and a number
for each of several subtasks, and the value the id after which entries are needed. Sources and sinks of the
job write there the position of the last completed checkpoint but one. Savepoints are not covered.

Raw lines leave by their age, too (`redis.raw_days`); no limit lets one go that is not read.
"""

from __future__ import annotations

from domain.times import DAY_MS

NEEDED = "needed"
"""Name of the hash, after the prefix."""

# `trimmed(stream, needs, soft, hard, abandoned ms)` -> entries that have left, how many of them unread, the
# group or the field of `needs` that had not read them. `needs` is the hash's key, nil for none.
TRIMMED = """
local function parts(id)
  local ms, seq = string.match(id, '(%d+)-(%d+)')
  return tonumber(ms), tonumber(seq)
end
local function older(one, other)
  local ms, seq = parts(one)
  local other_ms, other_seq = parts(other)
  return ms < other_ms or (ms == other_ms and seq < other_seq)
end

local function abandoned(stream, name, after_ms)
  if string.sub(name, 1, 8) ~= 'private:' then return false end
  local members = redis.pcall('XINFO', 'CONSUMERS', stream, name)
  if members.err then return false end
  for _, row in ipairs(members) do
    local member = {}
    for i = 1, #row, 2 do member[row[i]] = row[i + 1] end
    if member['idle'] < tonumber(after_ms) then return false end
  end
  return #members > 0
end

local function by_groups(stream, after_ms)
  local needed, slowest
  for _, row in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    local group = {}
    for i = 1, #row, 2 do group[row[i]] = row[i + 1] end
    local from = group['last-delivered-id']
    if group['pending'] > 0 then
      local pending = redis.call('XPENDING', stream, group['name'])[2]
      if older(pending, from) then from = pending end
    end
    if (not needed or older(from, needed)) and not abandoned(stream, group['name'], after_ms) then
      needed, slowest = from, group['name']
    end
  end
  return needed, slowest
end

local function by_checkpoints(stream, needs, needed, slowest)
  local found = redis.call('HGETALL', needs)
  for i = 1, #found, 2 do
    local of = found[i]
    if of == stream or string.sub(of, 1, #stream + 1) == stream .. '#' then
      if not needed or older(found[i + 1], needed) then needed, slowest = found[i + 1], of end
    end
  end
  return needed, slowest
end

local function trimmed(stream, needs, soft, hard, after_ms)
  local length = redis.call('XLEN', stream)
  if length == 0 then return 0, 0, '' end
  local needed, slowest = by_groups(stream, after_ms)
  if needs then needed, slowest = by_checkpoints(stream, needs, needed, slowest) end
  local beyond = length - tonumber(soft)
  if not needed or beyond <= 0 then
    return redis.call('XTRIM', stream, 'MAXLEN', '~', soft), 0, ''
  end
  -- LIMIT keeps the soft limit's worth, and a group that has caught up with a million entries from holding up the server.
  local left = redis.call('XTRIM', stream, 'MINID', '~', needed, 'LIMIT', math.min(beyond, 10000))
  local dropped = redis.call('XTRIM', stream, 'MAXLEN', '~', hard)
  return left + dropped, dropped, slowest
end
"""

# `aged(stream, needs, before, abandoned ms)` -> entries that have left: those added before the id `before`,
# of what every group has handled and no checkpoint needs. By whole nodes first, 10,000 at a time, then to
# the entry.
AGED = """
local function aged(stream, needs, before, after_ms)
  if redis.call('XLEN', stream) == 0 then return 0 end
  local bound = by_groups(stream, after_ms)
  if needs then bound = by_checkpoints(stream, needs, bound) end
  if not bound or older(before, bound) then bound = before end
  local left = redis.call('XTRIM', stream, 'MINID', '~', bound, 'LIMIT', 10000)
  if left < 10000 then left = left + redis.call('XTRIM', stream, 'MINID', bound) end
  return left
end
"""

# A user who may not run TIME has nothing leave by its age.
_AGED_RAW = """
local left, dropped, slowest = trimmed(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3])
local now = redis.pcall('TIME')
if not now.err then
  local before = string.format('%.0f-0', math.max(0, now[1] * 1000 - RAW_MS))
  left = left + aged(KEYS[1], KEYS[2], before, ARGV[3])
  left = left + aged(string.sub(KEYS[2], 1, -7) .. 'rejected', nil, before, ARGV[3])
end
return {left, dropped, slowest}
"""


def trim_raw(raw_days: float | None) -> str:
    """Return `TRIM` for a stream of raw lines, of which those older than that leave, as do rejected ones."""
    if raw_days is None:
        return TRIM
    return TRIMMED + AGED + _AGED_RAW.replace("RAW_MS", str(round(raw_days * DAY_MS)))


TRIM = TRIMMED + "return {trimmed(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3])}\n"
"""KEYS: stream, `<prefix>needed`. ARGV: soft limit, hard limit, ms after which a private group is abandoned.

Answers what `trimmed` gives. It takes at most some 10,000 entries at a time: ask again while they leave.
"""
