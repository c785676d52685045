extension Listeners {
    /// What the daemon still opens itself: sockets that it was passed take the place of all that the
    /// configuration names of their kind.
    func yielding(to activated: [ActivatedSocket]) -> Listeners {
        Listeners(
            tcp: activated.contains { $0.transport == .tcp } ? [] : self.tcp,
            unixSocket: activated.contains { $0.transport == .unix } ? nil : self.unixSocket)
    }

    /// As they are shown: `unix:/run/…`, `tcp:127.0.0.1:2757`.
    var addresses: [String] {
        (self.unixSocket.map { ["unix:\($0.path)"] } ?? []) + self.tcp.map { "tcp:\($0)" }
    }
}
