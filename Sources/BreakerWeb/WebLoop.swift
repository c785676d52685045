import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The thread of the web server: a thousand viewers that are told something at once must not stand in the way
/// of calls, which have the daemon's own threads. Where both want a core, calls go first.
///
/// Tasks that prefer it run on it, not in Swift's pool, whose threads are as important as those of calls; and
/// what they write leaves without another thread being woken.
final class WebLoop: TaskExecutor {
    /// In the units of nice(1), above the daemon's own.
    private static let politeness: CInt = 10

    let group: MultiThreadedEventLoopGroup
    let loop: any EventLoop

    init() {
        self.group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        self.loop = self.group.next()
        self.loop.execute {
            #if os(Linux)
                // On Linux a thread has a priority of its own; 0 is the one that asks.
                let process = __priority_which_t(PRIO_PROCESS.rawValue)
                setpriority(process, 0, getpriority(process, 0) + WebLoop.politeness)
            #endif
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    /// Tasks that prefer it must have ended.
    func stop() async {
        try? await self.group.shutdownGracefully()
    }
}
