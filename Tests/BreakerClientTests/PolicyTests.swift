import BreakerCore
import BreakerWire
import Testing

@testable import BreakerClient

@Suite("A policy")
struct PolicyTests {
    @Test("says nothing of fields that are not set")
    func empty() {
        #expect(BreakerPolicy().fields.isEmpty)
    }

    @Test(
        "takes each field as it is written",
        arguments: [
            ("failure_rate", "0.3", "0.3"), ("failure_rate", "off", "null"),
            ("slow_call", "250ms", #""250ms""#),
            ("slow_call_rate", "1", "1"), ("consecutive_failures", "5", "5"),
            ("consecutive_failures", "null", "null"), ("window", "10s", #""10s""#), ("window", "100", "100"),
            ("min_calls", "20", "20"), ("min_reporters", "auto", #""auto""#), ("min_reporters", "3", "3"),
            ("open_for", "90s", #""90s""#), ("open_multiplier", "1.5", "1.5"), ("open_max", "7d", #""7d""#),
            ("open_jitter", "0", "0"), ("probes", "1", "1"), ("probe_successes", "2", "2"),
            ("probe_lease", "1m", #""1m""#), ("honor_retry_after", "true", "true"),
            ("idle_after", "24h", #""24h""#),
        ])
    func written(field: String, text: String, json: String) throws {
        var policy = BreakerPolicy()
        try policy.set(field, to: text)
        #expect(policy.fields.map(\.name) == [field])
        #expect(policy.fields.first?.json == json)
        guard case .object(let object) = try JSONText.parse(#"{"\#(field)":\#(json),"of_tomorrow":[1]}"#)
        else {
            Issue.record("no object")
            return
        }
        #expect(try BreakerPolicy(object) == policy)
    }

    @Test(
        "refuses what a field does not take, and names the field",
        arguments: [
            ("failure_rate", "2"), ("slow_call", "fast"), ("window", "0"), ("min_calls", "off"),
            ("open_for", "3"), ("no_such_field", "1"),
        ])
    func refused(field: String, text: String) {
        var policy = BreakerPolicy()
        let error = #expect(throws: BreakerError.self) { try policy.set(field, to: text) }
        #expect(error?.code == .badRequest)
        #expect(error?.field == "policy.\(field)")
        #expect(policy == BreakerPolicy())
    }

    @Test("leaves out of its local use what is out of range")
    func patch() {
        var policy = BreakerPolicy()
        policy.failureRate = 2.0
        policy.openFor = .seconds(1)
        let (patch, problems) = policy.patch()
        #expect(patch.values.count == 1)
        #expect(problems.map(\.field) == [.failureRate])
    }
}
