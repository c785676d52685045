import Foundation

/// Keeps a second daemon from a database: an advisory lock on `<file>.lock`, which tells the holder's process
/// id.
///
/// SQLite's own lock would do for that, but it comes too late to guard moving a damaged file aside. After use
/// the lock file stays behind, empty of meaning: removing it would race with the next holder.
final class FileLock: Sendable {
    private let descriptor: Int32
    private let path: String

    init(for file: String) throws(StoreOpenError) {
        self.path = file + ".lock"
        let descriptor = Foundation.open(file + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else {
            throw StoreOpenError(file: file, cause: .unreadable(detail: "\(file).lock: \(systemError())"))
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let holder = FileLock.holder(descriptor)
            Foundation.close(descriptor)
            throw StoreOpenError(file: file, cause: .locked(holder: holder))
        }
        self.descriptor = descriptor
        let process = Array("\(getpid())\n".utf8)
        if ftruncate(descriptor, 0) == 0 {
            // Only for a person's eyes: a full disk must not keep the daemon from starting.
            _ = process.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        }
    }

    deinit {
        Foundation.close(self.descriptor)
    }

    /// Others may take it from here on.
    func release() {
        flock(self.descriptor, LOCK_UN)
    }

    /// Leaves nothing beside a file that turned out not to be a database of ours.
    func discard() {
        unlink(self.path)
        self.release()
    }

    private static func holder(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        return Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)).map { "process \($0)" }
            ?? "another process"
    }
}

/// The last system call's error in words.
func systemError() -> String {
    String(cString: strerror(errno))
}
