/// Where HTTP is spoken, and with whom.
package struct HTTPSettings: Hashable, Sendable {
    package var endpoint: TCPEndpoint
    /// What changes must show as `Authorization: Bearer …`; nil: nothing.
    package var token: String?
    /// Names under which it may be asked, besides IP addresses, `localhost` and the endpoint's own host: a
    /// page elsewhere must not reach it through a name of its own (DNS rebinding).
    package var hosts: [String] = []

    /// Where the page finds a trace: a URL with `{trace_id}` in it; nil: it shows ids alone.
    package var traceURL: String?

    /// Loopback only, as for the wire, and the port beside it.
    package static let defaultEndpoint = TCPEndpoint(host: "127.0.0.1", port: 2758)

    package init(endpoint: TCPEndpoint = HTTPSettings.defaultEndpoint) {
        self.endpoint = endpoint
    }
}
