/// What the daemon runs beside its sockets, and stops before them.
package protocol Annex: Sendable {
    /// Starts it; where it listens, as it is to be shown.
    ///
    /// - Throws: what keeps it from listening, in words.
    func start(_ door: InnerDoor) async throws -> [String]
    func stop() async
}

extension [any Annex] {
    /// Starts them in order; where they listen. The caller stops all of them, also where one could not start.
    func start(_ door: InnerDoor) async throws -> [String] {
        var addresses: [String] = []
        for annex in self { addresses += try await annex.start(door) }
        return addresses
    }

    /// Stops them in the reverse order.
    func stop() async {
        for annex in self.reversed() { await annex.stop() }
    }
}
