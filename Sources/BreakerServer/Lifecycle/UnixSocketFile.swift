#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The file of a Unix socket: claimed before binding, removed at the end.
struct UnixSocketFile: Sendable {
    private let socket: UnixSocket
    /// Which file was made: another daemon may have put its own in the place since.
    private var made: (device: dev_t, node: ino_t)?

    private init(_ socket: UnixSocket) {
        self.socket = socket
    }

    /// Removes a socket file that a daemon left behind when it was killed; refuses one that somebody listens
    /// on and anything that is not a socket.
    static func claim(_ socket: UnixSocket) throws(ListenError) -> UnixSocketFile {
        var status = stat()
        guard lstat(socket.path, &status) == 0 else {
            self.makeDirectory(of: socket.path)
            return UnixSocketFile(socket)
        }
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
        return UnixSocketFile(socket)
    }

    /// The last directory of the path, such as the one below /run that is gone after each start of the
    /// machine. Where that fails binding says why.
    private static func makeDirectory(of path: String) {
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
        mkdir(String(path[..<slash]), 0o755)
    }

    /// Makes the file with `bind`, open at no moment to anybody whom its mode keeps out.
    mutating func make<Server>(_ bind: () async throws(ListenError) -> Server) async throws(ListenError)
        -> Server
    {
        // Until `chmod` can give the exact mode, the process's umask decides. It is every thread's, so it
        // stays as it is where nobody is to be kept out.
        let former = self.socket.mode == 0o777 ? nil : umask(mode_t(0o777))
        if let former { umask(former | mode_t(0o777 & ~self.socket.mode)) }
        defer { if let former { umask(former) } }
        let server = try await bind()
        var status = stat()
        if lstat(self.socket.path, &status) == 0 { self.made = (status.st_dev, status.st_ino) }
        return server
    }

    /// Sets who may connect.
    func restrict() throws(ListenError) {
        guard chmod(self.socket.path, mode_t(self.socket.mode)) == 0 else {
            throw ListenError(
                address: "unix:\(self.socket.path)", cause: "chmod: \(String(cString: strerror(errno)))")
        }
    }

    /// Before the server closes: while it listens, nobody else claims the path.
    func remove() {
        var status = stat()
        guard let made = self.made, lstat(self.socket.path, &status) == 0,
            status.st_dev == made.device, status.st_ino == made.node
        else { return }
        unlink(self.socket.path)
    }

    /// Whether somebody accepts connections there.
    private static func isAlive(_ path: String) -> Bool {
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // A listener whose backlog is full would keep us waiting.
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
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
