#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A new folder that only this user may enter. Below /tmp whatever the environment says: a socket's path must
/// be short.
struct PrivateFolder: Sendable {
    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    let path: String

    init() throws(Failed) {
        var template = Array("/tmp/breakerd-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw Failed(description: "cannot make a folder below /tmp: \(String(cString: strerror(errno)))")
        }
        self.path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Once it is empty.
    func remove() { rmdir(self.path) }
}
