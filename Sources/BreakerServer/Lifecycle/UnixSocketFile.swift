#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The file of a Unix socket: claimed before binding, removed at the end.
struct UnixSocketFile: Sendable {
    private let socket: UnixSocket

    /// Removes a socket file that a daemon left behind when it was killed; refuses one that somebody listens on and
    /// anything that is not a socket.
    static func claim(_ socket: UnixSocket) throws(ListenError) -> UnixSocketFile {
        var status = stat()
        guard lstat(socket.path, &status) == 0 else { return UnixSocketFile(socket: socket) }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw ListenError(
                address: "unix:\(socket.path)",
                cause: "the file exists and is no socket; move it away or choose another path")
        }
        guard !self.isAlive(socket.path) else {
            throw ListenError(
                address: "unix:\(socket.path)",
                cause: "another process listens there; stop it or choose another path with --unix-socket")
        }
        unlink(socket.path)
        return UnixSocketFile(socket: socket)
    }

    /// Sets who may connect. Until then the process's umask decides.
    func restrict() throws(ListenError) {
        guard chmod(self.socket.path, mode_t(self.socket.mode)) == 0 else {
            throw ListenError(
                address: "unix:\(self.socket.path)", cause: "chmod: \(String(cString: strerror(errno)))")
        }
    }

    func remove() {
        unlink(self.socket.path)
    }

    /// Whether somebody accepts connections there.
    private static func isAlive(_ path: String) -> Bool {
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { bytes in
            guard path.utf8.count < bytes.count else { return false }
            bytes.copyBytes(from: path.utf8)
            return true
        }
        guard fits else { return false }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        // Full backlog or no permission: somebody is there.
        return connected == 0 || (errno != ECONNREFUSED && errno != ENOENT)
    }
}
