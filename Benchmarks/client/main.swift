// What a guarded call costs its caller, beside what no guard can do without: one uncontended mutex and one
// look at the clock. Prints nanoseconds a call, the median of the rounds, and allocations a call of the
// calling thread where `allocations.c` is preloaded.
//
//     BREAKERD_URL=unix:/run/breakerd/breakerd.sock client-cost [ROUNDS [CALLS]]

import BreakerClient

let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
let rounds = arguments.first ?? 9
let calls = arguments.dropFirst().first ?? 500_000

let client = try BreakerClient()
let closed = client.breaker("client-cost/closed")
let open = client.breaker("client-cost/open")
try await prepare(client, closed: closed, open: open)

let pairs = Series("mutex and clock")
let passes = Series("run, closed, success")
let classified = Series("run, closed, classified")
let refusals = Series("run, open, refused")
for _ in 0..<rounds {
    pairs.add(calls, mutexAndClock(calls))
    passes.add(calls, try await pass(closed, calls))
    classified.add(calls, try await classify(closed, calls))
    refusals.add(calls, try await refuse(open, calls))
}
for series in [pairs, passes, classified, refusals] { print(series.line(beside: pairs)) }
await client.shutdown()
