import ArgumentParser

/// What a load can be told.
struct LoadOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Connections, 1 to 10000.", valueName: "number"))
    var connections = LoadPlan().connections

    @Option(
        help: ArgumentHelp("Requests under way on each connection, 1 to 512.", valueName: "number"))
    var pipeline = LoadPlan().pipeline

    @Option(help: ArgumentHelp("Threads that make the load, 1 to 64.", valueName: "number"))
    var threads = LoadPlan().threads

    @Option(help: ArgumentHelp("Breakers that requests are about, 1 to 100000.", valueName: "number"))
    var breakers = LoadPlan().breakers

    @Option(
        help: ArgumentHelp("What their names begin with, else bench-; a number follows.", valueName: "text"),
        transform: NameArgument.name)
    var prefix = LoadPlan().prefix

    @Option(
        help: ArgumentHelp(
            "Which requests, in which shares, such as acquire=3,report=1; else acquire=1,report=1.",
            discussion: """
                acquire, report (a success), batch (ten successes each of ten breakers), get, ping.
                """,
            valueName: "shares"), transform: LoadMix.typed)
    var mix = LoadPlan().mix

    @Option(
        help: ArgumentHelp("How long to measure, at most 1h; else 5s.", valueName: "duration"),
        transform: TimeSpan.typed)
    var duration: TimeSpan?

    @Option(help: ArgumentHelp("Measure so many requests instead.", valueName: "number"))
    var requests: Int?

    @Option(
        help: ArgumentHelp(
            "How long to send before measuring, at most 10m, or 0; else 1s.", valueName: "duration"),
        transform: LoadOptions.warmUp)
    var warmUp = LoadPlan().warmUp

    @Option(
        help: ArgumentHelp(
            "Open loop: so many requests a second over all connections, each due at a fixed time.",
            discussion: """
                Latency counts from when a request was due, so that what waited behind a slow reply is seen \
                to have waited. Without it each reply is followed by the next request.
                """, valueName: "number"))
    var rate: Int?

    func validate() throws {
        try self.check("--connections", self.connections, LoadPlan.connectionBounds)
        try self.check("--pipeline", self.pipeline, LoadPlan.pipelineBounds)
        try self.check("--threads", self.threads, LoadPlan.threadBounds)
        try self.check("--breakers", self.breakers, LoadPlan.breakerBounds)
        try self.check("--requests", self.requests, LoadPlan.requestBounds)
        try self.check("--rate", self.rate, LoadPlan.rateBounds)
        guard self.connections * self.pipeline <= LoadPlan.mostUnderWay else {
            throw ValidationError(
                "--connections times --pipeline: at most \(LoadPlan.mostUnderWay) requests under way.")
        }
        guard self.threads <= self.connections else {
            throw ValidationError(
                "--threads: each needs a connection, and --connections is \(self.connections).")
        }
        guard NameCharacters.fit(self.prefix + "\(self.breakers)", wildcards: false) else {
            throw ValidationError("--prefix: with a number behind it a name has at most 128 bytes.")
        }
        guard self.duration == nil || self.requests == nil else {
            throw ValidationError("--duration or --requests, not both.")
        }
        guard self.plan(patience: .zero).span <= LoadPlan.longest.duration else {
            throw ValidationError(
                self.requests == nil
                    ? "--duration: at most 1h." : "--requests at this --rate would take more than 1h.")
        }
    }

    /// What they come to.
    ///
    /// - Parameter patience: how long the daemon may be silent.
    func plan(patience: Duration) -> LoadPlan {
        var plan = LoadPlan()
        plan.connections = self.connections
        plan.pipeline = self.pipeline
        plan.breakers = self.breakers
        plan.prefix = self.prefix
        plan.mix = self.mix
        plan.warmUp = self.warmUp
        plan.rate = self.rate
        plan.threads = self.threads
        plan.patience = patience
        if let duration = self.duration { plan.length = .time(duration.duration) }
        if let requests = self.requests { plan.length = .requests(requests) }
        return plan
    }

    private func check(_ option: String, _ value: Int?, _ bounds: ClosedRange<Int>) throws {
        guard let value, !bounds.contains(value) else { return }
        throw ValidationError("\(option) takes \(bounds.lowerBound) to \(bounds.upperBound).")
    }

    /// A span, or none at all.
    @Sendable private static func warmUp(_ text: String) throws -> Duration {
        if text == "0" || text == "0s" { return .zero }
        let span = try TimeSpan.typed(text)
        guard span.milliseconds <= LoadPlan.longestWarmUp.milliseconds else {
            throw ValidationError("at most 10m")
        }
        return span.duration
    }
}
