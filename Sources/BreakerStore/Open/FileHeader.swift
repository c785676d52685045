import Foundation

/// What the first bytes of a file say, read before SQLite touches it
/// (https://www.sqlite.org/fileformat.html#the_database_header).
enum FileHeader {
    private static let magic = Array("SQLite format 3\0".utf8)
    private static let length = 100

    /// Throws unless the file is absent, empty, or a database that this version can have written.
    static func check(_ file: String) throws(StoreOpenError) {
        guard let bytes = try self.read(file), !bytes.isEmpty else { return }
        guard bytes.starts(with: self.magic) else {
            throw .init(file: file, cause: .corrupt(detail: "no SQLite header"))
        }
        guard bytes.count == self.length else {
            throw .init(file: file, cause: .corrupt(detail: "only \(bytes.count) bytes long"))
        }
        let application = self.number(bytes, at: 68)
        guard application == Schema.applicationID else {
            throw .init(file: file, cause: .foreign(applicationID: application))
        }
        try self.checkVersion(Int(self.number(bytes, at: 60)), of: file)
    }

    static func checkVersion(_ version: Int, of file: String) throws(StoreOpenError) {
        guard version <= Schema.version else {
            throw .init(file: file, cause: .newer(version: version, supported: Schema.version))
        }
    }

    /// Nil: there is no such file.
    private static func read(_ file: String) throws(StoreOpenError) -> [UInt8]? {
        let descriptor = Foundation.open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .init(file: file, cause: .unreadable(detail: systemError()))
        }
        defer { Foundation.close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: self.length)
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        guard count >= 0 else { throw .init(file: file, cause: .unreadable(detail: systemError())) }
        guard access(file, W_OK) == 0 else {
            throw .init(file: file, cause: .unreadable(detail: systemError()))
        }
        return Array(bytes.prefix(count))
    }

    private static func number(_ bytes: [UInt8], at offset: Int) -> UInt32 {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
