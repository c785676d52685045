import BreakerCore
import NIOCore
import Testing

@testable import BreakerWire

@Suite("Replies are written as the protocol has them")
struct ReplyTests {
    static let permit = Permit(generation: 42, number: 1)

    @Test(
        "to acquire",
        arguments: [
            (.allowed, .closed, #""allowed":true,"state":"closed","generation":40"#),
            (
                .refused(.open, retryAfter: Interval(nanoseconds: 2_399_000_001)), .open,
                #""allowed":false,"state":"open","reason":"open","retry_after_ms":2400,"generation":40"#
            ),
            (
                .refused(.forcedOpen, retryAfter: nil), .open,
                #""allowed":false,"state":"open","reason":"forced_open","generation":40"#
            ),
            (
                .refused(.probing, retryAfter: .milliseconds(800)), .halfOpen,
                #""allowed":false,"state":"half_open","reason":"probing","retry_after_ms":800,"generation":40"#
            ),
            (
                .probe(permit, lease: .seconds(3)), .halfOpen,
                #""allowed":true,"state":"half_open","generation":40,"permit":"42.1","lease_ms":3000"#
            ),
            (
                .probe(permit, lease: Interval(nanoseconds: 1_050_000)), .halfOpen,
                #""allowed":true,"state":"half_open","generation":40,"permit":"42.1","lease_ms":1.05"#
            ),
        ] as [(Verdict, BreakerState, String)])
    func acquire(verdict: Verdict, state: BreakerState, members: String) {
        let line = withID("3") { id in
            replied(to: id) { HotReplies.acquire(verdict, state: state, generation: 40, id: id, into: &$0) }
        }
        #expect(line == #"{"id":3,"ok":true,"# + members + "}\n")
    }

    @Test("to report, release and ping; the id as it was sent", arguments: ["3", #""\u0061 b""#])
    func others(id: String) {
        withID(id) { bytes in
            #expect(
                replied(to: bytes) {
                    HotReplies.outcome(state: .halfOpen, generation: .max, id: bytes, into: &$0)
                }
                    == "{\"id\":\(id),\"ok\":true,\"state\":\"half_open\",\"generation\":18446744073709551615}\n"
            )
            #expect(
                replied(to: bytes) {
                    HotReplies.ping(nowMilliseconds: 1_760_000_000_000, id: bytes, into: &$0)
                }
                    == "{\"id\":\(id),\"ok\":true,\"now_ms\":1760000000000}\n")
        }
    }

    @Test("to a batch, result by result")
    func batch() {
        let line = withID("6") { id in
            written { buffer in
                var reply = BatchReply(sequence: 118, isDuplicate: true, id: id, into: &buffer)
                for name in ["a", "b"] {
                    withID(name) { name in
                        buffer.append(atMost: BatchReply.mostBytes) { results in
                            reply.append(breaker: name, state: .closed, generation: 0, into: &results)
                        }
                    }
                }
                reply.finish(into: &buffer)
            }
        }
        #expect(
            line == #"{"id":6,"ok":true,"sequence":118,"duplicate":true,"results":["#
                + #"{"breaker":"a","state":"closed","generation":0},{"breaker":"b","state":"closed","generation":0}]}"#
                + "\n")
    }

