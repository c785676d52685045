import BreakerClient
import Foundation
import NIOCore
import Testing

@testable import breakerctl

@Suite("What a load tells")
struct LoadReportTests {
    private static let begin = NIODeadline.uptimeNanoseconds(1_000_000_000)
    private static let endpoint = Endpoint.unix(path: "/run/x.sock")

    private func share(_ end: LoadShare.End = .done, after time: TimeAmount = .seconds(3)) -> LoadShare {
        LoadShare(
            end: end, tally: LoadTally(), ended: Self.begin + time, unanswered: 0, longestUnanswered: .zero,
            behind: 0, unsent: 0, latestSend: .zero, busy: 0.25)
    }

    private func report(_ shares: [LoadShare], _ change: (inout LoadPlan) -> Void = { _ in }) -> LoadReport {
        var plan = LoadPlan()
        plan.length = .time(.seconds(2))
        change(&plan)
        let window = LoadWindow(plan, begin: Self.begin)
        return LoadReport(LoadResult(shares, plan: plan, endpoint: Self.endpoint, window: window))
    }

    private func text(_ report: LoadReport, width: Int? = nil) -> String {
        report.lines(width: width).map(\.plain).joined(separator: "\n")
    }

    private func document(_ report: LoadReport) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
    }

    /// A hundred acquires of 1 to 100 ms, one in ten refused, and a report of 250 µs.
    private var measured: LoadShare {
        var share = self.share()
        for index in 1...100 {
            share.tally.answered(.acquire, after: .milliseconds(Int64(index)), refused: index % 10 == 0)
        }
        share.tally.answered(.report, after: .microseconds(250), refused: false)
        return share
    }

    @Test func `A table says how fast each operation was`() {
        #expect(
            self.text(self.report([self.measured])) == """

                OPERATION  REPLIES  A SECOND     P50     P90     P99   P99.9     MAX
                acquire        100        50   50 ms   90 ms   99 ms  100 ms  100 ms
                report           1         0  250 µs  250 µs  250 µs  250 µs  250 µs
                all            101        50   50 ms   90 ms   99 ms  100 ms  100 ms

                Replies
                  refused    10
                  errors     0

                Load
                  measured   2 s
                  generator  1 thread, 25 % busy
                """)
    }

    @Test func `It fits a narrow terminal`() {
        #expect(self.report([self.measured]).lines(width: 60).allSatisfy { $0.width <= 60 })
    }

    @Test func `Scripts get every figure with its unit`() throws {
        let document = try self.document(self.report([self.measured]))
        #expect(document["ok"] as? Bool == true)
        #expect(document["url"] as? String == "unix:/run/x.sock")
        #expect(document["loop"] as? String == "closed")
        #expect(document["replies"] as? Int == 101)
        #expect(document["replies_per_s"] as? Double == 50.5)
        #expect(document["measured_s"] as? Double == 2)
        #expect(document["mix"] as? [String: Int] == ["acquire": 1, "report": 1])
        #expect(document["pace"] == nil)
        #expect(document["error"] == nil)
        let operations = try #require(document["operations"] as? [String: [String: Any]])
        #expect(operations["acquire"]?["refused"] as? Int == 10)
        let latency = try #require(operations["report"]?["latency_us"] as? [String: Double])
        #expect(Set(latency.keys) == ["mean", "p50", "p90", "p99", "p999", "max"])
        #expect(latency.values.allSatisfy { abs($0 - 250) < 0.5 })
    }

    @Test func `Threads are added up`() throws {
        let report = self.report([self.measured, self.measured, self.share(after: .seconds(5))])
        #expect(report.result.tally.all.replies == 202)
        #expect(report.result.measured == .seconds(4), "to the last reply of the slowest")
        #expect(report.result.tally.all.longest == .milliseconds(100))
    }

    @Test func `An open loop says whether it kept up`() throws {
        var share = self.measured
        share.behind = 1_200
        share.unsent = 30
        share.latestSend = .milliseconds(420)
        let report = self.report([share]) { $0.rate = 1_000 }
        let text = self.text(report)
        #expect(text.contains("offered            1,000 a second"))
        #expect(text.contains("achieved           50 a second"))
        #expect(text.contains("sent 420 ms after they were due, at most"))
        #expect(text.contains("behind at the end  1,200 requests, 30 of them never sent"))
        let pace = try #require(try self.document(report)["pace"] as? [String: Double])
        #expect(
            pace == [
                "offered_per_s": 1_000, "achieved_per_s": 50.5, "latest_send_us": 420_000, "behind": 1_200,
                "unsent": 30,
            ])
        #expect(report.result.status == .done)
    }

    @Test func `Errors are told by their code and end with status 1`() throws {
        var share = self.measured
        for _ in 1...3 { share.tally.failed(.get, after: .milliseconds(1), code: "not_found") }
        share.tally.failed(.get, after: .milliseconds(1), code: "limit")
        let report = self.report([share]) { $0.mix = LoadMix(argument: "acquire,get") ?? .calls }
        #expect(report.complaint == "4 requests failed: not_found 3, limit 1")
        #expect(report.result.status == .refused)
        #expect(self.text(report).contains("errors     4: not_found 3, limit 1"))
        let document = try self.document(report)
        #expect(document["ok"] as? Bool == false)
        #expect(document["error_codes"] as? [String: Int] == ["not_found": 3, "limit": 1])
    }

    private static let failures: [(LoadFailure, ProcessStatus, String, String)] = [
        (
            .lost("it closed a connection"), .unreachable, "unavailable",
            "the daemon at unix:/run/x.sock went away: it closed a connection"
        ),
        (
            .silent(.milliseconds(700)), .unreachable, "deadline_exceeded",
            "no reply from unix:/run/x.sock for 700 ms; --timeout waits longer"
        ),
        (
            .unconnected(51, of: 10_000, "Connection refused"), .unreachable, "unavailable",
            "connection 51 of 10,000 to unix:/run/x.sock could not be made: Connection refused"
        ),
        (
            .complaint(code: "limit", message: "20 are open"), .refused, "limit",
            "the daemon at unix:/run/x.sock refuses: 20 are open (limit)"
        ),
        (
            .unreadable, .unreachable, "malformed_reply",
            "what answers at unix:/run/x.sock is no breakerd of this version: check --url"
        ),
    ]

    @Test(arguments: LoadReportTests.failures)
    func `A load that broke off says why, and what it measured`(
        failure: LoadFailure, status: ProcessStatus, code: String, message: String
    ) throws {
        let other = self.share(.stopped)
        let report = self.report([other, self.measured, self.share(.failed(failure))])
        #expect(report.complaint == message)
        #expect(report.result.status == status)
        #expect(self.text(report).contains("then the load broke off"))
        #expect(
            try self.document(report)["error"] as? [String: String] == ["code": code, "message": message])
        #expect(Failure(failure, at: "unix:/run/x.sock").status == status)
        #expect((Failure(failure, at: "x").reply == nil) == (status == .unreachable))
    }

    @Test func `An interrupted load is no failure`() throws {
        var share = self.share(.stopped, after: .milliseconds(1_250))
        share.unanswered = 50
        share.longestUnanswered = .microseconds(400)
        let report = self.report([share])
        #expect(report.complaint == nil)
        #expect(report.result.status == .done)
        #expect(self.text(report).contains("measured   250 ms, then interrupted"))
        #expect(self.text(report).contains("under way  50, the oldest for 400 µs"))
        #expect(try self.document(report)["interrupted"] as? Bool == true)
    }

    @Test func `One that was interrupted while warming up measured nothing`() throws {
        let report = self.report([self.share(.stopped, after: .milliseconds(300))])
        #expect(report.result.measured == .zero)
        #expect(self.text(report).contains("all              0         0    -"))
        #expect(try self.document(report)["latency_us"] == nil)
    }

    @Test func `A generator at its own limit says so`() {
        var share = self.measured
        share.busy = 0.97
        #expect(self.text(self.report([share])).contains("97 % busy: it may be the limit, not the daemon"))
    }

    @Test func `The heading says what is about to happen`() {
        var plan = LoadPlan()
        #expect(
            LoadReport.heading(plan, at: Self.endpoint)
                == "unix:/run/x.sock: closed loop, 50 connections, pipeline 1, 100 breakers, "
                + "acquire=1,report=1, 5 s after 1 s of warm-up")
        plan.rate = 20_000
        plan.length = .requests(1_000_000)
        plan.warmUp = .zero
        #expect(
            LoadReport.heading(plan, at: Self.endpoint)
                == "unix:/run/x.sock: open loop of 20,000 requests a second, 50 connections, pipeline 1, "
                + "100 breakers, acquire=1,report=1, 1,000,000 requests")
    }

    @Test func `Percentiles are within a thousandth`() {
        var figures = LoadFigures()
        for microseconds in 1...100_000 { figures.record(.microseconds(Int64(microseconds))) }
        for (percent, expected) in [(50, 50_000), (90, 90_000), (99, 99_000), (99.9, 99_900)]
            as [(Double, Double)]
        {
            let seen = figures.percentile(percent) / .microseconds(1)
            #expect(abs(seen - expected) <= expected / 1_000)
        }
        figures.record(.hours(100))
        #expect(figures.replies == 100_001, "none is lost")
    }
}
