import BreakerWire

/// What is told of connections and of what they ask.
struct ConnectionFamilies {
    let service: Service

    var all: [MetricFamily] { self.connections + self.requests }

    private var connections: [MetricFamily] {
        let census = self.service.sessions.census
        return [
            MetricFamily(
                "breakerd_connections", .gauge, labels: ["transport"],
                help: "Open connections; those of the daemon's own HTTP server are among them, as unix.",
                samples: [
                    MetricSample(SessionRecord.Transport.unix.rawValue, count: census.unix),
                    MetricSample(SessionRecord.Transport.tcp.rawValue, count: census.tcp),
                ]),
            MetricFamily(
                "breakerd_connections_limit", .gauge,
                help: "Connections that may be open: limits.connections.",
                samples: [MetricSample(count: self.service.sessions.limit)]),
            MetricFamily(
                "breakerd_refused_connections", .counter,
                help: "Connections refused because as many as may be were open.",
                samples: [MetricSample(count: self.service.sessions.refused)]),
            MetricFamily(
                "breakerd_sessions", .gauge, help: "Open connections that said who they are.",
                samples: [MetricSample(count: census.named)]),
            MetricFamily(
                "breakerd_watches", .gauge, help: "Watches of all connections.",
                samples: [MetricSample(count: census.watches)]),
        ]
    }

    private var requests: [MetricFamily] {
        let counts = self.service.counters.current(adding: self.service.sessions.hotCounts)
        let requests = Dictionary(uniqueKeysWithValues: counts.requests)
        let errors = Dictionary(uniqueKeysWithValues: counts.errors)
        return [
            MetricFamily(
                "breakerd_requests", .counter, labels: ["operation"],
                help: "Requests answered, by operation; those over HTTP too.",
                samples: Operation.allCases.map {
                    MetricSample($0.rawValue, count: requests[$0] ?? 0)
                }),
            MetricFamily(
                "breakerd_errors", .counter, labels: ["code"],
                help: "Requests refused, by the error's code.",
                samples: WireErrorCode.allCases.map {
                    MetricSample($0.rawValue, count: errors[$0] ?? 0)
                }),
            MetricFamily(
                "breakerd_request_duration_seconds", .histogram, unit: .seconds,
                help: "From a read of requests about calls to its replies in the kernel; one read in 64.",
                samples: [MetricSample("", "", .histogram(MetricHistogram(self.service.readTimes.current)))]),
        ]
    }
}
