struct WatchSource: Sendable {
    let client: BreakerClient
    let patterns: [String]
    let since: UInt64?
    func start() -> WatchSubscription { WatchSubscription() }
}
struct WatchDelivery: Sendable { let event: BreakerEvent; let text: String }
final class WatchSubscription: Sendable {
    func next() async throws(BreakerError) -> WatchDelivery? { nil }
}
