import NIOCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Where log lines go: a descriptor, one line at a time.
///
/// A line that cannot be written is lost and nothing else: a log on a full disk or into a closed pipe must
/// not stop the daemon.
final class LineOutput: Sendable {
    static let standardError = LineOutput(descriptor: STDERR_FILENO)

    /// Pipes take more than 4,096 bytes in parts, so lines of several threads must queue.
    private let descriptor: Mutex<Int32>

    init(descriptor: Int32) {
        self.descriptor = Mutex(descriptor)
    }

    func write(_ line: ByteBuffer) {
        self.descriptor.withLock { descriptor in
            line.withUnsafeReadableBytes { bytes in
                var left = bytes
                while !left.isEmpty {
                    let count = LineOutput.write(left, to: descriptor)
                    guard count > 0 else { return }
                    left = UnsafeRawBufferPointer(rebasing: left[count...])
                }
            }
        }
    }

    /// Why the process ends, in plain words: for whoever started it and sees a log made for machines.
    func tell(_ message: String) {
        self.write(ByteBuffer(string: "breakerd: \(message)\n"))
    }

    /// Bytes written, at least 1, or an error.
    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int {
        while true {
            #if canImport(Glibc)
                let count = Glibc.write(descriptor, bytes.baseAddress, bytes.count)
            #else
                let count = Darwin.write(descriptor, bytes.baseAddress, bytes.count)
            #endif
            guard count < 0 else { return count }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                // Somebody made the terminal or pipe non-blocking: wait a moment for its reader.
                var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                guard Self.wait(for: &poll) else { return -1 }
            default: return -1
            }
        }
    }

    private static func wait(for entry: inout pollfd) -> Bool { poll(&entry, 1, 1_000) > 0 }
}
