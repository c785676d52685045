public import Logging
public import Metrics
public import Tracing

extension BreakerClient {
    /// How a client behaves. Change what matters before the client is made.
    public struct Configuration: Sendable {
        /// Who decides before each call.
        public enum Mode: Hashable, Sendable {
            /// This process, from what the daemon has told it: no round trip while the breaker is closed or
            /// open. Outcomes are told in batches, at once when one is a failure or slow, else within 100 ms.
            case cached
            /// The daemon: a round trip a call.
            case strict
        }

        /// What `run` does with a call when the daemon cannot be asked in time.
        public enum Unavailable: Hashable, Sendable {
            /// A breaker inside this process decides, from the last known state on.
            case local
            /// Every call passes.
            case allow
            /// Every call is refused, with the reason `unavailable`.
            case deny
        }

        /// The application, for the daemon's list of sessions; at most 64 bytes.
        public var name: String?
        /// This process of the fleet, 1…128 bytes; no two may share it. Nil: host, process and a random part.
        public var instance: String?
        /// How long `acquire`, `report`, `release`, `declare` and `ping` may take, connecting included.
        public var callDeadline = Duration.milliseconds(50)
        /// How long everything else may take: what waits for the daemon's disk, and listings.
        public var commandDeadline = Duration.seconds(10)
        /// How long one endpoint may take to accept and to answer `hello`.
        public var connectDeadline = Duration.seconds(1)
        /// How long to wait before the first attempt to reconnect; doubled at each failure, half of it
        /// random.
        public var reconnectMinimum = Duration.milliseconds(50)
        /// What that wait grows to at most.
        public var reconnectMaximum = Duration.seconds(5)
        /// How long `shutdown()` waits for what was sent to be answered.
        public var shutdownDeadline = Duration.seconds(1)
        /// Requests without a reply, at most; one more fails with `overloaded`.
        public var maximumRequestsInFlight = 10_000
        /// Bytes of one reply; a longer one ends the connection. Listings are the longest.
        public var maximumReplyBytes = 16 * 1024 * 1024
        /// Events that a watch holds for its consumer before it stops reading.
        public var watchBuffer = 1_024
        /// Who decides; cached.
        public var mode = Mode.cached
        /// What happens to a call while the daemon cannot be asked; local.
        public var onUnavailable = Unavailable.local
        package var clock = ClientClock.system
        /// Where the client counts calls, states and its own work: `MetricsSystem.factory`, or another. Nil:
        /// nowhere. Calls are counted many at a time, off their path.
        public var metrics: (any MetricsFactory)?
        /// Gets a span for each guarded call: `InstrumentationSystem.tracer`, or another. Nil: none is made.
        public var tracer: (any Tracer)?
        /// Gets the events that the article "Observing" lists. Silent unless it is set.
        public var logger = Logger(label: "breakerd.client", factory: { _ in SwiftLogNoOpLogHandler() })

        /// What each field says by itself; set those that matter.
        public init() {}
    }
}
