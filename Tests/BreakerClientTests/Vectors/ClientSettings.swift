import BreakerClient
import BreakerWire

/// What `@client` says of the client; by default it is cached and has one endpoint, `main`.
struct ClientSettings {
    private var settings: JSONValue = [:]
    private(set) var endpoints = ["main"]

    /// - Parameter step: the first of the vector.
    init(_ step: ClientVector.Step?) throws {
        guard let step, step.kind == .directive("client"), let json = step.json else { return }
        self.settings = try JSONValue(text: json)
        if case .array(let names)? = self.settings.member("endpoints") {
            self.endpoints = names.compactMap { if case .string(let name) = $0 { name } else { nil } }
        }
    }

    func configuration(_ clock: ManualClientClock) throws -> BreakerClient.Configuration {
        var configuration = BreakerClient.Configuration()
        configuration.clock = .manual(clock)
        configuration.name = "vectors"
        configuration.instance = self.text("instance") ?? "vectors-1"
        switch self.text("mode") {
        case nil, "cached": configuration.mode = .cached
        case "strict": configuration.mode = .strict
        default: throw Missing("a mode")
        }
        switch self.text("on_unavailable") {
        case nil, "local": configuration.onUnavailable = .local
        case "allow": configuration.onUnavailable = .allow
        case "deny": configuration.onUnavailable = .deny
        default: throw Missing("what to do while the daemon is away")
        }
        if let budget = self.settings.member("budget_ms")?.double {
            configuration.callDeadline = .milliseconds(budget)
        }
        return configuration
    }

    private func text(_ key: String) -> String? {
        if case .string(let text)? = self.settings.member(key) { text } else { nil }
    }
}
