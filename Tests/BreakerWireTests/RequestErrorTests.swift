import BreakerCore
import Testing

@testable import BreakerWire

/// One member of a request that stands for a value of a field: the template's `#` is replaced by it.
struct Field: Sendable, CustomTestStringConvertible {
    let template: String
    let path: String
    let good: [String]
    let bad: [String]

    var testDescription: String { "\(self.path) of \(self.template)" }

    init(_ template: String, _ path: String, good: [String], bad: [String]) {
        self.template = template
        self.path = path
        self.good = good
        self.bad = bad
    }
}

private func string(_ count: Int) -> String { "\"\(String(repeating: "x", count: count))\"" }

private let notNames = [
    "\"\"", string(129), "\"a b\"", "\"a*\"", "\"é\"", "\"a\\n\"", "5", "[]", "{}", "true",
]
private let notGlobs = ["\"\"", string(129), "\"a b\"", "\"é\"", "5", "[]", "true"]
private let counters = ["0", "9007199254740991", "null"]
private let notCounters = ["-1", "9007199254740992", "1.0", "1e3", "\"1\"", "true", "[]"]
private let notText = ["\"\"", "5", "\"a\\nb\"", "\"\\u007f\"", "\"\\u009b\"", "{}"]

private let report = #"{"op":"report","breaker":"a","outcome":"failure","#
private let batch = #"{"op":"report","reports":[{"breaker":"a"},{"breaker":"b","failure":5,"#

private func commandFields(_ start: String) -> [Field] {
    [
        Field(
            "\(start),\"actor\":#}", "actor", good: [string(1), string(128), "\"é\""],
            bad: notText + [string(129)]),
        Field(
            "\(start),\"reason\":#}", "reason", good: [string(1), string(512)], bad: notText + [string(513)]),
    ]
}

