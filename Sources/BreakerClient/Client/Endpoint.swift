/// Where a daemon listens.
public enum Endpoint: Hashable, Sendable {
    /// A Unix stream socket.
    case unix(path: String)
    /// A TCP address: a name or an address without brackets, and a port of 1…65,535.
    case tcp(host: String, port: Int)

    /// Tried in this order where nothing else is said.
    public static let defaults: [Endpoint] = [
        .unix(path: "/run/breakerd/breakerd.sock"), .tcp(host: "127.0.0.1", port: 2757),
    ]

    /// Reads `unix:/path`, `unix:///path`, `tcp:host:port` or `tcp://host:port`; an IPv6 address stands in
    /// brackets.
    ///
    /// - Throws: `badEndpoint`, saying what is expected.
    public init(_ url: String) throws(BreakerError) {
        guard let endpoint = Endpoint(parsing: url) else {
            throw BreakerError(
                .badEndpoint, "\"\(url)\" is no endpoint: expected unix:/path or tcp:host:port")
        }
        self = endpoint
    }

    /// Reads one or more endpoints, separated by commas, to be tried in their order.
    public static func list(_ urls: String) throws(BreakerError) -> [Endpoint] {
        var endpoints: [Endpoint] = []
        for url in urls.split(separator: ",", omittingEmptySubsequences: false) {
            endpoints.append(try Endpoint(String(url.trimmingSpaces)))
        }
        return endpoints
    }

    /// What the environment variable `BREAKERD_URL` says, else `defaults`.
    public static func fromEnvironment() throws(BreakerError) -> [Endpoint] {
        guard let urls = Host.environment("BREAKERD_URL"), !urls.isEmpty else { return Endpoint.defaults }
        return try Endpoint.list(urls)
    }

    private init?(parsing url: String) {
        guard let colon = url.firstIndex(of: ":") else { return nil }
        let rest = url[url.index(after: colon)...]
        let address = rest.hasPrefix("//") ? rest.dropFirst(2) : rest
        switch url[..<colon] {
        case "unix":
            guard address.hasPrefix("/"), address.utf8.count <= Endpoint.pathBytes else { return nil }
            self = .unix(path: String(address))
        case "tcp":
            guard let colon = address.lastIndex(of: ":"),
                let port = Int(address[address.index(after: colon)...]), (1...65_535).contains(port)
            else { return nil }
            var host = address[..<colon]
            if host.hasPrefix("["), host.hasSuffix("]") {
                host = host.dropFirst().dropLast()
            } else if host.contains(":") {
                return nil
            }
            guard !host.isEmpty else { return nil }
            self = .tcp(host: String(host), port: port)
        default: return nil
        }
    }

    /// What a socket's address holds on every system, its final zero excluded.
    static let pathBytes = 103
}

extension Endpoint: CustomStringConvertible {
    /// As it is read: `unix:/path`, `tcp:host:port`.
    public var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): host.contains(":") ? "tcp:[\(host)]:\(port)" : "tcp:\(host):\(port)"
        }
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var rest = self.drop { $0 == " " }
        while rest.last == " " { rest.removeLast() }
        return rest
    }
}
