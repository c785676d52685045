import Testing

@testable import BreakerCore
@testable import BreakerStore

@Suite("Minutes")
struct MinuteTests {
    private static let reporter = Reporter(session: .init(rawValue: 1), instance: .init(instance: "i"))
    private let minute = Minute.start(of: wall)

    private func open(_ options: StoreOptions = StoreOptions(location: .memory)) throws -> Store {
        try Store.open(options, wallMilliseconds: wall).0
    }

    private func at(_ milliseconds: Int64) -> ClockAnchor {
        ClockAnchor(now: anchor.now, wallMilliseconds: milliseconds)
    }

    /// A breaker that has counted so many of each outcome.
    private func counted(
        _ successes: Int, failures: Int = 0, generation: UInt64 = 1, duration: Interval? = nil
    ) -> Breaker {
        var breaker = makeBreaker(generation: generation)
        for (outcome, count) in [(Outcome.success, successes), (.failure, failures)] {
            for _ in 0..<count {
                _ = breaker.report(
                    Report(outcome, generation: generation, duration: duration), from: MinuteTests.reporter,
                    at: anchor.now, policy: .default, jitter: nil)
            }
        }
        return breaker
    }

    private func save(_ store: Store, _ breaker: Breaker, at wall: Int64) {
        let latency = breaker.latency(at: anchor.now)
        let record = CounterRecord(name: "a", breaker: breaker, declared: nil, latency: latency)
        store.save([record], sequences: [], anchor: self.at(wall))
    }

    private func minutes(_ store: Store, through: Int64 = wall + 3_600_000) async throws -> [Minute] {
        try await store.minutes(of: "a", from: wall, through: through)
    }

    @Test("Each minute has what the totals grew by in it")
    func growth() async throws {
        let store = try self.open()
        self.save(store, self.counted(3), at: self.minute)
        await store.flush()
        self.save(store, self.counted(5, failures: 2), at: self.minute + 59_999)
        await store.flush()
        self.save(store, self.counted(6, failures: 2), at: self.minute + 60_000)
        let minutes = try await self.minutes(store)
        #expect(minutes.map(\.atMilliseconds) == [self.minute, self.minute + 60_000])
        #expect(minutes.map(\.calls.success) == [5, 1])
        #expect(minutes.map(\.calls.failure) == [2, 0])
        #expect(store.status.minuteRows == 2)
    }

    @Test("A closed breaker that nobody called is in no minute, an open one is, as the worst it was")
    func worst() async throws {
        let store = try self.open()
        self.save(store, self.counted(1), at: self.minute)
        await store.flush()
        self.save(store, self.counted(1), at: self.minute + 60_000)
        await store.flush()
        var breaker = self.counted(1)
        _ = try breaker.trip(
            for: nil, actor: nil, note: nil, at: anchor.now, policy: .default, jitter: nil)
        store.record(
            ChangeRecord(
                name: "a", change: .present(breaker, declared: nil), history: nil,
                anchor: self.at(self.minute + 120_000)))
        await store.flush()
        _ = try breaker.reset(actor: nil, note: nil, at: anchor.now)
        store.record(
            ChangeRecord(
                name: "a", change: .present(breaker, declared: nil), history: nil,
                anchor: self.at(self.minute + 121_000)))
        let minutes = try await self.minutes(store)
        #expect(minutes.map(\.atMilliseconds) == [self.minute, self.minute + 120_000])
        #expect(minutes.map(\.worst) == [.closed, .open])
    }

    @Test("The median is averaged over calls, of the 99th percentiles the highest counts")
    func percentiles() async throws {
        let store = try self.open()
        // All calls so far, and how long the latest took: each is its window's median.
        for (calls, milliseconds) in [(1, 40), (2, 900), (10, 20)] as [(Int, Int64)] {
            var breaker = self.counted(calls)
            breaker.latency = WindowLatency()
            breaker.latency.add(
                LatencyBucket(.milliseconds(milliseconds)), 1, halves: breaker.window.halves, at: anchor.now)
            self.save(store, breaker, at: self.minute)
            await store.flush()
        }
        self.save(store, self.counted(10), at: self.minute)
        let read = try #require(try await self.minutes(store).first)
        let mean: Double = (40 + 900 + 8 * 20) / 10
        #expect(abs((read.p50 ?? 0) - mean) < mean * 0.02)
        #expect(abs((read.p99 ?? 0) - 900) < 900 * 0.02)
    }

