/// A call that may be made, and who said so: whoever admitted it is told how it went.
struct Admission: Sendable {
    enum Source: Sendable {
        case daemon(generation: UInt64, permit: String?)
        case local(LocalPermit)
        /// Nobody is told: `Unavailable.allow`.
        case nobody
    }

    let source: Source
    let started = ContinuousClock.now

    init(_ source: Source) { self.source = source }

    var age: Duration { self.started.duration(to: .now) }

    var isProbe: Bool {
        switch self.source {
        case .daemon(_, let permit): permit != nil
        case .local(let permit): permit.probe != nil
        case .nobody: false
        }
    }
}
