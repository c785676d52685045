/// How long to wait between attempts: 1 s, doubled up to 60 s, spread by a fifth so that those who wait for
/// the same receiver do not come back together.
struct Backoff {
    private static let longest = 60.0
    private var seconds = 1.0

    mutating func next(spread: Double = Double.random(in: 0.8...1.2)) -> Duration {
        defer { self.seconds = min(self.seconds * 2, Backoff.longest) }
        return .seconds(self.seconds * spread)
    }
}
