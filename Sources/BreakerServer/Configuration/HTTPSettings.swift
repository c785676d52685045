/// Where HTTP is spoken, and with whom.
package struct HTTPSettings: Hashable, Sendable {
    package var endpoint: TCPEndpoint
    /// What changes must show as `Authorization: Bearer …`; nil: nothing.
    package var token: String?
    /// Names under which it may be asked, besides IP addresses, `localhost` and the endpoint's own host: a
    /// page elsewhere must not reach it through a name of its own (DNS rebinding).
    package var hosts: [String] = []

    package init(endpoint: TCPEndpoint) {
        self.endpoint = endpoint
    }
}
