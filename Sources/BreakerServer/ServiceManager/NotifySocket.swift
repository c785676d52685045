#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The datagram socket on which a service manager listens to the process.
final class NotifySocket: Sendable {
    /// Why a message cannot be sent, in words.
    struct Failure: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) {
            self.description = description
        }

        /// What the system says about the call that failed last.
        static var system: Failure { Failure(String(cString: strerror(errno))) }
    }

    /// How long a manager that is busy may keep a message waiting, in seconds: its queue is short, and READY
    /// must not be lost to a burst.
    private static let patience = 1

    private let descriptor: CInt
    private let address: sockaddr_un
    private let addressBytes: socklen_t

    /// - Parameter name: an absolute path, or "@" and an abstract name.
    init(_ name: String) throws(Failure) {
        (self.address, self.addressBytes) = try NotifySocket.address(name)
        self.descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard self.descriptor >= 0 else { throw .system }
        var limit = timeval(tv_sec: NotifySocket.patience, tv_usec: 0)
        setsockopt(
            self.descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        close(self.descriptor)
    }

    /// Sends one message: assignments, one a line.
    func send(_ message: String) throws(Failure) {
        let sent = withUnsafePointer(to: self.address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                Array(message.utf8).withUnsafeBytes { bytes in
                    sendto(
                        self.descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL), address,
                        self.addressBytes)
                }
            }
        }
        guard sent >= 0 else { throw .system }
    }

    private static func address(_ name: String) throws(Failure) -> (sockaddr_un, socklen_t) {
        guard name.hasPrefix("/") || name.hasPrefix("@"), name.utf8.count > 1 else {
            throw Failure("\(name) is neither an absolute path nor an abstract name after @")
        }
        var bytes = Array(name.utf8)
        // An abstract name begins with a zero and ends with its length, a path ends with a zero.
        if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 } else { bytes.append(0) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { path in
            guard bytes.count <= path.count else { return false }
            path.copyBytes(from: bytes)
            return true
        }
        guard fits else { throw Failure("\(name) is too long for a socket's name") }
        let offset = MemoryLayout<sockaddr_un>.size - MemoryLayout.size(ofValue: address.sun_path)
        return (address, socklen_t(offset + bytes.count))
    }
}
