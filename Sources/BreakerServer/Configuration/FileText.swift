import Foundation

/// Reads a small text file whole.
enum FileText {
    /// Why a file cannot be read.
    struct Failure: Error {
        let line: Int?
        let message: String
    }

    /// The largest file that is read, in bytes: thousands of rules, and no runaway device.
    static let maximumBytes = 1_048_576

    static func read(_ path: String) throws(Failure) -> String {
        let data: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            data = try file.read(upToCount: self.maximumBytes + 1) ?? Data()
        } catch {
            throw Failure(line: nil, message: "cannot be read: \(FileText.reason(of: error))")
        }
        guard data.count <= self.maximumBytes else {
            throw Failure(line: nil, message: "is larger than \(self.maximumBytes) bytes")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw Failure(line: FileText.firstBadLine(of: data), message: "is not UTF-8")
        }
        return text
    }

    private static func reason(of error: any Error) -> String {
        switch (error as? CocoaError)?.code {
        case .some(.fileNoSuchFile), .some(.fileReadNoSuchFile): "there is no such file"
        case .some(.fileReadNoPermission): "permission denied"
        default: error.localizedDescription
        }
    }

    private static func firstBadLine(of data: Data) -> Int? {
        let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }.map { $0 + 1 }
    }
}
