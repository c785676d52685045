#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A listening socket that the service manager opened and passed on.
struct ActivatedSocket: Sendable {
    typealias Transport = SessionRecord.Transport

    /// The first descriptor after standard error.
    private static let firstDescriptor: CInt = 3
    /// Sockets that can be passed: more than a host has interfaces is a mistake.
    private static let maximum = 32

    let descriptor: CInt
    let transport: Transport
    /// As it is to be shown: `unix:/run/…`, `tcp:127.0.0.1:2757`.
    let address: String

    /// Takes the sockets that are meant for this process. Nothing that it starts inherits them.
    static func adopt(
        _ variables: [ManagerVariable: String]
    ) throws(ActivationError) -> [ActivatedSocket] {
        guard let countText = variables[.listenDescriptors], variables[.listenProcess] == "\(getpid())" else {
            return []
        }
        guard let count = Int(countText), (0...self.maximum).contains(count) else {
            throw ActivationError("LISTEN_FDS is \(countText), not a number from 0 to \(self.maximum)")
        }
        let descriptors = (0..<CInt(count)).map { self.firstDescriptor + $0 }
        for descriptor in descriptors { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        let names = variables[.listenNames]?.split(separator: ":", omittingEmptySubsequences: false)
        guard names == nil || names?.count == count else {
            throw ActivationError("LISTEN_FDNAMES has \(names?.count ?? 0) names for \(count) sockets")
        }
        var sockets: [ActivatedSocket] = []
        for (index, descriptor) in descriptors.enumerated() {
            sockets.append(try ActivatedSocket(descriptor, name: names.map { String($0[index]) }))
        }
        return sockets
    }

    /// - Parameter name: "unix" or "tcp" promise a kind; any other is the manager's own and promises nothing.
    private init(_ descriptor: CInt, name: String?) throws(ActivationError) {
        let label = "descriptor \(descriptor)" + (name.map { " (\($0))" } ?? "")
        let (transport, address) = try ActivatedSocket.inspect(descriptor, label)
        if let name, let promised = Transport(rawValue: name), promised != transport {
            throw ActivationError(
                "\(label) is named \(promised.rawValue) and is \(address); correct FileDescriptorName= or "
                    + "ListenStream= of its socket unit")
        }
        self.descriptor = descriptor
        self.transport = transport
        self.address = address
    }

    private static func inspect(
        _ descriptor: CInt, _ label: String
    ) throws(ActivationError) -> (Transport, String) {
        guard let type = self.option(SO_TYPE, of: descriptor) else {
            throw ActivationError("\(label) is no socket: \(String(cString: strerror(errno)))")
        }
        guard type == CInt(SOCK_STREAM.rawValue), self.option(SO_ACCEPTCONN, of: descriptor) == 1 else {
            throw ActivationError(
                "\(label) is no stream socket that listens; its unit needs ListenStream= and Accept=no")
        }
        var address = sockaddr_storage()
        var bytes = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let known = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &bytes) }
        }
        switch CInt(address.ss_family) {
        case AF_UNIX where known == 0:
            return (.unix, "unix:\(self.path(&address, bytes))")
        case AF_INET where known == 0, AF_INET6 where known == 0:
            return (.tcp, "tcp:\(self.endpoint(&address, bytes))")
        case let family:
            throw ActivationError("\(label) is of address family \(family); only Unix and TCP are served")
        }
    }

    private static func option(_ name: CInt, of descriptor: CInt) -> CInt? {
        var value: CInt = 0
        var bytes = socklen_t(MemoryLayout<CInt>.size)
        return getsockopt(descriptor, SOL_SOCKET, name, &value, &bytes) == 0 ? value : nil
    }

    /// An abstract name begins with "@".
    private static func path(_ address: inout sockaddr_storage, _ bytes: socklen_t) -> String {
        withUnsafeBytes(of: &address) { all in
            let name = all[MemoryLayout<sa_family_t>.size..<Int(bytes)]
            guard name.first == 0 else { return String(decoding: name.prefix { $0 != 0 }, as: UTF8.self) }
            return "@" + String(decoding: name.dropFirst(), as: UTF8.self)
        }
    }

    private static func endpoint(_ address: inout sockaddr_storage, _ bytes: socklen_t) -> TCPEndpoint {
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var port = [CChar](repeating: 0, count: Int(NI_MAXSERV))
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = getnameinfo(
                    address, bytes, &host, socklen_t(host.count), &port, socklen_t(port.count),
                    NI_NUMERICHOST | NI_NUMERICSERV)
            }
        }
        return TCPEndpoint(host: self.text(host), port: Int(self.text(port)) ?? 0)
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Why a socket of the service manager cannot be used: its units, or whoever else passes it, are wrong.
struct ActivationError: Error, CustomStringConvertible {
    let cause: String

    init(_ cause: String) {
        self.cause = cause
    }

    var description: String { "cannot take over the service manager's sockets: \(self.cause)" }
}
