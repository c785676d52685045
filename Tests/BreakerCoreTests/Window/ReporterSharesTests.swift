import BreakerCore
import Testing

@Suite("Instances' shares of a window's trouble")
struct ReporterSharesTests {
    /// Every call of some instances, each with the half of the window that it entered.
    private struct Model {
        struct Entry {
            let half: Int64
            let reporter: UInt32
            let entry: WindowEntry
        }

        let halves: Window.Halves
        var half: Int64 = 0
        /// Of a window of calls: in the half that fills.
        var calls = 0
        var entries: [Entry] = []

        mutating func add(_ entry: WindowEntry, from reporter: UInt32, at now: Int64) {
            self.leave(now)
            guard !self.entries.isEmpty || entry.failures > 0 || entry.slow > 0 else { return }
            if case .count(let capacity) = self.halves {
                if self.calls >= capacity { (self.half, self.calls) = (self.half + 1, 0) }
                self.calls += Int(entry.calls)
                self.leave(now)
                guard !self.entries.isEmpty || entry.failures > 0 || entry.slow > 0 else { return }
            }
            self.entries.append(Entry(half: self.half, reporter: reporter, entry: entry))
        }

        mutating func leave(_ now: Int64) {
            if case .time(let nanoseconds) = self.halves { self.half = now / nanoseconds }
            self.entries.removeAll { $0.half < self.half - 1 }
            if !self.entries.contains(where: { $0.entry.failures > 0 || $0.entry.slow > 0 }) {
                self.entries = []
            }
        }

        /// By instance: calls, failures, slow calls.
        var sums: [UInt32: [UInt32]] {
            self.entries.reduce(into: [:]) { sums, each in
                let seen = [each.entry.calls, each.entry.failures, each.entry.slow]
                sums[each.reporter] = zip(sums[each.reporter] ?? [0, 0, 0], seen).map(+)
            }
        }
    }

    @Test("Random calls agree with a list of them", arguments: [Window.Halves.time(1_000), .count(7)])
    func model(halves: Window.Halves) {
        var random = SeededGenerator(seed: Seed.announced(for: "shares"))
        for _ in 0..<200 {
            var (shares, model) = (ReporterShares(), Model(halves: halves))
            var now: Int64 = .random(in: 0...10_000, using: &random)
            for _ in 0..<60 {
                now += random.pick([0, 1, 300, 999, 1_000, 2_500])
                var entry = WindowEntry(
                    successes: random.pick([0, 1, 4]), failures: random.pick([0, 0, 0, 1, 5]), slow: 0)
                entry.slow = random.oneIn(4) ? min(1, entry.calls) : 0
                guard entry.calls > 0 else { continue }
                let reporter: UInt32 = .random(in: 1...5, using: &random)
                shares.add(
                    entry, from: ReporterID(rawValue: reporter), halves: halves, at: Instant(nanoseconds: now)
                )
                model.add(entry, from: reporter, at: now)
                self.compare(shares.ranked(halves: halves, at: Instant(nanoseconds: now)), model)
            }
        }
    }

    private func compare(_ ranked: [InstanceShare], _ model: Model) {
        let sums = model.sums
        var found: [UInt32: [UInt32]] = [:]
        for share in ranked {
            guard case .hashed(let reporter) = share.instance else {
                Issue.record("a name from nowhere")
                continue
            }
            found[reporter.rawValue] = [share.calls, share.failures, share.slow]
        }
        #expect(found == sums)
        let kind = sums.values.contains { $0[1] > 0 } ? 1 : 2
        let whole = sums.values.reduce(0) { $0 + $1[kind] }
        let parts = ranked.map { kind == 1 ? $0.failures : $0.slow }
        #expect(parts == parts.sorted(by: >))
        for (share, part) in zip(ranked, parts) {
            #expect(abs(share.share - Double(part) / Double(whole)) <= 0.000_501)
        }
    }

    @Test("Of more than 64 instances those in the most trouble are kept, and shares are still of all")
    func crowd() {
        var shares = ReporterShares()
        let halves = Window.Halves.time(1_000)
        for reporter in 1...ReporterShares.capacity + 36 {
            // Healthy ones take places first, and give them up.
            let failures: UInt32 = reporter <= 36 ? 0 : 2
            shares.add(
                WindowEntry(successes: 1, failures: reporter == 1 ? 1 : failures, slow: 0),
                from: ReporterID(rawValue: UInt32(reporter)), halves: halves, at: Instant(nanoseconds: 1))
        }
        let ranked = shares.ranked(halves: halves, at: Instant(nanoseconds: 2))
        #expect(ranked.count == ReporterShares.capacity)
        #expect(ranked.allSatisfy { $0.failures == 2 && $0.share == 0.016 })
    }

    @Test("An instance is shown by its name, or by its hash in eight digits")
    func text() {
        #expect(InstanceShare.Instance.named("api-7").text == "api-7")
        #expect(InstanceShare.Instance.hashed(ReporterID(rawValue: 0xa1b)).text == "#00000a1b")
    }

    @Test("A breaker forgets them with its window's shape, and saves none")
    func life() {
        let rig = Rig { $0.failureRate = nil }
        rig.report(.failure)
        #expect(rig.breaker.shares(at: rig.now).count == 1)
        var saved = rig.breaker
        saved.unshare()
        #expect(saved.shares(at: rig.now).isEmpty)
        rig.policy.window = .time(.seconds(20))
        rig.breaker.adopt(rig.policy)
        #expect(rig.breaker.shares(at: rig.now).isEmpty)
        #expect(rig.breaker.shares(by: .slow, at: rig.now).isEmpty)
    }
}
