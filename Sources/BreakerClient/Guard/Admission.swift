import BreakerCore

/// A call that may be made, and who said so: whoever admitted it is told how it went.
struct Admission: Sendable {
    enum Source: Sendable {
        /// The mirror, or the daemon without a permit: the outcome is counted under this generation.
        case fleet(generation: UInt64)
        /// The daemon: the outcome decides.
        case probe(permit: String)
        /// This process's own breaker.
        case local(LocalPermit, knownGeneration: UInt64)
        /// Nobody: `Unavailable.allow`.
        case nobody(knownGeneration: UInt64)
    }

    let source: Source
    let started: Instant

    var isProbe: Bool {
        switch self.source {
        case .probe: true
        case .local(let permit, _): permit.probe != nil
        case .fleet, .nobody: false
        }
    }
}
