/// What is asked of a load. Every bound has its reason here.
struct LoadPlan: Hashable, Sendable {
    /// What the daemon takes without being set up for more is 16,000; some must stay for the others.
    static let connectionBounds = 1...10_000
    static let pipelineBounds = 1...512
    /// Requests under way over all connections, so that lines and slots stay within some 100 MB.
    static let mostUnderWay = 1_000_000
    /// A tenth of the daemon's own bound.
    static let breakerBounds = 1...100_000
    static let threadBounds = 1...64
    static let requestBounds = 1...1_000_000_000
    /// Requests a second.
    static let rateBounds = 1...10_000_000
    static let longest = TimeSpan(milliseconds: 3_600_000)
    static let longestWarmUp = TimeSpan(milliseconds: 600_000)

    /// What ends a load.
    enum Length: Hashable, Sendable {
        case time(Duration)
        /// So many requests after the warm-up, and `longest` in any case.
        case requests(Int)
    }

    var connections = 50
    /// Requests of one connection that may be under way at once.
    var pipeline = 1
    var breakers = 100
    /// What the breakers' names begin with; their number follows, from 0.
    var prefix = "bench-"
    var mix = LoadMix.calls
    var length = Length.time(.seconds(5))
    var warmUp = Duration.seconds(1)
    /// Requests a second over all connections, each due at a time of its own; nil: the next request of a
    /// connection follows the reply to an earlier one.
    var rate: Int?
    var threads = 1
    /// How long the daemon may be silent while something is asked.
    var patience = Duration.seconds(5)

    /// How long it takes at most, without the warm-up. In an open loop requests and time are the same.
    var span: Duration {
        switch (self.length, self.rate) {
        case (.time(let time), _): time
        case (.requests(let count), let rate?): .nanoseconds(Int64(Double(count) * 1e9 / Double(rate)))
        case (.requests, nil): LoadPlan.longest.duration
        }
    }

    /// The requests after which a closed loop ends; nil: it ends by time.
    var quota: Int? {
        switch (self.length, self.rate) {
        case (.requests(let count), nil): count
        case (.requests, _?), (.time, _): nil
        }
    }

    func name(of breaker: Int) -> String { "\(self.prefix)\(breaker)" }
}