    @Test("not at all without an id, save errors")
    func silence() {
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        let silent = written { buffer in
            buffer.append(atMost: HotReplies.mostBytes(none)) { replies in
                HotReplies.acquire(.allowed, state: .closed, generation: 1, id: none, into: &replies)
                HotReplies.outcome(state: .closed, generation: 1, id: none, into: &replies)
                HotReplies.ping(nowMilliseconds: 1, id: none, into: &replies)
            }
            var reply = BatchReply(sequence: 1, isDuplicate: false, id: none, into: &buffer)
            withID("a") { name in
                buffer.append(atMost: BatchReply.mostBytes) { results in
                    reply.append(breaker: name, state: .closed, generation: 1, into: &results)
                }
            }
            reply.finish(into: &buffer)
            buffer.writeReply(to: .none)
        }
        #expect(silent.isEmpty)
        let error = WireError(.limit, "too \"many\"", field: "breaker")
        let expected =
            #""ok":false,"error":{"code":"limit","message":"too \"many\"","field":"breaker"}}"# + "\n"
        #expect(written { $0.writeError(error, to: .none) } == #"{"id":null,"# + expected)
        #expect(written { $0.writeError(error, toHot: none) } == #"{"id":null,"# + expected)
        withID("5") { id in #expect(written { $0.writeError(error, toHot: id) } == #"{"id":5,"# + expected) }
    }

    @Test("with members of their own where they are not hot")
    func envelope() {
        #expect(
            written { $0.writeReply(to: makeID(#""a""#)) { $0.field("revision", 5) } }
                == "{\"id\":\"a\",\"ok\":true,\"revision\":5}\n")
    }

    @Test(
        "Numbers of any length", arguments: [0, 9, 10, 99, 100, 9_999_999_999, UInt64.max / 10, UInt64.max])
    func integers(number: UInt64) {
        let line = withID("1") { id in
            replied(to: id) { HotReplies.outcome(state: .open, generation: number, id: id, into: &$0) }
        }
        #expect(line.hasSuffix(":\(number)}\n"))
    }
}

@Suite("Explanations and policies as JSON")
struct CodingTests {
    private static let evidence = TripReason.Evidence(
        observed: 32.0 / 52, threshold: 0.5, calls: 52, troubled: 32, window: "10s", reporters: 4,
        troubledReporters: 3, error: "ConnectTimeout")
    private static let permit = Permit(generation: 42, number: 1)

    @Test(
        "A reason has its rule's members and reads back",
        arguments: [
            (
                .failureRate(evidence),
                #"{"rule":"failure_rate","observed":0.6153846153846154,"threshold":0.5,"calls":52,"failures":32,"#
                    + #""window":"10s","reporters":4,"failing_reporters":3,"error":"ConnectTimeout"}"#
            ),
            (
                .slowCallRate(evidence, slowCall: .milliseconds(250)),
                #"{"rule":"slow_call_rate","observed":0.6153846153846154,"threshold":0.5,"calls":52,"slow":32,"#
                    + #""window":"10s","reporters":4,"failing_reporters":3,"slow_call":"250ms","error":"ConnectTimeout"}"#
            ),
            (
                .consecutiveFailures(
                    .init(
                        observed: 5, threshold: 5, calls: 5, troubled: 5, window: "100 calls", reporters: 1,
                        troubledReporters: 1, error: nil)),
                #"{"rule":"consecutive_failures","observed":5,"threshold":5,"calls":5,"failures":5,"#
                    + #""window":"100 calls","reporters":1,"failing_reporters":1}"#
            ),
            (
                .failureRate(evidence).naming([
                    InstanceShare(.named("api-7"), calls: 9, failures: 7, slow: 1, share: 0.875),
                    InstanceShare(.named("b"), calls: 1, failures: 1, slow: 0, share: 0.125),
                ]),
                #"{"rule":"failure_rate","observed":0.6153846153846154,"threshold":0.5,"calls":52,"failures":32,"#
                    + #""window":"10s","reporters":4,"failing_reporters":3,"error":"ConnectTimeout","instances":["#
                    + #"{"instance":"api-7","calls":9,"failures":7,"slow":1,"share":0.875},"#
                    + #"{"instance":"b","calls":1,"failures":1,"slow":0,"share":0.125}]}"#
            ),
            (
                .probeFailed(.slow, permit: permit, error: nil),
                #"{"rule":"probe_failed","outcome":"slow","permit":"42.1"}"#
            ),
            (
                .probeFailed(.timeout, permit: permit, error: "X"),
                #"{"rule":"probe_failed","outcome":"timeout","error":"X","permit":"42.1"}"#
            ),
            (
                .probeFailed(
                    .slow, permit: permit, error: nil,
                    traces: [TraceID(high: 0, low: 31), TraceID(high: 0xabc, low: 1)]),
                #"{"rule":"probe_failed","outcome":"slow","permit":"42.1","traces":["#
                    + #""0000000000000000000000000000001f","0000000000000abc0000000000000001"]}"#
            ),
            (
                .probeExpired(permit: permit, lease: Interval(nanoseconds: 1_500_000)),
                #"{"rule":"probe_expired","permit":"42.1","lease_ms":1.5}"#
            ),
            (
                .retryAfter(.seconds(2), error: "E"),
                #"{"rule":"retry_after","retry_after_ms":2000,"error":"E"}"#
            ),
            (
                .command(.init(.override, mode: "open", actor: "ana", note: "say \"hi\"")),
                #"{"rule":"operator","command":"override","mode":"open","actor":"ana","note":"say \"hi\""}"#
            ),
            (.command(.init(.reset)), #"{"rule":"operator","command":"reset"}"#),
        ] as [(TripReason, String)])
    func reasons(reason: TripReason, json: String) throws {
        #expect(JSONValue.object(reason.json).description == json)
        guard case .object(let object) = try parseJSON(json) else {
            Issue.record("not an object")
            return
        }
        #expect(TripReason(object) == reason)
        for member in object.members
        where !["error", "mode", "actor", "note", "instances", "traces"]
            .contains(member.key)
        {
            var less = JSONObject()
            for other in object.members where other != member { less.append(other.key, other.value) }
            #expect(TripReason(less) == nil, "without \(member.key)")
        }
    }

    @Test("A rule of a later version is no reason")
    func unknownRule() {
        #expect(TripReason(["rule": "phase_of_the_moon"]) == nil)
        #expect(TripReason([:]) == nil)
    }

    @Test("The default policy is the protocol's table, and reads back as a patch")
    func policy() throws {
        let json = written { $0.writeJSONObject { $0.field("policy", Policy.default) } }
        let expected =
            #"{"policy":{"failure_rate":0.5,"slow_call":null,"slow_call_rate":null,"consecutive_failures":null,"#
            + #""window":"10s","min_calls":20,"min_reporters":"auto","open_for":"30s","open_multiplier":2,"#
            + #""open_max":"5m","open_jitter":0.1,"probes":3,"probe_successes":3,"probe_lease":"30s","#
            + #""honor_retry_after":false,"idle_after":"24h"}}"#
        #expect(json == expected)
        guard case .object(let object) = try parseJSON(json), let members = object.object("policy") else {
            Issue.record("not an object")
            return
        }
        let patch = try PolicyPatch(members, path: "policy")
        #expect(written { $0.writeJSONObject { $0.field("policy", patch) } } == expected)
    }

    @Test("Permits read back, and only their one spelling is taken")
    func permits() {
        let permit = Permit(generation: 9_007_199_254_740_991, number: 1)
        #expect(Permit(text: permit.text) == permit)
        #expect(Permit(text: "1.1 ") == nil)
    }
}

/// A reply of the hot path, for which as much memory is reserved as the connection reserves.
private func replied(to id: UnsafeRawBufferPointer, _ body: (inout ByteAppender) -> Void) -> String {
    written { buffer in buffer.append(atMost: HotReplies.mostBytes(id), body) }
}
