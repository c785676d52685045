import BreakerCore
import Testing

@testable import BreakerWire

@Suite("Every operation becomes a request")
struct RequestTests {
    private static let ana = Request.Authorship(actor: "ana", reason: "INC-7")

    private static func patch(_ values: [(PolicyField, PolicyValue)]) -> PolicyPatch {
        values.reduce(into: PolicyPatch()) { patch, entry in try? patch.set(entry.0, to: entry.1) }
    }

    private static func glob(_ pattern: String) -> Glob { Glob(pattern) ?? Glob.any }

    @Test(
        "with everything it says",
        arguments: [
            (
                #"{"op":"hello","protocol":1,"client":{"name":"n","instance":"i","library":"l"},"future":{}}"#,
                .hello(.init(client: .init(name: "n", instance: "i", library: "l")))
            ),
            (#"{"op":"hello","protocol":1,"client":null}"#, .hello(.init())),
            (#"{"op":"ping","breaker":5}"#, .ping),
            (#"{"op":"acquire","breaker":"a"}"#, .acquire(.init(breaker: "a"))),
            (#"{"op":"acquire","breaker":"a","lease_ms":null}"#, .acquire(.init(breaker: "a"))),
            (
                #"{"op":"acquire","breaker":"a","lease_ms":1.5}"#,
                .acquire(.init(breaker: "a", lease: Interval(nanoseconds: 1_500_000)))
            ),
            (
                #"{"op":"\u0072eport","breaker":"a","generation":7,"permit":"42.1","outcome":"timeout","duration_ms":2e1,"#
                    + #""error":"é x","retry_after_ms":86400000}"#,
                .report(
                    .init(
                        breaker: "a",
                        report: Report(
                            .timeout, generation: 7, permit: Permit(generation: 42, number: 1),
                            duration: .milliseconds(20), error: "é x", retryAfter: .hours(24))))
            ),
            (
                #"{"op":"release","breaker":"a","permit":"1000000.12"}"#,
                .release(.init(breaker: "a", permit: Permit(generation: 1_000_000, number: 12)))
            ),
            (
                #"{"op":"declare","breaker":"a","policy":{"failure_rate":null,"window":100,"open_for":"60s"}}"#,
                .declare(
                    .init(
                        breaker: "a",
                        policy: patch([
                            (.failureRate, .off), (.window, .integer(100)), (.openFor, .text("1m")),
                        ])))
            ),
            (
                #"{"op":"watch","id":9,"breakers":["pay*","?"],"since":800}"#,
                .watch(.init(breakers: [glob("pay*"), glob("?")], since: 800))
            ),
            (#"{"op":"unwatch","watch":9}"#, .unwatch(.init(watch: makeID("9")))),
            (#"{"op":"unwatch","watch":"\u0061"}"#, .unwatch(.init(watch: makeID("\"a\"")))),
            (#"{"op":"get","breaker":"a"}"#, .get(breaker: "a")),
            (
                #"{"op":"acquire","breaker":"a","traceparent":"00-0000000000000000000000000000000a-00000000000000b0-00"}"#,
                .acquire(.init(breaker: "a", trace: TraceID(high: 0, low: 10)))
            ),
            (#"{"op":"list"}"#, .list(.init())),
            (
                #"{"op":"list","match":"p*","state":"half_open","limit":1000,"cursor":"c"}"#,
                .list(.init(match: glob("p*"), state: .halfOpen, limit: 1000, cursor: "c"))
            ),
            (#"{"op":"list","cursor":null}"#, .list(.init())),
            (#"{"op":"history"}"#, .history(.init(limit: 50))),
            (
                #"{"op":"history","breaker":"a","limit":1,"before":8123}"#,
                .history(.init(breaker: "a", limit: 1, before: 8123))
            ),
            (#"{"op":"minutes","breaker":"a"}"#, .minutes(.init(breaker: "a"))),
            (
                #"{"op":"minutes","breaker":"a","since_ms":5,"until_ms":7}"#,
                .minutes(.init(breaker: "a", span: .init(since: 5, until: 7)))
            ),
            (#"{"op":"summary"}"#, .summary(.init(limit: 20))),
            (
                #"{"op":"summary","since_ms":5,"until_ms":7,"match":"p*","limit":3}"#,
                .summary(.init(span: .init(since: 5, until: 7), match: glob("p*"), limit: 3))
            ),
            (
                #"{"op":"override","breaker":"a","mode":"open","ttl_ms":600000,"actor":"ana","reason":"INC-7","if_generation":0}"#,
                .override(.init(breaker: "a", mode: .open, ttl: .minutes(10), ifGeneration: 0, by: ana))
            ),
            (#"{"op":"override","breaker":"a","mode":"auto"}"#, .override(.init(breaker: "a", mode: nil))),
            (
                #"{"op":"trip","breaker":"a","for_ms":0.1e2,"actor":"ana","reason":"INC-7","if_generation":3}"#,
                .trip(.init(breaker: "a", length: .milliseconds(10), ifGeneration: 3, by: ana))
            ),
            (
                #"{"op":"reset","breaker":"a","actor":"ana","reason":"INC-7","if_generation":3}"#,
                .reset(.init(breaker: "a", ifGeneration: 3, by: ana))
            ),
            (
                #"{"op":"policy.set","match":"p*","policy":{"probes":2},"if_revision":12,"dry_run":true,"actor":"ana","reason":"INC-7"}"#,
                .policySet(
                    .init(
                        match: glob("p*"), policy: patch([(.probes, .integer(2))]), ifRevision: 12,
                        dryRun: true,
                        by: ana))
            ),
            (
                #"{"op":"policy.delete","match":"p*","if_revision":12,"actor":"ana","reason":"INC-7"}"#,
                .policyDelete(.init(match: glob("p*"), ifRevision: 12, by: ana))
            ),
            (#"{"op":"policy.list"}"#, .policyList),
            (#"{"op":"policy.get","breaker":"a"}"#, .policyGet(breaker: "a")),
            (#"{"op":"sessions"}"#, .sessions), (#"{"op":"stats"}"#, .stats),
            (#"{"op":"clock.advance","ms":30000}"#, .clockAdvance(by: .seconds(30))),
        ] as [(String, Request)])
    func decodes(line: String, request: Request) {
        #expect(parse(line).request == request)
    }

    @Test("and a batch keeps its elements in order")
    func batch() {
        let line =
            #"{"op":"report","sequence":118,"reports":[{"breaker":"a","generation":40,"success":120,"failure":3,"#
            + #""timeout":1,"ignored":4,"rejected":5,"slow":2,"trailing_failures":1,"duration_sum_ms":1440.5,"#
            + #""durations":[[4,100],[90.5,24]],"error":"X"},{"breaker":"b"}]}"#
        var report = BatchReport()
        report.generation = 40
        (report.success, report.failure, report.timeout, report.ignored) = (120, 3, 1, 4)
        (report.rejected, report.slow, report.trailingFailures, report.error) = (5, 2, 1, "X")
        #expect(
            parse(line).request
                == .reportBatch(
                    .init(
                        sequence: 118,
                        elements: [
                            .init(
                                breaker: "a", report: report,
                                durations: [
                                    DurationCount(LatencyBucket(milliseconds: 4), 100),
                                    DurationCount(LatencyBucket(milliseconds: 90.5), 24),
                                ]), .init(breaker: "b", report: BatchReport()),
                        ])))
    }

    @Test("each line of the examples is one, and every operation has its example")
    func examples() {
        let operations = exampleLines.compactMap { parse($0).request?.operation }
        #expect(operations.count == exampleLines.count)
        #expect(Set(operations) == Set(Operation.allCases))
    }

    @Test("blank lines are none", arguments: ["", " ", "\r", " \t\r"])
    func blank(line: String) {
        guard case .blank = parse(line) else {
            Issue.record("\(parse(line))")
            return
        }
    }

    @Test(
        "ids are echoed as they were sent",
        arguments: [
            ("0", "0"), ("9007199254740991", "9007199254740991"), (#""""#, #""""#),
            (#""\u0061\/""#, #""\u0061\/""#),
            (#""é""#, #""é""#), ("null", "null"), ("\"\(String(repeating: "i", count: 64))\"", nil),
        ] as [(String, String?)])
    func ids(sent: String, echoed: String?) {
        for line in ["{\"op\":\"ping\",\"id\":\(sent)}", "{\"op\":\"stats\",\"id\" : \(sent) }"] {
            let parsed = parse(line)
            #expect(parsed.error == nil)
            #expect(parsed.requestID?.json == echoed ?? sent)
        }
    }

    @Test("ids compare by value, however they are spelled")
    func idEquality() {
        #expect(makeID(#""\u0061""#) == makeID(#""a""#))
        #expect(makeID("1") != makeID(#""1""#))
        #expect(makeID("null").isNone)
    }
}

func makeID(_ json: String) -> RequestID {
    guard let value = try? parseJSON(json), let id = RequestID(value, json: json) else { return .none }
    return id
}

extension Glob {
    fileprivate static var any: Glob {
        guard let glob = Glob("*") else { preconditionFailure("`*` is a pattern") }
        return glob
    }
}