    @Test("A row of an earlier generation adds nothing, as it changes nothing")
    func staleGeneration() async throws {
        let store = try self.open()
        self.save(store, self.counted(4, generation: 3), at: self.minute)
        await store.flush()
        self.save(store, self.counted(9, generation: 2), at: self.minute)
        #expect(try await self.minutes(store).map(\.calls.success) == [4])
    }

    @Test("After a crash minutes go on from the totals that were saved")
    func crash() async throws {
        let folder = try Folder()
        let store = try self.open(folder.options)
        self.save(store, self.counted(4), at: self.minute)
        await store.flush()
        let copy = try folder.crashed()
        let second = try self.open(copy.options)
        self.save(second, self.counted(6, generation: 1_000_001), at: self.minute + 1_000)
        #expect(try await self.minutes(second).map(\.calls.success) == [6])
        #expect(second.status.minuteRows == 1)
        second.closeAndWait(wallMilliseconds: wall)
        store.closeAndWait(wallMilliseconds: wall)
    }

    @Test("A disk that fails adds nothing twice")
    func failingDisk() async throws {
        let folder = try Folder()
        let store = try self.open(folder.options)
        self.save(store, self.counted(1), at: self.minute)
        await store.flush()
        try await store.fillDisk()
        // More than fits into what the file has.
        let others = (0..<1_000).map { counter("other\($0)", self.counted(1)) }
        store.save([counter("a", self.counted(2))] + others, sequences: [], anchor: self.at(self.minute))
        #expect(await store.flush() == false)
        self.save(store, self.counted(5), at: self.minute)
        try await store.freeDisk()
        #expect(await store.flush())
        #expect(try await self.minutes(store).map(\.calls.success) == [5])
        store.closeAndWait(wallMilliseconds: wall)
    }

    @Test("Pages of all breakers go on where the one before ended")
    func pages() async throws {
        let store = try self.open()
        for minute in 0..<3 as Range<Int64> {
            for name in ["a", "b", "c"] {
                let breaker = self.counted(1, generation: UInt64(minute + 1))
                let forgotten = BreakerChange.forgotten(generation: UInt64(minute + 1))
                let anchor = self.at(self.minute + minute * 60_000)
                store.save([counter(name, breaker)], sequences: [], anchor: anchor)
                await store.flush()
                store.record(ChangeRecord(name: name, change: forgotten, history: nil, anchor: anchor))
            }
        }
        var page = MinutePage(from: wall, through: wall + 60_000)
        page.limit = 4
        let first = try await store.minutes(page)
        #expect(first.map(\.breaker) == ["a", "b", "c", "a"])
        (page.from, page.after) = (first[3].atMilliseconds, first[3].breaker)
        #expect(try await store.minutes(page).map(\.breaker) == ["b", "c"])
    }

    @Test("Minutes that are too old or too many go, the oldest first, and are no longer counted")
    func bounds() async throws {
        let folder = try Folder()
        var options = folder.options
        options.minuteDays = 1
        let store = try self.open(options)
        for minute in 0..<1_300 {
            self.save(store, self.counted(minute + 1), at: wall + Int64(minute) * 60_000)
            await store.flush()
        }
        store.closeAndWait(wallMilliseconds: wall)
        let end = wall + 86_400_000 + 600 * 60_000
        let (second, _) = try Store.open(options, wallMilliseconds: end)
        for _ in 0..<5 { await second.flush() }
        #expect(second.status.minuteRows == 700)
        second.closeAndWait(wallMilliseconds: end)
        options.minuteRows = 20
        let (third, _) = try Store.open(options, wallMilliseconds: end)
        #expect(third.status.minuteRows == 700)
        for _ in 0..<5 { await third.flush() }
        #expect(third.status.minuteRows == 20)
        let rest = try await third.minutes(MinutePage(from: 0, through: end))
        #expect(rest.count == 20)
        #expect(rest.last?.atMilliseconds == self.minute + 1_299 * 60_000)
        third.closeAndWait(wallMilliseconds: end)
    }
}