private let callFields =
    [
        Field(#"{"op":"hello","protocol":#}"#, "protocol", good: ["1"], bad: ["null", "\"1\"", "1.0", "-1"]),
        Field(
            #"{"op":"hello","protocol":1,"client":#}"#, "client", good: ["{}", "null"],
            bad: ["5", "[]", "\"x\""]),
        Field(
            #"{"op":"hello","protocol":1,"client":{"name":#}}"#, "client.name", good: [string(64)],
            bad: notText + [string(65)]),
        Field(
            #"{"op":"hello","protocol":1,"client":{"instance":#}}"#, "client.instance", good: [string(128)],
            bad: notText + [string(129)]),
        Field(
            #"{"op":"hello","protocol":1,"client":{"library":#}}"#, "client.library", good: [string(64)],
            bad: notText + [string(65)]),
        Field(
            #"{"op":"ping","id":#}"#, "id", good: counters + ["\"\"", string(64)],
            bad: ["-1", "-0", "1.0", "1e3", "9007199254740992", string(65), "true", "[]", "{}"]),
        Field(
            #"{"op":"acquire","breaker":#}"#, "breaker", good: [string(1), string(128), "\"aZ09._:/@-\""],
            bad: notNames + ["null"]),
        Field(
            #"{"op":"acquire","breaker":"a","lease_ms":#}"#, "lease_ms",
            good: ["1", "300000", "1.25", "3e5", "null"],
            bad: ["0", "0.99", "300000.01", "300001", "-1", "\"1\"", "true"]),
        Field(
            #"{"op":"report","breaker":"a","outcome":#}"#, "outcome",
            good: Outcome.allCases.map { "\"\($0.rawValue)\"" }, bad: ["null", "\"ok\"", "\"Success\"", "1"]),
        Field(report + #""generation":#}"#, "generation", good: counters, bad: notCounters),
        Field(
            report + #""permit":#}"#, "permit",
            good: ["\"1.1\"", "\"9007199254740991.9007199254740991\"", "null"],
            bad: [
                "\"\"", "\"1\"", "\"1.\"", "\".1\"", "\"0.1\"", "\"1.0\"", "\"01.1\"", "\"1.1.1\"",
                "\"1.9007199254740992\"", "\"+1.1\"", "\" 1.1\"", "1.1",
            ]),
        Field(
            report + #""duration_ms":#}"#, "duration_ms", good: ["0", "0.001", "86400000", "null"],
            bad: ["-1", "-0.1", "86400000.1", "\"1\""]),
        Field(
            report + #""retry_after_ms":#}"#, "retry_after_ms", good: ["0", "86400000"],
            bad: ["-1", "86400001", "[]"]),
        Field(
            report + #""error":#}"#, "error", good: [string(1), string(64), "null"],
            bad: notText + [string(65)]),
        Field(
            #"{"op":"release","breaker":"a","permit":#}"#, "permit", good: ["\"42.1\""],
            bad: ["null", "\"x\"", "42.1"]),
        Field(
            #"{"op":"report","reports":#}"#, "reports", good: [#"[{"breaker":"a"}]"#], bad: ["[]", "5", "{}"]),
        Field(
            #"{"op":"report","reports":[{"breaker":"a"},#]}"#, "reports[1]", good: [#"{"breaker":"a"}"#],
            bad: ["5", "null"]),
        Field(
            #"{"op":"report","reports":[{"breaker":#}]}"#, "reports[0].breaker", good: ["\"a\""],
            bad: notNames + ["null"]),
        Field(
            #"{"op":"report","reports":[{"breaker":"a"}],"sequence":#}"#, "sequence",
            good: ["1", "9007199254740991", "null"], bad: notCounters + ["0"]),
        Field(
            #"{"op":"report","reports":[{"breaker":"a"}],"breaker":#}"#, "breaker", good: ["null"],
            bad: ["\"a\""]),
        Field(batch + #""slow":#}]}"#, "reports[1].slow", good: ["0", "5"], bad: ["6", "-1", "1.0"]),
        Field(
            batch + #""trailing_failures":#}]}"#, "reports[1].trailing_failures", good: ["0", "5"],
            bad: ["6", "\"1\""]),
        Field(
            batch + #""duration_sum_ms":#}]}"#, "reports[1].duration_sum_ms", good: ["0", "1440.5"],
            bad: ["-1", "1e18"]),
        Field(
            batch + #""durations":#}]}"#, "reports[1].durations", good: ["[[4,5]]", "[[0,1],[86400000,4]]"],
            bad: [
                "[]", "{}", "[[4,6]]",
                "[" + Array(repeating: "[4,0]", count: 241).joined(separator: ",") + "]",
            ]),
        Field(
            batch + #""durations":[[4,1],#]}]}"#, "reports[1].durations[1]", good: ["[4.5,0]"],
            bad: ["4", "[4]", "[4,1,1]", "[-1,1]", "[86400001,1]", "[4,-1]", "[4,1.0]", "[null,1]"]),
        Field(batch + #""generation":#}]}"#, "reports[1].generation", good: counters, bad: notCounters),
        Field(batch + #""error":#}]}"#, "reports[1].error", good: [string(64)], bad: notText + [string(65)]),
    ]
    + ["success", "timeout", "ignored", "rejected"].map { name in
        Field(
            batch + "\"\(name)\":#}]}", "reports[1].\(name)", good: ["0", "1000000000", "null"],
            bad: ["-1", "1000000001", "1.5", "\"1\""])
    }

private let queryFields = [
    Field(
        #"{"op":"watch","id":1,"breakers":#}"#, "breakers", good: ["[\"*\"]"],
        bad: ["[]", "null", "\"*\"", "[" + Array(repeating: "\"*\"", count: 65).joined(separator: ",") + "]"]),
    Field(
        #"{"op":"watch","id":1,"breakers":["*",#]}"#, "breakers[1]", good: ["\"a?\""],
        bad: notGlobs + ["null"]),
    Field(#"{"op":"watch","breakers":["*"],"id":#}"#, "id", good: ["1", "\"\""], bad: ["null"]),
    Field(#"{"op":"watch","id":1,"breakers":["*"],"since":#}"#, "since", good: counters, bad: notCounters),
    Field(
        #"{"op":"unwatch","watch":#}"#, "watch", good: ["0", "\"a\""],
        bad: ["null", "-1", "true", string(65)]),
    Field(#"{"op":"get","breaker":#}"#, "breaker", good: ["\"a\""], bad: notNames + ["null"]),
    Field(#"{"op":"policy.get","breaker":#}"#, "breaker", good: ["\"a\""], bad: notNames + ["null"]),
    Field(#"{"op":"list","match":#}"#, "match", good: ["\"a*\"", "null"], bad: notGlobs),
    Field(
        #"{"op":"list","state":#}"#, "state", good: ["\"closed\"", "\"open\"", "\"half_open\""],
        bad: ["\"forced\"", "1"]),
    Field(
        #"{"op":"list","limit":#}"#, "limit", good: ["1", "1000", "null"], bad: ["0", "1001", "1.5", "\"1\""]),
    Field(
        #"{"op":"list","cursor":#}"#, "cursor", good: ["\"\"", string(512), "null"], bad: [string(513), "1"]),
    Field(#"{"op":"history","breaker":#}"#, "breaker", good: ["\"a\"", "null"], bad: notNames),
    Field(#"{"op":"history","limit":#}"#, "limit", good: ["1", "1000"], bad: ["0", "1001"]),
    Field(#"{"op":"history","before":#}"#, "before", good: counters, bad: notCounters),
    Field(#"{"op":"minutes","breaker":#}"#, "breaker", good: ["\"a\""], bad: notNames),
    Field(#"{"op":"minutes","breaker":"a","since_ms":#}"#, "since_ms", good: counters, bad: notCounters),
    Field(#"{"op":"minutes","breaker":"a","until_ms":#}"#, "until_ms", good: counters, bad: notCounters),
    Field(#"{"op":"summary","since_ms":#}"#, "since_ms", good: counters, bad: notCounters),
    Field(#"{"op":"summary","until_ms":#}"#, "until_ms", good: counters, bad: notCounters),
    Field(#"{"op":"summary","limit":#}"#, "limit", good: ["1", "1000"], bad: ["0", "1001"]),
    Field(
        #"{"op":"clock.advance","ms":#}"#, "ms", good: ["0", "0.5", "31536000000"],
        bad: ["null", "-1", "31536000001", "\"1\""]),
]

private let commandFieldsOfAll =
    [
        Field(
            #"{"op":"override","breaker":"a","mode":#}"#, "mode",
            good: ["\"open\"", "\"closed\"", "\"disabled\"", "\"auto\""], bad: ["null", "\"half_open\"", "1"]),
        Field(
            #"{"op":"override","breaker":"a","mode":"open","ttl_ms":#}"#, "ttl_ms",
            good: ["1", "31536000000", "1.5", "null"], bad: ["0", "31536000001", "-1", "\"1\""]),
        Field(
            #"{"op":"override","breaker":"a","mode":"auto","ttl_ms":#}"#, "ttl_ms", good: ["null"], bad: ["1"]
        ),
        Field(
            #"{"op":"trip","breaker":"a","for_ms":#}"#, "for_ms", good: ["1", "86400000", "1.5", "null"],
            bad: ["0", "86400001", "true"]),
        Field(
            #"{"op":"policy.set","policy":{},"match":#}"#, "match", good: ["\"a*\""], bad: notGlobs + ["null"]
        ),
        Field(
            #"{"op":"policy.set","match":"a","policy":#}"#, "policy", good: ["{}"], bad: ["null", "[]", "5"]),
        Field(
            #"{"op":"policy.set","match":"a","policy":{},"if_revision":#}"#, "if_revision", good: counters,
            bad: notCounters),
        Field(
            #"{"op":"policy.set","match":"a","policy":{},"dry_run":#}"#, "dry_run",
            good: ["true", "false", "null"], bad: ["0", "\"true\""]),
        Field(#"{"op":"policy.delete","match":#}"#, "match", good: ["\"a*\""], bad: notGlobs + ["null"]),
        Field(
            #"{"op":"policy.delete","match":"a","if_revision":#}"#, "if_revision", good: counters,
            bad: notCounters),
        Field(#"{"op":"declare","breaker":"a","policy":#}"#, "policy", good: ["{}"], bad: ["null", "5"]),
        Field(
            #"{"op":"declare","policy":{},"breaker":#}"#, "breaker", good: ["\"a\""], bad: notNames + ["null"]
        ),
    ]
    + ["trip", "reset", "override"].flatMap { op in
        let start = "{\"op\":\"\(op)\",\"breaker\":\"a\",\"mode\":\"open\""
        return [Field("\(start),\"if_generation\":#}", "if_generation", good: counters, bad: notCounters)]
            + commandFields(start)
    }
    + ["policy.set", "policy.delete"].flatMap { op in
        commandFields("{\"op\":\"\(op)\",\"match\":\"a\",\"policy\":{}")
    }

private let rateRange = (
    good: ["0.0001", "1", "1.0", "null"], bad: ["0", "1.01", "-0.5", "\"0.5\"", "true"]
)

private let policyRanges: [(PolicyField, good: [String], bad: [String])] = [
    (.failureRate, rateRange.good, rateRange.bad), (.slowCallRate, rateRange.good, rateRange.bad),
    (.slowCall, ["\"1ms\"", "\"1h\"", "null"], ["\"0ms\"", "\"61m\"", "5", "\"5\"", "\"1ns\"", "[]"]),
    (.consecutiveFailures, ["1", "1000000", "null"], ["0", "1000001", "1.5"]),
    (
        .window, ["\"10ms\"", "\"24h\"", "1", "10000"],
        ["\"9ms\"", "\"25h\"", "0", "10001", "1.5", "null", "{}"]
    ),
    (.minCalls, ["1", "1000000"], ["0", "1000001", "null"]),
    (.minReporters, ["\"auto\"", "1", "64"], ["0", "65", "\"two\"", "null"]),
    (.openFor, ["\"1ms\"", "\"24h\"", "\"1.5s\""], ["\"0s\"", "\"25h\"", "30", "null"]),
    (.openMultiplier, ["1", "100", "1.5"], ["0.99", "101", "null"]),
    (.openMax, ["\"1ms\"", "\"7d\""], ["\"0s\"", "\"8d\"", "null"]),
    (.openJitter, ["0", "0.5"], ["-0.1", "0.51", "null"]), (.probes, ["1", "1000"], ["0", "1001", "null"]),
    (.probeSuccesses, ["1", "1000"], ["0", "1001"]),
    (.probeLease, ["\"1ms\"", "\"5m\""], ["\"0s\"", "\"6m\"", "null"]),
    (.honorRetryAfter, ["true", "false"], ["1", "null", "\"true\""]),
    (.idleAfter, ["\"1s\"", "\"365d\""], ["\"999ms\"", "\"366d\"", "null"]),
]

private let policyFields = policyRanges.map { field, good, bad in
    Field(
        "{\"op\":\"policy.set\",\"match\":\"a\",\"policy\":{\"\(field.rawValue)\":#}}",
        "policy.\(field.rawValue)",
        good: good, bad: bad)
}

@Suite("A request that is wrong")
struct RequestErrorTests {
    @Test(
        "names the field that is, and takes every value that is right",
        arguments: callFields + queryFields + commandFieldsOfAll + policyFields)
    func ranges(field: Field) {
        for value in field.good {
            let parsed = parse(field.template.replacing("#", with: value))
            #expect(parsed.error == nil, "\(value)")
        }
        for value in field.bad {
            let parsed = parse(field.template.replacing("#", with: value))
            #expect(parsed.error?.code == .badRequest, "\(value)")
            #expect(parsed.error?.field == field.path, "\(value)")
            #expect(parsed.error?.message.hasPrefix(field.path) == true, "\(parsed.error?.message ?? "")")
        }
    }

    @Test("every field of a policy has its ranges here")
    func policyFieldsAreComplete() {
        #expect(Set(policyRanges.map(\.0)) == Set(PolicyField.allCases))
    }

    @Test(
        "has a code for what is wrong otherwise",
        arguments: [
            ("{", .parse, nil, "null"), ("[]", .parse, nil, "null"), ("5", .parse, nil, "null"),
            (#"{"id":1,"op":"ping","op":"ping"}"#, .parse, "op", "1"),
            (#"{"op":"ping","id":1,"id":2}"#, .parse, "id", "null"),
            (#"{"id":"a","op":"#, .parse, nil, #""a""#), (#"{"id":1"#, .parse, nil, "null"),
            (#"{"id":true,"op":"#, .parse, nil, "null"),
            (#"{"id":1,"x":[[[[[[[[1]]]]]]]]}"#, .parse, nil, "1"),
            (#"{"id":1}"#, .badRequest, "op", "1"), (#"{"id":1,"op":5}"#, .badRequest, "op", "1"),
            (#"{"id":1,"op":"nope"}"#, .unknownOp, "op", "1"), (#"{"op":"PING"}"#, .unknownOp, "op", "null"),
            (#"{"id":1,"op":"hello","protocol":2}"#, .unsupported, "protocol", "1"),
            (#"{"id":1,"op":"hello"}"#, .badRequest, "protocol", "1"),
            (#"{"id":1,"op":"acquire"}"#, .badRequest, "breaker", "1"),
            (
                #"{"id":1,"op":"declare","breaker":"a","policy":{"probs":1}}"#, .badRequest, "policy.probs",
                "1"
            ),
        ] as [(String, WireErrorCode, String?, String)])
    func codes(line: String, code: WireErrorCode, field: String?, id: String) {
        let parsed = parse(line)
        #expect(parsed.error?.code == code)
        #expect(parsed.error?.field == field)
        #expect(parsed.requestID?.json == id)
    }

    @Test("never makes a long reply, whatever it holds")
    func clipped() {
        let long = String(repeating: "é", count: 20_000)
        for line in [
            "{\"op\":\"\(long)\"}", "{\"\(long)\":1,\"\(long)\":2}",
            "{\"op\":\"declare\",\"breaker\":\"a\",\"policy\":{\"\(long)\":1}}",
        ] {
            let reply = written { $0.writeError(parse(line).error ?? WireError(.internal, ""), to: .none) }
            #expect(reply.utf8.count < 600)
        }
    }

    @Test("a batch above the configured bound is refused")
    func batchBound() {
        var limits = WireLimits()
        limits.batch = 2
        let line = #"{"op":"report","reports":[{"breaker":"a"},{"breaker":"a"},{"breaker":"a"}]}"#
        #expect(parse(line, limits: limits).error?.field == "reports")
        #expect(parse(line).error == nil)
    }
}
