-- Says how a call ended. Run under a line of constants that redis_server.py puts before it.
--
-- KEYS[1]  the breaker: a hash of its state and, while it is closed, two counts for each second
-- ARGV[1]  who reports
-- ARGV[2]  success or failure
--
-- Replies with one integer: 0 the breaker is closed, 1 it is open, 2 half-open. A success of a closed breaker
-- costs one look and one count; rules are judged when a failure comes.
local key = KEYS[1]
local is_failure = ARGV[2] == 'failure'
local time = redis.call('TIME')

local function open()
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    redis.call('DEL', key)
    redis.call('HSET', key, 'state', 'open', 'deadline', now + open_ms)
    redis.call('EXPIRE', key, idle_seconds)
    return 1
end

local state = redis.call('HGET', key, 'state')
if state == 'open' then
    return 1
end
if state == 'half_open' then
    -- Only the prober decides, and only once.
    if redis.call('HGET', key, 'prober') ~= ARGV[1] then
        return 2
    end
    if is_failure then
        return open()
    end
    if redis.call('HINCRBY', key, 'successes', 1) < probe_successes then
        redis.call('HSET', key, 'deadline', 0, 'prober', '')
        return 2
    end
    redis.call('DEL', key)
    return 0
end
if not state then
    -- First of all fields, so that Redis finds it first in the small hash.
    redis.call('HSET', key, 'state', 'closed')
end

local count = redis.call('HINCRBY', key, (is_failure and 'f' or 's') .. time[1], 1)
if count > 1 and not is_failure then
    return 0
end

-- A new second has begun, or a failure is to be judged: look at all seconds, and drop those that are over.
local calls, failures = 0, 0
local oldest = time[1] - window_seconds
local fields = redis.call('HGETALL', key)
for index = 1, #fields, 2 do
    local second = tonumber(string.sub(fields[index], 2))
    if second and second <= oldest then
        redis.call('HDEL', key, fields[index])
    elseif second then
        calls = calls + fields[index + 1]
        if string.sub(fields[index], 1, 1) == 'f' then
            failures = failures + fields[index + 1]
        end
    end
end
redis.call('EXPIRE', key, idle_seconds)
if is_failure and calls >= min_calls and failures / calls >= failure_rate then
    return open()
end
return 0
