// One thread's part of a load: its connections, and when they send. Everything here runs on one event loop.
//
// A request counts when it was sent, or due, after the warm-up and before the time was up, and it is waited
// for after that: leaving out what was under way at the end would leave out the slowest.

import Foundation
import NIOCore

/// Drives the connections of one event loop.
final class LoadWorker {
    /// How often it looks whether the daemon has fallen silent.
    private static let lookAround = TimeAmount.milliseconds(100)
    /// From one look at the schedule to the next at least.
    private static let breath = TimeAmount.microseconds(10)

    let lines: LoadLines
    /// What each connection says first.
    let hello: String
    let patience: TimeAmount
    private let loop: any EventLoop
    private let plan: LoadPlan
    private var connections: [LoadConnection] = []
    private var window: LoadWindow?
    private var ended: EventLoopPromise<LoadShare>?
    private var schedule: LoadSchedule?
    /// Requests that this worker may still send; of a closed loop by time without end.
    private var remaining = Int.max
    private var underWay = 0
    private var tally = LoadTally()
    private var lastReply = NIODeadline.now()
    /// Since when something is asked and nothing has come.
    private var silentSince = NIODeadline.now()
    private var behind = 0
    private var latestSend = TimeAmount.zero
    private var processorTimeBefore = TimeAmount.zero
    private var isOver = false
    /// What went wrong before it began.
    private var earlyEnd: LoadShare.End?
    /// Whose request is due next, of `connections`, and in which turn.
    private var nextDue = (connection: 0, turn: 0)

    init(_ plan: LoadPlan, lines: LoadLines, hello: String, loop: any EventLoop) {
        self.plan = plan
        self.lines = lines
        self.hello = hello
        self.patience = TimeAmount(plan.patience)
        self.loop = loop
    }

    func add(_ connection: LoadConnection) { self.connections.append(connection) }

    // MARK: Life

    /// Begins to send at `window.begin`. All connections are there.
    ///
    /// - Parameter quota: the worker's part of the plan's requests; nil: time ends it.
    /// - Returns: what it measured, when it has ended; never an error.
    func start(_ window: LoadWindow, quota: Int?) -> EventLoopFuture<LoadShare> {
        let ended = self.loop.makePromise(of: LoadShare.self)
        self.ended = ended
        self.connections.sort { $0.position < $1.position }
        self.window = window
        self.remaining = quota ?? .max
        if let rate = self.plan.rate {
            let schedule = LoadSchedule(begin: window.begin, rate: rate, connections: self.plan.connections)
            self.remaining = self.connections.reduce(0) { sum, connection in
                sum + schedule.turns(before: window.until, position: connection.position)
            }
            self.schedule = schedule
        }
        let loop = self.loop.assumeIsolated()
        loop.scheduleTask(deadline: window.begin) { self.begin() }
        loop.scheduleTask(deadline: window.from) { self.processorTimeBefore = .ofThisProcess }
        loop.scheduleTask(deadline: window.until) { self.timeIsUp() }
        if let end = self.earlyEnd { self.end(end) }
        return ended.futureResult
    }

    /// Ends the load now, and tells what it measured.
    func end(_ end: LoadShare.End, at now: NIODeadline = .now()) {
        guard !self.isOver else { return }
        guard let window = self.window else {
            self.earlyEnd = end
            return
        }
        self.isOver = true
        self.ended?.succeed(self.share(end, of: window, at: now))
        for connection in self.connections { connection.close() }
    }

    /// Ends the load if it has no reply to wait for and nothing more to send.
    func endIfDone(at now: NIODeadline) {
        guard self.underWay == 0, let window = self.window else { return }
        if self.remaining == 0 || (self.schedule == nil && now >= window.until) { self.end(.done, at: now) }
    }

    private func begin() {
        guard !self.isOver else { return }
        self.lookAround()
        if self.schedule == nil {
            for connection in self.connections { connection.fill(at: .now()) }
        } else {
            self.sendDue()
        }
        // There may be nothing to do at all: fewer requests than threads.
        self.endIfDone(at: .now())
    }

    private func timeIsUp() {
        guard !self.isOver else { return }
        self.sendDue()
        if let window = self.window { self.behind = self.overdue(at: window.until) }
        self.endIfDone(at: .now())
    }

