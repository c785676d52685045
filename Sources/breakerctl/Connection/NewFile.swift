import Foundation

/// A file that appears under its name when it is complete, or not at all.
final class NewFile {
    struct Problem: Error {
        /// Names the file, says what is wrong and what would be right.
        let message: String
    }

    private let path: String
    private let isReplacing: Bool
    /// Empty once it has its name, or was given up.
    private var temporary: String
    private let descriptor: Int32

    init(_ path: String, replacing isReplacing: Bool) throws(Problem) {
        // A limit on the size of files is an error to tell, not a reason to die with half a file.
        signal(SIGXFSZ, SIG_IGN)
        if !isReplacing, access(path, F_OK) == 0 { throw NewFile.exists(path) }
        let folder = (path as NSString).deletingLastPathComponent
        let hidden = ".\((path as NSString).lastPathComponent).XXXXXX"
        var template = Array((folder as NSString).appendingPathComponent(hidden).utf8CString)
        // Readable by its owner alone.
        self.descriptor = mkstemp(&template)
        guard self.descriptor >= 0 else {
            throw Problem(message: "\(path) cannot be made: \(NewFile.systemError())")
        }
        self.temporary = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        self.path = path
        self.isReplacing = isReplacing
    }

    deinit { self.discard() }

    func write(_ bytes: [UInt8]) throws(Problem) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes {
                Foundation.write(self.descriptor, $0.baseAddress, $0.count)
            }
            guard count > 0 else {
                throw Problem(
                    message: "\(self.path) cannot be written: \(NewFile.systemError()); nothing was kept")
            }
            written += count
        }
    }

    /// Has it on disk, then under its name.
    func complete() throws(Problem) {
        let isNamed =
            fsync(self.descriptor) == 0
            && (self.isReplacing
                ? rename(self.temporary, self.path) == 0 : link(self.temporary, self.path) == 0)
        guard isNamed else {
            if errno == EEXIST { throw NewFile.exists(self.path) }
            throw Problem(
                message: "\(self.path) cannot be written: \(NewFile.systemError()); nothing was kept")
        }
        let folder = (self.path as NSString).deletingLastPathComponent
        let directory = Foundation.open(folder.isEmpty ? "." : folder, O_RDONLY | O_CLOEXEC)
        fsync(directory)
        close(directory)
    }

    /// Leaves nothing but a completed file.
    func discard() {
        guard !self.temporary.isEmpty else { return }
        unlink(self.temporary)
        self.temporary = ""
        close(self.descriptor)
    }

    private static func exists(_ path: String) -> Problem {
        Problem(message: "\(path) exists; --force replaces it")
    }

    private static func systemError() -> String { String(cString: strerror(errno)) }
}
