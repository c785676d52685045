import Testing

@testable import BreakerClient
@testable import breakerctl

@Suite("The doctor")
struct DoctorTests {
    @Test("finds nothing wrong with a healthy daemon")
    func healthy() {
        let findings = Diagnosis.findings(.healthy(), overridden: [], skew: .milliseconds(3))
        #expect(findings.allSatisfy { $0.level == .ok && $0.remedy == nil })
        #expect(Set(findings.map(\.check)).count == findings.count)
    }

    @Test("says what to do of everything that is not well")
    func remedies() {
        let unwell = DaemonStats.healthy { stats in
            stats.protocol = 2
            stats.clock = "manual"
            stats.connections = 100
            stats.breakers.total = 850
            stats.store.status = "failing"
            stats.store.lastCommit = .seconds(1)
            stats.store.diskFreeBytes = 0
        }
        for finding in Diagnosis.findings(unwell, overridden: [], skew: .zero) where finding.level != .ok {
            #expect(finding.remedy?.isEmpty == false)
        }
        #expect(level("version", unwell) == .fail)
        #expect(level("clock", unwell) == .fail)
        #expect(level("connections", unwell) == .fail)
        #expect(level("breakers", unwell) == .warn)
        #expect(level("store", unwell) == .fail)
        #expect(level("commits", unwell) == .warn)
        #expect(level("disk", unwell) == .fail)
    }

    @Test(
        "takes the bounds at their word", arguments: [(799, Finding.Level.ok), (800, .warn), (1_000, .fail)])
    func bounds(count: Int, expected: Finding.Level) {
        #expect(level("breakers", .healthy { $0.breakers.total = count }) == expected)
    }

    @Test("only warns of a full history, which fails nothing")
    func history() {
        #expect(level("history", .healthy { $0.store.historyRows = 5_000 }) == .warn)
    }

    @Test("warns of fewer descriptors than connections, and of refused ones")
    func descriptors() {
        #expect(level("descriptors", .healthy { $0.limits?.descriptors = 100 }) == .warn)
        #expect(level("connections", .healthy { $0.refusedConnections = 1 }) == .warn)
    }

    @Test("tells which way a clock is wrong", arguments: [(-5, "behind"), (5, "ahead")])
    func skew(seconds: Int, word: String) {
        let findings = Diagnosis.findings(.healthy(), overridden: [], skew: .seconds(seconds))
        let clock = findings.first { $0.check == "clock" }
        #expect(clock?.level == .warn)
        #expect(clock?.what.contains(word) == true)
    }

    @Test("reminds of overrides without an end after a day, and of no others")
    func overrides() {
        func status(_ name: String, hours: Int, expires: Duration? = nil) -> BreakerStatus {
            .sample {
                $0.breaker = name
                $0.override = BreakerOverride(
                    mode: .disabled, timeInForce: .seconds(hours * 3_600), expiresIn: expires)
            }
        }
        let overridden = [
            status("forgotten", hours: 24), status("fresh", hours: 23),
            status("bounded", hours: 100, expires: .seconds(60)),
        ]
        let findings = Diagnosis.findings(.healthy(), overridden: overridden, skew: .zero)
        let finding = findings.first { $0.check == "overrides" }
        #expect(finding?.level == .warn)
        #expect(finding?.what == "1 without an end for over a day: forgotten")
        #expect(finding?.remedy?.contains("breakerctl auto forgotten") == true)
    }

    @Test("names the group that may use a socket")
    func places() {
        let endpoint = Endpoint.unix(path: "/run/breakerd/breakerd.sock")
        let denied = Place.denied(group: "breakerd").finding(endpoint, isAnswered: false)
        #expect(denied.level == .fail)
        #expect(denied.remedy?.contains("usermod -aG breakerd") == true)
        #expect(Place.absent.finding(endpoint, isAnswered: true).level == .warn)
        #expect(Place.socket.finding(endpoint, isAnswered: true).level == .ok)
        #expect(Place.noSocket.finding(endpoint, isAnswered: false).level == .fail)
    }

    @Test("prints a line a check, and JSON that escapes")
    func report() {
        let findings = [Finding.ok("a", "fine"), .fail("longer", "says \"no\"", "do it")]
        let lines = DoctorReport.table(of: findings).lines(width: nil).map(\.plain)
        #expect(lines == ["check         finding", "a       ok    fine", "longer  fail  says \"no\"; do it"])
        #expect(
            DoctorReport.json(of: findings)
                == #"{"ok":false,"checks":[{"check":"a","level":"ok","finding":"fine"},"#
                + #"{"check":"longer","level":"fail","finding":"says \"no\"","remedy":"do it"}]}"#)
    }

    private func level(_ check: String, _ stats: DaemonStats) -> Finding.Level? {
        Diagnosis.findings(stats, overridden: [], skew: .zero).first { $0.check == check }?.level
    }
}

extension DaemonStats {
    /// A daemon in order, changed by `change`.
    fileprivate static func healthy(_ change: (inout DaemonStats) -> Void = { _ in }) -> DaemonStats {
        var store = Store()
        (store.status, store.path, store.commits) = ("ok", "/var/lib/breakerd/breakerd.sqlite", 40)
        (store.lastCommit, store.historyRows) = (.milliseconds(1), 10)
        (store.databaseBytes, store.diskFreeBytes) = (2 << 20, 50 << 30)
        var stats = DaemonStats(
            server: "breakerd/\(BreakerClient.library.split(separator: "/").last ?? "")", protocol: 1,
            epoch: 7,
            now: WallTime(unixMilliseconds: 0), uptime: .seconds(60), clock: "system", connections: 3,
            sessions: 3, watches: 0, breakers: Breakers(), revision: 1, policies: Policies(), requests: [:],
            errors: [:], transitions: 0, refusedConnections: 0, store: store,
            limits: Limits(connections: 100, breakers: 1_000, historyRows: 5_000, descriptors: 1_024))
        change(&stats)
        return stats
    }
}
