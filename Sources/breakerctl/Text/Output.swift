import Foundation

/// Nobody reads standard output any more.
struct OutputClosed: Error {}

/// Where text goes, unbuffered: a line of `watch` is seen when it happens, in a pipe too.
struct Output: Sendable {
    static let standard = Output(descriptor: STDOUT_FILENO)
    static let error = Output(descriptor: STDERR_FILENO)

    private let descriptor: Int32

    /// Writes the text and a line feed where it lacks one; nothing for an empty text.
    func write(_ text: String) throws(OutputClosed) {
        guard !text.isEmpty else { return }
        try self.put(text.hasSuffix("\n") ? text : text + "\n")
    }

    /// Writes the text as it is.
    func put(_ text: String) throws(OutputClosed) {
        let bytes = Data(text.utf8)
        do {
            try FileHandle(fileDescriptor: self.descriptor, closeOnDealloc: false).write(contentsOf: bytes)
        } catch {
            throw OutputClosed()
        }
    }
}