    private func lookAround() {
        guard !self.isOver, let window = self.window else { return }
        let now = NIODeadline.now()
        if self.underWay > 0, now - self.silentSince > self.patience {
            return self.end(.failed(.silent(Duration(now - self.silentSince))), at: now)
        }
        // A daemon that answers, but never catches up.
        if self.schedule != nil, now > window.until + self.patience { return self.end(.done, at: now) }
        self.loop.assumeIsolated().scheduleTask(in: LoadWorker.lookAround) { self.lookAround() }
    }

    // MARK: Sending

    /// When the next request of a connection counts as begun; nil: it must not be sent now.
    func nextStart(of connection: LoadConnection, at now: NIODeadline) -> NIODeadline? {
        guard !self.isOver, self.remaining > 0, let window = self.window, now >= window.begin else {
            return nil
        }
        guard let schedule = self.schedule else {
            guard now < window.until else { return nil }
            if now >= window.from { self.remaining -= 1 }
            self.asked(at: now)
            return now
        }
        let due = schedule.due(turn: connection.turns, position: connection.position)
        guard due <= now, due < window.until else { return nil }
        if due >= window.from { self.latestSend = max(self.latestSend, now - due) }
        self.remaining -= 1
        self.asked(at: now)
        return due
    }

    private func asked(at now: NIODeadline) {
        if self.underWay == 0 { self.silentSince = now }
        self.underWay += 1
    }

    /// Requests that were due before some time and were not sent; none in a closed loop.
    private func overdue(at time: NIODeadline) -> Int {
        guard let schedule = self.schedule else { return 0 }
        return self.connections.reduce(0) { sum, connection in
            sum + max(0, schedule.turns(before: time, position: connection.position) - connection.turns)
        }
    }

    /// Sends what is due on connections that have a free slot, and wakes up when the next request is. Those
    /// without one send when they have.
    private func sendDue() {
        guard !self.isOver, let schedule = self.schedule, let window = self.window else { return }
        let now = NIODeadline.now()
        var due = NIODeadline.now()
        while true {
            let connection = self.connections[self.nextDue.connection]
            due = schedule.due(turn: self.nextDue.turn, position: connection.position)
            guard due <= now, due < window.until else { break }
            connection.fill(at: now)
            self.nextDue.connection += 1
            if self.nextDue.connection == self.connections.count { self.nextDue = (0, self.nextDue.turn + 1) }
        }
        guard due < window.until else { return }
        // Replies get their turn also where something is due at every moment.
        let next = max(due, .now() + LoadWorker.breath)
        self.loop.assumeIsolated().scheduleTask(deadline: next) { self.sendDue() }
    }

    // MARK: Replies

    func answered(_ request: LoadSlots.Request, refused: Bool, at now: NIODeadline) {
        self.heard(at: now)
        guard self.counts(request) else { return }
        self.tally.answered(request.operation, after: now - request.started, refused: refused)
    }

    func failed(_ request: LoadSlots.Request, code: String, at now: NIODeadline) {
        self.heard(at: now)
        guard self.counts(request) else { return }
        self.tally.failed(request.operation, after: now - request.started, code: code)
    }

    private func heard(at now: NIODeadline) {
        self.underWay -= 1
        self.lastReply = now
        self.silentSince = now
    }

    private func counts(_ request: LoadSlots.Request) -> Bool {
        self.window.map { request.started >= $0.from } ?? false
    }

    private func share(_ end: LoadShare.End, of window: LoadWindow, at now: NIODeadline) -> LoadShare {
        let waiting = self.connections.flatMap { $0.slots.underWay.filter(self.counts) }.map(\.started)
        let hasEnded = end == .done && waiting.isEmpty
        let last = self.plan.quota == nil ? max(self.lastReply, window.until) : self.lastReply
        let unsent = self.overdue(at: min(now, window.until))
        let elapsed = (now - window.from).nanoseconds
        let worked = (TimeAmount.ofThisProcess - self.processorTimeBefore).nanoseconds
        return LoadShare(
            end: end, tally: self.tally, ended: hasEnded ? last : now, unanswered: waiting.count,
            longestUnanswered: waiting.min().map { now - $0 } ?? .zero,
            behind: now < window.until ? unsent : self.behind, unsent: unsent, latestSend: self.latestSend,
            busy: elapsed > 0 ? min(1, Double(worked) / Double(elapsed) / Double(self.plan.threads)) : 0)
    }
}

extension TimeAmount {
    /// The processor time that this process has used so far. POSIX has `clock` count in microseconds.
    fileprivate static var ofThisProcess: TimeAmount { .microseconds(Int64(clock())) }
}
