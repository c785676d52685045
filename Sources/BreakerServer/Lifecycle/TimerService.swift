import BreakerCore
import NIOCore

/// Runs the engine's deadlines on an event loop, as they come up by the system's clock.
///
/// There is one scheduled task at most. A task for each deadline ever armed would never end: each would run
/// the timers and arm the next one again.
final class TimerService: Sendable {
    private struct Scheduled {
        let deadline: Instant
        let task: NIOCore.Scheduled<Void>
    }

    private let engine: Engine
    private let eventLoop: any EventLoop
    /// Touched on the event loop only.
    private let scheduled: NIOLoopBoundBox<Scheduled?>

    init(engine: Engine, eventLoop: any EventLoop) {
        self.engine = engine
        self.eventLoop = eventLoop
        self.scheduled = NIOLoopBoundBox.makeBoxSendingValue(nil, eventLoop: eventLoop)
    }

    /// Starts with whatever is due or armed already.
    func start() {
        self.engine.alarm.connect { self.eventLoop.execute { self.look() } }
        self.eventLoop.execute { self.run() }
    }

    private func run() {
        self.scheduled.value = nil
        self.engine.runTimers(at: self.engine.clock.now())
        self.look()
    }

    /// Sees to it that a task is scheduled for the alarm's time, whatever order the rings arrived in.
    private func look() {
        let deadline = self.engine.alarm.wakesAt
        if let scheduled = self.scheduled.value {
            guard deadline < scheduled.deadline else { return }
            scheduled.task.cancel()
            self.scheduled.value = nil
        }
        guard deadline < .distantFuture else { return }
        let moment = NIODeadline.uptimeNanoseconds(UInt64(clamping: deadline.nanoseconds))
        self.scheduled.value = Scheduled(
            deadline: deadline, task: self.eventLoop.scheduleTask(deadline: moment) { self.run() })
    }
}
