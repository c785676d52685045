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
        configuration: .init(
            // What every machine can measure; the processor's time comes in steps longer than a sample.
            metrics: [.wallClock, .throughput], scalingFactor: scale(body), maxDuration: .seconds(2)),
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

/// Turns of a sample: enough that reading the clock does not matter, and starting a thread neither.
private func scale(_ body: Body) -> BenchmarkScalingFactor {
    if body.threads > 1 { return .mega }
    return body.calls > 1 ? .one : .kilo
}
