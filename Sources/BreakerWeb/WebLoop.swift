import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The thread of the web server: a thousand viewers that are written to at once must not stand in the way of
/// calls, which have the daemon's own threads. Where both want a core, calls go first.
enum WebLoop {
    /// In the units of nice(1), above the daemon's own.
    private static let politeness: CInt = 10

    static func start() -> MultiThreadedEventLoopGroup {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        group.next().execute {
            #if os(Linux)
                // On Linux a thread has a priority of its own; 0 is the one that asks.
                let process = __priority_which_t(PRIO_PROCESS.rawValue)
                setpriority(process, 0, getpriority(process, 0) + WebLoop.politeness)
            #endif
        }
        return group
    }
}
