/// A request that a load is made of.
enum LoadOperation: Int, CaseIterable, Hashable, Sendable {
    /// Asks whether a call may be made.
    case acquire
    /// Tells one success.
    case report
    /// Tells ten successes each of ten breakers, as a client that decides by itself does.
    case batch
    /// One breaker in full, as `breakerctl get` asks for it.
    case get
    case ping

    /// Breakers of one batch.
    static let batchBreakers = 10

    /// As it is typed and printed.
    var name: String {
        switch self {
        case .acquire: "acquire"
        case .report: "report"
        case .batch: "batch"
        case .get: "get"
        case .ping: "ping"
        }
    }

    init?(name: some StringProtocol) {
        guard let operation = LoadOperation.allCases.first(where: { $0.name == name }) else { return nil }
        self = operation
    }
}
