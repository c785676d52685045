import BreakerClient
import Foundation

extension LoadReport {
    /// One line of JSON; every figure that has a unit says it in its name.
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Numbers and strings cannot fail to encode: none of them is infinite.
        return (try? encoder.encode(Document(self.result))).map { String(decoding: $0, as: UTF8.self) }
            ?? "{}"
    }

    private struct Document: Encodable {
        struct Failed: Encodable {
            let code: String
            let message: String
        }

        let ok: Bool
        let url: String
        let loop: String
        let connections: Int
        let pipeline: Int
        let threads: Int
        let breakers: Int
        let mix: [String: Int]
        let warm_up_s: Double
        let measured_s: Double
        let interrupted: Bool
        let replies: UInt64
        let replies_per_s: Double
        let refused: Int
        let errors: Int
        let error_codes: [String: Int]
        let unanswered: Int
        let oldest_unanswered_us: Double
        let latency_us: Latency?
        let operations: [String: Operation]
        let generator_busy: Double
        let pace: Pace?
        let error: Failed?

        init(_ result: LoadResult) {
            let plan = result.plan
            let all = result.tally.all
            self.ok = result.status == .done
            self.url = result.endpoint.description
            self.loop = plan.rate == nil ? "closed" : "open"
            self.connections = plan.connections
            self.pipeline = plan.pipeline
            self.threads = plan.threads
            self.breakers = plan.breakers
            self.mix = .init(uniqueKeysWithValues: plan.mix.shares.map { ($0.operation.name, $0.share) })
            self.warm_up_s = plan.warmUp / .seconds(1)
            self.measured_s = (result.measured / .seconds(1)).rounded(to: 1_000)
            self.interrupted = result.end == .stopped
            self.replies = all.replies
            self.replies_per_s = result.perSecond(all.replies).rounded(to: 10)
            self.refused = all.refused
            self.errors = all.errors
            self.error_codes = result.tally.errorCodes
            self.unanswered = result.unanswered
            self.oldest_unanswered_us = result.longestUnanswered.microseconds
            self.latency_us = Latency(all)
            self.operations = .init(
                uniqueKeysWithValues: plan.mix.shares.map { operation, _ in
                    (operation.name, Operation(result.tally[operation], result))
                })
            self.generator_busy = result.busy.rounded(to: 1_000)
            self.pace = plan.rate.map { Pace(result, rate: $0) }
            self.error =
                if case .failed(let failure) = result.end {
                    Failed(code: failure.code, message: failure.message(at: result.endpoint.description))
                } else { nil }
        }
    }

    /// Nothing where there was no reply.
    private struct Latency: Encodable {
        let mean: Double
        let p50: Double
        let p90: Double
        let p99: Double
        let p999: Double
        let max: Double

        init?(_ figures: LoadFigures) {
            guard figures.replies > 0 else { return nil }
            self.mean = figures.mean.microseconds
            self.p50 = figures.percentile(50).microseconds
            self.p90 = figures.percentile(90).microseconds
            self.p99 = figures.percentile(99).microseconds
            self.p999 = figures.percentile(99.9).microseconds
            self.max = figures.longest.microseconds
        }
    }

    private struct Operation: Encodable {
        let replies: UInt64
        let replies_per_s: Double
        let refused: Int
        let errors: Int
        let latency_us: Latency?

        init(_ figures: LoadFigures, _ result: LoadResult) {
            self.replies = figures.replies
            self.replies_per_s = result.perSecond(figures.replies).rounded(to: 10)
            self.refused = figures.refused
            self.errors = figures.errors
            self.latency_us = Latency(figures)
        }
    }

    /// Of an open loop alone.
    private struct Pace: Encodable {
        let offered_per_s: Int
        let achieved_per_s: Double
        let latest_send_us: Double
        let behind: Int
        let unsent: Int

        init(_ result: LoadResult, rate: Int) {
            self.offered_per_s = rate
            self.achieved_per_s = result.perSecond(result.tally.all.replies).rounded(to: 10)
            self.latest_send_us = result.latestSend.microseconds
            self.behind = result.behind
            self.unsent = result.unsent
        }
    }
}

extension Duration {
    /// With one decimal.
    fileprivate var microseconds: Double { (self / .microseconds(1)).rounded(to: 10) }
}

extension Double {
    /// To so many parts of one.
    fileprivate func rounded(to parts: Double) -> Double { (self * parts).rounded() / parts }
}
