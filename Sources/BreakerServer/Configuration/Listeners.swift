/// Where clients connect. The loader sees to it that there is at least one place.
package struct Listeners: Hashable, Sendable {
    /// At most this many TCP addresses: a list longer than a host's interfaces is a mistake.
    package static let maximumTCP = 16

    /// 0…16 addresses, all different.
    package var tcp = [TCPEndpoint.default]
    package var unixSocket: UnixSocket?

    package init(tcp: [TCPEndpoint] = [.default], unixSocket: UnixSocket? = nil) {
        self.tcp = tcp
        self.unixSocket = unixSocket
    }
}
