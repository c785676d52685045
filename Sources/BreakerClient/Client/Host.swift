// What the process is called and told, without Foundation.

import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

enum Host {
    /// Nil if the variable is not set.
    static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// Tells one process of the fleet from every other: host, process, and a random part, since process
    /// numbers are the same in many containers.
    static func instance() -> String {
        let random = String(UInt32.random(in: .min ... .max), radix: 36)
        return "\(Host.name.prefix(64))-\(getpid())-\(random)"
    }

    private static var name: String {
        var bytes = [CChar](repeating: 0, count: 256)
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return "host" }
        let name = String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return name.isEmpty ? "host" : name
    }

    /// What went wrong with a socket, for a person.
    static func describe(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let cause = error.dnsAError ?? error.dnsAAAAError {
                return "cannot resolve the name: \(cause)"
            }
            return error.connectionErrors.map { Host.describe($0.error) }.first ?? "no address to connect to"
        case let error as IOError: return String(cString: strerror(error.errnoCode))
        case ChannelError.connectTimeout: return "no connection within the deadline"
        default: return "\(error)"
        }
    }
}
