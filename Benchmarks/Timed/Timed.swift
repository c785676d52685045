// The bodies under ordo-one's framework: `swift package benchmark`. What they are stands in `Bodies`.

import Benchmark
import BenchmarkBodies

let benchmarks: @Sendable () -> Void = {
    for body in Body.all { time(body) }
}

private func time(_ body: Body) {
    let prepared = Prepared()
    Benchmark(
        body.name,
        configuration: configuration(body),
        closure: { benchmark in
            guard let loop = prepared.loop else { return benchmark.error("not prepared") }
            let turns = benchmark.scaledIterations.count
            benchmark.startMeasurement()
            try await loop(turns)
            benchmark.stopMeasurement()
        },
        setup: { prepared.loop = try await body.prepare() },
        teardown: { prepared.loop = nil })
}

/// A body's loop, from its setup to its end.
private final class Prepared {
    var loop: Body.Loop?
}

/// Turns of a sample: enough that reading the clock does not matter, and starting a thread neither. The time
/// of processors comes in steps of 10 ms: it says something of the long samples of several threads only, and
/// there it tells waiting for each other from waiting for a processor.
private func configuration(_ body: Body) -> Benchmark.Configuration {
    if body.threads > 1 {
        return .init(
            metrics: [.wallClock, .cpuTotal, .throughput], scalingFactor: .mega, maxDuration: .seconds(10))
    }
    return .init(
        metrics: [.wallClock, .throughput], scalingFactor: body.calls > 1 ? .one : .kilo,
        maxDuration: .seconds(2))
}
