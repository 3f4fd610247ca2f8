"""What a bridge does in Redis, each in one step. The keys: `ops.feeds.bridge_state`."""

from ops.feeds.plan import EARLIEST

SHARD = "shard:"
"""Begins the fields that hold checkpoints."""

# KEYS: hash, leases, members. ARGV: when the stream was created, where to begin.
# Answers {what the hash was: first, known or anew, where to begin}.
BEGIN = f"""
local was = redis.call('HGET', KEYS[1], 'created')
if was == ARGV[1] then return {{'known', redis.call('HGET', KEYS[1], 'from')}} end
if was then redis.call('DEL', KEYS[1], KEYS[2]) end
local start = was and '{EARLIEST}' or ARGV[2]
redis.call('HSET', KEYS[1], 'created', ARGV[1], 'from', start)
return {{was and 'anew' or 'first', start}}
"""
# KEYS: leases, members. ARGV: instance, ms that a lease lasts, then the shards that are due.
# Answers {the share of each living instance, shards that another has, then those that this one has now}.
TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local until_ms = now + ARGV[2]
redis.call('ZADD', KEYS[2], until_ms, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local share = math.ceil((#ARGV - 2) / redis.call('ZCARD', KEYS[2]))
local mine, free, others = {}, {}, 0
for i = 3, #ARGV do
  local held = redis.call('HGET', KEYS[1], ARGV[i])
  local who, ends = string.match(held or '', '^(%S+) (%d+)$')
  if who == ARGV[1] then mine[#mine + 1] = ARGV[i]
  elseif who and tonumber(ends) > now then others = others + 1
  else free[#free + 1] = ARGV[i] end
end
for _, shard in ipairs(free) do
  if #mine < share then mine[#mine + 1] = shard end
end
for _, shard in ipairs(mine) do redis.call('HSET', KEYS[1], shard, ARGV[1] .. ' ' .. string.format('%d', until_ms)) end
return {share, others, unpack(mine)}
"""
# KEYS: hash, leases. ARGV: instance, shard, its checkpoint, the one before, '1' at its end.
# Answers 1 if it is noted. A call whose answer was lost comes again.
NOTE = f"""
local was = redis.call('HGET', KEYS[1], '{SHARD}' .. ARGV[2]) or ''
if was == ARGV[3] then return 1 end
local who = string.match(redis.call('HGET', KEYS[2], ARGV[2]) or '', '^(%S+) ')
if who ~= ARGV[1] or was ~= ARGV[4] then return 0 end
redis.call('HSET', KEYS[1], '{SHARD}' .. ARGV[2], ARGV[3])
if ARGV[5] == '1' then redis.call('HDEL', KEYS[2], ARGV[2]) end
return 1
"""
# KEYS: leases, members. ARGV: instance, '1' if it ends, then shards to be given up.
GIVE_UP = """
if ARGV[2] == '1' then redis.call('ZREM', KEYS[2], ARGV[1]) end
for i = 3, #ARGV do
  local who = string.match(redis.call('HGET', KEYS[1], ARGV[i]) or '', '^(%S+) ')
  if who == ARGV[1] then redis.call('HDEL', KEYS[1], ARGV[i]) end
end
return 0
"""
