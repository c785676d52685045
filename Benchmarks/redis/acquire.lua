-- Asks whether a call may be made. Run under a line of constants that redis_server.py puts before it.
--
-- KEYS[1]  the breaker: one hash, so that a cluster keeps it in one place
-- ARGV[1]  who asks
--
-- Replies with one integer: 0 yes; -1 yes, as the one probe of a half-open breaker; above 0 no, and when to come
-- back, in milliseconds. A closed breaker costs one look at one field; time is Redis's own, since the clocks of a
-- fleet differ.
local key = KEYS[1]
local state = redis.call('HGET', key, 'state')
if not state or state == 'closed' then
    return 0
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local deadline = tonumber(redis.call('HGET', key, 'deadline'))
if now < deadline then
    -- Of an open breaker: when it may be probed. Of a half-open one: when the probe under way has failed.
    return math.max(1, deadline - now)
end
redis.call('HSET', key, 'state', 'half_open', 'deadline', now + probe_lease_ms, 'prober', ARGV[1])
return -1
