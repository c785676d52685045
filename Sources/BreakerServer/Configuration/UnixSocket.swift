/// A Unix stream socket to listen on.
package struct UnixSocket: Hashable, Sendable {
    /// Where the socket stands when no other place is named and this one can be used.
    package static let defaultPath = "/run/breakerd/breakerd.sock"
    /// Owner and group may connect: who may connect may steer every breaker.
    package static let defaultMode = 0o660
    /// The bytes of `sockaddr_un.sun_path`, less its closing zero.
    #if canImport(Darwin)
        package static let maximumPathBytes = 103
    #else
        package static let maximumPathBytes = 107
    #endif

    /// 1…`maximumPathBytes` bytes; a relative path starts at the daemon's working directory.
    package var path: String
    /// The file's permission bits, 0…0o777.
    package var mode: Int

    package init(path: String, mode: Int = UnixSocket.defaultMode) {
        self.path = path
        self.mode = mode
    }
}
