import BreakerCore
import NIOCore

/// Runs the engine's deadlines on an event loop, as they come up by the system's clock.
final class TimerService: Sendable {
    private let engine: Engine
    private let eventLoop: any EventLoop

    init(engine: Engine, eventLoop: any EventLoop) {
        self.engine = engine
        self.eventLoop = eventLoop
    }

    /// Starts with whatever is due or armed already.
    func start() {
        self.engine.alarm.connect { deadline in self.schedule(deadline) }
        self.eventLoop.execute { self.engine.runTimers(at: self.engine.clock.now()) }
    }

    /// A task that a nearer deadline has overtaken still runs and finds nothing due, which costs less than keeping
    /// track of it.
    private func schedule(_ deadline: Instant) {
        let moment = NIODeadline.uptimeNanoseconds(UInt64(clamping: deadline.nanoseconds))
        self.eventLoop.scheduleTask(deadline: moment) { self.engine.runTimers(at: self.engine.clock.now()) }
    }
}
