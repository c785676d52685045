#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What a service manager tells a process in its environment, by systemd's names.
enum ManagerVariable: String, CaseIterable {
    /// Where it reads messages: a path, or an abstract name after "@".
    case notifySocket = "NOTIFY_SOCKET"
    /// After how many microseconds without a sign of life it ends the process …
    case watchdogMicroseconds = "WATCHDOG_USEC"
    /// … which process; any, where it is not set.
    case watchdogProcess = "WATCHDOG_PID"
    /// How many sockets it passes, as descriptors from 3 on …
    case listenDescriptors = "LISTEN_FDS"
    /// … to which process …
    case listenProcess = "LISTEN_PID"
    /// … and their names, separated by colons.
    case listenNames = "LISTEN_FDNAMES"

    /// What is set and not empty. All are unset with it: they are meant for this process and for none that
    /// it starts.
    static func take() -> [ManagerVariable: String] {
        var taken: [ManagerVariable: String] = [:]
        for variable in self.allCases {
            guard let text = getenv(variable.rawValue).map({ String(cString: $0) }) else { continue }
            if !text.isEmpty { taken[variable] = text }
            unsetenv(variable.rawValue)
        }
        return taken
    }
}
