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

package enum Host {
    /// Unix time.
    static var unixMicroseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(max(0, time.tv_sec)) * 1_000_000 + UInt64(time.tv_nsec) / 1_000
    }

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

    /// The same for every call of one thread, and most likely another one on another thread.
    static var threadHash: Int {
        #if canImport(Darwin)
            let thread = UInt(bitPattern: pthread_self())
        #else
            let thread = UInt(pthread_self())
        #endif
        // Fibonacci hashing (Knuth): thread handles are addresses that differ in few bits.
        return Int(truncatingIfNeeded: thread &* 0x9E37_79B9_7F4A_7C15 >> 40)
    }

    private static var name: String {
        var bytes = [CChar](repeating: 0, count: 256)
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return "host" }
        let name = String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return name.isEmpty ? "host" : name
    }

    /// What went wrong with a socket, for a person.
    package static func describe(_ error: any Error) -> String {
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
