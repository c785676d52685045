import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// A peer whose every act is over before the next: what happens is in the order in which it is written.
final class TestClient {
    struct Failure: Error {
        let what: String
    }

    private let descriptor: Int32
    private var buffer = [UInt8]()
    /// Bytes of the buffer that were given out already.
    private var taken = 0

    init(path: String) throws {
        self.descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(self.descriptor, $0, size) }
        }
        guard connected == 0 else { throw Failure(what: "connect: \(errno)") }
    }

    /// - Parameter connected: a socket, which it closes at its end.
    init(connected: Int32) {
        self.descriptor = connected
    }

    deinit { close(self.descriptor) }

    func send(_ text: String) throws {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let flags = Int32(MSG_NOSIGNAL)
            let count = bytes.withUnsafeBytes { Glibc.send(self.descriptor, $0.baseAddress, $0.count, flags) }
            guard count > 0 else { throw Failure(what: "send: \(errno)") }
            bytes = bytes.dropFirst(count)
        }
    }

    func endInput() { shutdown(self.descriptor, Int32(SHUT_WR)) }

    /// The next line without its line feed; nil: the daemon has closed.
    func line() async throws -> String? {
        while true {
            if let end = self.buffer[self.taken...].firstIndex(of: 10) {
                defer { self.taken = end + 1 }
                return String(decoding: self.buffer[self.taken..<end], as: UTF8.self)
            }
            self.buffer.removeFirst(self.taken)
            self.taken = 0
            guard try await self.receive() else { return nil }
        }
    }

    /// Every line until the daemon closes.
    func lines() async throws -> [String] {
        while try await self.receive() {}
        defer { (self.buffer, self.taken) = ([], 0) }
        return String(decoding: self.buffer[self.taken...], as: UTF8.self).split(separator: "\n").map(
            String.init)
    }

    private func receive() async throws -> Bool {
        guard await self.isReadable() else { throw Failure(what: "nothing came for 20 s") }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(self.descriptor, &chunk, chunk.count, 0)
        if count < 0, errno != ECONNRESET { throw Failure(what: "recv: \(errno)") }
        if count > 0 { self.buffer += chunk[..<count] }
        return count > 0
    }

    /// Waits on a thread of its own: the few that run tests must not block.
    private func isReadable() async -> Bool {
        let descriptor = self.descriptor
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                continuation.resume(returning: poll(&entry, 1, 20_000) > 0)
            }
        }
    }
}

extension String {
    /// A field of a JSON object in a line.
    func field(_ name: String) -> Any? {
        (try? JSONSerialization.jsonObject(with: Data(self.utf8)) as? [String: Any])?[name]
    }
}
